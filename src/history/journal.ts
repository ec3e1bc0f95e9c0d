/**
 * A file that is only appended to, beside the history's: one write for each commit, whatever rooms it is of.
 * docs/decisions.md, "The history file", has its layout.
 */
import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { EntryBatch, Kept } from './batch.js';
import { readUint64 } from '../protocols/records/integers.js';

/** Bytes before what a commit wrote: their number, and their CRC-32. */
const FRAME_HEAD = 8;
/** Bytes before the records of each room: its row in the table `room`, the number of entries, that of bytes. */
const ITEM_HEAD = 12;
/** Bytes of a journal that is full. */
const LARGE = 8_388_608;

/** What most commits append is made here. */
const shared = Buffer.allocUnsafeSlow(262_144);

/** Texts of one commit and room. */
export interface JournalItem extends Kept {
  /** Its row in the table `room`. */
  readonly room: number;
}

/** What was said in a room, as it is given to a journal. */
export interface Said {
  /** Its row in the table `room`. */
  readonly room: number;
  readonly batch: EntryBatch;
}

export class Journal {
  private file: number | undefined;
  private isMade = false;
  private length = 0;

  constructor(
    private readonly path: string,
    /** Permissions. */
    private readonly mode: number,
  ) {}

  get isFull(): boolean {
    return this.length >= LARGE;
  }

  /** Where it ends. */
  get end(): number {
    return this.length;
  }

  /** Appends all of it, or throws and has appended nothing; so also where another file is in its place. */
  append(said: readonly Said[]): void {
    const file = (this.file ??= this.make());
    const frame = frameOf(said);
    try {
      for (let at = 0; at < frame.length;) at += writeSync(file, frame, at, frame.length - at, this.length + at);
    } catch (error) {
      ftruncateSync(file, this.length);
      throw error;
    }
    this.length += frame.length;
  }

  /** Nothing more is appended. All that was is with the system, so a failure here tells of nothing that is ours. */
  close(): void {
    const { file } = this;
    this.file = undefined;
    attempt(() => file !== undefined && closeSync(file));
  }

  /** All of it is in SQLite; should this fail, the next start sees so by its places. */
  remove(): void {
    this.close();
    if (this.isMade) attempt(() => rmSync(this.path, { force: true }));
  }

  private make(): number {
    const file = openSync(this.path, 'wx', this.mode);
    this.isMade = true;
    return file;
  }
}

function frameOf(said: readonly Said[]): Buffer {
  const length = said.reduce((sum, { batch }) => sum + ITEM_HEAD + batch.records.length, FRAME_HEAD);
  const frame = length <= shared.length ? shared.subarray(0, length) : Buffer.allocUnsafeSlow(length);
  let at = FRAME_HEAD;
  for (const { room, batch } of said) {
    const { first, last, records } = batch;
    frame.writeUInt32BE(room, at);
    frame.writeUInt32BE(last - first + 1, at + 4);
    frame.writeUInt32BE(records.length, at + 8);
    frame.set(records, at + ITEM_HEAD);
    at += ITEM_HEAD + records.length;
  }
  frame.writeUInt32BE(length - FRAME_HEAD, 0);
  frame.writeUInt32BE(crc32(frame.subarray(FRAME_HEAD)), 4);
  return frame;
}

/**
 * What was appended to a journal up to what is not as it was written. That it was not written to its end is what a kill leaves,
 * and was shown to nobody; it is damaged when there is more behind it.
 */
export function readJournal(path: string): { items: JournalItem[]; isDamaged: boolean } {
  const bytes = readFileSync(path);
  const items: JournalItem[] = [];
  for (let at = 0; at + FRAME_HEAD <= bytes.length;) {
    const end = at + FRAME_HEAD + bytes.readUInt32BE(at);
    if (end > bytes.length || end === at + FRAME_HEAD) break;
    const contents = bytes.subarray(at + FRAME_HEAD, end);
    if (crc32(contents) !== bytes.readUInt32BE(at + 4)) return { items, isDamaged: end < bytes.length };
    items.push(...itemsOf(contents));
    at = end;
  }
  return { items, isDamaged: false };
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Told at each call.
  }
}

function* itemsOf(contents: Buffer): Generator<JournalItem> {
  for (let at = 0; at < contents.length;) {
    const [room, count] = [contents.readUInt32BE(at), contents.readUInt32BE(at + 4)];
    const end = at + ITEM_HEAD + contents.readUInt32BE(at + 8);
    const records = contents.subarray(at + ITEM_HEAD, end);
    const first = readUint64(records, 16);
    yield { room, first, last: first + count - 1, time: readUint64(records, 8), records };
    at = end;
  }
}

/** Of a history's file, the journal of that number. */
export function journalPath(history: string, number: number): string {
  return `${history}-recent-${number}`;
}

/** Numbers of the journals that lie beside a history's file, ascending. */
export function journalNumbers(history: string): number[] {
  const beginning = basename(journalPath(history, 0)).slice(0, -1);
  const names = readdirSync(dirname(history)).filter((name) => name.startsWith(beginning));
  const ends = names.map((name) => name.slice(beginning.length)).filter((end) => /^\d{1,9}$/.test(end));
  return ends.map(Number).sort((a, b) => a - b);
}
