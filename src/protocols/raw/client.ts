/** The client's side of the raw protocols (seed 003): docs/protocols.md, "Raw". */
import { byteLength } from '../byte-queue.js';
import { dialled } from '../dialling.js';
import { ONE_A_SEGMENT, type Pacing } from '../outbox.js';
import { PlainClient, type PlainClientOptions } from '../plain-client.js';
import { cutLines } from '../projection.js';
import type { MessageDecoder, Protocol } from '../protocol.js';
import { DatagramDecoder, encode, MAX_MESSAGE, type RawMessage, StreamDecoder } from './codec.js';
import { EXIT, type Heard, heardIn, isExit, JOIN, SHUTDOWN, WELCOME } from './words.js';

/** Milliseconds of silence that end a message without a newline, once there was one with it (W2). */
export const QUIET = 150;
/** Milliseconds without an answer to the seed's way of joining over UDP, before the other way is tried (W10). */
const OTHER_WAY = 1500;

/** The server keeps its end open until it has read what is there: nothing has to wait. */
const STREAM: Pacing = { ...ONE_A_SEGMENT, linger: 0 };
/** Datagrams keep apart by themselves; the gap spares the peer's buffer, which drops what it cannot hold. */
export const DATAGRAMS: Pacing = { gap: 2, linger: 0, joinFrom: Infinity };

const SHUTTING_DOWN = 'The server is shutting down.';
const LEFT = 'You have left the chatroom.';

abstract class RawClient extends PlainClient<RawMessage> {
  /** The last message looked like a farewell. */
  private farewellCame = false;

  /** Sends one message, as this transport has it. */
  protected abstract send(text: string): void;
  /** Bytes that a text may have. */
  protected abstract get room(): number;

  /** W5: the word cannot be said without doing it. */
  override async say(text: string, id = 0): Promise<void> {
    if (!isExit(text)) return super.say(text, id);
    this.hasLeft = true;
    await this.leave();
  }

  /** W10: a farewell with something glued before it could be a text, and shows only by the end that follows it. */
  protected override whyClosed(error: Error | undefined): string {
    if (this.hasLeft) return LEFT;
    return this.farewellCame ? SHUTTING_DOWN : super.whyClosed(error);
  }

  protected handle({ text }: RawMessage): void {
    this.farewellCame = text.trimEnd().endsWith(SHUTDOWN);
    if (!this.isJoined) this.answered(text);
    else for (const heard of heardIn(text)) this.tell(heard);
  }

  protected sayText(text: string, id: number): void {
    for (const line of cutLines(text, this.room)) this.send(line);
    this.show('text', this.name, text, id);
  }

  protected sayFarewell(): void {
    this.send(EXIT);
  }

  /** W10: `Welcome` may be part of a sentence, and have the first announcement glued behind it. */
  private answered(text: string): void {
    if (text.trim() === SHUTDOWN) return this.end(SHUTTING_DOWN);
    const start = text.indexOf(WELCOME);
    if (start === -1) return this.refused(text);
    this.accepted();
    const behind = heardIn(text.slice(start + WELCOME.length));
    if (behind.some(({ kind }) => kind === 'notice')) this.notice(text);
    else for (const heard of behind) this.tell(heard);
  }

  private tell(heard: Heard): void {
    if (heard.kind === 'shutdown') this.end(SHUTTING_DOWN);
    else if (heard.kind === 'notice') this.notice(heard.text);
    // Servers that give everyone everything: one's own lines are on the screen already.
    else if (heard.kind !== 'text' || heard.name !== this.name) this.show(heard.kind, heard.name, heard.text);
  }
}

class RawTcpClient extends RawClient {
  protected readonly decoder: MessageDecoder<RawMessage> = new StreamDecoder();

  protected get room(): number {
    return MAX_MESSAGE;
  }

  protected askToJoin(name: string): void {
    this.send(name);
  }

  protected send(text: string): void {
    this.outbox.send(encode(text));
  }
}

class RawUdpClient extends RawClient {
  protected readonly decoder: MessageDecoder<RawMessage> = new DatagramDecoder();
  /** W7: the bare family's way, once it was the one that was answered. */
  private bare = false;
  private timer: NodeJS.Timeout | undefined;

  protected get room(): number {
    return MAX_MESSAGE - byteLength(this.prefix);
  }

  protected askToJoin(name: string): void {
    this.send(JOIN);
    this.timer = setTimeout(() => {
      this.bare = true;
      this.send(`${JOIN}:${name}`);
    }, OTHER_WAY);
  }

  protected send(text: string): void {
    this.outbox.send(encode(this.prefix + text));
  }

  protected override sayText(text: string, id: number): void {
    // W7: the word alone would ask to join once more.
    super.sayText(text === JOIN ? ` ${JOIN}` : text, id);
  }

  protected override accepted(): void {
    clearTimeout(this.timer);
    super.accepted();
  }

  protected override stopped(): void {
    clearTimeout(this.timer);
  }

  /** An error is the answer of a machine where there is no such server. */
  protected override whyClosed(error: Error | undefined): string {
    return error?.message ?? super.whyClosed(error);
  }

  private get prefix(): string {
    return this.bare ? '' : `${this.name}:`;
  }
}

export const connectRaw = connector((options) => new RawTcpClient({ ...options, pacing: STREAM, quiet: QUIET }));
export const connectRawUdp = connector((options) => new RawUdpClient({ ...options, pacing: DATAGRAMS }));

/** Connects, as `dial` does; these protocols have one room only. */
function connector(make: (options: Pick<PlainClientOptions, 'link' | 'listener'>) => RawClient): Protocol['connect'] {
  return (dial, _room, listener) => dialled(dial, (link) => make({ link, listener }));
}
