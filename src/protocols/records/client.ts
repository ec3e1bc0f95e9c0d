/** The client's side of the records protocol (seed 002): docs/protocols.md, "Records". */
import {
  type Connection,
  type ConnectionListener,
  type Line,
  RefusedError,
  type Report,
  UnreachableError,
} from '../../client/connection.js';
import type { Accept, Link, LinkListener } from '../../transports/link.js';
import { Outbox } from '../outbox.js';
import {
  type ChatRecord,
  Decoder,
  encode,
  Flag,
  hasMore,
  kindOf,
  makeRecord,
  MAX_FILENAME,
  TEXT,
  utf8,
} from './codec.js';
import { FetchedFile } from './fetched-file.js';
import { LineReader } from './lines.js';

/** Bytes of a file in one record: small, so that what is said meanwhile passes between them. */
const PIECE = 65_536;
/** Milliseconds that a server has to answer a report or a join. */
const ANSWER_TIME = 10_000;

const text = new TextDecoder();

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Connects, as `dial` does, to the room of that name, the lobby when it is empty. */
export async function connectRecords(
  dial: (accept: Accept) => Promise<void>,
  room: string,
  listener: ConnectionListener,
): Promise<Connection> {
  let client: RecordsClient | undefined;
  await dial((link) => (client = new RecordsClient(link, room, listener)));
  return client!;
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
  private readonly fetches = new Map<number, FetchedFile>();

  constructor(
    private readonly link: Link,
    private readonly room: string,
    private readonly listener: ConnectionListener,
  ) {
    this.outbox = new Outbox(link);
  }

  report(): Promise<Report> {
    return this.ask(this.reports, Flag.REPORT_REQUEST, {});
  }

  join(name: string): Promise<void> {
    return this.ask(this.joins, Flag.JOIN_REQUEST, { username: name });
  }

  async say(message: string): Promise<void> {
    this.send(TEXT, { number: ++this.messages, payload: utf8(message) });
    await this.outbox.drained();
  }

  /** One after the other: the protocol has no way to tell the pieces of two files apart. */
  share(file: Parameters<Connection['share']>[0]): Promise<void> {
    const sent = this.uploads.then(() => this.sendFile(file));
    this.uploads = sent.catch(() => {});
    return sent;
  }

  async *fetch(sequence: number, offset: number): AsyncGenerator<Uint8Array> {
    if (this.ending !== undefined) throw new UnreachableError(this.ending);
    const file = new FetchedFile(this.link);
    this.fetches.set(sequence, file);
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
      this.pages.push({ resolve, reject, lines: [] });
      this.send(Flag.FETCH_REQUEST, { number: before });
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
    this.decoder.append(bytes);
    try {
      for (let record = this.decoder.next(); record; record = this.decoder.next()) this.handle(record);
    } catch (error) {
      this.ending = `The server does not keep to the protocol: ${error instanceof Error ? error.message : String(error)}`;
      this.link.destroy();
    }
  }

  drained(): void {
    this.outbox.onLinkDrained();
  }

  ended(): void {
    this.link.end();
  }

  closed(): void {
    this.ending ??= 'The server closed the connection.';
    this.outbox.onLinkClosed();
    const error = new UnreachableError(this.ending);
    for (const waiters of [this.reports, this.joins, this.leaves, this.pages]) {
      for (const waiter of waiters.splice(0)) waiter.reject(error);
    }
    for (const file of this.fetches.values()) file.fail(error);
    this.listener.closed(this.ending);
  }

  private handle(record: ChatRecord): void {
    switch (kindOf(record)) {
      case Flag.REPORT_RESPONSE:
        return this.reports.shift()?.resolve({ count: record.number, text: text.decode(record.payload) });
      case Flag.JOIN_REJECT:
        return this.joins.shift()?.reject(new RefusedError(text.decode(record.payload)));
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
      for (const waiter of this.leaves.splice(0)) waiter.resolve();
    }
  }

  private fetched(record: ChatRecord): void {
    this.fetches.get(record.sequence)?.take(record);
    if (!hasMore(record)) this.fetches.delete(record.sequence);
  }

  private accepted(record: ChatRecord): void {
    if (!this.inRoom) {
      this.inRoom = true;
      this.name = record.username;
      this.listener.joined(record.username);
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
    const said = text.decode(record.payload);
    const refused = this.fetches.get(record.sequence);
    if (!refused) return this.listener.notice(said);
    this.fetches.delete(record.sequence);
    refused.fail(new RefusedError(said));
  }

  private async sendFile({ name, size, contents, sent, signal }: Parameters<Connection['share']>[0]): Promise<void> {
    const fields = { filename: shortened(name), number: size };
    let offset = 0;
    for await (const chunk of contents) {
      for (let start = 0; start < chunk.length && offset < size; start += PIECE) {
        if (signal?.aborted || this.ending !== undefined) break;
        const payload = chunk.subarray(start, Math.min(start + PIECE, start + size - offset));
        offset += payload.length;
        this.send(Flag.ATTACHMENT | (offset < size ? Flag.MORE : 0), { ...fields, payload });
        sent?.(offset);
        await this.outbox.drained();
      }
      if (signal?.aborted || this.ending !== undefined) break;
    }
    // R8: a last piece that comes too early takes the file back; an empty file is a last piece alone.
    if (offset < size || size === 0) this.send(Flag.ATTACHMENT, fields);
  }

  private ask<T>(waiters: Waiter<T>[], flags: number, fields: Partial<ChatRecord>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.ending !== undefined) return reject(new UnreachableError(this.ending));
      const timer = setTimeout(() => {
        this.ending = 'The server does not answer.';
        this.link.destroy();
      }, ANSWER_TIME);
      waiters.push({
        resolve: (value) => (clearTimeout(timer), resolve(value)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      });
      this.send(flags, fields);
    });
  }

  private send(flags: number, fields: Partial<ChatRecord> = {}): void {
    this.outbox.send(encode(makeRecord(flags, { target: this.room, ...fields })));
  }
}

/** A path too long for the field loses its beginning: the server keeps its last part only. */
function shortened(name: string): string {
  const bytes = utf8(name);
  return bytes.length <= MAX_FILENAME
    ? name
    : text.decode(bytes.subarray(bytes.length - MAX_FILENAME)).replace(/^\uFFFD+/, '');
}
