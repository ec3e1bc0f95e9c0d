/** Files that did not come with their lines. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Connection, RefusedError, UnreachableError } from '../../../src/client/connection.js';
import { Changes } from '../../../src/client/web/model/changes.js';
import { Downloads } from '../../../src/client/web/model/downloads.js';
import type { Visit } from '../../../src/client/web/model/visit.js';
import { MemoryStore } from '../../../src/files/memory.js';
import { closeAll } from '../../support/cleanup.js';
import { settle } from '../../support/settle.js';
import { back, joined, otherHistory, Server, until } from './support.js';

const MEBIBYTE = 1_048_576;
const GONE = 'a.bin is no longer here as it was shared.';

afterEach(closeAll);

interface Shared {
  readonly server: Server;
  readonly store: MemoryStore;
  readonly visit: Visit;
  /** Of the lines of the files. */
  readonly sequences: readonly number[];
}

/** A visit that has seen these files announced. */
async function announced(...files: readonly Buffer[]): Promise<Shared> {
  const store = new MemoryStore();
  const server = await Server.start({ files: store, inlineFile: 0 });
  const fun = await joined(server, 'Fun');
  const names = ['a.bin', 'b.bin', 'c.bin', 'd.bin', 'e.bin'];
  for (const [index, bytes] of files.entries()) fun.uploads.add(new File([Uint8Array.from(bytes)], names[index] ?? ''));
  const visit = await joined(server);
  await until(visit, () => visit.timeline.files.length === files.length, 'the files');
  return { server, store, visit, sequences: visit.timeline.files.map(({ sequence }) => sequence) };
}

function bytesOf(size: number): Buffer {
  return Buffer.alloc(size, 'The quick brown fox');
}

async function contentsOf(blob: Blob | undefined): Promise<Buffer> {
  if (!blob) throw new Error('There is no such file.');
  return Buffer.from(await blob.arrayBuffer());
}

/** How many bytes of a file were asked for, each time. */
function asked({ server }: Shared): unknown[] {
  return server.house.reported.filter(({ event }) => event === 'fetched').map(({ fields }) => fields['bytes']);
}

/** A connection that gives these pieces, or throws what there is to be thrown. */
function connectionOf(
  fetch: (sequence: number, offset: number) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Connection {
  return { fetch } as unknown as Connection;
}

describe('a download', () => {
  it('tells how far it is, and has the file when it is done', async () => {
    const bytes = bytesOf(3 * MEBIBYTE);
    const { visit, sequences } = await announced(bytes);
    const [sequence = 0] = sequences;
    expect(visit.downloads.of(sequence)).toBeUndefined();
    const seen = new Set<number>();
    visit.changes.subscribe(() => seen.add(visit.downloads.of(sequence)?.received ?? 0));
    visit.downloads.want(sequence, bytes.length);
    expect(visit.downloads.of(sequence)).toMatchObject({ state: 'running', received: 0, size: bytes.length });
    const blob = await visit.downloads.done(sequence);
    expect((await contentsOf(blob)).equals(bytes)).toBe(true);
    expect(visit.downloads.of(sequence)).toMatchObject({ state: 'done', received: bytes.length, blob });
    expect(seen.size).toBeGreaterThan(10);
    expect(await visit.downloads.done(sequence)).toBe(blob);
  });

  it('happens once, however often it is wanted', async () => {
    const shared = await announced(bytesOf(100));
    const { visit, sequences } = shared;
    const [sequence = 0] = sequences;
    for (let time = 0; time < 3; time++) visit.downloads.want(sequence, 100);
    await visit.downloads.done(sequence);
    visit.downloads.want(sequence, 100);
    await settle();
    expect(asked(shared)).toEqual([100]);
  });

  it('waits for two others', async () => {
    const shared = await announced(...[1, 2, 3, 4, 5].map((size) => bytesOf(size * 1000)));
    const { server, visit, sequences } = shared;
    server.pair.near.pause();
    for (const [index, sequence] of sequences.entries()) visit.downloads.want(sequence, (index + 1) * 1000);
    await settle();
    expect(asked(shared)).toEqual([1000, 2000]);
    server.pair.near.resume();
    const blobs = await Promise.all(sequences.map((sequence) => visit.downloads.done(sequence)));
    expect(blobs.map((blob) => blob?.size)).toEqual([1000, 2000, 3000, 4000, 5000]);
  });

  it('may be of an empty file', async () => {
    const downloads = new Downloads(new Changes());
    downloads.connected(connectionOf(() => [new Uint8Array(0)]));
    downloads.want(3, 0);
    expect((await downloads.done(3))?.size).toBe(0);
  });

  it('fails in the words of the server, and can be wanted again', async () => {
    const bytes = bytesOf(100);
    const { store, visit, sequences } = await announced(bytes);
    const [sequence = 0] = sequences;
    store.files.delete('a.bin');
    visit.downloads.want(sequence, 100);
    expect(await visit.downloads.done(sequence)).toBeUndefined();
    expect(visit.downloads.of(sequence)).toMatchObject({ state: 'failed', reason: GONE });
    expect(visit.notice).toBe('');
    store.files.set('a.bin', bytes);
    visit.downloads.want(sequence, 100);
    expect(visit.downloads.of(sequence)?.reason).toBeUndefined();
    expect((await contentsOf(await visit.downloads.done(sequence))).equals(bytes)).toBe(true);
  });

  it('of a file that was never shared fails', async () => {
    const { visit } = await announced();
    visit.downloads.want(99, 5);
    await visit.downloads.done(99);
    expect(visit.downloads.of(99)?.reason).toBe('No file was shared at 99.');
  });

  it.each([4, 6])('of which %i bytes come instead of five fails', async (count) => {
    const downloads = new Downloads(new Changes());
    downloads.connected(connectionOf(() => [bytesOf(count)]));
    downloads.want(3, 5);
    expect(await downloads.done(3)).toBeUndefined();
    expect(downloads.of(3)).toMatchObject({ state: 'failed', reason: 'Not all of the file came.' });
  });

  it('that failed lets the next one in', async () => {
    const downloads = new Downloads(new Changes());
    const fetch = (sequence: number): Uint8Array[] => {
      if (sequence < 3) throw new RefusedError('No.');
      return [bytesOf(5)];
    };
    downloads.connected(connectionOf(fetch));
    for (const sequence of [1, 2, 3]) downloads.want(sequence, 5);
    expect(await downloads.done(3)).toBeDefined();
  });

  it('that nobody has wanted is not waited for', async () => {
    expect(await new Downloads(new Changes()).done(7)).toBeUndefined();
  });

  it('that is forgotten is not waited for any longer, and does not come after all', async () => {
    const { server, visit, sequences } = await announced(bytesOf(MEBIBYTE));
    const [sequence = 0] = sequences;
    server.pair.near.pause();
    visit.downloads.want(sequence, MEBIBYTE);
    const done = visit.downloads.done(sequence);
    visit.downloads.clear();
    expect(await done).toBeUndefined();
    server.pair.near.resume();
    await settle();
    expect(visit.downloads.of(sequence)).toBeUndefined();
  });
});

describe('a download whose connection is lost', () => {
  it('goes on from where it is', async () => {
    const bytes = bytesOf(8 * MEBIBYTE);
    const shared = await announced(bytes);
    const { server, visit, sequences } = shared;
    const [sequence = 0] = sequences;
    visit.downloads.want(sequence, bytes.length);
    const stop = visit.changes.subscribe(() => {
      if ((visit.downloads.of(sequence)?.received ?? 0) > MEBIBYTE) server.pair.near.destroy();
    });
    await until(visit, () => visit.stage === 'away', 'the end');
    stop();
    const { received = 0, state } = visit.downloads.of(sequence) ?? {};
    expect(state).toBe('running');
    expect(received).toBeGreaterThan(MEBIBYTE);
    await back(visit);
    expect((await contentsOf(await visit.downloads.done(sequence))).equals(bytes)).toBe(true);
    expect(asked(shared)).toEqual([bytes.length, bytes.length - received]);
  });

  it('waits when it is wanted without one', async () => {
    const { server, visit, sequences } = await announced(bytesOf(100));
    await server.cut();
    visit.downloads.want(sequences[0]!, 100);
    expect(visit.downloads.of(sequences[0]!)?.state).toBe('running');
    await back(visit);
    expect((await visit.downloads.done(sequences[0]!))?.size).toBe(100);
  });

  it('is not tried over and over with the connection that is lost', async () => {
    const downloads = new Downloads(new Changes());
    let tried = 0;
    const lost = connectionOf(() => {
      if (++tried > 100) throw new RefusedError('Enough.');
      throw new UnreachableError('The server does not answer.');
    });
    downloads.connected(lost);
    for (const sequence of [1, 2, 3]) downloads.want(sequence, 5);
    await settle();
    expect(tried).toBeLessThanOrEqual(3);
    downloads.connected(undefined);
    downloads.connected(connectionOf(() => [bytesOf(5)]));
    const blobs = await Promise.all([1, 2, 3].map((sequence) => downloads.done(sequence)));
    expect(blobs.map((blob) => blob?.size)).toEqual([5, 5, 5]);
  });

  it('takes nothing more from the old one', async () => {
    const downloads = new Downloads(new Changes());
    let goOn: () => void = () => undefined;
    const late = async function* (): AsyncGenerator<Uint8Array> {
      yield bytesOf(2);
      await new Promise<void>((resolve) => (goOn = resolve));
      yield bytesOf(3);
    };
    downloads.connected(connectionOf(late));
    downloads.want(1, 5);
    await settle();
    const offsets: number[] = [];
    downloads.connected(connectionOf((_, offset) => (offsets.push(offset), [bytesOf(5).subarray(offset)])));
    goOn();
    expect((await contentsOf(await downloads.done(1))).equals(bytesOf(5))).toBe(true);
    await settle();
    expect(offsets).toEqual([2]);
    expect(downloads.of(1)).toMatchObject({ state: 'done', received: 5 });
  });

  it('is forgotten with another history', async () => {
    const { server, visit, sequences } = await announced(bytesOf(MEBIBYTE));
    server.pair.near.pause();
    visit.downloads.want(sequences[0]!, MEBIBYTE);
    const done = visit.downloads.done(sequences[0]!);
    await settle();
    await server.kill();
    await server.start({ history: otherHistory() });
    await back(visit);
    expect(await done).toBeUndefined();
    expect(visit.downloads.of(sequences[0]!)).toBeUndefined();
  });

  it('is forgotten with the visit, and holds up nothing in the next one', async () => {
    const { server, visit, sequences } = await announced(...[1, 2, 3].map(() => bytesOf(MEBIBYTE)));
    server.pair.near.pause();
    for (const sequence of sequences) visit.downloads.want(sequence, MEBIBYTE);
    await settle();
    const left = visit.leave();
    server.pair.near.resume();
    await left;
    await visit.join('Cool', undefined);
    expect(visit.downloads.of(sequences[0]!)).toBeUndefined();
    visit.downloads.want(sequences[2]!, MEBIBYTE);
    expect((await visit.downloads.done(sequences[2]!))?.size).toBe(MEBIBYTE);
  });
});
