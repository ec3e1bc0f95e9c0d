/**
 * One connection of the page to a gateway that holds the person's seat itself: the server's side of the records protocol
 * (docs/protocols.md, "Records"), for one room in which there is nothing but texts. Requests are obeyed one after the
 * other, and a page that does not keep up is neither read from nor written to until it does; it is shown the transcript,
 * from where it stopped.
 */
import { RefusedError, type Report, UnreachableError } from '../client/connection.js';
import { concat } from '../protocols/byte-queue.js';
import { ProtocolError } from '../protocols/errors.js';
import { Outbox, UNPACED } from '../protocols/outbox.js';
import {
  type ChatRecord,
  Decoder,
  encode,
  Flag,
  hasMore,
  kindOf,
  makeRecord,
  MAX_USERNAME,
  TEXT,
  utf8,
} from '../protocols/records/codec.js';
import { splitPayload } from '../protocols/records/entries.js';
import { decodeText, NOT_UTF8 } from '../protocols/records/text.js';
import type { Link, LinkListener } from '../transports/link.js';
import { clipped } from './clipped.js';
import type { Transcript } from './transcript.js';

/** Bytes of a notice; what servers say is a sentence. */
const MAX_NOTICE = 65_536;

/** What pages are shown, and what they ask for. */
export interface Stage {
  /** The person's name in the room. */
  readonly name: string;
  readonly transcript: Transcript;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly clock: () => number;
  /** Sees to it that the person is in the room. Throws RefusedError, UnreachableError. */
  enter(): Promise<void>;
  /** The viewer has been shown what there is, and is shown on from now on. */
  entered(viewer: Viewer): void;
  /** `number` is the viewer's for the text. Throws RefusedError, UnreachableError. */
  say(viewer: Viewer, text: string, number: number): Promise<void>;
  /** Throws RefusedError, UnreachableError. */
  report(): Promise<Report>;
  /** The person has had enough. */
  quit(): void;
  /** The viewer is no more. */
  closed(viewer: Viewer): void;
}

export class Viewer implements LinkListener {
  private readonly decoder = new Decoder();
  private readonly outbox: Outbox;
  private isJoined = false;
  /** Place of the last entry that was shown; none while the history is being shown. */
  private shown: number | undefined;
  private isObeying = false;
  /** The page sends nothing more. */
  private inputOver = false;
  private isOver = false;
  /** More pieces of a file that was refused are to come. */
  private isPassingOver = false;

  constructor(
    private readonly link: Link,
    private readonly stage: Stage,
  ) {
    this.outbox = new Outbox(link, UNPACED, () => this.follow());
  }

  /** Sees the room. */
  get isInside(): boolean {
    return this.shown !== undefined;
  }

  received(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.decoder.append(bytes);
    void this.obey();
  }

  drained(): void {
    this.outbox.onLinkDrained();
  }

  ended(): void {
    this.inputOver = true;
    void this.obey();
  }

  closed(): void {
    this.inputOver = true;
    this.outbox.onLinkClosed();
    this.stage.closed(this);
    void this.obey();
  }

  /** Shows what is new, as far as the page takes it. */
  follow(): void {
    while (this.shown !== undefined && !this.isOver && !this.outbox.isFull) {
      const next = this.stage.transcript.after(this.shown);
      if (!next) return;
      if (next.sequence > this.shown + 1) this.missed(next.sequence - this.shown - 1);
      for (const record of next.records) this.outbox.send(record);
      this.shown = next.sequence;
    }
  }

  /** Tells something in words; with `about`, that what this record asks for is not possible (R4). */
  notice(text: string, about: Partial<ChatRecord> = {}): void {
    const { flags = 0, number = 0, sequence = 0, filename: name = '' } = about;
    const filename = (flags & Flag.ATTACHMENT) === 0 ? '' : name;
    this.send(Flag.NOTICE, { number, sequence, filename, payload: utf8(clipped(text, MAX_NOTICE)) });
  }

  /** Closes the connection, with a last word to who has joined. */
  dismiss(reason: string): void {
    if (!this.isJoined) return;
    this.notice(reason);
    this.end();
  }

  /** Closes the connection. */
  end(): void {
    this.isOver = true;
    void this.outbox.end();
  }

  /** Obeys what has arrived, one record at a time, and lets the rest wait where it is. */
  private async obey(): Promise<void> {
    if (this.isObeying) return;
    this.isObeying = true;
    this.link.pause();
    try {
      for (let record = this.next(); record; record = this.next()) await this.attempt(record);
    } catch (error) {
      this.fail(error);
    }
    this.isObeying = false;
    this.link.resume();
    if (this.inputOver) this.end();
  }

  private next(): ChatRecord | undefined {
    return this.isOver ? undefined : this.decoder.next();
  }

  private async attempt(record: ChatRecord): Promise<void> {
    try {
      await this.outbox.drained();
      await this.handle(record);
    } catch (error) {
      if (!(error instanceof RefusedError || error instanceof UnreachableError)) throw error;
      this.notice(error.message, record);
    }
  }

  /** The page broke the protocol, or we have a bug, which ends this connection and no more. */
  private fail(error: unknown): void {
    if (!(error instanceof ProtocolError)) this.notice(`Something is wrong here: ${String(error)}.`);
    else if (!error.foreign) this.notice(`${error.message} The connection is closed.`);
    this.end();
  }

  private handle(record: ChatRecord): void | Promise<void> {
    switch (kindOf(record)) {
      case TEXT:
        return this.say(record);
      case Flag.JOIN_REQUEST:
        return this.join(record);
      case Flag.QUIT_REQUEST:
        return this.quit(record);
      case Flag.REPORT_REQUEST:
        return this.report(record);
      case Flag.ATTACHMENT:
        return this.attach(record);
      case Flag.FETCH_REQUEST:
        throw new RefusedError('Neither files nor older history are possible on this server.');
      default:
        throw new RefusedError('Only the server sends records of this kind.');
    }
  }

  /** R6. Whatever the page's person is called there: the name is that of the one who sits in the room. */
  private async join({ target, sequence }: ChatRecord): Promise<void> {
    if (this.isJoined) throw new RefusedError(`You are in the chatroom already, as ${this.stage.name}.`);
    if (target !== '') return this.reject('There is only one room on this server.');
    try {
      await this.stage.enter();
    } catch (error) {
      if (error instanceof RefusedError) return this.reject(error.message);
      if (!(error instanceof UnreachableError)) throw error;
      this.notice(error.message);
      return this.end();
    }
    this.isJoined = true;
    await this.replay(sequence);
  }

  private reject(reason: string): void {
    const payload = utf8(clipped(`The server rejects the join request. ${reason}`, MAX_NOTICE));
    this.send(Flag.JOIN_REJECT, { payload });
  }

  /** R7: what there is behind that place; what comes meanwhile follows. */
  private async replay(after: number): Promise<void> {
    const { transcript, name } = this.stage;
    const { first, last } = transcript;
    const payloads = splitPayload(concat(transcript.since(after)));
    for (const [index, payload] of payloads.entries()) {
      const more = index < payloads.length - 1 ? Flag.MORE : 0;
      this.send(Flag.JOIN_ACCEPT | more, { username: clipped(name, MAX_USERNAME), payload });
      await this.outbox.drained();
    }
    if (this.isOver) return;
    const known = after > last ? 0 : after;
    if (first > known + 1) this.missed(first - known - 1);
    this.shown = last;
    this.stage.entered(this);
    this.follow();
  }

  private async say(record: ChatRecord): Promise<void> {
    this.checkPlace(record);
    const text = textOf(record);
    if (text.trim() === '') throw new RefusedError('An empty message is not sent.');
    await this.stage.say(this, text, record.number);
  }

  private quit(record: ChatRecord): void {
    this.checkPlace(record);
    this.stage.quit();
  }

  private async report({ target }: ChatRecord): Promise<void> {
    if (target !== '') throw new RefusedError('There is only one room on this server.');
    const { count, text } = await this.stage.report();
    this.send(Flag.REPORT_RESPONSE, { number: count, payload: utf8(text) });
  }

  /** What follows of a file that was refused is passed over (R8). */
  private attach(record: ChatRecord): void {
    const isRefused = this.isPassingOver;
    this.isPassingOver = hasMore(record);
    if (!isRefused) throw new RefusedError('Files are not possible on this server.');
  }

  /** R5: one has to have joined, and there is the one room. Throws RefusedError. */
  private checkPlace({ target }: ChatRecord): void {
    if (!this.isJoined) throw new RefusedError('Join the chatroom first.');
    if (target.startsWith('@')) {
      throw new RefusedError('Messages to one person are not possible here: everything is for the room.');
    }
    if (target !== '') throw new RefusedError(`You are not in the room ${target}.`);
  }

  private missed(count: number): void {
    const entries = count === 1 ? 'is 1 older entry' : `are ${count} older entries`;
    this.notice(`There ${entries}, no longer kept here.`, { number: count });
  }

  private send(flags: number, fields: Partial<ChatRecord>): void {
    this.outbox.send(encode(makeRecord(flags, { timestamp: this.stage.clock(), ...fields })));
  }
}

function textOf({ payload }: ChatRecord): string {
  const text = decodeText(payload);
  if (text === undefined) throw new RefusedError(NOT_UTF8);
  return text;
}
