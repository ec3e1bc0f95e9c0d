/** The two sides of a gateway, played by the test: a page, and a server behind a connection. */
import type { Connection, ConnectionListener, Line, Report } from '../../src/client/connection.js';
import { RefusedError, UnreachableError } from '../../src/client/connection.js';
import type { Accept } from '../../src/transports/link.js';
import { FakeLink } from '../support/fake-link.js';
import { decode, encode, FLAG, type WireRecord } from '../support/records-peer.js';
import { settle } from '../support/settle.js';

/** A page, as far as the wire shows it: somebody else's client of the records protocol. */
export class Page {
  readonly link = new FakeLink();

  constructor(accept: Accept) {
    this.link.attach(accept(this.link));
  }

  /** A page that has joined. */
  static async inside(accept: Accept): Promise<Page> {
    const page = new Page(accept);
    await page.sends({ flags: FLAG.JOIN_REQUEST, username: 'alice' });
    return page;
  }

  get received(): WireRecord[] {
    const { records, rest } = decode(this.link.bytes);
    if (rest.length > 0) throw new Error(`${rest.length} bytes are no record.`);
    return records;
  }

  get isClosed(): boolean {
    return this.link.isClosed;
  }

  /** What came, in words: who joined, left, or said what under which number, and notices. */
  get seen(): string[] {
    return this.received.map(inWords);
  }

  /** The history that came with joining, in the same words. */
  get history(): string[] {
    const accepts = this.received.filter(({ flags }) => flags & FLAG.JOIN_ACCEPT);
    return accepts.flatMap(({ payload }) => decode(payload).records).map(inWords);
  }

  async sends(...records: Parameters<typeof encode>[0][]): Promise<void> {
    for (const record of records) this.link.send(encode(record));
    await settle();
  }

  async says(text: string, number = 0): Promise<void> {
    await this.sends({ payload: text, number });
  }
}

export function inWords({ flags, number, username, payload }: WireRecord): string {
  const about = number === 0 ? '' : ` (${number})`;
  switch (flags & ~FLAG.MORE) {
    case 0:
      return `${username}: ${payload.toString()}${about}`;
    case FLAG.NEW_USER:
    case FLAG.QUIT_ACCEPT:
      return payload.toString();
    case FLAG.NOTICE:
      return `* ${payload.toString()}${about}`;
    case FLAG.JOIN_ACCEPT:
      return `welcome ${username}`;
    case FLAG.JOIN_REJECT:
      return `rejected: ${payload.toString()}`;
    case FLAG.REPORT_RESPONSE:
      return `${number} here: ${payload.toString()}`;
    default:
      return `0x${flags.toString(16)}`;
  }
}

/** A server as its clients see it, one at a time, and what the test has it do. */
export class FakeServer {
  /** Connections that were made to it. */
  connections: FakeConnection[] = [];
  isThere = true;
  /** Why it lets nobody in. */
  refusal: string | undefined;
  canReport = false;
  /** What it says of who is there; nothing where it will not. */
  report: Report | undefined;
  /** Shows a text to its author by itself, as clients of most protocols do; otherwise when the test says so. */
  echoes = true;
  /** Why it takes no text. */
  refusesTexts: string | undefined;
  /** Passed before it answers a joining. */
  door: Promise<void> = Promise.resolve();
  /** Passed before it takes a text. */
  network: Promise<void> = Promise.resolve();

  connect = async (listener: ConnectionListener): Promise<Connection> => {
    if (!this.isThere) throw new UnreachableError('There is no server at example, port 1.');
    const connection = new FakeConnection(this, listener);
    this.connections.push(connection);
    return connection;
  };

  get connection(): FakeConnection {
    return this.connections.at(-1)!;
  }
}

export class FakeConnection implements Connection {
  readonly said: { text: string; id: number | undefined }[] = [];
  hasLeft = false;
  isClosed = false;

  constructor(
    private readonly server: FakeServer,
    private readonly listener: ConnectionListener,
  ) {}

  get can(): Connection['can'] {
    return { report: this.server.canReport, files: false, history: false };
  }

  async join(name: string): Promise<void> {
    await this.server.door;
    if (this.server.refusal !== undefined) {
      this.end(this.server.refusal);
      throw new RefusedError(this.server.refusal);
    }
    if (this.isClosed) throw new UnreachableError('The server closed the connection.');
    this.listener.joined(name);
  }

  async say(text: string, id?: number): Promise<void> {
    if (this.server.refusesTexts !== undefined) throw new RefusedError(this.server.refusesTexts);
    this.said.push({ text, id });
    if (this.server.echoes) this.shows('text', 'alice', text, id);
    await this.server.network;
  }

  /** The person is shown a line. */
  shows(kind: Line['kind'], author: string, text = '', id?: number): void {
    const time = new Date('2026-05-01T12:00:00Z');
    this.listener.line({ kind, sequence: 0, time, author, text, ...(id !== undefined && { id }) }, false);
  }

  tells(text: string, about?: number): void {
    this.listener.notice(text, about);
  }

  /** The connection ends. */
  end(reason: string, left?: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listener.closed(reason, left);
  }

  async report(): Promise<Report> {
    if (!this.server.report) throw new RefusedError('There is no report.');
    return this.server.report;
  }

  async leave(): Promise<void> {
    this.hasLeft = true;
  }

  close(): void {
    this.end('The server closed the connection.');
  }

  async share(): Promise<void> {}

  async *fetch(): AsyncGenerator<Uint8Array> {}

  async history(): Promise<readonly Line[]> {
    return [];
  }
}
