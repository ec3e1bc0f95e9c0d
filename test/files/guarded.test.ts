import { beforeEach, describe, expect, it } from '@jest/globals';
import { GuardedStore } from '../../src/files/guarded.js';
import { MemoryStore } from '../../src/files/memory.js';
import { bytesOf, fileStoreContract, keep } from '../contracts/file-store-contract.js';

let store = new MemoryStore();

fileStoreContract('guarded', {
  fresh: async () => new GuardedStore((store = new MemoryStore()), () => undefined),
  names: () => [...store.files.keys()],
  remove: ({ stored }) => void store.files.delete(stored),
  change: ({ stored }, bytes) => void store.files.set(stored, Buffer.from(bytes)),
});

beforeEach(() => {
  store = new MemoryStore();
});

describe('the limits of a store', () => {
  const limited = (fileLimit: number, filesLimit: number, there = 0): GuardedStore =>
    new GuardedStore(store, () => undefined, { fileLimit, filesLimit, total: () => there });

  it('refuse a file that is too large as soon as its size is known', async () => {
    const guarded = limited(10, 0);
    await expect(guarded.receive('a', 11)).rejects.toMatchObject({
      code: 'file-refused',
      message: 'The file was not taken: a file has at most 10 bytes here.',
    });
    await expect(guarded.receive('a', 10)).resolves.toBeDefined();
  });

  it('refuse a file for which there is no room among all files', async () => {
    const guarded = limited(0, 100, 60);
    await expect(guarded.receive('a', 41)).rejects.toMatchObject({
      code: 'file-refused',
      message: 'The file was not taken: all files together have at most 100 bytes here, and 60 are there.',
    });
    await expect(guarded.receive('a', 40)).resolves.toBeDefined();
  });

  it('count those that are on their way in, until they are kept or discarded', async () => {
    const guarded = limited(0, 100);
    const [one, two] = [await guarded.receive('a', 60), await guarded.receive('b', 40)];
    await expect(guarded.receive('c', 1)).rejects.toMatchObject({ code: 'file-refused' });
    await one.discard();
    await one.discard();
    await expect(guarded.receive('c', 61)).rejects.toMatchObject({ code: 'file-refused' });
    await two.write(bytesOf('x'));
    await two.keep();
    await expect(guarded.receive('c', 100)).resolves.toBeDefined();
  });
});

describe('the outcome', () => {
  it('is told when a file cannot be written or kept, and when one was kept', async () => {
    const outcomes: unknown[] = [];
    const guarded = new GuardedStore(store, (failure) => outcomes.push(failure));
    const full = new Error('no space');
    const { receive } = store;
    const incoming = { write: async () => Promise.reject(full), keep: async () => Promise.reject(full) };
    store.receive = async () => ({ ...incoming, discard: async () => undefined });
    await expect(keep(guarded, 'a', bytesOf('a'))).rejects.toBe(full);
    await expect(keep(guarded, 'a')).rejects.toBe(full);
    store.receive = receive;
    await keep(guarded, 'a', bytesOf('a'));
    expect(outcomes).toEqual([full, full, undefined]);
  });
});
