import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/files/memory.js';
import { MemoryHistory } from '../../src/history/memory.js';
import { Member } from '../../src/room/member.js';
import { Room } from '../../src/room/room.js';
import { keep } from '../contracts/file-store-contract.js';
import { FakeHistory } from '../support/fake-history.js';
import { FakeOutlet } from '../support/fake-outlet.js';
import { gate, settle } from '../support/settle.js';

const ORIGIN = { address: '192.168.1.5', port: 54654 };

let history: FakeHistory;
let files: MemoryStore;
let room: Room;

beforeEach(async () => {
  history = new FakeHistory(() => 1_704_227_560_000);
  files = new MemoryStore();
  room = new Room('', await history.open(''), files, { capacity: 10, inlineFile: 10 });
});

afterEach(() => history.close());

/** Someone with a seat, who is not shown anything yet. */
async function seated(name: string, outlet: FakeOutlet): Promise<Member> {
  const seat = room.join(name, ORIGIN);
  return new Member(room, seat, await seat.joined, outlet);
}

async function joined(name: string, outlet = new FakeOutlet()): Promise<{ member: Member; outlet: FakeOutlet }> {
  const member = await seated(name, outlet);
  member.follow(member.joined.sequence);
  await settle();
  return { member, outlet };
}

const upTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a member', () => {
  it('is shown the own joining and then everything, in order', async () => {
    const { member, outlet } = await joined('Cool');
    const fun = await joined('Fun');
    await member.say('Hi.', 7);
    await fun.member.share(await keep(files, 'a.txt', Uint8Array.of(1)));
    await fun.member.leave();
    expect(outlet.shown.map(({ kind, author }) => `${author} ${kind}`)).toEqual([
      'Cool join',
      'Fun join',
      'Cool text',
      'Fun file',
      'Fun leave',
    ]);
    expect(outlet.places).toEqual(upTo(1, 5));
    expect(outlet.shown[2]).toMatchObject({ text: 'Hi.', id: 7 });
    expect(outlet.shown[3]).toMatchObject({ contents: Buffer.of(1) });
  });

  it('is shown a line before its author is answered', async () => {
    const { member } = await joined('Cool');
    const { outlet } = await joined('Fun');
    await member.say('Hi.', 0);
    expect(outlet.shown.at(-1)).toMatchObject({ kind: 'text', text: 'Hi.' });
  });

  it('is shown the history from the place that was asked for', async () => {
    const { member: cool } = await joined('Cool');
    for (const text of ['a', 'b', 'c']) await cool.say(text, 0);
    const outlet = new FakeOutlet();
    const fun = await seated('Fun', outlet);
    fun.follow(3);
    await settle();
    await cool.say('d', 0);
    expect(outlet.places).toEqual(upTo(3, 6));
  });

  it('is shown what was said between the joining and the following, once', async () => {
    const { member: cool } = await joined('Cool');
    const outlet = new FakeOutlet();
    const fun = await seated('Fun', outlet);
    await cool.say('a', 0);
    fun.follow(fun.joined.sequence);
    const said = [cool.say('b', 0), cool.say('c', 0)];
    await Promise.all(said);
    await settle();
    expect(outlet.places).toEqual(upTo(2, 5));
  });

  it('is told that the history cannot be read on, and is then shown nothing more', async () => {
    const { member: cool } = await joined('Cool');
    const { member: fun, outlet } = await joined('Fun', new FakeOutlet(1));
    const failure = new Error('the disk is on fire');
    await cool.say('a', 0);
    room.log.page = () => Promise.reject(failure);
    outlet.takes = Infinity;
    fun.drained();
    await settle();
    await cool.say('b', 0);
    fun.drained();
    await settle();
    expect(outlet.errors).toEqual([failure]);
    expect(outlet.places).toEqual([2]);
  });
});

describe('a slow member', () => {
  it('is shown nothing more after having said "enough", and reads on later with nothing lost', async () => {
    const { member: cool } = await joined('Cool');
    const { member: fun, outlet } = await joined('Fun', new FakeOutlet(2));
    for (const text of ['a', 'b', 'c', 'd']) await cool.say(text, 0);
    expect(outlet.places).toEqual([2, 3]);
    outlet.takes = Infinity;
    fun.drained();
    await settle();
    expect(outlet.places).toEqual(upTo(2, 6));
    await cool.say('e', 0);
    expect(outlet.places).toEqual(upTo(2, 7));
  });

  it('delays nobody else', async () => {
    const { member: cool } = await joined('Cool');
    await joined('Fun', new FakeOutlet(1));
    const { outlet } = await joined('Fire');
    for (const text of ['a', 'b', 'c']) await cool.say(text, 0);
    expect(outlet.places).toEqual(upTo(3, 6));
  });

  it('is shown one page for each time of draining, however much there is', async () => {
    const { member: cool } = await joined('Cool');
    const { member: fun, outlet } = await joined('Fun', new FakeOutlet(1));
    for (const index of upTo(1, 30)) await cool.say(`${index}`.padEnd(25_000), 0);
    for (let drains = 1; drains <= 3; drains++) {
      outlet.takes = 1;
      fun.drained();
      await settle();
      expect(outlet.batches).toHaveLength(1 + drains);
    }
    expect(outlet.places).toEqual(upTo(2, 32));
    expect(Math.max(...outlet.batches.map((batch) => batch.length))).toBeLessThanOrEqual(10);
  });

  it('loses nothing and is shown nothing twice while everyone goes on talking', async () => {
    const { member: cool } = await joined('Cool');
    const { member: fun, outlet } = await joined('Fun', new FakeOutlet(1));
    for (let round = 0; round < 200; round++) {
      const said = upTo(1, 1 + (round % 7)).map((index) => cool.say(`${round}.${index}`, 0));
      if (round % 3 === 0) {
        outlet.takes = 1 + (round % 4);
        fun.drained();
      }
      if (round % 5 !== 0) await Promise.all(said);
    }
    await settle();
    outlet.takes = Infinity;
    fun.drained();
    await settle();
    expect(outlet.places).toEqual(upTo(2, room.log.last));
  });

  it('is shown nothing twice by draining that nobody waited for', async () => {
    const { member: cool } = await joined('Cool');
    const { member: fun, outlet } = await joined('Fun');
    fun.drained();
    const said = cool.say('a', 0);
    fun.drained();
    fun.drained();
    await said;
    await settle();
    expect(outlet.places).toEqual([2, 3]);
  });

  it('reads on with files as they were shown to the others', async () => {
    const { member: cool, outlet: fast } = await joined('Cool');
    const { member: fun, outlet: slow } = await joined('Fun', new FakeOutlet(1));
    await cool.share(await keep(files, 'small.txt', Uint8Array.of(1, 2)));
    await cool.share(await keep(files, 'large.txt', new Uint8Array(11)));
    slow.takes = Infinity;
    fun.drained();
    await settle();
    expect(slow.shown.slice(1)).toEqual(fast.shown.slice(2));
  });
});

describe('a slow member of a room whose history lets go of what is old', () => {
  const all = { since: Infinity, bytes: Infinity, limit: 100 };

  it('goes on with what is left, and with what comes', async () => {
    const { member, outlet } = await joined('Cool', new FakeOutlet(1));
    for (const text of ['a', 'b', 'c']) await member.say(text, 0);
    await history.trim({ ...all, limit: 3 });
    outlet.takes = Infinity;
    member.drained();
    await settle();
    expect(outlet.places).toEqual([1, 4]);
    outlet.takes = 0;
    await member.say('d', 0);
    await member.say('e', 0);
    await history.trim(all);
    outlet.takes = Infinity;
    member.drained();
    await settle();
    await member.say('f', 0);
    expect(outlet.places).toEqual([1, 4, 5, 7]);
  });

  it('has left though it was never shown that', async () => {
    const { member, outlet } = await joined('Cool', new FakeOutlet(1));
    const leaving = member.leave();
    await settle();
    await history.trim(all);
    const { member: fun } = await joined('Fun');
    await fun.say('Hi.', 0);
    outlet.takes = Infinity;
    member.drained();
    await leaving;
    expect(outlet.places).toEqual([1]);
  });
});

describe('leaving', () => {
  it('is the last thing that a member is shown, even when others speak in the same batch', async () => {
    const { member: cool, outlet } = await joined('Cool');
    const { member: fun, outlet: other } = await joined('Fun');
    await Promise.all([fun.say('before', 0), cool.leave(), fun.say('after', 0)]);
    await fun.say('later', 0);
    expect(outlet.shown.at(-1)).toMatchObject({ kind: 'leave', author: 'Cool', sequence: 4 });
    expect(outlet.places).toEqual(upTo(1, 4));
    expect(other.places).toEqual(upTo(2, 6));
  });

  it('is over when it was shown', async () => {
    const { member, outlet } = await joined('Cool');
    await member.leave();
    expect(outlet.shown.at(-1)).toMatchObject({ kind: 'leave' });
  });

  it('is the own one, not that of somebody who had the name before or gets it next', async () => {
    const { member: first, outlet: firstOutlet } = await joined('Cool');
    await first.leave();
    const { member: second, outlet } = await joined('Cool');
    await second.say('still here', 0);
    const left = second.leave();
    const third = room.join('Cool', ORIGIN);
    await room.leave(third);
    await left;
    expect(firstOutlet.places).toEqual([1, 2]);
    expect(outlet.places).toEqual(upTo(3, 5));
  });

  it('waits until a slow member has been shown it', async () => {
    const { member, outlet } = await joined('Cool', new FakeOutlet(1));
    let isOver = false;
    const left = member.leave().then(() => (isOver = true));
    await settle();
    expect(isOver).toBe(false);
    expect(room.report()).toEqual([]);
    outlet.takes = 1;
    member.drained();
    await left;
    expect(outlet.places).toEqual([1, 2]);
  });

  it('does not wait for a slow member who is gone', async () => {
    const { member, outlet } = await joined('Cool', new FakeOutlet(1));
    const left = member.leave();
    await settle();
    member.stop();
    await left;
    expect(outlet.places).toEqual([1]);
  });

  it('is possible before anything was shown', async () => {
    const outlet = new FakeOutlet();
    const member = await seated('Cool', outlet);
    await member.leave();
    expect(room.report()).toEqual([]);
    expect(outlet.shown).toEqual([]);
  });

  it('is refused when it could not be kept, and the seat is free', async () => {
    const { member } = await joined('Cool');
    history.failure = new Error('disk full');
    await expect(member.leave()).rejects.toMatchObject({ code: 'not-kept' });
    expect(room.report()).toEqual([]);
  });
});

describe('stopping', () => {
  it('is the end of being shown anything', async () => {
    const { member: cool } = await joined('Cool');
    const { member: fun, outlet } = await joined('Fun', new FakeOutlet(2));
    await cool.say('a', 0);
    fun.stop();
    fun.drained();
    await cool.say('b', 0);
    await settle();
    expect(outlet.places).toEqual([2, 3]);
  });

  it('ends reading on in the middle of a page', async () => {
    const { member: cool } = await joined('Cool');
    await cool.say('a', 0);
    const outlet = new FakeOutlet();
    const fun = await seated('Fun', outlet);
    const read = gate();
    const [log, original] = [room.log, room.log.read.bind(room.log)];
    log.read = async (range) => (await read.passed, original(range));
    fun.follow(1);
    fun.stop();
    read.open();
    await settle();
    expect(outlet.shown).toEqual([]);
    expect(outlet.errors).toEqual([]);
  });

  it('leaves the seat taken, until it is left', async () => {
    const { member } = await joined('Cool');
    member.stop();
    expect(room.report()).toHaveLength(1);
    await member.leave();
    expect(room.report()).toEqual([]);
  });
});

describe('an outlet that is broken', () => {
  it('keeps nobody else from being shown the batch, nor its author from being answered', async () => {
    // A history that commits at once when it is closed, so that what is thrown comes out there.
    const direct = new MemoryHistory(() => 1_704_227_560_000);
    room = new Room('', await direct.open(''), files, { capacity: 10, inlineFile: 10 });
    const { member: cool } = await joined('Cool');
    const broken = new FakeOutlet();
    await joined('Fun', broken);
    const { outlet } = await joined('Fire');
    broken.deliver = () => {
      throw new Error('a bug of ours');
    };
    const answer = cool.say('Hi.', 0);
    await expect((async () => direct.close())()).resolves.toBeUndefined();
    await expect(answer).resolves.toBeUndefined();
    expect(outlet.places).toEqual([3, 4]);
    expect(broken.errors).toHaveLength(1);
  });
});
