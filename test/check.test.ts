import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { check } from '../src/check.js';
import { FolderStore } from '../src/files/folder.js';
import { lockFolder } from '../src/history/lock.js';
import { SqliteHistory } from '../src/history/sqlite.js';
import { keep } from './contracts/file-store-contract.js';
import { join as joins, leave, say } from './contracts/history-contract.js';
import { atEnd, closeAll } from './support/cleanup.js';
import { temporaryFolder } from './support/folders.js';

const TIME = 1_704_227_560_000;
/** As it is in the sentences. */
const DATE = '2024-01-02T20:32:40.000Z';

let folder = '';
let data = '';
let downloads = '';
let time = TIME;

beforeEach(() => {
  folder = temporaryFolder('check');
  [data, downloads] = [join(folder, 'data'), join(folder, 'downloads')];
  mkdirSync(data);
  time = TIME;
});

afterEach(closeAll);

/** A history as a server leaves it: the lobby with ten entries and a file, and Tea with somebody who is in it. */
async function written(): Promise<void> {
  lockFolder(data)();
  const history = new SqliteHistory(join(data, 'history.sqlite'), () => time);
  const files = await FolderStore.open(downloads);
  const avatars = await FolderStore.open(join(data, 'avatars'));
  const lobby = await history.open('');
  const avatar = await keep(avatars, 'abc.png', Buffer.from('a picture'));
  await lobby.append([{ kind: 'join', author: 'Cool', avatar }]);
  // Long enough to be a row of its own each.
  for (let number = 2; number <= 8; number++) await lobby.append([say('Cool', `text ${number}`.padEnd(1100), number)]);
  await lobby.append([{ kind: 'file', author: 'Cool', file: await keep(files, 'hi.txt', Buffer.from('Hello')) }]);
  await lobby.append([leave('Cool')]);
  await (await history.open('Tea')).append([joins('Fun'), say('Fun', 'Hi')]);
  await history.close();
}

async function checked(): Promise<{ code: number; lines: string[] }> {
  let output = '';
  const code = await check({ data, downloads }, (line) => (output += line));
  return { code, lines: output.split('\n').slice(0, -1) };
}

/** The faults that are found, without the last line. */
async function faults(): Promise<string[]> {
  const { code, lines } = await checked();
  expect(code).toBe(1);
  return lines.slice(0, -1);
}

function alter(statements: string): void {
  const database = new Database(join(data, 'history.sqlite'));
  database.pragma('foreign_keys = OFF');
  database.exec(statements);
  database.close();
}

/** Changes bytes of the records that end with entry `last`, in the room with that row. */
function rewrite(room: number, last: number, change: (records: Buffer) => void): void {
  const database = new Database(join(data, 'history.sqlite'));
  const where = 'WHERE room = ? AND last = ?';
  const { records } = database.prepare(`SELECT records FROM batch ${where}`).get(room, last) as { records: Buffer };
  change(records);
  database.prepare(`UPDATE batch SET records = ? ${where}`).run(records, room, last);
  database.close();
}

/** Every file of the folder, and what is in it. */
function contentsOf(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`)
    .sort();
}

describe('a folder in which nothing was changed', () => {
  it('is found to be so, and not changed by that', async () => {
    await written();
    const before = contentsOf();
    expect(await checked()).toEqual({
      code: 0,
      lines: ['Rooms: 2, entries: 12, files: 2. All is as it was written.'],
    });
    expect(contentsOf()).toEqual(before);
  });

  it('is found to be so while a server writes to it', async () => {
    await written();
    atEnd(lockFolder(data));
    const history = new SqliteHistory(join(data, 'history.sqlite'), () => time);
    atEnd(() => history.close());
    await (await history.open('')).append([say('Cool', 'more')]);
    expect(await checked()).toMatchObject({ code: 0 });
    await (await history.open('')).append([say('Cool', 'and more')]);
    expect((await checked()).lines).toEqual(['Rooms: 2, entries: 14, files: 2. All is as it was written.']);
  });

  it('is found to be so after old entries were removed', async () => {
    await written();
    const history = new SqliteHistory(join(data, 'history.sqlite'), () => time);
    await history.trim({ since: 0, bytes: 500, limit: 5 });
    await history.close();
    expect(await checked()).toEqual({ code: 0, lines: ['Rooms: 2, entries: 7, files: 1. All is as it was written.'] });
  });
});

describe('what was changed in the history is named', () => {
  const replaced = (from: string, to: string) => (records: Buffer) =>
    void records.write(to, records.indexOf(from), 'latin1');

  it.each([
    ['a text', () => rewrite(1, 5, replaced('text 5', 'text 6')), 5],
    ['a number', () => rewrite(1, 4, (records) => records.writeUInt8(9, 7)), 4],
    ['the hash of a file', () => alter(`UPDATE batch SET sha256 = zeroblob(32) WHERE stored = 'hi.txt'`), 9],
    ['where a file is', () => alter(`UPDATE batch SET stored = 'ho.txt' WHERE stored = 'hi.txt'`), 9],
    ['a hash', () => alter('UPDATE batch SET hash = zeroblob(32) WHERE room = 1 AND last = 3'), 3],
  ])('%s, once', async (_, change, sequence) => {
    await written();
    change();
    expect(await faults()).toEqual([
      `The lobby, entry ${sequence} (${DATE}, Cool): it was changed since it was written.`,
    ]);
  });

  it('an author', async () => {
    await written();
    rewrite(1, 5, replaced('Cool', 'Kool'));
    expect(await faults()).toEqual([`The lobby, entry 5 (${DATE}, Kool): it was changed since it was written.`]);
  });

  it('one byte of what was written together, in a room of its own name', async () => {
    await written();
    rewrite(2, 2, replaced('Hi', 'Ho'));
    expect(await faults()).toEqual(['Room Tea, entries 1 to 2: they were changed since they were written.']);
  });

  it('records that are none any more', async () => {
    await written();
    rewrite(2, 2, (records) => records.writeUInt8(7, 0));
    expect(await faults()).toEqual([
      'Room Tea, entries 1 to 2: they were changed since they were written.',
      'Room Tea, entries 1 to 2: they cannot be read.',
      'Room Tea: Fun has a seat from entry 1, which the entries know nothing of.',
    ]);
  });

  it.each([
    ['an entry that is missing', 'DELETE FROM batch WHERE room = 1 AND last = 5', ['The lobby: entry 5 is missing.']],
    [
      'several that are missing',
      'DELETE FROM batch WHERE room = 1 AND last BETWEEN 3 AND 6',
      ['The lobby: entries 3 to 6 are missing.'],
    ],
    [
      'a seat without a joining',
      `INSERT INTO seat VALUES (1, 'Nobody', 3)`,
      ['The lobby: Nobody has a seat from entry 3, which the entries know nothing of.'],
    ],
    ['a seat that is missing', 'DELETE FROM seat', ['Room Tea: Fun joined with entry 1 and has no seat.']],
  ])('%s', async (_, statement, expected) => {
    await written();
    alter(statement);
    expect(await faults()).toEqual(expected);
  });

  it('a time that goes backwards', async () => {
    await written();
    rewrite(1, 5, (records) => records.writeUIntBE(TIME + 60_000, 10, 6));
    const found = await faults();
    expect(found).toContain(`The lobby, entry 6 (${DATE}, Cool): its time is before that of the entry before it.`);
  });

  it('what cannot be read, without a stack', async () => {
    await written();
    const path = join(data, 'history.sqlite');
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096 * 3, 4096 * 6);
    writeFileSync(path, bytes);
    const { code, lines } = await checked();
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatch(/Not as they were written: \d+\.$/);
    expect(lines.join('\n')).not.toContain('    at ');
  });
});

describe('what was changed among the files is named', () => {
  it.each([
    ['is missing', () => rmSync(join(downloads, 'hi.txt')), 'it is missing'],
    ['became longer', () => writeFileSync(join(downloads, 'hi.txt'), 'Hello!'), 'it has 6 bytes, and 5 were shared'],
    ['has other contents', () => writeFileSync(join(downloads, 'hi.txt'), 'Hullo'), 'its contents were changed'],
  ])('one that %s', async (_, harm, fault) => {
    await written();
    harm();
    expect(await faults()).toEqual([`File ${join(downloads, 'hi.txt')}: ${fault}.`]);
  });

  it('an avatar', async () => {
    await written();
    writeFileSync(join(data, 'avatars', 'abc.png'), 'a pictura');
    expect(await faults()).toEqual([`File ${join(data, 'avatars', 'abc.png')}: its contents were changed.`]);
  });
});

describe('a folder without a history', () => {
  it.each([
    ['is empty', () => undefined, `There is no history in`],
    ['is none', () => rmSync(data, { recursive: true }), `There is no history in`],
    ['has a foreign file', () => writeFileSync(join(data, 'history.sqlite'), 'Dear diary'.repeat(99)), 'not a history'],
  ])('that %s is refused, and left as it is', async (_, prepare, words) => {
    prepare();
    const before = contentsOf();
    await expect(checked()).rejects.toMatchObject({
      name: 'HistoryFileError',
      message: expect.stringContaining(words),
    });
    expect(contentsOf()).toEqual(before);
  });
});
