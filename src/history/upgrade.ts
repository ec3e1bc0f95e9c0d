/** Brings a history of an older version up to date: one row for each entry, and in the first one neither hashes nor files. */
import type Database from 'better-sqlite3';
import type { Entry, StoredFile } from '../room/entry.js';
import { EntryBatch } from './batch.js';
import { NO_HASH } from './chain.js';
import { type Head, insertRows } from './insert.js';
import { rowsOf } from './row.js';
import { prepare, type Statements } from './statements.js';

const WITHOUT_FILES = 1;
const OLD_VERSIONS: readonly unknown[] = [WITHOUT_FILES, 2];

/** Entries that are read at a time, and become one batch. */
const PAGE = 100;

interface OldRow {
  readonly sequence: number;
  readonly time: number;
  readonly kind: Entry['kind'];
  readonly author: string;
  /** The message or the name of the file or avatar; `number` is the message's id or the size in bytes. */
  readonly text: string;
  readonly number: number;
  readonly stored: string | null;
  readonly sha256: Buffer | null;
}

export function isOldVersion(version: unknown): boolean {
  return OLD_VERSIONS.includes(version);
}

/** To be called in a transaction. What files held that were shared before it was kept is not made up now. */
export function upgrade(database: Database.Database, version: unknown, schema: string): void {
  const tables = version === WITHOUT_FILES ? ['room', 'entry', 'seat'] : ['room', 'entry', 'seat', 'file'];
  for (const table of tables) database.exec(`ALTER TABLE ${table} RENAME TO old_${table}`);
  database.exec('DROP INDEX IF EXISTS file_by_age');
  database.exec(schema);
  const isFirst = version === WITHOUT_FILES;
  database.exec(isFirst ? 'INSERT INTO room (id, name) SELECT id, name FROM old_room' : COPY_ROOMS);
  const statements = prepare(database);
  for (const { id, name } of statements.rooms.all()) copyRoom(statements, id, name, pagesOf(database, id, isFirst));
  database.exec('INSERT INTO seat SELECT room, author, sequence FROM old_seat');
  database.exec(isFirst ? COLLECT_FILES : 'INSERT INTO file SELECT stored, size, sha256, time FROM old_file');
  for (const table of tables.reverse()) database.exec(`DROP TABLE old_${table}`);
}

const COPY_ROOMS = 'INSERT INTO room (id, name, removed, time) SELECT id, name, removed, time FROM old_room';

const COLLECT_FILES = `INSERT INTO file (stored, size, time)
  SELECT coalesce(stored, text), number, max(time) FROM old_entry WHERE kind = 'file' GROUP BY 1`;

function* pagesOf(database: Database.Database, room: number, isFirst: boolean): Generator<readonly Entry[]> {
  const page = database.prepare<[number, number], OldRow>(
    `SELECT sequence, time, kind, author, text, number, stored, ${isFirst ? 'NULL AS' : ''} sha256
      FROM old_entry WHERE room = ? AND sequence > ? ORDER BY sequence LIMIT ${PAGE}`,
  );
  for (let rows = page.all(room, 0); rows.length > 0; rows = page.all(room, rows.at(-1)!.sequence)) {
    yield rows.map(entryOf);
  }
}

function copyRoom(statements: Statements, id: number, name: string, pages: Iterable<readonly Entry[]>): void {
  let head: Head = { id, hash: NO_HASH, total: 0 };
  for (const entries of pages) head = insertRows(statements, head, rowsOf(EntryBatch.of(entries, name), name));
}

function entryOf(row: OldRow): Entry {
  const { sequence, time, kind, author, text, number } = row;
  switch (kind) {
    case 'text':
      return { kind, author, text, id: number, sequence, time };
    case 'file':
      return { kind, author, file: fileOf(row), sequence, time };
    case 'join':
      return { kind, author, ...(text !== '' && { avatar: fileOf(row) }), sequence, time };
    case 'leave':
      return { kind, author, sequence, time };
  }
}

function fileOf({ text: name, number: size, stored, sha256 }: OldRow): StoredFile {
  return { name, stored: stored ?? name, size, ...(sha256 && { sha256: sha256.toString('hex') }) };
}
