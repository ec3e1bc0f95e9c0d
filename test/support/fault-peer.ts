/**
 * A client of the records protocol of which one process can hold thousands: it counts what it is shown and keeps nothing
 * of it. Written from the table of the layout (docs/protocols.md, R2), importing nothing of ours.
 */
import { connect, type Socket } from 'node:net';
import { atEnd } from './cleanup.js';
import { eventually } from './eventually.js';
import type { Ledger, Tally } from './fault-ledger.js';
import { decode, encode, FLAG, type WireRecord } from './records-peer.js';

const HEADER = 32;
const ENTRY_KINDS = FLAG.NEW_USER | FLAG.QUIT_ACCEPT | FLAG.ATTACHMENT;
/** Milliseconds for an answer where thousands ask at once. */
export const PATIENT = 300_000;

/** Where a server is: a port of this machine, or what leads there. */
export type Place = { readonly port: number } | { readonly path: string };

/** What it takes to come back to one's seat. */
export interface Return {
  readonly token: string;
  readonly tally: Tally;
}

export class FaultPeer {
  /** What is no entry: answers, notices and the pieces of files. */
  readonly told: WireRecord[] = [];
  isClosed = false;
  isConnected = false;
  isSeated = false;
  /** Empty where the server keeps no seats. */
  token = '';
  tally: Tally;
  private rest: Buffer = Buffer.alloc(0);
  private past: Buffer = Buffer.alloc(0);
  private readonly socket: Socket;

  constructor(
    readonly name: string,
    at: Place,
    private readonly ledger: Ledger,
    /** Empty for the lobby. */
    private readonly room = '',
  ) {
    this.tally = ledger.tally();
    this.socket = connect('path' in at ? { path: at.path } : { port: at.port, host: '127.0.0.1', noDelay: true });
    this.socket.on('connect', () => (this.isConnected = true));
    this.socket.on('data', (chunk: Buffer) => this.take(chunk));
    this.socket.on('close', () => (this.isClosed = true));
    this.socket.on('error', () => undefined);
    atEnd(() => this.destroy());
  }

  /** Asks for a seat and waits for it. */
  async join(back?: Return): Promise<this> {
    this.askToJoin(back);
    return this.joined();
  }

  /** With a token, reads on where the stay broke off. */
  askToJoin(back?: Return): void {
    const isBack = back !== undefined && back.token !== '';
    if (isBack) this.tally = back.tally;
    const asked = isBack ? { filename: back.token, sequence: back.tally.last } : {};
    this.send({ flags: FLAG.JOIN_REQUEST, username: this.name, target: this.room, ...asked });
  }

  async joined(): Promise<this> {
    await eventually(() => this.isSeated || this.isClosed || this.rejection, `the seat of ${this.name}`, {
      timeout: PATIENT,
    });
    if (!this.isSeated) throw new Error(`${this.name} was not let in: ${this.rejection ?? 'the connection ended'}`);
    return this;
  }

  get rejection(): string | undefined {
    return this.told.find(({ flags }) => flags & FLAG.JOIN_REJECT)?.payload.toString();
  }

  /** Waits until it was shown the entry in that place. */
  async reaches(sequence: number, show = (): string => ''): Promise<void> {
    await eventually(() => this.tally.last >= sequence, `entry ${sequence} at ${this.name}`, {
      timeout: PATIENT,
      show: () => `It is at ${this.tally.last}, ${this.isClosed ? 'and closed' : 'and open'}. ${show()}`,
    });
  }

  /** Waits until it was told something that is no entry, beyond the first `count` of these. */
  async isTold(count: number): Promise<void> {
    await eventually(() => this.told.length > count, `an answer to ${this.name}`, { timeout: PATIENT });
  }

  say(text: string | Buffer, number = 0): boolean {
    return this.send({ payload: text, number });
  }

  send(record: Parameters<typeof encode>[0]): boolean {
    return this.write(encode(record));
  }

  write(bytes: Uint8Array): boolean {
    return !this.socket.destroyed && this.socket.write(bytes);
  }

  /** Resolves when what was written has gone out; at once when the connection is over. */
  drained(): Promise<void> {
    if (this.socket.destroyed || !this.socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
  }

  stopReading(): void {
    this.socket.pause();
  }

  readOn(): void {
    this.socket.resume();
  }

  /** Breaks off, as a lost network does. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    const rest = this.eachRecord(this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]), true);
    // A copy, so that a piece of a record does not keep all of a chunk.
    this.rest = rest.length === 0 ? rest : Buffer.from(rest);
  }

  /** Hears the records that are complete; gives what is left. */
  private eachRecord(bytes: Buffer, isLive: boolean): Buffer {
    let from = 0;
    while (bytes.length - from >= HEADER) {
      const lengths = bytes[from + 1]! + bytes[from + 24]! + bytes.readUInt16BE(from + 26);
      const end = from + HEADER + lengths + bytes.readUInt32BE(from + 28);
      if (end > bytes.length) break;
      this.hear(bytes.subarray(from, end), isLive);
      from = end;
    }
    return bytes.subarray(from);
  }

  private hear(record: Buffer, isLive: boolean): void {
    const flags = record.readUInt16BE(2);
    const isEntry = (flags === 0 || (flags & ENTRY_KINDS) !== 0) && !(flags & FLAG.MORE);
    if (isEntry) this.tally.see(Number(record.readBigUInt64BE(16)), record);
    else if (isLive && flags & FLAG.JOIN_ACCEPT) this.accepted(record, flags);
    else this.told.push(...decode(Buffer.from(record)).records);
  }

  private accepted(record: Buffer, flags: number): void {
    const [name, target, filename] = [record[1]!, record[24]!, record.readUInt16BE(26)];
    const at = HEADER + name + target;
    this.past = this.eachRecord(Buffer.concat([this.past, record.subarray(at + filename)]), false);
    if (flags & FLAG.MORE) return;
    this.token = record.subarray(at, at + filename).toString();
    this.isSeated = true;
  }
}

/** Has so many join, some at a time, and waits until each was shown the last joining. */
export async function members(count: number, server: Place, ledger: Ledger): Promise<FaultPeer[]> {
  const all: FaultPeer[] = [];
  for (const name of namesOf('member', count)) {
    all.push(new FaultPeer(name, server, ledger));
    all.at(-1)!.askToJoin();
    if (all.length % 50 === 0) await Promise.all(all.slice(-50).map((peer) => peer.joined()));
  }
  await Promise.all(all.map((peer) => peer.joined()));
  await Promise.all(all.map((peer) => peer.reaches(ledger.last)));
  return all;
}

export function namesOf(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`);
}
