import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { closeAll } from '../support/cleanup.js';
import { run } from '../support/process.js';
import { FLAG, RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';

afterEach(closeAll);

function foldersOf({ data, downloads }: ServerProcess): string[] {
  return ['--data', data, '--downloads', downloads];
}

/** A server that has ended, in whose history there are some hundred entries. */
async function ended(): Promise<ServerProcess> {
  const server = await ServerProcess.start();
  const { peer } = await RecordsPeer.join(server.port, 'Cool');
  for (let number = 1; number <= 100; number++) peer.say(`text ${number} ${'x'.repeat(2000)}`, number);
  await peer.waitFor((record) => record.flags === 0 && record.number === 100, 'the last text');
  await server.stop();
  return server;
}

/** Names and contents of what is beside the lock. */
function contentsOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.startsWith('history'))
    .map(
      ({ name }) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    );
}

describe('a history that is damaged or foreign', () => {
  it.each<[string, (path: string) => void]>([
    ['overwritten at its beginning', (path) => overwrite(path, 0, 5000)],
    ['cut off', (path) => truncateSync(path, 20_000)],
    ['a text', (path) => writeFileSync(path, 'Dear diary, '.repeat(1000))],
    ['the database of another program', makeForeign],
    ['a folder', (path) => (rmSync(path), mkdirSync(path))],
  ])('that is %s is refused with a sentence, and left as it is', async (_, harm) => {
    const server = await ended();
    harm(join(server.data, 'history.sqlite'));
    const before = contentsOf(server.data);
    const { code, stderr } = await run(['serve', 'records=0', ...foldersOf(server)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^snug: .*history\.sqlite .*left as it is\.\n$/);
    expect(contentsOf(server.data)).toEqual(before);
  });

  it('that was changed by one byte is found by snug check, which names room and place', async () => {
    const server = await ended();
    const database = new Database(join(server.data, 'history.sqlite'));
    const { last, records } = database
      .prepare<[], { last: number; records: Buffer }>(
        `SELECT last, records FROM batch WHERE instr(records, CAST('text 41' AS BLOB)) > 0`,
      )
      .get()!;
    records.write('text 47', records.indexOf('text 41'));
    database.prepare('UPDATE batch SET records = ? WHERE last = ?').run(records, last);
    database.close();
    const { code, stdout, stderr } = await run(['check', ...foldersOf(server)]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(
      /^The lobby, entr(y 42 \(.*, Cool\): it was|ies \d+ to \d+: they were) changed since (it was|they were) written\.\nRooms: 1, .*: 1\.\n$/,
    );
  });

  it('that is damaged in its middle serves on, and is found by snug check', async () => {
    const server = await ended();
    const path = join(server.data, 'history.sqlite');
    overwrite(path, 100_000, 20_000);
    const { code, stdout } = await run(['check', ...foldersOf(server)]);
    expect(code).toBe(1);
    expect(stdout).toContain('SQLite finds: ');
    const again = await server.restart();
    expect((await (await RecordsPeer.connect(again.port)).report()).number).toBe(0);
  });
});

describe('snug check', () => {
  it('says that there is no history where there is none', async () => {
    const { code, stderr } = await run(['check', '--data', '/nowhere/at/all']);
    expect([code, stderr]).toEqual([1, 'snug: There is no history in /nowhere/at/all.\n']);
  });
});

describe('limits and retention', () => {
  it('refuse a file by its first piece, and let go of the oldest at the start', async () => {
    const args = ['--file-limit', '3000000', '--files-limit', '4000000'];
    const server = await ServerProcess.start({ args });
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    const more = FLAG.ATTACHMENT | FLAG.MORE;
    peer.send({ flags: more, filename: 'large.bin', number: 3_000_001, payload: 'the first piece' });
    await peer.waitFor(({ payload }) => payload.toString().includes('at most 3000000 bytes here'), 'a no');
    peer.send({ flags: FLAG.ATTACHMENT, filename: 'large.bin', number: 3_000_001 });
    peer.share('one.bin', Buffer.alloc(3_000_000, 1));
    await peer.waitFor(({ flags, filename }) => flags === FLAG.ATTACHMENT && filename === 'one.bin', 'the file');
    peer.share('two.bin', Buffer.alloc(1_000_001, 2));
    await peer.waitFor(({ payload }) => payload.toString().includes('and 3000000 are there'), 'a no');
    peer.share('three.bin', Buffer.alloc(1000, 3));
    await peer.waitFor(({ flags, filename }) => flags === FLAG.ATTACHMENT && filename === 'three.bin', 'the file');
    await server.stop();

    const folders = { data: server.data, downloads: server.downloads };
    const small = await ServerProcess.start({ ...folders, args: ['--keep-file-bytes', '2000', '--keep-bytes', '300'] });
    await small.waitForReport({ event: 'removed', entries: 2, files: 1 });
    expect(readdirSync(small.downloads)).toEqual(['three.bin']);
    const { peer: fun, history } = await RecordsPeer.join(small.port, 'Fun');
    expect(history.map(({ sequence, filename, payload }) => [sequence, filename, payload.length])).toEqual([
      [3, 'three.bin', 1000],
      [4, '', 'Cool left the chatroom.'.length],
    ]);
    fun.send({ flags: FLAG.FETCH_REQUEST, number: 4 });
    const page = await fun.waitFor(({ flags }) => flags === FLAG.FETCH_REQUEST, 'a page');
    expect(page.number).toBe(0);
    expect(await run(['check', ...foldersOf(small)])).toMatchObject({ code: 0 });
  });
});

function overwrite(path: string, from: number, bytes: number): void {
  const contents = readFileSync(path);
  contents.fill(0x2a, from, from + bytes);
  writeFileSync(path, contents);
}

function makeForeign(path: string): void {
  rmSync(path);
  const database = new Database(path);
  database.exec('CREATE TABLE entry (sequence INTEGER); INSERT INTO entry VALUES (1)');
  database.close();
}
