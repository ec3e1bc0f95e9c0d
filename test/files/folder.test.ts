import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FolderStore } from '../../src/files/folder.js';
import { bytesOf, fileStoreContract, keep, textOf } from '../contracts/file-store-contract.js';
import { closeAll } from '../support/cleanup.js';
import { temporaryFolder } from '../support/folders.js';

let folder = '';

afterEach(closeAll);

/** A store in a folder of its own, with something beside it that no name may reach. */
async function freshStore(): Promise<FolderStore> {
  folder = join(temporaryFolder('files'), 'downloads');
  return FolderStore.open(folder);
}

fileStoreContract('folder', {
  fresh: freshStore,
  names: () => readdirSync(folder).filter((name) => !name.endsWith('.part')),
  remove: ({ stored }) => rmSync(join(folder, stored)),
  change: ({ stored }, bytes) => writeFileSync(join(folder, stored), bytes),
});

/** The id of a process that has ended. */
function pidOfTheDead(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

describe('a folder of files', () => {
  it('is made with all the folders above it', async () => {
    folder = join(temporaryFolder('files'), 'a', 'b', 'downloads');
    await keep(await FolderStore.open(folder), 'hi.txt', bytesOf('Hello'));
    expect(readFileSync(join(folder, 'hi.txt'), 'utf8')).toBe('Hello');
  });

  it('cannot be where a file is', async () => {
    folder = join(temporaryFolder('files'), 'downloads');
    writeFileSync(folder, 'in the way');
    await expect(FolderStore.open(folder)).rejects.toHaveProperty('code', 'EEXIST');
    expect(readFileSync(folder, 'utf8')).toBe('in the way');
  });

  it('says where a file is', async () => {
    const store = await freshStore();
    const file = await keep(store, 'hi.txt', bytesOf('Hello'));
    expect(store.pathOf(file)).toBe(join(folder, 'hi.txt'));
  });

  it('overwrites nothing that is there, whatever it is', async () => {
    const store = await freshStore();
    mkdirSync(join(folder, 'hi.txt'));
    writeFileSync(join(folder, 'hi (2).txt'), 'mine');
    symlinkSync('/nowhere/at/all', join(folder, 'hi (3).txt'));
    const file = await keep(store, 'hi.txt', bytesOf('Hello'));
    expect(file.stored).toBe('hi (4).txt');
    expect(readFileSync(join(folder, 'hi (2).txt'), 'utf8')).toBe('mine');
    expect(await textOf(store, file)).toBe('Hello');
  });

  it('takes a file that was there before, with the same bytes, for the same file', async () => {
    const store = await freshStore();
    writeFileSync(join(folder, 'hi.txt'), 'Hello');
    expect((await keep(store, 'hi.txt', bytesOf('Hello'))).stored).toBe('hi.txt');
    expect(readdirSync(folder)).toEqual(['hi.txt']);
  });

  it('finds the same bytes among many files of one name and size, its own and those that were there before', async () => {
    const first = await freshStore();
    for (let number = 0; number < 30; number++) await keep(first, 'a.txt', bytesOf(`text ${100 + number}`));
    const second = await FolderStore.open(folder);
    expect((await keep(second, 'a.txt', bytesOf('text 117'))).stored).toBe('a (18).txt');
    expect((await keep(second, 'a.txt', bytesOf('text 999'))).stored).toBe('a (31).txt');
    expect((await keep(first, 'a.txt', bytesOf('text 999'))).stored).toBe('a (31).txt');
    expect(readdirSync(folder)).toHaveLength(31);
  });

  it('looks at the bytes again where it remembers that they were the same', async () => {
    const store = await freshStore();
    for (const text of ['one', 'two']) await keep(store, 'a.txt', bytesOf(text));
    writeFileSync(join(folder, 'a (2).txt'), 'owt');
    expect((await keep(store, 'a.txt', bytesOf('two'))).stored).toBe('a (3).txt');
    rmSync(join(folder, 'a (3).txt'));
    expect((await keep(store, 'a.txt', bytesOf('two'))).stored).toBe('a (3).txt');
    expect(readFileSync(join(folder, 'a (2).txt'), 'utf8')).toBe('owt');
  });

  it('keeps files that two stores in one folder keep at the same time apart', async () => {
    const stores = [await freshStore(), await FolderStore.open(folder)];
    const texts = ['a', 'b', 'a', 'c'];
    const files = await Promise.all(
      texts.flatMap((text) => stores.map((store) => keep(store, 'hi.txt', bytesOf(text)))),
    );
    expect(new Set(files.map(({ stored }) => stored)).size).toBe(3);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('writes nothing outside itself, whatever the name', async () => {
    const store = await freshStore();
    const names = ['../up', '..\\up', '/tmp/../abs', '....//up', '%2e%2e/up', 'a/../../up', '..', '../', 'C:up'];
    for (const name of names) await keep(store, name, bytesOf(name));
    expect(readdirSync(dirname(folder))).toEqual(['downloads']);
    expect(readdirSync(folder)).toHaveLength(names.length);
  });

  it('has no file left when keeping it fails', async () => {
    const store = await freshStore();
    const incoming = await store.receive('hi.txt');
    await incoming.write(bytesOf('Hello'));
    rmSync(folder, { recursive: true });
    await expect(incoming.keep()).rejects.toHaveProperty('code', 'ENOENT');
    await expect(incoming.discard()).resolves.toBeUndefined();
    expect(existsSync(folder)).toBe(false);
  });
});

describe('opening a folder of files', () => {
  const partOf = (pid: number): string => `.snug-${pid}-0123456789abcdef.part`;

  it('clears away what a process that is gone left half-written', async () => {
    await freshStore();
    writeFileSync(join(folder, partOf(pidOfTheDead())), 'half');
    await FolderStore.open(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves alone what a living process, another or this one, is writing', async () => {
    const store = await freshStore();
    const incoming = await store.receive('mine.txt');
    writeFileSync(join(folder, partOf(process.ppid)), 'half');
    await FolderStore.open(folder);
    expect(readdirSync(folder)).toHaveLength(2);
    expect((await incoming.keep()).stored).toBe('mine.txt');
  });

  it('leaves alone everything else', async () => {
    await freshStore();
    const names = ['.hidden', '.snug-.part', '.snug-12-xyz.part', 'snug-1-ab.part', 'notes.part'];
    for (const name of names) writeFileSync(join(folder, name), 'x');
    await FolderStore.open(folder);
    expect(readdirSync(folder).sort()).toEqual([...names].sort());
  });

  it('leaves alone a file that was shared under the name of a temporary one', async () => {
    const store = await freshStore();
    const file = await keep(store, partOf(pidOfTheDead()), bytesOf('shared'));
    expect(await textOf(await FolderStore.open(folder), file)).toBe('shared');
  });
});
