import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { EntryBatch } from '../../src/history/batch.js';
import { Recent } from '../../src/history/recent.js';
import { openReadOnly } from '../../src/history/schema.js';
import { HistoryFileError, SqliteHistory } from '../../src/history/sqlite.js';
import { verifyHistory } from '../../src/history/verify.js';
import type { Entry, TextEntry } from '../../src/room/entry.js';
import type { Clock, Log } from '../../src/room/ports.js';
import { join as joins, say } from '../contracts/history-contract.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder } from '../support/folders.js';

const clock: Clock = () => 1_704_227_560_000;

let folder = '';
let path = '';

beforeEach(() => {
  folder = temporaryFolder('recent');
  path = join(folder, 'history.sqlite');
});

afterEach(closeAll);

/** A history where all that may goes into journals. */
function opened(): SqliteHistory {
  const history = new SqliteHistory(path, clock, undefined, 0);
  atEnd(() => history.close());
  return history;
}

/** One with Cool in the lobby, who said these. */
async function filled(...texts: readonly string[]): Promise<[SqliteHistory, Log]> {
  const history = opened();
  const log = await history.open('');
  await log.append([joins('Cool')]);
  for (const text of texts) await log.append([say('Cool', text)]);
  return [history, log];
}

function journals(): string[] {
  return readdirSync(folder).filter((name) => name.includes('-recent-'));
}

/** Sequence of the last entry of the first room that is in SQLite. */
function lastInFile(): unknown {
  const database = new Database(path, { readonly: true });
  const last = database.prepare('SELECT max(last) FROM batch WHERE room = 1').pluck().get();
  database.close();
  return last;
}

/** What is there now is what there is: as if the server were killed, and its folder looked at. */
function killed(): void {
  const left = temporaryFolder('killed');
  cpSync(folder, left, { recursive: true });
  folder = left;
  path = join(folder, 'history.sqlite');
}

async function textsFrom(log: Log): Promise<string[]> {
  return textsOf(await log.read({ from: log.first, to: log.last }));
}

async function textsIn(log: Log): Promise<string[]> {
  const entries = await log.read({ from: 1, to: 100_000 });
  expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index + 1));
  return textsOf(entries);
}

function textsOf(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) => (entry.kind === 'text' ? [entry.text] : []));
}

/** What `snug check` finds, and how many entries it sees. */
function verified(): [faults: string[], entries: number] {
  const database = openReadOnly(path);
  const counts = { rooms: 0, entries: 0 };
  const faults = [...verifyHistory(database, counts)];
  database.close();
  return [faults, counts.entries];
}

describe('what was said last', () => {
  it('is in a journal before its appending resolves, and is read from there', async () => {
    const [, log] = await filled('a', 'b');
    expect([lastInFile(), journals().length]).toEqual([1, 1]);
    expect(readFileSync(join(folder, journals()[0]!)).includes('Cool')).toBe(true);
    expect(await textsIn(log)).toEqual(['a', 'b']);
    expect(textsOf(await log.read({ from: 3, to: 3 }))).toEqual(['b']);
    expect(await log.tail(3, 40, 0)).toBe(3);
    expect(verified()).toEqual([[], 3]);
  });

  it('is put into SQLite after a while, from which on there is no journal', async () => {
    const [, log] = await filled('a', 'b');
    await eventually(() => lastInFile() === 3, 'the texts in SQLite');
    await eventually(() => journals().length === 0, 'the end of the journal');
    expect(await textsIn(log)).toEqual(['a', 'b']);
    expect(verified()).toEqual([[], 3]);
  });

  it('is put there as one row of a room, before who comes or goes, and at the end', async () => {
    const [history, log] = await filled('a', 'b');
    await log.append([joins('Fun')]);
    expect(lastInFile()).toBe(4);
    await log.append([say('Fun', 'c')]);
    expect(lastInFile()).toBe(4);
    await history.close();
    expect([lastInFile(), journals()]).toEqual([5, []]);
    const database = new Database(path, { readonly: true });
    expect(database.prepare('SELECT first, last FROM batch').raw().all()).toEqual([[1, 5]]);
    database.close();
    expect(verified()).toEqual([[], 5]);
  });

  it('goes on in a journal of its own while the one before is moved, room by room', async () => {
    const [history] = await filled();
    const names = Array.from({ length: 100 }, (_, index) => `room ${index}`);
    const rooms = await Promise.all(names.map((name) => history.open(name)));
    await Promise.all(rooms.map((log) => log.append([joins('Cool')])));
    const expected: string[] = [];
    for (let number = 0; journals().length < 2; number++) {
      await Promise.all(rooms.map((log) => log.append([say('Cool', `${number}`)])));
      expected.push(`${number}`);
    }
    const more = ['more', 'and more'];
    for (const text of more) await Promise.all(rooms.map((log) => log.append([say('Cool', text)])));
    for (const log of rooms) expect(await textsIn(log)).toEqual([...expected, ...more]);
    killed();
    const again = opened();
    expect([again.leftAside, journals()]).toEqual([[], []]);
    for (const name of names) expect(await textsIn(await again.open(name))).toEqual([...expected, ...more]);
    expect(verified()).toEqual([[], 1 + 100 * (1 + expected.length + 2)]);
  });

  it('does not change for who still reads it when its journal is long gone, and others came after it', async () => {
    const history = opened();
    const rooms = await Promise.all(Array.from({ length: 20 }, (_, index) => history.open(`room ${index}`)));
    await Promise.all(rooms.map((log) => log.append([joins('Cool')])));
    const sayAll = async (rounds: number, text: string): Promise<void> => {
      for (let round = 0; round < rounds; round++)
        await Promise.all(rooms.map((log) => log.append([say('Cool', text)])));
    };
    await sayAll(300, 'b'.repeat(3000));
    await sayAll(10, 'a'.repeat(3000));
    const batch = (await rooms[7]!.page({ from: 305, to: 305 }))!;
    await sayAll(600, 'b'.repeat(3000));
    expect(textsOf(batch.entries)).toEqual(['a'.repeat(3000)]);
    expect(await textsIn(rooms[7]!)).toHaveLength(910);
  }, 30_000);

  it('is let go of like the rest, once it is in SQLite', async () => {
    const [history, log] = await filled('a', 'b');
    const none = { since: clock() + 1, bytes: Infinity, limit: 100 };
    await history.trim(none);
    expect([log.first, await textsFrom(log)]).toEqual([2, ['a', 'b']]);
    await log.append([joins('Fun')]);
    await history.trim(none);
    expect([log.first, await textsFrom(log)]).toEqual([5, []]);
    await log.append([say('Cool', 'c')]);
    expect(await textsFrom(log)).toEqual(['c']);
    expect(verified()[0]).toEqual([]);
  });

  it('stays where it is while it cannot be moved, and goes on to be read', async () => {
    const [history, log] = await filled('a');
    const database = new Database(path);
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON batch BEGIN SELECT RAISE(ABORT, 'no'); END`);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await log.append([say('Cool', 'b')]);
    await expect(log.append([joins('Fun')])).rejects.toMatchObject({ cause: { message: 'no' } });
    expect(await textsIn(log)).toEqual(['a', 'b']);
    await history.close();
    expect([lastInFile(), journals().length > 0]).toEqual([1, true]);
    database.exec('DROP TRIGGER refuse');
    database.close();
    expect(await textsIn(await opened().open(''))).toEqual(['a', 'b']);
    expect([lastInFile(), journals()]).toEqual([3, []]);
  });

  it('goes into SQLite at once where there can be no journal, and into the next one', async () => {
    const [, log] = await filled();
    const obstacle = `${path}-recent-1`;
    writeFileSync(obstacle, 'Dear diary');
    await log.append([say('Cool', 'a')]);
    expect([lastInFile(), journals().length]).toEqual([2, 1]);
    await log.append([say('Cool', 'b')]);
    expect([lastInFile(), journals().length]).toEqual([2, 2]);
    await log.append([joins('Fun')]);
    expect(await textsIn(log)).toEqual(['a', 'b']);
    await eventually(() => journals().length === 1, 'the end of the journal');
    expect(readFileSync(obstacle, 'utf8')).toBe('Dear diary');
  });

  it('goes into SQLite at once when too much waits to be moved', async () => {
    const [, log] = await filled();
    const database = new Database(path);
    const text = 'x'.repeat(4000);
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON batch BEGIN SELECT RAISE(ABORT, 'no'); END`);
    const goOn = async (): Promise<void> => {
      for (;;) await log.append([say('Cool', text)]);
    };
    await expect(goOn()).rejects.toMatchObject({ code: 'not-kept', cause: { message: 'no' } });
    expect(log.last).toBeGreaterThan(8000);
    expect(journals().length).toBeLessThan(10);
    database.exec('DROP TRIGGER refuse');
    database.close();
    await log.append([say('Cool', 'more')]);
    expect(lastInFile()).toBe(log.last);
    expect(await textsIn(log)).toHaveLength(log.last - 1);
    expect(verified()).toEqual([[], log.last]);
  }, 30_000);

  it('goes into SQLite at once while little is said, or much at a time', async () => {
    const history = new SqliteHistory(path, clock, undefined, 10);
    atEnd(() => history.close());
    const rooms = await Promise.all(Array.from({ length: 10 }, (_, index) => history.open(`room ${index}`)));
    const sayAll = (text: string): Promise<unknown> => Promise.all(rooms.map((log) => log.append([say('Cool', text)])));
    await sayAll('a');
    expect([lastInFile(), journals()]).toEqual([1, []]);
    await sayAll('b');
    expect([lastInFile(), journals().length]).toEqual([1, 1]);
    await sayAll('x'.repeat(5000));
    expect(lastInFile()).toBe(3);
    for (const log of rooms) expect(await textsIn(log)).toHaveLength(3);
  });
});

describe('after a kill', () => {
  it('is all there, counted by snug check and taken in by the next start', async () => {
    await filled('a', 'b');
    killed();
    expect([lastInFile(), verified()]).toEqual([1, [[], 3]]);
    const log = await opened().open('');
    expect([lastInFile(), journals(), log.last]).toEqual([3, [], 3]);
    await log.append([say('Cool', 'c')]);
    expect(await textsIn(log)).toEqual(['a', 'b', 'c']);
    expect(verified()).toEqual([[], 4]);
  });

  it('is there once when it was in SQLite already', async () => {
    const [, log] = await filled('a', 'b');
    await log.append([joins('Fun')]);
    await log.append([say('Fun', 'c')]);
    killed();
    expect(verified()).toEqual([[], 5]);
    expect(await textsIn(await opened().open(''))).toEqual(['a', 'b', 'c']);
    expect(verified()).toEqual([[], 5]);
  });

  it('lacks no more than what was not written to its end', async () => {
    await filled('a', 'b');
    killed();
    const journal = join(folder, journals()[0]!);
    truncateSync(journal, readFileSync(journal).length - 1);
    expect(await textsIn(await opened().open(''))).toEqual(['a']);
  });

  it('is left aside, and told of, where it does not go on where the history ends', async () => {
    const [history, log] = await filled('a', 'b');
    await (await history.open('den')).append([joins('Fire')]);
    await history.close();
    const old = readFileSync(path);
    const again = opened();
    await (await again.open('')).append([joins('Fun')]);
    for (const room of ['', 'den']) await (await again.open(room)).append([say('Fire', 'c')]);
    expect(log.last).toBe(3);
    killed();
    for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    writeFileSync(path, old);
    const journal = readFileSync(join(folder, journals()[0]!));

    const restored = opened();
    expect(await textsIn(await restored.open(''))).toEqual(['a', 'b']);
    expect(await textsIn(await restored.open('den'))).toEqual(['c']);
    expect(restored.leftAside).toEqual(journals().map((name) => join(folder, name)));
    expect(readFileSync(restored.leftAside[0]!).equals(journal)).toBe(true);
    await restored.close();
    expect(opened().leftAside).toEqual([]);
  });

  it('stays in its journals while it cannot be taken in', async () => {
    const [, log] = await filled('a');
    await log.append([joins('Fun')]);
    await log.append([say('Fun', 'b')]);
    killed();
    const before = journals();
    const database = new Database(path);
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON batch BEGIN SELECT RAISE(ABORT, 'no'); END`);
    for (let time = 0; time < 2; time++) {
      let error: unknown;
      try {
        opened();
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ message: 'no' });
    }
    expect(journals()).toEqual(before);
    database.exec('DROP TRIGGER refuse');
    database.close();
    expect(await textsIn(await opened().open(''))).toEqual(['a', 'b']);
    expect(journals()).toEqual([]);
  });

  it('is left aside where there is more behind what was changed', async () => {
    await filled('a', 'b', 'c');
    killed();
    const journal = join(folder, journals()[0]!);
    const bytes = readFileSync(journal);
    const [second] = [8 + bytes.readUInt32BE(0)];
    bytes.writeUInt8(bytes[second + 30]! ^ 1, second + 30);
    writeFileSync(journal, bytes);
    const history = opened();
    expect(await textsIn(await history.open(''))).toEqual(['a']);
    expect(history.leftAside).toEqual(journals().map((name) => join(folder, name)));
    expect(readFileSync(history.leftAside[0]!).equals(bytes)).toBe(true);
  });

  it('does not begin anew beside a history that was lost', async () => {
    await filled('a');
    killed();
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`);
    const before = journals();
    expect(() => opened()).toThrow(HistoryFileError);
    expect(() => opened()).toThrow(`${path} is empty, and ${join(folder, before[0]!)} beside it is not`);
    expect(journals()).toEqual(before);
  });
});

describe('moving', () => {
  it('lets others have their turn, whatever it takes', async () => {
    writeFileSync(path, '');
    const moved = new Map<number, number>();
    let [turns, most] = [0, 0];
    const recent = new Recent(path, (texts) => {
      // Longer than others may wait.
      for (const until = performance.now() + 2; performance.now() < until;);
      most = Math.max(most, texts.size);
      for (const [room, runs] of texts)
        for (const { first, last } of runs) moved.set(room, (moved.get(room) ?? 0) + last - first + 1);
    });
    const rooms = Array.from({ length: 200 }, (_, room) => room);
    for (let sequence = 1; sequence <= 20; sequence++) {
      for (const room of rooms) {
        const entry: Entry = { ...(say('Cool', 'x'.repeat(100)) as TextEntry), sequence, time: clock() };
        expect(recent.add([{ room, batch: EntryBatch.of([entry], 'den') }])).toBe(true);
      }
    }
    await eventually(() => moved.size > 0, 'the first room');
    while (journals().length > 0) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    recent.close();
    expect([...moved]).toEqual(rooms.map((room) => [room, 20]));
    expect(most).toBeLessThan(10);
    expect(turns).toBeGreaterThan(10);
  });
});
