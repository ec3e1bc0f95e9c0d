/** The client's side of the records protocol (seed 002): docs/protocols.md, "Records". */
import {
  type Avatar,
  type Connection,
  type ConnectionListener,
  type Key,
  type Line,
  RefusedError,
  type Report,
  type Return,
  UnreachableError,
} from '../../client/connection.js';
import type { Link, LinkListener } from '../../transports/link.js';
import { type Dialling, dialled } from '../dialling.js';
import { Outbox } from '../outbox.js';
import { type ChatRecord, Decoder, Flag, hasMore, kindOf, makeRecord, TEXT, utf8 } from './codec.js';
import { FetchedFile } from './fetched-file.js';
import { LineReader } from './lines.js';
import { encodeTyped, sendFile } from './outgoing.js';
import { Patience, type Waiter } from './patience.js';
import { Pulse } from './pulse.js';
import { checkRoom, knock, refusalOf } from './refusal.js';

/** Milliseconds that a server has to answer a report or a join. */
const ANSWER_TIME = 10_000;

/** Milliseconds within which the server hears from us, as we tell it. */
const PROMISE = 50_000;

const text = new TextDecoder();

/**
 * Connects, as `dial` does, to the room of that name, the lobby when it is empty. `promise` says within how many
 * milliseconds the server hears from us for as long as we are there (R16). Throws RefusedError for a name that is none.
 */
export async function connectRecords(
  dial: Dialling,
  room: string,
  listener: ConnectionListener,
  promise = PROMISE,
  key: Key = { passphrase: '' },
): Promise<Connection> {
  checkRoom(room);
  return dialled(dial, (link) => new RecordsClient(link, room, listener, promise, key));
}

class RecordsClient implements Connection, LinkListener {
  readonly can = { report: true, files: true, history: true };
  private readonly decoder = new Decoder();
  private readonly outbox: Outbox;
  private readonly live = new LineReader();
  private past = new LineReader();
  private pastDecoder = new Decoder();
  private name = '';
  private inRoom = false;
  private messages = 0;
  private uploads: Promise<void> = Promise.resolve();
  private ending: string | undefined;

  private readonly reports: Waiter<Report>[] = [];
  private readonly joins: Waiter<void>[] = [];
  private readonly leaves: Waiter<void>[] = [];
  private readonly pages: (Waiter<readonly Line[]> & { lines: Line[] })[] = [];
  /** Files asked for, by the sequence of their entry; asked for twice, they come one after the other. */
  private readonly fetches = new Map<number, readonly FetchedFile[]>();
  private readonly patience = new Patience(ANSWER_TIME, () => this.giveUp());
  private readonly pulse: Pulse;

  constructor(
    private readonly link: Link,
    private readonly room: string,
    private readonly listener: ConnectionListener,
    promise: number,
    private readonly key: Key,
  ) {
    this.outbox = new Outbox(link);
    const beat = (): void => this.send(Flag.NOTICE, { number: promise });
    this.pulse = new Pulse(link, beat, () => this.giveUp());
  }

  report(): Promise<Report> {
    return this.ask(this.reports, Flag.REPORT_REQUEST, { filename: this.key.passphrase });
  }

  async join(name: string, avatar?: Avatar, back?: Return): Promise<void> {
    const fields = { username: name, sequence: back?.after ?? 0, ...(avatar && { payload: avatar.contents }) };
    await knock((filename) => this.ask(this.joins, Flag.JOIN_REQUEST, { ...fields, filename }), this.key, back);
  }

  async say(message: string, id = ++this.messages): Promise<void> {
    this.send(TEXT, { number: id, payload: utf8(message) });
    await this.outbox.drained();
  }

  /** One after the other: the protocol has no way to tell the pieces of two files apart. */
  share(file: Parameters<Connection['share']>[0]): Promise<void> {
    const sent = this.uploads.then(() =>
      sendFile(file, {
        isOver: () => this.ending !== undefined,
        send: (flags, fields) => this.send(flags, fields),
        drained: () => this.outbox.drained(),
      }),
    );
    this.uploads = sent.catch(() => {});
    return sent;
  }

  async *fetch(sequence: number, offset: number): AsyncGenerator<Uint8Array> {
    if (this.ending !== undefined) throw new UnreachableError(this.ending);
    const file = new FetchedFile(this.pulse);
    this.fetches.set(sequence, [...(this.fetches.get(sequence) ?? []), file]);
    this.send(Flag.FETCH_REQUEST, { sequence, number: offset });
    try {
      yield* file.pieces();
    } finally {
      file.drop();
    }
  }

  async history(before: number): Promise<readonly Line[]> {
    return new Promise((resolve, reject) => {
      if (this.ending !== undefined) return reject(new UnreachableError(this.ending));
      if (!this.inRoom) return reject(new RefusedError('Join the chatroom first.'));
      this.send(Flag.FETCH_REQUEST, { number: before });
      this.patience.begin();
      this.pages.push({
        resolve: (lines) => (this.patience.end(), resolve(lines)),
        reject: (error) => (this.patience.end(), reject(error)),
        lines: [],
      });
    });
  }

  async leave(): Promise<void> {
    if (!this.inRoom || this.ending !== undefined) return;
    this.send(Flag.QUIT_REQUEST);
    await new Promise<void>((resolve) => this.leaves.push({ resolve, reject: () => resolve() }));
  }

  close(): void {
    this.link.end();
  }

  received(bytes: Uint8Array): void {
    this.patience.stir();
    this.pulse.felt();
    this.decoder.append(bytes);
    try {
      for (let record = this.decoder.next(); record; record = this.decoder.next()) this.handle(record);
    } catch (error) {
      this.ending = `The server does not keep to the protocol: ${error instanceof Error ? error.message : String(error)}`;
      this.link.destroy();
    }
  }

  drained(): void {
    this.pulse.felt();
    this.outbox.onLinkDrained();
  }

  ended(): void {
    this.link.end();
  }

  closed(): void {
    this.ending ??= 'The server closed the connection.';
    this.pulse.stop();
    this.outbox.onLinkClosed();
    const error = new UnreachableError(this.ending);
    for (const waiters of [this.reports, this.joins, this.leaves, this.pages]) {
      for (const waiter of waiters.splice(0)) waiter.reject(error);
    }
    this.dropFetches(error);
    this.listener.closed(this.ending);
  }

  private handle(record: ChatRecord): void {
    switch (kindOf(record)) {
      case Flag.REPORT_RESPONSE:
        return this.reports.shift()?.resolve({ count: record.number, text: text.decode(record.payload) });
      case Flag.JOIN_REJECT:
        return this.joins.shift()?.reject(refusalOf(text.decode(record.payload)));
      case Flag.JOIN_ACCEPT:
        return this.accepted(record);
      case Flag.FETCH_REQUEST:
        return this.page(record);
      case Flag.NOTICE:
        return this.notice(record);
      case Flag.ATTACHMENT:
        return this.fetches.has(record.sequence) ? this.fetched(record) : this.entry(record);
      default:
        return this.entry(record);
    }
  }

  private entry(record: ChatRecord): void {
    const line = this.live.read(record);
    if (line) this.listener.line(line, false);
    if (kindOf(record) === Flag.QUIT_ACCEPT && record.username === this.name) {
      this.inRoom = false;
      this.dropFetches(new RefusedError('You have left the chatroom.'));
      for (const waiter of this.leaves.splice(0)) waiter.resolve();
    }
  }

  private fetched(record: ChatRecord): void {
    this.fetches.get(record.sequence)?.[0]?.take(record);
    if (!hasMore(record)) this.forgetFetch(record.sequence);
  }

  /** R9: what has not been sent of a file by the end of the stay never will be. */
  private dropFetches(error: Error): void {
    for (const file of [...this.fetches.values()].flat()) file.fail(error);
    this.fetches.clear();
  }

  private forgetFetch(sequence: number): void {
    const others = this.fetches.get(sequence)?.slice(1) ?? [];
    if (others.length > 0) this.fetches.set(sequence, others);
    else this.fetches.delete(sequence);
  }

  private accepted(record: ChatRecord): void {
    if (!this.inRoom) {
      this.inRoom = true;
      this.name = record.username;
      this.listener.joined(record.username, record.filename);
      // Only a server that gives tokens knows R16.
      if (record.filename !== '') this.pulse.start();
    }
    for (const line of this.linesOf(record)) this.listener.line(line, true);
    if (!hasMore(record)) this.joins.shift()?.resolve();
  }

  private page(record: ChatRecord): void {
    const [page] = this.pages;
    const lines = this.linesOf(record);
    if (!page) return;
    page.lines.push(...lines);
    if (hasMore(record)) return;
    this.pages.shift();
    page.resolve(page.lines);
  }

  /** The entries in the payload of a JOIN_ACCEPT or a page, which are records themselves. */
  private linesOf(record: ChatRecord): Line[] {
    const lines: Line[] = [];
    this.pastDecoder.append(record.payload);
    for (let entry = this.pastDecoder.next(); entry; entry = this.pastDecoder.next()) {
      const line = this.past.read(entry);
      if (line) lines.push(line);
    }
    if (!hasMore(record)) {
      this.past = new LineReader();
      this.pastDecoder = new Decoder();
    }
    return lines;
  }

  private notice(record: ChatRecord): void {
    // R16: an answer to a sign of life.
    if (record.payload.length === 0) return;
    const said = text.decode(record.payload);
    const refused = this.fetches.get(record.sequence)?.[0];
    if (!refused && this.isOnReport(record)) return this.reports.shift()!.reject(new RefusedError(said));
    if (!refused) return this.listener.notice(said, record.number, record.filename);
    this.forgetFetch(record.sequence);
    refused.fail(new RefusedError(said));
  }

  /** R4: whoever has no seat, and waits for a report, is told nothing else without a number. */
  private isOnReport({ number, sequence }: ChatRecord): boolean {
    return number === 0 && sequence === 0 && !this.inRoom && this.reports.length > 0;
  }

  private ask<T>(waiters: Waiter<T>[], flags: number, fields: Partial<ChatRecord>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.ending !== undefined) return reject(new UnreachableError(this.ending));
      this.send(flags, fields);
      this.patience.begin();
      waiters.push({
        resolve: (value) => (this.patience.end(), resolve(value)),
        reject: (error) => (this.patience.end(), reject(error)),
      });
    });
  }

  private giveUp(): void {
    this.ending = 'The server does not answer.';
    this.link.destroy();
  }

  private send(flags: number, fields: Partial<ChatRecord> = {}): void {
    this.outbox.send(encodeTyped(makeRecord(flags, { target: this.room, ...fields })));
  }
}
