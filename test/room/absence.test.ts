/** Seats whose owner's link dropped: kept for a while, had again with their token, and taken all the time. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/files/memory.js';
import { Member } from '../../src/room/member.js';
import { Numbered } from '../../src/room/numbered.js';
import { Room } from '../../src/room/room.js';
import { Rooms } from '../../src/room/rooms.js';
import type { Seat } from '../../src/room/seat.js';
import { TestAbsence } from '../support/fake-house.js';
import { FakeHistory } from '../support/fake-history.js';
import { FakeOutlet } from '../support/fake-outlet.js';
import { gate, settle } from '../support/settle.js';

const ORIGIN = { address: '192.168.1.5', port: 54654 };
const LIMITS = { capacity: 2, inlineFile: 10 };

let history: FakeHistory;
let absence: TestAbsence;
let room: Room;

beforeEach(async () => {
  history = new FakeHistory(() => 1_704_227_560_000);
  absence = new TestAbsence(30_000);
  room = new Room('', await history.open(''), new MemoryStore(), LIMITS, absence);
});

afterEach(() => history.close());

async function joined(name: string): Promise<Seat> {
  const seat = room.join(name, ORIGIN);
  await seat.joined;
  return seat;
}

async function member(name: string, outlet = new FakeOutlet()): Promise<Member> {
  const seat = await joined(name);
  return new Member(room, seat, await seat.joined, outlet);
}

async function kept(): Promise<string[]> {
  const entries = await room.log.read({ from: 1, to: room.log.last });
  return entries.map((entry) => `${entry.author} ${entry.kind === 'text' ? entry.text : entry.kind}`);
}

describe('a seat that was put away', () => {
  it('is shown as away, and nothing is announced', async () => {
    const seat = await joined('Cool');
    void room.putAway(seat);
    expect(room.report()).toEqual([seat]);
    expect(seat.isAway).toBe(true);
    expect(await kept()).toEqual(['Cool join']);
  });

  it('counts, and so does its name', async () => {
    void room.putAway(await joined('Cool'));
    expect(() => room.join('cool', ORIGIN)).toThrow('Another user is using this username.');
    await joined('Fun');
    expect(() => room.join('Fire', ORIGIN)).toThrow('maximum capacity');
  });

  it('is free when the time is over, and that is announced once', async () => {
    const outcome = room.putAway(await joined('Cool'));
    absence.pass();
    expect(room.report()).toEqual([]);
    await expect(outcome).resolves.toBe('left');
    room.giveUpAbsent();
    expect(await kept()).toEqual(['Cool join', 'Cool leave']);
  });

  it('is had again by its token, whatever the time does then', async () => {
    const seat = await joined('Cool');
    const outcome = room.putAway(seat);
    await expect(room.comeBack(seat.token, '')).resolves.toBe(seat);
    await expect(outcome).resolves.toBe('back');
    expect(seat.isAway).toBe(false);
    expect(absence.count).toBe(0);
    expect(await kept()).toEqual(['Cool join']);
  });

  it('can be put away again', async () => {
    const seat = await joined('Cool');
    void room.putAway(seat);
    await room.comeBack(seat.token, 'COOL');
    const outcome = room.putAway(seat);
    absence.pass();
    await expect(outcome).resolves.toBe('left');
  });

  it.each([
    { what: 'another token', token: 'token 9', name: 'Cool' },
    { what: 'no token', token: '', name: 'Cool' },
    { what: 'another name', token: 'token 1', name: 'Fun' },
  ])('is not had with $what', async ({ token, name }) => {
    const seat = await joined('Cool');
    void room.putAway(seat);
    await expect(room.comeBack(token, name)).resolves.toBeUndefined();
    expect(seat.isAway).toBe(true);
  });

  it('is not had any more when it was left', async () => {
    const seat = await joined('Cool');
    await room.leave(seat);
    await expect(room.comeBack(seat.token, '')).resolves.toBeUndefined();
  });

  it('is not had when its joining could not be kept', async () => {
    history.failure = new Error('The disk is full.');
    const seat = room.join('Cool', ORIGIN);
    await expect(room.comeBack(seat.token, '')).resolves.toBeUndefined();
    expect(room.report()).toEqual([]);
  });

  it('is free at once where no time is given', async () => {
    room = new Room('', room.log, new MemoryStore(), LIMITS, new TestAbsence(0));
    const seat = await joined('Cool');
    await expect(room.putAway(seat)).resolves.toBe('left');
    expect(room.report()).toEqual([]);
  });

  it('is free at once when everyone is given up, and from then on', async () => {
    const [cool, fun] = [await joined('Cool'), await joined('Fun')];
    void room.putAway(cool);
    room.giveUpAbsent();
    await room.putAway(fun);
    expect(await kept()).toEqual(['Cool join', 'Fun join', 'Cool leave', 'Fun leave']);
    expect(absence.count).toBe(0);
  });
});

describe('two who come back to one seat', () => {
  it('get it one after the other, and the first is told', async () => {
    const outlet = new FakeOutlet();
    const first = await member('Cool', outlet);
    const second = await room.comeBack(first.seat.token, '');
    const third = await room.comeBack(first.seat.token, '');
    expect([second, third]).toEqual([first.seat, first.seat]);
    const outlets = [new FakeOutlet(), new FakeOutlet()];
    const members = outlets.map((outlet) => new Member(room, first.seat, first.joined, outlet));
    expect([outlet, ...outlets].map(({ isTaken }) => isTaken)).toEqual([true, true, false]);
    for (const one of members) one.follow(1);
    await settle();
    expect(room.report()).toHaveLength(1);
  });

  it('show nothing more to who had it before', async () => {
    const outlet = new FakeOutlet();
    const first = await member('Cool', outlet);
    first.follow(1);
    await settle();
    new Member(room, first.seat, first.joined, new FakeOutlet());
    await room.say(first.seat, 'Hi');
    expect(outlet.places).toEqual([1]);
  });
});

describe('a member who settles', () => {
  it('has been shown what was said', async () => {
    const outlet = new FakeOutlet();
    const cool = await member('Cool', outlet);
    cool.follow(1);
    const said = cool.say('Hi', 0);
    await cool.settled();
    expect(outlet.places).toEqual([1, 2]);
    await said;
  });

  it('is not waited for when nothing more is shown', async () => {
    const cool = await member('Cool', new FakeOutlet(1));
    cool.follow(1);
    await settle();
    void cool.say('Hi', 0);
    const settled = cool.settled();
    await settle();
    cool.stop();
    await expect(settled).resolves.toBeUndefined();
  });
});

describe('a text that is said again', () => {
  it('is passed over when its author has come back since', async () => {
    const seat = await joined('Cool');
    await room.say(seat, 'Hi', 7);
    await room.comeBack(seat.token, '');
    await expect(room.say(seat, 'Hi', 7)).resolves.toBeUndefined();
    await room.say(seat, 'Hi', 8);
    expect(await kept()).toEqual(['Cool join', 'Cool Hi', 'Cool Hi']);
  });

  it('is passed over while the first is still on its way to the disk', async () => {
    const seat = await joined('Cool');
    const held = gate();
    history.held = held.passed;
    const first = room.say(seat, 'Hi', 7);
    await room.comeBack(seat.token, '');
    await expect(room.say(seat, 'Hi', 7)).resolves.toBeUndefined();
    held.open();
    await first;
    expect(await kept()).toEqual(['Cool join', 'Cool Hi']);
  });

  it('is said when the first could not be kept', async () => {
    const seat = await joined('Cool');
    history.failure = new Error('The disk is full.');
    await expect(room.say(seat, 'Hi', 7)).rejects.toThrow('could not keep');
    history.failure = undefined;
    await room.comeBack(seat.token, '');
    await room.say(seat, 'Hi', 7);
    expect(await kept()).toEqual(['Cool join', 'Cool Hi']);
  });
});

describe('numbered texts', () => {
  it.each([
    { what: 'on the same connection', returns: 0, id: 7, text: 'Hi', repeats: false },
    { what: 'after coming back', returns: 1, id: 7, text: 'Hi', repeats: true },
    { what: 'after coming back twice', returns: 2, id: 7, text: 'Hi', repeats: true },
    { what: 'with other words', returns: 1, id: 7, text: 'Ho', repeats: false },
    { what: 'with another number', returns: 1, id: 8, text: 'Hi', repeats: false },
    { what: 'without a number', returns: 1, id: 0, text: 'nothing', repeats: false },
  ])('are known $what: $repeats', ({ returns, id, text, repeats }) => {
    const numbered = new Numbered();
    numbered.note(7, 'Hi');
    numbered.note(0, 'nothing');
    for (let count = 0; count < returns; count++) numbered.onCameBack();
    expect(numbered.repeats(id, text)).toBe(repeats);
  });

  it('are forgotten, the oldest first', () => {
    const numbered = new Numbered();
    for (let id = 1; id <= 1001; id++) numbered.note(id, 'Hi');
    numbered.onCameBack();
    expect([1, 2, 1001].map((id) => numbered.repeats(id, 'Hi'))).toEqual([false, true, true]);
  });

  it('count where they were said last', () => {
    const numbered = new Numbered();
    numbered.note(7, 'Hi');
    numbered.onCameBack();
    numbered.note(7, 'Ho');
    expect(numbered.repeats(7, 'Ho')).toBe(false);
    numbered.onCameBack();
    expect(numbered.repeats(7, 'Ho')).toBe(true);
  });
});

describe('the rooms of a server', () => {
  it('have a seat again only in the room where it is', async () => {
    const rooms = await Rooms.load(history, new MemoryStore(), { ...LIMITS, rooms: 5 }, absence);
    const { seat } = await rooms.join('Tea', 'Cool', ORIGIN);
    await expect(rooms.comeBack('', seat.token, '')).resolves.toBeUndefined();
    await expect(rooms.comeBack('Coffee', seat.token, '')).resolves.toBeUndefined();
    expect((await rooms.comeBack('tea', seat.token, ''))?.seat).toBe(seat);
    await expect(rooms.comeBack('no room', seat.token, '')).rejects.toMatchObject({ code: 'room-name-invalid' });
  });

  it('give up all who are away', async () => {
    const rooms = await Rooms.load(history, new MemoryStore(), { ...LIMITS, rooms: 5 }, absence);
    for (const name of ['', 'Tea']) {
      const { room, seat } = await rooms.join(name, 'Cool', ORIGIN);
      void room.putAway(seat);
    }
    await rooms.giveUpAbsent();
    expect(absence.count).toBe(0);
    expect((await rooms.find('Tea'))?.report()).toEqual([]);
  });

  it('keep no seats unless they are told how', async () => {
    const rooms = await Rooms.load(history, new MemoryStore(), { ...LIMITS, rooms: 5 });
    const { room, seat } = await rooms.join('', 'Cool', ORIGIN);
    expect(seat.token).toBe('');
    await expect(room.putAway(seat)).resolves.toBe('left');
  });
});
