/** The server's side of the raw protocols (seed 003): docs/protocols.md, "Raw". */
import type { Entry } from '../../room/entry.js';
import type { RoomError } from '../../room/errors.js';
import { byteLength } from '../byte-queue.js';
import type { Conversation } from '../conversation.js';
import { isTaken, PlainSession, remembered, type Show } from '../plain-session.js';
import { linesOf } from '../projection.js';
import type { MessageDecoder } from '../protocol.js';
import { DatagramDecoder, encode, MAX_MESSAGE, type RawMessage, StreamDecoder } from './codec.js';
import {
  announced,
  isExit,
  type Joining,
  NAME_TAKEN,
  parseJoin,
  SHUTDOWN,
  textPrefix,
  WELCOME,
  withoutOwnName,
} from './words.js';

/** How entries look to those who get newlines back, and to all others. */
export interface Shows {
  readonly bare: Show;
  readonly terminated: Show;
}

export function showBothWays(): Shows {
  const show = (terminated: boolean): Show =>
    remembered((entry) => messagesOf(entry).map((message) => encode(message, terminated)));
  return { bare: show(false), terminated: show(true) };
}

abstract class RawSession extends PlainSession<RawMessage> {
  /** W2: as the peer's last message was. */
  private terminated = false;

  constructor(
    conversation: Conversation,
    private readonly shows: Shows,
  ) {
    super(conversation);
  }

  protected abstract obey(text: string): void | Promise<void>;

  handle({ text, terminated }: RawMessage): void | Promise<void> {
    this.terminated = terminated;
    return this.obey(text);
  }

  farewell(): void {
    this.serverSays(SHUTDOWN);
  }

  /** W6: to the others only. */
  protected show(entry: Entry): readonly Uint8Array[] {
    if (this.isOwn(entry)) return [];
    return this.terminated ? this.shows.terminated(entry) : this.shows.bare(entry);
  }

  protected welcome(): void {
    this.serverSays(WELCOME);
  }

  /** W4: none of the room's sentences has `Welcome` in it, which clients look for. */
  protected turnAway(error: RoomError): void {
    this.serverSays(isTaken(error) ? NAME_TAKEN : error.message);
  }

  protected serverSays(text: string): void {
    this.conversation.outbox.send(encode(text, this.terminated));
  }
}

export class TcpSession extends RawSession {
  readonly decoder: MessageDecoder<RawMessage> = new StreamDecoder();
  private named = false;

  protected obey(text: string): void | Promise<void> {
    if (isExit(text)) return this.conversation.end();
    if (this.named) return this.conversation.say(text, 0, text);
    this.named = true;
    return this.join(text.trim());
  }
}

export class UdpSession extends RawSession {
  readonly decoder: MessageDecoder<RawMessage> = new DatagramDecoder();
  private joining: Joining | undefined;

  protected obey(text: string): void | Promise<void> {
    if (!this.joining) return this.begin(text);
    // W7: the Welcome may have been lost on its way.
    if (text === this.joining.asked) return this.welcome();
    const said = withoutOwnName(text, this.joining);
    if (isExit(said)) return this.quit();
    if (said.trim() === '') return;
    return this.conversation.say(said, 0, text);
  }

  /** W7: the address may try again at once. */
  protected override turnAway(error: RoomError): void {
    super.turnAway(error);
    this.conversation.destroy();
  }

  /** W9: the peer is told, so that it does not go on speaking to nobody. */
  expired(): void {
    this.serverSays('You have said nothing for too long, and so you have left the chatroom.');
  }

  /** W12: what was held back for this address is not for who leaves. */
  isLastWord(datagram: Uint8Array): boolean {
    const text = Buffer.from(datagram).toString();
    if (!this.joining || !isExit(withoutOwnName(text, this.joining))) return false;
    if (this.conversation.isSeated) this.conversation.member.stop();
    this.conversation.outbox.clear();
    return true;
  }

  /** W7: whoever has not joined gets no answer, and nothing is kept of him. */
  private begin(text: string): void | Promise<void> {
    this.joining = parseJoin(text);
    return this.joining ? this.join(this.joining.name) : this.conversation.destroy();
  }

  /** The address is free at once: what it sends next may be a new joining. */
  private async quit(): Promise<void> {
    try {
      await this.conversation.leave();
    } finally {
      this.conversation.destroy();
    }
  }
}

function messagesOf(entry: Entry): string[] {
  if (entry.kind === 'join' || entry.kind === 'leave') return [announced(entry.kind, entry.author)];
  const prefix = textPrefix(entry.author);
  // One byte is left for the newline that some get.
  return linesOf(entry, MAX_MESSAGE - byteLength(prefix) - 1).map((line) => prefix + line);
}
