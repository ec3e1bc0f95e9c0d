/** What the history asks of its database. */
import type Database from 'better-sqlite3';
import { COLUMNS, type Row } from './row.js';

/** A row of the table `room`; docs/decisions.md, "The history file". */
export interface RoomRow {
  readonly id: number;
  readonly name: string;
  readonly last: number;
  readonly time: number;
  readonly hash: Buffer;
  readonly removed: number;
  readonly anchor: Buffer;
  readonly bytes: number;
}

/** A row of the table `file`. */
export interface FileRow {
  readonly stored: string;
  readonly size: number;
  readonly sha256: Buffer | null;
  readonly time: number;
}

type EntryValues = [
  room: number,
  sequence: number,
  time: number,
  kind: string,
  author: string,
  text: string,
  number: number,
  stored: string | null,
  sha256: Buffer | null,
  hash: Buffer,
];
type FileValues = [stored: string, size: number, sha256: Buffer | null, time: number];

/** Whether the history still has the file of this entry: it was not removed, nor its name given to another one. */
const GONE = `kind = 'file' AND NOT EXISTS (
  SELECT 1 FROM file WHERE file.stored = entry.stored AND file.size = entry.number
    AND (entry.sha256 IS NULL OR file.sha256 IS entry.sha256)) AS gone`;

export type ReadRow = Row & { readonly gone: number };

type Statement<Values extends unknown[], Result = unknown> = Database.Statement<Values, Result>;

export interface Statements {
  readonly rooms: Statement<[], RoomRow>;
  readonly room: Statement<[number], RoomRow>;
  readonly addRoom: Statement<[string], { id: number }>;
  readonly moveOn: Statement<[last: number, time: number, hash: Buffer, bytes: number, room: number]>;
  readonly sit: Statement<[room: number, author: string, sequence: number]>;
  readonly stand: Statement<[room: number, author: string]>;
  readonly present: Statement<[], { room: string; author: string; sequence: number }>;
  readonly insert: Statement<EntryValues>;
  readonly readOn: Statement<[room: number | null, from: number, to: number], ReadRow>;
  readonly readBack: Statement<[room: number | null, to: number], ReadRow>;
  readonly anchor: Statement<[bytes: number, room: number, sequence: number]>;
  readonly remove: Statement<[room: number, to: number]>;
  readonly fileBytes: Statement<[], { bytes: number }>;
  readonly file: Statement<[string], FileRow>;
  readonly keepFile: Statement<FileValues>;
  readonly oldestFiles: Statement<[limit: number], FileRow>;
  readonly forgetFile: Statement<[string]>;
}

const ROOM = 'SELECT id, name, last, time, hash, removed, anchor, bytes FROM room';
const READ = `SELECT ${COLUMNS}, ${GONE} FROM entry WHERE room = ?`;
const FILE = 'SELECT stored, size, sha256, time FROM file';

export function prepare(database: Database.Database): Statements {
  return {
    rooms: database.prepare(`${ROOM} ORDER BY id`),
    room: database.prepare(`${ROOM} WHERE id = ?`),
    addRoom: database.prepare('INSERT INTO room (name) VALUES (?) RETURNING id'),
    moveOn: database.prepare('UPDATE room SET last = ?, time = ?, hash = ?, bytes = ? WHERE id = ?'),
    sit: database.prepare('INSERT OR REPLACE INTO seat (room, author, sequence) VALUES (?, ?, ?)'),
    stand: database.prepare('DELETE FROM seat WHERE room = ? AND author = ?'),
    present: database.prepare(
      'SELECT room.name AS room, author, sequence FROM seat JOIN room ON room.id = seat.room ORDER BY room.id, sequence',
    ),
    insert: database.prepare(`INSERT INTO entry (room, ${COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    readOn: database.prepare(`${READ} AND sequence BETWEEN ? AND ? ORDER BY sequence`),
    readBack: database.prepare(`${READ} AND sequence <= ? ORDER BY sequence DESC`),
    anchor: database.prepare(
      `UPDATE room SET removed = entry.sequence, anchor = entry.hash, bytes = ? FROM entry
        WHERE room.id = ? AND entry.room = room.id AND entry.sequence = ?`,
    ),
    remove: database.prepare('DELETE FROM entry WHERE room = ? AND sequence <= ?'),
    fileBytes: database.prepare('SELECT coalesce(sum(size), 0) AS bytes FROM file'),
    file: database.prepare(`${FILE} WHERE stored = ?`),
    keepFile: database.prepare('INSERT OR REPLACE INTO file (stored, size, sha256, time) VALUES (?, ?, ?, ?)'),
    oldestFiles: database.prepare(`${FILE} ORDER BY time, stored LIMIT ?`),
    forgetFile: database.prepare('DELETE FROM file WHERE stored = ?'),
  };
}
