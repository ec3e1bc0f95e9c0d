/**
 * A small client of the records protocol, written from the table of its layout alone and importing nothing of ours: what
 * somebody else's client would be. It checks the server from outside.
 */
import { connect, type Socket } from 'node:net';
import { atEnd } from './cleanup.js';
import { eventually } from './eventually.js';

export const FLAG = {
  REPORT_REQUEST: 0x0001,
  REPORT_RESPONSE: 0x0002,
  JOIN_REQUEST: 0x0004,
  JOIN_REJECT: 0x0008,
  JOIN_ACCEPT: 0x0010,
  NEW_USER: 0x0020,
  QUIT_REQUEST: 0x0040,
  QUIT_ACCEPT: 0x0080,
  ATTACHMENT: 0x0100,
  MORE: 0x0200,
  FETCH_REQUEST: 0x0400,
  NOTICE: 0x0800,
} as const;

const HEADER = 32;
/** Bytes of a payload. */
const LONGEST = 1_048_576;

export interface WireRecord {
  readonly flags: number;
  readonly number: number;
  readonly timestamp: number;
  readonly sequence: number;
  readonly username: string;
  readonly target: string;
  readonly filename: string;
  readonly payload: Buffer;
}

/** Every field in its place; what is not given is 0 or empty. */
export function encode(record: Partial<Omit<WireRecord, 'payload'>> & { payload?: Buffer | string }): Buffer {
  const username = Buffer.from(record.username ?? '');
  const target = Buffer.from(record.target ?? '');
  const filename = Buffer.from(record.filename ?? '');
  const payload = Buffer.from(record.payload ?? '');
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(1, 0);
  header.writeUInt8(username.length, 1);
  header.writeUInt16BE(record.flags ?? 0, 2);
  header.writeUInt32BE(record.number ?? 0, 4);
  header.writeBigUInt64BE(BigInt(record.timestamp ?? 0), 8);
  header.writeBigUInt64BE(BigInt(record.sequence ?? 0), 16);
  header.writeUInt8(target.length, 24);
  header.writeUInt8(0, 25);
  header.writeUInt16BE(filename.length, 26);
  header.writeUInt32BE(payload.length, 28);
  return Buffer.concat([header, username, target, filename, payload]);
}

/** The records at the start of `bytes` that are complete, and what is left. Throws when it is not this protocol. */
export function decode(bytes: Buffer): { records: WireRecord[]; rest: Buffer } {
  const records: WireRecord[] = [];
  let rest = bytes;
  while (rest.length >= HEADER) {
    if (rest.readUInt8(0) !== 1) throw new Error(`A record starts with its version, 1, not ${rest.readUInt8(0)}.`);
    const lengths = [rest.readUInt8(1), rest.readUInt8(24), rest.readUInt16BE(26), rest.readUInt32BE(28)] as const;
    const end = HEADER + lengths[0] + lengths[1] + lengths[2] + lengths[3];
    if (rest.length < end) break;
    let from = HEADER;
    const cut = (length: number): Buffer => rest.subarray(from, (from += length));
    const [username, target, filename, payload] = [cut(lengths[0]), cut(lengths[1]), cut(lengths[2]), cut(lengths[3])];
    records.push({
      flags: rest.readUInt16BE(2),
      number: rest.readUInt32BE(4),
      timestamp: Number(rest.readBigUInt64BE(8)),
      sequence: Number(rest.readBigUInt64BE(16)),
      username: username.toString(),
      target: target.toString(),
      filename: filename.toString(),
      payload: Buffer.from(payload),
    });
    rest = rest.subarray(end);
  }
  return { records, rest };
}

export class RecordsPeer {
  /** Everything the server sent, in order. */
  readonly received: WireRecord[] = [];
  isClosed = false;
  private rest: Buffer = Buffer.alloc(0);

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      const { records, rest } = decode(Buffer.concat([this.rest, chunk]));
      this.received.push(...records);
      this.rest = rest;
    });
    socket.on('close', () => (this.isClosed = true));
    socket.on('error', () => undefined);
    atEnd(() => void socket.destroy());
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RecordsPeer> {
    const socket = connect(port, host);
    const peer = new RecordsPeer(socket);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return peer;
  }

  /** Connects, joins and gives the peer with the history it was shown. Throws when it is not let in. */
  static async join(
    port: number,
    username: string,
    target = '',
  ): Promise<{ peer: RecordsPeer; history: WireRecord[] }> {
    const peer = await RecordsPeer.connect(port);
    return { peer, history: await peer.join(username, target) };
  }

  send(record: Parameters<typeof encode>[0]): void {
    this.socket.write(encode(record));
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Asks for a seat; gives the history. Throws the server's reason when it says no. */
  join(username: string, target = ''): Promise<WireRecord[]> {
    return this.askForSeat({ username, target });
  }

  /** Asks for the seat with that token; gives the history behind the place `after`. Throws as `join` does. */
  comeBack(token: string, after: number): Promise<WireRecord[]> {
    return this.askForSeat({ filename: token, sequence: after });
  }

  private async askForSeat(fields: Parameters<typeof encode>[0]): Promise<WireRecord[]> {
    const before = this.received.length;
    this.send({ ...fields, flags: FLAG.JOIN_REQUEST });
    const isLast = ({ flags }: WireRecord): boolean =>
      (flags & FLAG.JOIN_REJECT) !== 0 || ((flags & FLAG.JOIN_ACCEPT) !== 0 && (flags & FLAG.MORE) === 0);
    const last = await this.waitFor(
      isLast,
      `an answer to the request to join of ${fields.username ?? fields.filename}`,
      before,
    );
    if (last.flags & FLAG.JOIN_REJECT) throw new Error(last.payload.toString());
    const parts = this.received.slice(before).filter(({ flags }) => flags & FLAG.JOIN_ACCEPT);
    return parts.flatMap((part) => decode(part.payload).records);
  }

  say(text: string, number = 0): void {
    this.send({ payload: text, number });
  }

  share(filename: string, contents: Buffer): void {
    for (let from = 0; from === 0 || from < contents.length; from += LONGEST) {
      const more = from + LONGEST < contents.length ? FLAG.MORE : 0;
      const payload = contents.subarray(from, from + LONGEST);
      this.send({ flags: FLAG.ATTACHMENT | more, filename, number: contents.length, payload });
    }
  }

  async report(target = ''): Promise<WireRecord> {
    const before = this.received.length;
    this.send({ flags: FLAG.REPORT_REQUEST, target });
    return this.waitFor(({ flags }) => flags === FLAG.REPORT_RESPONSE, 'a report', before);
  }

  quit(): void {
    this.send({ flags: FLAG.QUIT_REQUEST });
  }

  /** The first record that fits, among those from `from` on. */
  async waitFor(fits: (record: WireRecord) => boolean, what: string, from = 0): Promise<WireRecord> {
    return eventually(() => this.received.slice(from).find(fits), what, { show: () => this.show() });
  }

  async waitForText(text: string): Promise<WireRecord> {
    return this.waitFor(
      ({ flags, payload }) => flags === 0 && payload.toString() === text,
      `the text ${JSON.stringify(text)}`,
    );
  }

  async waitForAnnouncement(text: string, from = 0): Promise<WireRecord> {
    const kinds = FLAG.NEW_USER | FLAG.QUIT_ACCEPT;
    return this.waitFor(
      ({ flags, payload }) => (flags & kinds) !== 0 && payload.toString() === text,
      `"${text}"`,
      from,
    );
  }

  async waitForClose(): Promise<void> {
    await eventually(() => this.isClosed, 'the end of the connection', { show: () => this.show() });
  }

  /** From now on takes nothing, as a program that hangs. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Ends the connection in order. */
  end(): void {
    this.socket.end();
  }

  /** Breaks the connection off, as a killed process or a lost network does. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private show(): string {
    const rows = this.received.map(
      ({ flags, username, payload }) => `0x${flags.toString(16)} ${username}: ${payload.toString().slice(0, 80)}`,
    );
    return `What came:\n${rows.slice(-20).join('\n')}`;
  }
}
