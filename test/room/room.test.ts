import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryStore } from '../../src/files/memory.js';
import type { Entry } from '../../src/room/entry.js';
import { Room } from '../../src/room/room.js';
import type { Seat } from '../../src/room/seat.js';
import { keep } from '../contracts/file-store-contract.js';
import { FakeHistory } from '../support/fake-history.js';
import { gate } from '../support/settle.js';

const TIME = 1_704_227_560_000;
const ORIGIN = { address: '192.168.1.5', port: 54654 };
const INLINE = 10;
const AVATAR = { name: 'abc.png', stored: 'abc.png', size: 70 };

let history: FakeHistory;
let files: MemoryStore;
let room: Room;

beforeEach(async () => {
  history = new FakeHistory(() => TIME);
  files = new MemoryStore();
  room = await open(3);
});

afterEach(() => history.close());

async function open(capacity: number, inlineFile = INLINE): Promise<Room> {
  return new Room('', await history.open(''), files, { capacity, inlineFile });
}

function join(...names: readonly string[]): Promise<Seat[]> {
  return Promise.all(
    names.map(async (name) => {
      const seat = room.join(name, ORIGIN);
      await seat.joined;
      return seat;
    }),
  );
}

async function joinOne(name = 'Cool'): Promise<Seat> {
  const seat = room.join(name, ORIGIN);
  await seat.joined;
  return seat;
}

const here = (): string[] => room.report().map(({ name }) => name);

async function kept(): Promise<string[]> {
  const entries = await room.log.read({ from: 1, to: room.log.last });
  return entries.map(({ kind, author }) => `${author} ${kind}`);
}

function codeOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return codeOfError(error);
  }
}

function codeOfError(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

describe('joining', () => {
  it('takes a seat at once, and tells when that is durable', async () => {
    const seat = room.join('Cool', ORIGIN);
    expect(room.report()).toEqual([seat]);
    expect(seat).toMatchObject({ name: 'Cool', ...ORIGIN });
    await expect(seat.joined).resolves.toEqual({ kind: 'join', author: 'Cool', sequence: 1, time: TIME });
  });

  it('is reported in the order of joining', async () => {
    await join('Fun', 'Cool', 'Fire');
    expect(here()).toEqual(['Fun', 'Cool', 'Fire']);
  });

  it('is not possible for a fourth person', async () => {
    await join('Cool', 'Fun', 'Fire');
    expect(codeOf(() => room.join('Sad', ORIGIN))).toBe('full');
    expect(() => room.join('Sad', ORIGIN)).toThrow('The chatroom has reached its maximum capacity.');
    expect(here()).toEqual(['Cool', 'Fun', 'Fire']);
    expect(await kept()).toHaveLength(3);
  });

  it('is not possible under a name that somebody has, however it is spelled', async () => {
    await join('J\u00fcrg');
    for (const name of ['J\u00fcrg', 'jÜRG', 'Ju\u0308rg']) {
      expect(codeOf(() => room.join(name, ORIGIN))).toBe('name-taken');
    }
    expect(() => room.join('jürg', ORIGIN)).toThrow('Another user is using this username.');
  });

  it('is not possible under a name that looks like one that somebody has, until that one leaves', async () => {
    const [cool] = await join('Cool');
    for (const name of ['C\u043eol', 'Coo1', 'C00L', '\u0421\u043e\u043eI']) {
      expect(codeOf(() => room.join(name, ORIGIN))).toBe('name-alike');
    }
    expect(() => room.join('Coo1', ORIGIN)).toThrow('Another user is using a username that looks like this one.');
    await room.leave(cool!);
    await join('Coo1');
    expect(here()).toEqual(['Coo1']);
  });

  it('is not possible under an illegal name', () => {
    expect(codeOf(() => room.join('not a name', ORIGIN))).toBe('name-invalid');
    expect(here()).toEqual([]);
  });

  it.each([
    { name: 'full before invalid', seated: ['Cool', 'Fun', 'Fire'], typed: 'not a name', code: 'full' },
    { name: 'full before taken', seated: ['Cool', 'Fun', 'Fire'], typed: 'Cool', code: 'full' },
    { name: 'invalid before taken', seated: ['Cool'], typed: 'Cool ', code: 'name-invalid' },
  ])('is checked for $name', async ({ seated, typed, code }) => {
    await join(...seated);
    expect(codeOf(() => room.join(typed, ORIGIN))).toBe(code);
  });

  it('gives the last seat to the first of two who ask in the same turn', async () => {
    await join('Cool', 'Fun');
    const fire = room.join('Fire', ORIGIN);
    expect(codeOf(() => room.join('Sad', ORIGIN))).toBe('full');
    await fire.joined;
    expect(here()).toEqual(['Cool', 'Fun', 'Fire']);
  });

  it('gives a name to the first of two who ask in the same turn', async () => {
    const first = room.join('Cool', ORIGIN);
    expect(codeOf(() => room.join('COOL', ORIGIN))).toBe('name-taken');
    await first.joined;
    expect(await kept()).toEqual(['Cool join']);
  });

  it('frees the seat and the name again when it could not be kept', async () => {
    history.failure = new Error('disk full');
    const seats = ['Cool', 'Fun', 'Fire'].map((name) => room.join(name, ORIGIN));
    for (const seat of seats) {
      await expect(seat.joined).rejects.toMatchObject({ code: 'not-kept', cause: history.failure });
    }
    expect(here()).toEqual([]);
    history.failure = undefined;
    expect(await (await joinOne('Cool')).joined).toMatchObject({ author: 'Cool', sequence: 1 });
  });

  it('that could not be kept leaves the seat to whoever has it by then', async () => {
    history.failure = new Error('disk full');
    const failed = room.join('Cool', ORIGIN);
    const gone = room.leave(failed);
    history.failure = undefined;
    const seat = room.join('Cool', ORIGIN);
    await Promise.allSettled([failed.joined, gone, seat.joined]);
    expect(room.report()).toEqual([seat]);
  });
});

describe('joining with an avatar', () => {
  it('takes the seat at once, and is an entry once the avatar is kept', async () => {
    const stored = gate();
    const seat = room.join('Cool', ORIGIN, () => stored.passed.then(() => AVATAR));
    expect(room.report()).toEqual([seat]);
    await joinOne('Fun');
    expect(await kept()).toEqual(['Fun join']);
    stored.open();
    await expect(seat.joined).resolves.toEqual({
      kind: 'join',
      author: 'Cool',
      avatar: AVATAR,
      sequence: 2,
      time: TIME,
    });
    expect((await room.read({ from: 2, to: 2 }))?.entries).toEqual([await seat.joined]);
  });

  it('is an entry without one when it was not kept', async () => {
    const entry = await room.join('Cool', ORIGIN, async () => undefined).joined;
    expect(entry).toStrictEqual({ kind: 'join', author: 'Cool', sequence: 1, time: TIME });
  });

  it('keeps no avatar of who gets no seat', async () => {
    const keepAvatar = jest.fn(async () => AVATAR);
    await join('Cool', 'Fun');
    expect(codeOf(() => room.join('cool', ORIGIN, keepAvatar))).toBe('name-taken');
    expect(codeOf(() => room.join('not a name', ORIGIN, keepAvatar))).toBe('name-invalid');
    await joinOne('Fire');
    expect(codeOf(() => room.join('Sad', ORIGIN, keepAvatar))).toBe('full');
    expect(keepAvatar).not.toHaveBeenCalled();
  });

  it('frees the seat again when it could not be kept', async () => {
    history.failure = new Error('disk full');
    const seat = room.join('Cool', ORIGIN, async () => AVATAR);
    await expect(seat.joined).rejects.toMatchObject({ code: 'not-kept' });
    expect(here()).toEqual([]);
  });
});

describe('leaving', () => {
  it('frees the seat and the name at once, and is announced', async () => {
    const [cool] = await join('Cool', 'Fun', 'Fire');
    const left = room.leave(cool as Seat);
    expect(here()).toEqual(['Fun', 'Fire']);
    const again = room.join('Cool', ORIGIN);
    await expect(left).resolves.toMatchObject({ kind: 'leave', author: 'Cool', sequence: 4 });
    await expect(again.joined).resolves.toMatchObject({ kind: 'join', author: 'Cool', sequence: 5 });
    expect(here()).toEqual(['Fun', 'Fire', 'Cool']);
  });

  it('frees the seat even if it could not be kept', async () => {
    const cool = await joinOne();
    history.failure = new Error('disk full');
    await expect(room.leave(cool)).rejects.toMatchObject({ code: 'not-kept' });
    expect(here()).toEqual([]);
  });

  it('announces those whose leaving could not be kept with the next that can, and in their order', async () => {
    const [cool, fun, fire] = await join('Cool', 'Fun', 'Fire');
    history.failure = new Error('disk full');
    for (const seat of [cool!, fun!]) await expect(room.leave(seat)).rejects.toMatchObject({ code: 'not-kept' });
    await expect(room.say(fire!, 'lost')).rejects.toMatchObject({ code: 'not-kept' });
    history.failure = undefined;
    const back = room.join('Cool', ORIGIN);
    const said = room.say(fire!, 'Hi.');
    expect(await back.joined).toMatchObject({ kind: 'join', author: 'Cool', sequence: 6 });
    await said;
    const entries = await room.log.read({ from: 4, to: 9 });
    expect(entries.map(({ kind, author }) => `${author} ${kind}`)).toEqual([
      'Cool leave',
      'Fun leave',
      'Cool join',
      'Fire text',
    ]);
    expect(await history.present()).toEqual([{ room: '', names: ['Fire', 'Cool'] }]);
  });
});

describe('saying', () => {
  it('is an entry with the number that the author gave it', async () => {
    const cool = await joinOne();
    const expected = { kind: 'text', author: 'Cool', text: 'Hi.', sequence: 2, time: TIME };
    await Promise.all([room.say(cool, 'Hi.', 7), room.say(cool, 'Hi.')]);
    expect(await room.log.read({ from: 2, to: 9 })).toEqual([
      { ...expected, id: 7 },
      { ...expected, id: 0, sequence: 3 },
    ]);
  });

  it('is refused when it could not be kept, and nobody is shown it', async () => {
    const cool = await joinOne();
    const told: Entry[] = [];
    room.log.subscribe(({ entries }) => told.push(...entries));
    history.failure = new Error('disk full');
    await expect(room.say(cool, 'Hi.')).rejects.toMatchObject({
      name: 'RoomError',
      code: 'not-kept',
      message: 'The server could not keep this, so nobody was shown it.',
    });
    expect(told).toEqual([]);
  });
});

describe('sharing', () => {
  it.each([
    { size: 0, shown: true },
    { size: INLINE, shown: true },
    { size: INLINE + 1, shown: false },
  ])('shows the contents of a file of $size bytes: $shown', async ({ size, shown }) => {
    const cool = await joinOne();
    const bytes = Buffer.alloc(size, 7);
    const file = await keep(files, 'a.bin', bytes);
    const [live, read] = [await room.share(cool, file), (await room.read({ from: 2, to: 2 }))?.entries[0]];
    const expected = { kind: 'file', author: 'Cool', file, sequence: 2, time: TIME };
    for (const entry of [live, read]) expect(entry).toEqual(shown ? { ...expected, contents: bytes } : expected);
    expect(await room.log.read({ from: 2, to: 2 })).toEqual([expected]);
  });

  it('is an entry even when the file is gone from the store', async () => {
    const cool = await joinOne();
    const file = await keep(files, 'a.bin', Uint8Array.of(1, 2));
    files.files.clear();
    const expected = { kind: 'file', author: 'Cool', file, sequence: 2, time: TIME };
    expect(await room.share(cool, file)).toEqual(expected);
    expect((await room.read({ from: 2, to: 2 }))?.entries).toEqual([expected]);
  });

  it('fails for good when the store does', async () => {
    const cool = await joinOne();
    const file = await keep(files, 'a.bin', Uint8Array.of(1, 2));
    files.contents = () => Promise.reject(new Error('the disk is on fire'));
    await expect(room.share(cool, file)).rejects.toThrow('the disk is on fire');
    expect(room.log.last).toBe(1);
  });
});

describe('finding a file', () => {
  it('gives the entry with which it was shared', async () => {
    const cool = await joinOne();
    const file = await keep(files, 'a.bin', Uint8Array.of(1));
    await room.share(cool, file);
    const entry = { kind: 'file', author: 'Cool', file, sequence: 2, time: TIME };
    expect(await room.fileAt(2)).toEqual({ entry, file });
  });

  it('gives the joining of who has an avatar', async () => {
    const seat = room.join('Cool', ORIGIN, async () => AVATAR);
    expect(await room.fileAt(1).catch(codeOfError)).toBe('no-such-file');
    expect(await seat.joined).toMatchObject({ sequence: 1 });
    const entry = { kind: 'join', author: 'Cool', avatar: AVATAR, sequence: 1, time: TIME };
    expect(await room.fileAt(1)).toEqual({ entry, file: AVATAR });
  });

  it.each([0, 1, 99])('is refused where no file was shared: %i', async (sequence) => {
    await joinOne();
    await expect(room.fileAt(sequence)).rejects.toMatchObject({ name: 'RoomError', code: 'no-such-file' });
  });
});

describe('reading a page', () => {
  const MEBIBYTE = 1_048_576;

  /** Reads on page by page, as a slow reader does. */
  async function pages(): Promise<(readonly Entry[])[]> {
    const all: (readonly Entry[])[] = [];
    for (let next = 1; next <= room.log.last; next = (all.at(-1)?.at(-1)?.sequence ?? Infinity) + 1) {
      all.push((await room.read({ from: next, to: room.log.last }))!.entries);
    }
    return all;
  }

  const weightOf = (page: readonly Entry[]): number =>
    page.reduce((bytes, entry) => bytes + (entry.kind === 'file' ? (entry.contents?.length ?? 0) : 0), 0) +
    page.reduce((bytes, entry) => bytes + (entry.kind === 'text' ? Buffer.byteLength(entry.text) : 0), 0);

  it('gives all of a short history', async () => {
    const cool = await joinOne();
    await Promise.all(Array.from({ length: 20 }, (_, index) => room.say(cool, `${index}`)));
    expect((await pages()).map((page) => page.length)).toEqual([21]);
  });

  it('gives a bounded number of bytes of what was said one by one', async () => {
    const cool = await joinOne();
    for (let index = 0; index < 300; index++) await room.say(cool, `${index}`.padEnd(2000));
    const all = await pages();
    expect(all.flat().map(({ sequence }) => sequence)).toEqual(Array.from({ length: 301 }, (_, index) => index + 1));
    expect(Math.max(...all.map(weightOf))).toBeLessThanOrEqual(MEBIBYTE / 4);
  });

  it('gives a bounded number of bytes of files, and at least one entry', async () => {
    room = await open(3, 2 * MEBIBYTE);
    const cool = await joinOne();
    for (const size of [0.4, 0.4, 0.4, 1.5, 0.1]) {
      await room.share(cool, await keep(files, 'a.bin', Buffer.alloc(size * MEBIBYTE, size * 10)));
    }
    const all = await pages();
    expect(all.map((page) => page.length)).toEqual([3, 1, 1, 1]);
    expect(Math.max(...all.map(weightOf))).toBeLessThanOrEqual(1.5 * MEBIBYTE);
  });

  it('gives a bounded number of bytes of texts', async () => {
    const cool = await joinOne();
    for (let index = 0; index < 8; index++) await room.say(cool, 'x'.repeat(MEBIBYTE / 2));
    const all = await pages();
    expect(all.flat()).toHaveLength(9);
    expect(Math.max(...all.map(weightOf))).toBeLessThanOrEqual(MEBIBYTE);
  });
});

describe('clearing ghosts', () => {
  it('announces that those left who were seated when the server ended', async () => {
    await room.clearGhosts(['Cool', 'Fun']);
    expect(await kept()).toEqual(['Cool leave', 'Fun leave']);
    expect(here()).toEqual([]);
  });
});
