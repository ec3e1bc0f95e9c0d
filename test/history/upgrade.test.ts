import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { linkHash, NO_HASH } from '../../src/history/chain.js';
import { openReadOnly } from '../../src/history/schema.js';
import { SqliteHistory } from '../../src/history/sqlite.js';
import { verifyHistory } from '../../src/history/verify.js';
import { closeAll } from '../support/cleanup.js';
import { temporaryFolder } from '../support/folders.js';

const TIME = 1_704_227_560_000;
const clock = (): number => TIME + 1000;

/** The tables of version 1, as it made them. */
const VERSION_1 = `
  CREATE TABLE room (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE entry (
    room INTEGER NOT NULL REFERENCES room (id),
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('join', 'leave', 'text', 'file')),
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    number INTEGER NOT NULL,
    stored TEXT,
    PRIMARY KEY (room, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE seat (
    room INTEGER NOT NULL REFERENCES room (id),
    author TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (room, author)
  ) WITHOUT ROWID;
  PRAGMA application_id = ${0x536e7567};
  PRAGMA user_version = 1;
  PRAGMA journal_mode = WAL;
`;

interface KeptRow {
  readonly records: Buffer;
  readonly hash: Buffer;
}

let path = '';

beforeEach(() => {
  path = join(temporaryFolder('history'), 'history.sqlite');
});

afterEach(closeAll);

function old(statements: string): void {
  const database = new Database(path);
  database.exec(VERSION_1);
  database.exec(statements);
  database.close();
}

/** Entries enough for several pages, and one of each kind. */
const SOME = `
  INSERT INTO room VALUES (1, ''), (2, 'Tea'), (3, 'empty');
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    INSERT INTO entry SELECT 1, i, ${TIME} + i, 'text', 'Cool', 'text ' || i, i, NULL FROM n;
  INSERT INTO entry VALUES (2, 1, ${TIME}, 'join', 'Fun', 'ab.png', 70, 'ab.png'),
    (2, 2, ${TIME}, 'file', 'Fun', 'a.txt', 5, 'a (2).txt'), (2, 3, ${TIME + 1}, 'file', 'Fun', 'a.txt', 5, 'a (2).txt'),
    (2, 4, ${TIME + 2}, 'join', 'Fire', '', 0, NULL), (2, 5, ${TIME + 2}, 'leave', 'Fire', '', 0, NULL);
  INSERT INTO seat VALUES (2, 'Fun', 1);
`;

describe('a history of version 1', () => {
  it('is brought up to date with all that is in it', async () => {
    old(SOME);
    const history = new SqliteHistory(path, clock);
    expect(await history.rooms()).toEqual(['', 'Tea', 'empty']);
    expect(await history.present()).toEqual([{ room: 'Tea', names: ['Fun'] }]);
    const [lobby, tea] = [await history.open(''), await history.open('Tea')];
    expect([lobby.first, lobby.last, tea.last]).toEqual([1, 2500, 5]);
    const file = { name: 'a.txt', stored: 'a (2).txt', size: 5 };
    expect(await tea.read({ from: 1, to: 5 })).toStrictEqual([
      { kind: 'join', author: 'Fun', avatar: { name: 'ab.png', stored: 'ab.png', size: 70 }, sequence: 1, time: TIME },
      { kind: 'file', author: 'Fun', file, sequence: 2, time: TIME },
      { kind: 'file', author: 'Fun', file, sequence: 3, time: TIME + 1 },
      { kind: 'join', author: 'Fire', sequence: 4, time: TIME + 2 },
      { kind: 'leave', author: 'Fire', sequence: 5, time: TIME + 2 },
    ]);
    expect(await history.oldestFiles(9)).toMatchObject([{ file: { stored: 'a (2).txt', size: 5 }, time: TIME + 1 }]);
    expect(history.fileBytes).toBe(5);
    await lobby.append([{ kind: 'text', author: 'Cool', text: 'more', id: 0 }]);
    await history.close();
  });

  it('is linked by hashes from its first entry on', async () => {
    old(SOME);
    await new SqliteHistory(path, clock).close();
    const database = openReadOnly(path);
    const first = database.prepare('SELECT records, hash FROM batch WHERE room = 1 ORDER BY last').get() as KeptRow;
    expect(first.hash).toEqual(linkHash(NO_HASH, { records: first.records, stored: null, sha256: null }));
    const counts = { rooms: 0, entries: 0 };
    expect([...verifyHistory(database, counts)]).toEqual([]);
    expect(counts).toEqual({ rooms: 3, entries: 2505 });
    database.close();
  });

  it('is left as it is when that cannot be done', () => {
    old(`${SOME} CREATE TABLE file (stored)`);
    expect(() => new SqliteHistory(path, clock)).toThrow(expect.objectContaining({ name: 'HistoryFileError' }));
    const database = new Database(path, { readonly: true });
    expect(database.pragma('user_version', { simple: true })).toBe(1);
    expect(database.prepare('SELECT count(*) AS count FROM entry').get()).toEqual({ count: 2505 });
    database.close();
  });
});

/** What version 2 had more: how a room stands, hashes, and the files. */
const VERSION_2 = `
  ALTER TABLE room ADD COLUMN last INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE room ADD COLUMN time INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE room ADD COLUMN hash BLOB NOT NULL DEFAULT x'00';
  ALTER TABLE room ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE room ADD COLUMN anchor BLOB NOT NULL DEFAULT x'00';
  ALTER TABLE room ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE entry ADD COLUMN sha256 BLOB;
  ALTER TABLE entry ADD COLUMN hash BLOB NOT NULL DEFAULT x'00';
  CREATE TABLE file (stored TEXT PRIMARY KEY, size INTEGER NOT NULL, sha256 BLOB, time INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX file_by_age ON file (time, stored);
  PRAGMA user_version = 2;
`;

describe('a history of version 2', () => {
  beforeEach(() => {
    old(`${SOME} ${VERSION_2}
      UPDATE entry SET sha256 = x'${'ab'.repeat(32)}' WHERE kind = 'file';
      INSERT INTO file VALUES ('a (2).txt', 5, x'${'ab'.repeat(32)}', ${TIME + 1});
      DELETE FROM entry WHERE room = 1 AND sequence <= 2000;
      UPDATE room SET last = 2500, time = ${TIME + 2500}, removed = 2000 WHERE id = 1;
      INSERT INTO room (name, last, time, removed) VALUES ('emptied', 7, ${TIME + 9000}, 7);`);
  });

  it('is brought up to date with all that is in it', async () => {
    const history = new SqliteHistory(path, clock);
    const [lobby, tea, emptied] = [await history.open(''), await history.open('Tea'), await history.open('emptied')];
    expect([lobby.first, lobby.last, tea.last, emptied.first, emptied.last]).toEqual([2001, 2500, 5, 8, 7]);
    expect(await lobby.read({ from: 1, to: 2001 })).toEqual([
      { kind: 'text', author: 'Cool', text: 'text 2001', id: 2001, sequence: 2001, time: TIME + 2001 },
    ]);
    const file = { name: 'a.txt', stored: 'a (2).txt', size: 5, sha256: 'ab'.repeat(32) };
    expect((await tea.read({ from: 3, to: 3 }))[0]).toMatchObject({ file });
    expect(await history.present()).toEqual([{ room: 'Tea', names: ['Fun'] }]);
    expect(history.fileBytes).toBe(5);
    expect(await emptied.append([{ kind: 'join', author: 'Cool' }])).toMatchObject([
      { sequence: 8, time: TIME + 9000 },
    ]);
    await history.close();
  });

  it('is as it should be afterwards', async () => {
    await new SqliteHistory(path, clock).close();
    const database = openReadOnly(path);
    const counts = { rooms: 0, entries: 0 };
    expect([...verifyHistory(database, counts)]).toEqual([]);
    expect(counts).toEqual({ rooms: 4, entries: 505 });
    database.close();
  });
});
