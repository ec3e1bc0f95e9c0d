/** What the history asks of its database. */
import type Database from 'better-sqlite3';
import type { BatchRow } from './row.js';

/** A row of the table `room`; docs/decisions.md, "The history file". */
export interface RoomRow {
  readonly id: number;
  readonly name: string;
  /** Sequence and time of the last entry that was removed, the hash of its batch, and the weight of all that was. */
  readonly removed: number;
  readonly time: number;
  readonly hash: Buffer;
  readonly total: number;
}

/** Of a row of the table `batch`, what links it to others. */
export interface Link {
  readonly first: number;
  readonly last: number;
  /** Of the last entry. */
  readonly time: number;
  /** What the room's batches weigh, from its first one on to this one. */
  readonly total: number;
  readonly hash: Buffer;
}

/** A row of the table `batch`. */
export type LinkedRow = BatchRow & Link;

/** Of a row of the table `batch`, what can be told of it without its records. */
export interface SizeRow {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly hasFile: 0 | 1;
}

/** A row of the table `file`. */
export interface FileRow {
  readonly stored: string;
  readonly size: number;
  readonly sha256: Buffer | null;
  readonly time: number;
}

type BatchValues = [
  place: number,
  last: number,
  time: number,
  total: number,
  hash: Buffer,
  stored: string | null,
  sha256: Buffer | null,
  records: Uint8Array,
];
type FileValues = [stored: string, size: number, sha256: Buffer | null, time: number];
type RemovedValues = [removed: number, time: number, hash: Buffer, total: number, id: number];

type Statement<Values extends unknown[], Result = unknown> = Database.Statement<Values, Result>;

export interface Statements {
  readonly rooms: Statement<[], RoomRow>;
  readonly addRoom: Statement<[string], RoomRow>;
  readonly removed: Statement<RemovedValues>;
  readonly sit: Statement<[room: number, author: string, sequence: number]>;
  readonly stand: Statement<[room: number, author: string]>;
  readonly present: Statement<[], { room: string; author: string; sequence: number }>;
  readonly insert: Statement<BatchValues>;
  /** In what follows `from` and `to` are places (place.ts), of one room. */
  readonly lastIn: Statement<[from: number, to: number], Link>;
  readonly readOn: Statement<[from: number, to: number], BatchRow>;
  readonly sizes: Statement<[from: number, to: number], SizeRow>;
  readonly walk: Statement<[from: number, to: number], LinkedRow>;
  readonly remove: Statement<[from: number, to: number]>;
  readonly fileBytes: Statement<[], { bytes: number }>;
  readonly file: Statement<[string], FileRow>;
  readonly keepFile: Statement<FileValues>;
  readonly oldestFiles: Statement<[limit: number], FileRow>;
  readonly forgetFile: Statement<[string]>;
}

const ROOM = 'id, name, removed, time, hash, total';
const LINK = 'first, last, time, total, hash';
const ROWS = 'FROM batch WHERE place BETWEEN ? AND ? ORDER BY place';
const BATCH = 'stored, sha256, records';
const FILE = 'SELECT stored, size, sha256, time FROM file';

export function prepare(database: Database.Database): Statements {
  return {
    rooms: database.prepare(`SELECT ${ROOM} FROM room ORDER BY id`),
    addRoom: database.prepare(`INSERT INTO room (name) VALUES (?) RETURNING ${ROOM}`),
    removed: database.prepare('UPDATE room SET removed = ?, time = ?, hash = ?, total = ? WHERE id = ?'),
    sit: database.prepare('INSERT OR REPLACE INTO seat (room, author, sequence) VALUES (?, ?, ?)'),
    stand: database.prepare('DELETE FROM seat WHERE room = ? AND author = ?'),
    present: database.prepare(
      'SELECT room.name AS room, author, sequence FROM seat JOIN room ON room.id = seat.room ORDER BY room.id, sequence',
    ),
    insert: database.prepare(
      'INSERT OR REPLACE INTO batch (place, last, time, total, hash, stored, sha256, records) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    lastIn: database.prepare(`SELECT ${LINK} ${ROWS} DESC LIMIT 1`),
    readOn: database.prepare(`SELECT first, last, time, ${BATCH} ${ROWS}`),
    sizes: database.prepare(`SELECT first, last, length(records) AS bytes, stored IS NOT NULL AS hasFile ${ROWS} DESC`),
    walk: database.prepare(`SELECT ${LINK}, ${BATCH} ${ROWS}`),
    remove: database.prepare('DELETE FROM batch WHERE place BETWEEN ? AND ?'),
    fileBytes: database.prepare('SELECT coalesce(sum(size), 0) AS bytes FROM file'),
    file: database.prepare(`${FILE} WHERE stored = ?`),
    keepFile: database.prepare('INSERT OR REPLACE INTO file (stored, size, sha256, time) VALUES (?, ?, ?, ?)'),
    oldestFiles: database.prepare(`${FILE} ORDER BY time, stored LIMIT ?`),
    forgetFile: database.prepare('DELETE FROM file WHERE stored = ?'),
  };
}
