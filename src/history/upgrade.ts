/** Brings a history of version 1, which had neither hashes nor a table of files, up to date. */
import type Database from 'better-sqlite3';
import { linkHash, NO_HASH } from './chain.js';
import { entryOf, type Row } from './row.js';
import { prepare, type Statements } from './statements.js';
import { weightOf } from './weight.js';

export const OLD_VERSION = 1;

/** Entries that are held at a time. */
const PAGE = 1000;

type OldRow = Omit<Row, 'sha256'>;

/** To be called in a transaction. What the files hold was not kept at the time, and is not made up now. */
export function upgrade(database: Database.Database, schema: string): void {
  for (const table of ['room', 'entry', 'seat']) database.exec(`ALTER TABLE ${table} RENAME TO old_${table}`);
  database.exec(schema);
  database.exec('INSERT INTO room (id, name) SELECT id, name FROM old_room');
  const statements = prepare(database);
  for (const { id, name } of statements.rooms.all()) chainRoom(database, statements, id, name);
  database.exec(`
    INSERT INTO seat SELECT room, author, sequence FROM old_seat;
    INSERT INTO file (stored, size, time)
      SELECT coalesce(stored, text), number, max(time) FROM old_entry WHERE kind = 'file' GROUP BY 1;
    DROP TABLE old_seat;
    DROP TABLE old_entry;
    DROP TABLE old_room;
  `);
}

function chainRoom(database: Database.Database, { insert, moveOn }: Statements, room: number, name: string): void {
  const page = database.prepare<[number, number], OldRow>(
    `SELECT sequence, time, kind, author, text, number, stored FROM old_entry
      WHERE room = ? AND sequence > ? ORDER BY sequence LIMIT ${PAGE}`,
  );
  let [last, time, bytes, hash] = [0, 0, 0, NO_HASH];
  for (let rows = page.all(room, 0); rows.length > 0; rows = page.all(room, last)) {
    for (const old of rows) {
      const row: Row = { ...old, sha256: null };
      hash = linkHash(hash, name, row);
      const { kind, author, text, number, stored } = row;
      insert.run(room, row.sequence, row.time, kind, author, text, number, stored, null, Buffer.from(hash, 'hex'));
      [last, time, bytes] = [row.sequence, row.time, bytes + weightOf(entryOf(row))];
    }
  }
  moveOn.run(last, time, Buffer.from(hash, 'hex'), bytes, room);
}
