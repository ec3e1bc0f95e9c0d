/**
 * The client's side of the register protocol (seed 004): docs/protocols.md, "Register".
 *
 * Servers written for the assignment differ in how they tell messages apart, and do not say which way they do it. So the
 * client tries (G9): a bare message first, which is what most servers take and what those that compare it as a whole
 * need; after a while the line end that a server reading lines is waiting for; at last a new connection, with lengths.
 */
import type { Connection, ConnectionListener } from '../../client/connection.js';
import { SERVER_NAME } from '../../room/entry.js';
import { byteLength } from '../byte-queue.js';
import type { Dialling } from '../dialling.js';
import { ONE_A_SEGMENT } from '../outbox.js';
import { PlainClient } from '../plain-client.js';
import { announcedIn, cutLines } from '../projection.js';
import { Decoder, encode, type Framing, HEADER_LENGTH, MAX_MESSAGE } from './codec.js';
import { Answer, isFarewell, parseText, textPrefix } from './messages.js';
import { RedialledLink } from './redial.js';

/** Milliseconds of silence that end a message where nothing else does. */
export const QUIET = 50;
/** Milliseconds that a server has to answer a bare registration before the line end follows. */
const LINE_END_AFTER = 400;
/** Milliseconds without any answer after which lengths are tried, on a new connection. */
const LENGTHS_AFTER = 3000;

/** Connects as `dial` does; the protocol knows no rooms. */
export async function connectRegister(
  dial: Dialling,
  _room: string,
  listener: ConnectionListener,
): Promise<Connection> {
  let client: RegisterClient | undefined;
  await new RedialledLink(dial).open((link) => (client = new RegisterClient(link, listener)));
  return client!;
}

class RegisterClient extends PlainClient<string> {
  protected decoder = new Decoder();
  private framing: Framing = 'none';
  /** Registering, and no answer yet: as long as that, the framing may change. */
  private isAsking = false;
  private heard = false;
  /** The server has hung up: what it said last is its answer, and no other connection is made. */
  private isOver = false;
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly link: RedialledLink,
    listener: ConnectionListener,
  ) {
    super({ link, listener, pacing: ONE_A_SEGMENT, quiet: QUIET });
  }

  override close(): void {
    this.stopAsking();
    super.close();
  }

  override received(bytes: Uint8Array): void {
    this.heard = true;
    super.received(bytes);
  }

  override ended(): void {
    if (this.wasMisunderstood()) return void this.tryLengths();
    this.isOver = true;
    super.ended();
  }

  override closed(error?: Error): void {
    if (this.wasMisunderstood()) return void this.tryLengths();
    this.isOver = true;
    super.closed(error);
  }

  protected askToJoin(name: string): void {
    this.isAsking = true;
    this.register(name);
    this.timers = [
      setTimeout(() => this.sendLineEnd(), LINE_END_AFTER),
      setTimeout(() => void this.tryLengths(), LENGTHS_AFTER),
    ];
  }

  protected sayText(text: string, id: number): void {
    const prefix = textPrefix(this.name);
    const lines = cutLines(text, MAX_MESSAGE - HEADER_LENGTH - byteLength(prefix));
    for (const line of lines) this.send(prefix + line);
    if (lines.length > 0) this.show('text', this.name, text, id);
  }

  protected sayFarewell(): void {
    this.send(`DISCONNECT ${this.name} CHAT/1.0`);
  }

  protected handle(message: string): void {
    if (isFarewell(message)) return this.end('The server is shutting down.');
    if (this.isJoined) this.line(message);
    else this.answer(message);
  }

  protected override end(reason: string): void {
    this.stopAsking();
    super.end(reason);
  }

  protected override stopped(): void {
    this.stopAsking();
  }

  /** G9. A server may tell others' lines to someone it has not answered yet; the answer is still to come. */
  private answer(message: string): void {
    if (message.startsWith('@')) return;
    const isSized = this.decoder.framing === 'lengths';
    if (/^200\b/.test(message)) {
      this.stopAsking();
      if (isSized) this.framing = 'lengths';
      this.accepted();
    } else if (isSized && message.startsWith(Answer.INVALID) && this.mayTryLengths()) {
      void this.tryLengths();
    } else {
      this.refused(message);
    }
  }

  private line(message: string): void {
    const said = parseText(message);
    if (!said) return this.notice(message);
    // Some servers send one's own lines back, which are shown already.
    if (said.name === this.name) return;
    if (said.name === SERVER_NAME) this.serverSaid(said.text);
    else this.show('text', said.name, said.text);
  }

  private serverSaid(text: string): void {
    const announced = announcedIn(text);
    if (announced) this.show(announced.kind, announced.name, text);
    else this.notice(text);
  }

  private sendLineEnd(): void {
    if (!this.isAsking || this.framing !== 'none') return;
    this.framing = 'lines';
    this.outbox.send(encode('', 'lines'));
  }

  /** G9: a server that hangs up without a word has not understood. */
  private wasMisunderstood(): boolean {
    return !this.heard && this.mayTryLengths();
  }

  private mayTryLengths(): boolean {
    return this.isAsking && !this.isOver && this.framing !== 'lengths';
  }

  private async tryLengths(): Promise<void> {
    if (!this.mayTryLengths()) return;
    this.framing = 'lengths';
    this.decoder = new Decoder();
    if (await this.link.redial()) this.register(this.name);
  }

  private register(name: string): void {
    this.send(`REGISTER ${name} CHAT/1.0`);
  }

  private stopAsking(): void {
    this.isAsking = false;
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
  }

  private send(message: string): void {
    this.outbox.send(encode(message, this.framing));
  }
}
