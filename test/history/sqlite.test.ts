import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import type { Recent } from '../../src/history/recent.js';
import { openReadOnly } from '../../src/history/schema.js';
import { HistoryFileError, SqliteHistory } from '../../src/history/sqlite.js';
import { verifyHistory } from '../../src/history/verify.js';
import { decodeEntries } from '../../src/protocols/records/entries.js';
import type { Draft } from '../../src/room/entry.js';
import type { Clock, Keeping } from '../../src/room/ports.js';
import { historyContract, join as joins, joinAs, leave, say } from '../contracts/history-contract.js';
import { closeAll } from '../support/cleanup.js';
import { temporaryFolder } from '../support/folders.js';

const clock: Clock = () => 1_704_227_560_000;

let path = '';

beforeEach(() => {
  path = join(temporaryFolder('history'), 'history.sqlite');
});

afterEach(closeAll);

/** Does something to the file as another program would. */
function alter(statements: string): void {
  const database = new Database(path);
  database.exec(statements);
  database.close();
}

function refuse(no: string): void {
  alter(`CREATE TRIGGER refuse BEFORE INSERT ON batch WHEN instr(NEW.records, CAST('${no}' AS BLOB)) > 0
    BEGIN SELECT RAISE(ABORT, 'no'); END`);
}

/** Lets go of what is still in journals, too: after a while, that is. */
class Patient extends SqliteHistory {
  override trim(keeping: Keeping): Promise<number> {
    (this as unknown as { recent: Recent }).recent.moveAll();
    return super.trim(keeping);
  }
}

for (const [name, calm] of [
  ['sqlite, all at once', 1e9],
  ['sqlite and journals', 0],
] as const) {
  const open = (clock: Clock): SqliteHistory => new Patient(path, clock, undefined, calm);
  historyContract(name, { fresh: open, reopen: open, refuse });
}

/** Makes a history with a few entries and closes it. */
async function written(count = 3): Promise<void> {
  const history = new SqliteHistory(path, clock);
  const log = await history.open('');
  await log.append(Array.from({ length: count }, (_, index) => say('Cool', `${index} ${'x'.repeat(1000)}`)));
  await history.close();
}

async function makeAnotherDatabase(): Promise<void> {
  alter('CREATE TABLE entry (sequence INTEGER); INSERT INTO entry VALUES (1); PRAGMA application_id = 7');
}

describe('a file that is not a history of this version', () => {
  it.each([
    { name: 'is no database', prepare: async () => writeFileSync(path, 'Dear diary, '.repeat(500)) },
    { name: 'is no database and short', prepare: async () => writeFileSync(path, 'Dear diary') },
    { name: 'is the database of another program', prepare: makeAnotherDatabase },
    {
      name: 'was written by a newer version',
      prepare: async () => written().then(() => alter('PRAGMA user_version = 4')),
    },
    {
      name: 'was written by no version',
      prepare: async () => written().then(() => alter('PRAGMA user_version = 0')),
    },
  ])('is refused and left as it is when it $name', async ({ prepare }) => {
    await prepare();
    const before = readFileSync(path);
    expect(() => new SqliteHistory(path, clock)).toThrow(HistoryFileError);
    expect(() => new SqliteHistory(path, clock)).toThrow(path);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('is refused and left as it is when its first page was overwritten', async () => {
    await written(200);
    const bytes = readFileSync(path);
    bytes.fill(0x2a, 0, 4096);
    writeFileSync(path, bytes);
    expect(() => new SqliteHistory(path, clock)).toThrow(HistoryFileError);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('is refused when a folder is in its place', () => {
    mkdirSync(path);
    expect(() => new SqliteHistory(path, clock)).toThrow(HistoryFileError);
  });

  it('is refused when it is empty, and what was not yet in it is beside it', async () => {
    const history = new SqliteHistory(path, clock);
    await (await history.open('')).append([say('Cool', 'Hi')]);
    const log = readFileSync(`${path}-wal`);
    await history.close();
    writeFileSync(path, '');
    writeFileSync(`${path}-wal`, log);
    expect(() => new SqliteHistory(path, clock)).toThrow(HistoryFileError);
    expect([readFileSync(path).length, readFileSync(`${path}-wal`).equals(log)]).toEqual([0, true]);
  });

  it('is refused and left as it is when it is newer and was not closed', async () => {
    const history = new SqliteHistory(path, clock);
    await (await history.open('')).append([say('Cool', 'Hi')]);
    alter('PRAGMA user_version = 4');
    const files = [path, `${path}-wal`];
    const copies = files.map((file) => readFileSync(file));
    await history.close();
    files.forEach((file, index) => writeFileSync(file, copies[index]!));
    expect(() => new SqliteHistory(path, clock)).toThrow(HistoryFileError);
    expect(files.map((file, index) => readFileSync(file).equals(copies[index]!))).toEqual([true, true]);
  });

  it('is refused when it was cut off', async () => {
    await written(200);
    truncateSync(path, Math.floor(statSync(path).size / 3));
    expect(() => new SqliteHistory(path, clock)).toThrow(HistoryFileError);
  });

  it('is refused when its tables are not ours', async () => {
    await written();
    alter('DROP TABLE seat');
    expect(() => new SqliteHistory(path, clock)).toThrow(HistoryFileError);
  });
});

describe('the outcome of a commit', () => {
  it('is told, whether it worked or not', async () => {
    const outcomes: unknown[] = [];
    const history = new SqliteHistory(path, clock, (failure) => outcomes.push(failure));
    const log = await history.open('');
    await Promise.all([log.append([say('Cool', 'a')]), log.append([say('Cool', 'b')])]);
    alter(`CREATE TRIGGER refuse BEFORE INSERT ON batch BEGIN SELECT RAISE(ABORT, 'no'); END`);
    await expect(log.append([say('Cool', 'c')])).rejects.toMatchObject({ code: 'not-kept', cause: { message: 'no' } });
    alter('DROP TRIGGER refuse');
    await log.append([say('Cool', 'd')]);
    await history.close();
    expect(outcomes).toEqual([undefined, expect.objectContaining({ message: 'no' }), undefined]);
  });
});

describe('a history file', () => {
  it('is made when it is not there, or empty', async () => {
    writeFileSync(path, '');
    const history = new SqliteHistory(path, clock);
    await (await history.open('')).append([joins('Cool')]);
    await history.close();
    const again = new SqliteHistory(path, clock);
    expect(await again.rooms()).toEqual(['']);
    await again.close();
  });

  it('holds an entry on disk before its appending resolves', async () => {
    const history = new SqliteHistory(path, clock);
    await (await history.open('')).append([say('Cool', 'Hi.'), say('Cool', 'there')]);
    const other = new Database(path, { readonly: true });
    const rows = other.prepare<[], { records: Buffer }>('SELECT records FROM batch').all();
    other.close();
    await history.close();
    expect(rows.flatMap(({ records }) => decodeEntries(records))).toMatchObject([
      { sequence: 1, text: 'Hi.' },
      { sequence: 2, text: 'there' },
    ]);
  });

  it('holds whole numbers in its columns', async () => {
    const history = new SqliteHistory(path, clock);
    await (await history.open('')).append([say('Cool', 'Hi.', 4_294_967_295)]);
    await history.close();
    const database = new Database(path, { readonly: true });
    const types = database
      .prepare('SELECT typeof(place) a, typeof(time) b, typeof(first) c, typeof(total) d FROM batch')
      .get();
    database.close();
    expect(types).toEqual({ a: 'integer', b: 'integer', c: 'integer', d: 'integer' });
  });

  it('commits what comes in one turn as one transaction', async () => {
    const history = new SqliteHistory(path, clock);
    const log = await history.open('');
    await log.append([joins('Cool')]);
    alter(`CREATE TABLE gone (sequence); CREATE TRIGGER note AFTER INSERT ON batch BEGIN
      INSERT INTO gone VALUES (NEW.last); SELECT RAISE(ROLLBACK, 'no') WHERE NEW.last = 4; END`);
    const turn = [log.append([say('Cool', 'a')]), log.append([say('Cool', 'b'), say('Cool', 'c')])];
    await expect(Promise.allSettled(turn)).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    await history.close();
    const database = new Database(path, { readonly: true });
    const kept = database.prepare(
      'SELECT (SELECT count(*) FROM gone) AS gone, (SELECT max(last) FROM batch) AS entries',
    );
    expect(kept.get()).toEqual({ gone: 0, entries: 1 });
    database.close();
  });

  it('holds what was said in one turn in one row, and a file or an avatar in its own', async () => {
    const history = new SqliteHistory(path, clock);
    const file: Draft = { kind: 'file', author: 'Cool', file: { name: 'a', stored: 'a (2)', size: 1 } };
    const turn = [joins('Cool'), say('Cool', 'a'), file, say('Cool', 'b'), leave('Cool'), joinAs('Fun', 'p.png', 70)];
    await (await history.open('')).append(turn);
    await history.close();
    const database = new Database(path, { readonly: true });
    expect(database.prepare('SELECT first, last, stored FROM batch ORDER BY last').raw().all()).toEqual([
      [1, 2, null],
      [3, 3, 'a (2)'],
      [4, 5, null],
      [6, 6, 'p.png (2)'],
    ]);
    database.close();
  });

  it('holds what was said one by one in a row that grows until it is full, or an hour old', async () => {
    let time = clock();
    const said = async (history: SqliteHistory, text: string): Promise<void> => {
      await (await history.open('')).append([say('Cool', text)]);
    };
    const history = new SqliteHistory(path, () => time);
    for (const text of ['a', 'b', 'c'.repeat(1000), 'd', 'e']) await said(history, text);
    time += 3_600_000;
    await said(history, 'f');
    await history.close();
    const again = new SqliteHistory(path, () => time);
    await said(again, 'g');
    await again.close();
    const database = openReadOnly(path);
    expect(database.prepare('SELECT first, last FROM batch ORDER BY place').raw().all()).toEqual([
      [1, 3],
      [4, 5],
      [6, 6],
      [7, 7],
    ]);
    expect([...verifyHistory(database, { rooms: 0, entries: 0 })]).toEqual([]);
    database.close();
  });

  it('finds people of a name who joined twice and left once gone', async () => {
    const history = new SqliteHistory(path, clock);
    const log = await history.open('');
    await log.append([joins('Cool'), leave('Cool'), joins('Cool')]);
    await history.close();
    const again = new SqliteHistory(path, clock);
    expect(await again.present()).toEqual([{ room: '', names: ['Cool'] }]);
    await again.close();
  });
});
