import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/files/memory.js';
import { LOBBY, Rooms } from '../../src/room/rooms.js';
import { FakeHistory } from '../support/fake-history.js';
import { gate } from '../support/settle.js';

const ORIGIN = { address: '192.168.1.5', port: 54654 };

let history: FakeHistory;
let rooms: Rooms;

beforeEach(async () => {
  history = new FakeHistory(() => 1_704_227_560_000);
  rooms = await load();
});

afterEach(() => history.close());

function load(most = 2): Promise<Rooms> {
  return Rooms.load(history, new MemoryStore(), { capacity: 3, rooms: most, inlineFile: 10 });
}

const join = (room: string, name: string): ReturnType<Rooms['join']> => rooms.join(room, name, ORIGIN);

async function peopleIn(room: string): Promise<string[] | undefined> {
  return (await rooms.find(room))?.report().map(({ name }) => name);
}

describe('a room', () => {
  it('comes into being with its first join, and not by asking about it', async () => {
    expect(await rooms.find('den')).toBeUndefined();
    expect(await history.rooms()).toEqual([]);
    const { room, seat, joined } = await join('den', 'Cool');
    expect(await rooms.find('den')).toBe(room);
    expect(room.report()).toEqual([seat]);
    expect(joined).toMatchObject({ kind: 'join', author: 'Cool', sequence: 1 });
    expect(await history.rooms()).toEqual(['den']);
  });

  it('is the lobby when none is named, which is always there', async () => {
    expect(await peopleIn(LOBBY)).toEqual([]);
    await join(LOBBY, 'Cool');
    expect(await peopleIn('')).toEqual(['Cool']);
  });

  it('has a name that is compared without case, and shown as it was first typed', async () => {
    const { room } = await join('Den', 'Cool');
    const other = await join('dEN', 'Fun');
    expect(other.room).toBe(room);
    expect(other.room.name).toBe('Den');
    expect(await history.rooms()).toEqual(['Den']);
  });

  it('is not made under a name that looks like that of another, also after a new start', async () => {
    await join('Tea', 'Cool');
    for (const name of ['T\u0435\u0430', '\u0422ea']) {
      await expect(join(name, 'Fun')).rejects.toMatchObject({ name: 'RoomError', code: 'room-alike' });
      expect(await rooms.find(name)).toBeUndefined();
    }
    rooms = await load();
    await expect(join('T\u0435a', 'Fun')).rejects.toMatchObject({ code: 'room-alike' });
    await join('tea', 'Fun');
  });

  it('gives its looks back when it does not come into being', async () => {
    await expect(join('Tea', 'not a name')).rejects.toMatchObject({ code: 'name-invalid' });
    await join('T\u0435a', 'Cool');
  });

  it('has its own seats and names', async () => {
    for (const name of ['Cool', 'Fun', 'Fire']) await join('den', name);
    await expect(join('den', 'Sad')).rejects.toMatchObject({ code: 'full' });
    await join('', 'Cool');
    expect(await peopleIn('')).toEqual(['Cool']);
  });

  it.each(['not a room', '@Cool', 'a/b', 'x'.repeat(33)])('cannot be called %s', async (name) => {
    const invalid = { name: 'RoomError', code: 'room-name-invalid' };
    await expect(rooms.find(name)).rejects.toMatchObject(invalid);
    await expect(join(name, 'Cool')).rejects.toMatchObject(invalid);
    expect(await history.rooms()).toEqual([]);
  });

  it('is there again, with its name and history, when the server starts again', async () => {
    await join('Den', 'Cool');
    rooms = await load();
    const { room, joined } = await join('den', 'Fun');
    expect(room.name).toBe('Den');
    expect(joined.sequence).toBe(2);
  });
});

describe('the number of rooms', () => {
  it('counts the room of a joining that is still having its avatar stored', async () => {
    const stored = gate();
    const avatar = { name: 'abc.png', stored: 'abc.png', size: 70 };
    const cool = rooms.join('den', 'Cool', ORIGIN, () => stored.passed.then(() => avatar));
    await expect(join('den', 'not a name')).rejects.toMatchObject({ code: 'name-invalid' });
    await join('zoo', 'Cool');
    await expect(join('bar', 'Cool')).rejects.toMatchObject({ code: 'too-many-rooms' });
    stored.open();
    await expect(cool).resolves.toMatchObject({ joined: { sequence: 1, avatar } });
  });

  it('is limited, the lobby not counted', async () => {
    await join('', 'Cool');
    await join('den', 'Cool');
    await join('zoo', 'Cool');
    await expect(join('bar', 'Cool')).rejects.toMatchObject({ name: 'RoomError', code: 'too-many-rooms' });
    expect(await rooms.find('bar')).toBeUndefined();
    await expect(join('DEN', 'Fun')).resolves.toMatchObject({ room: { name: 'den' } });
    await expect(join('', 'Fun')).resolves.toMatchObject({ room: { name: '' } });
  });

  it('counts the rooms that have a history', async () => {
    await join('den', 'Cool');
    await join('zoo', 'Cool');
    rooms = await load();
    await expect(join('bar', 'Cool')).rejects.toMatchObject({ code: 'too-many-rooms' });
  });

  it('counts rooms that are being made', async () => {
    const outcomes = await Promise.allSettled([join('den', 'Cool'), join('zoo', 'Cool'), join('bar', 'Cool')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });
});

describe('a first join that fails', () => {
  it.each([
    { name: 'because of the name', fail: () => join('den', 'not a name') },
    {
      name: 'because it could not be kept',
      fail: async () => {
        history.failure = new Error('disk full');
        await join('den', 'Cool').finally(() => (history.failure = undefined));
      },
    },
  ])('leaves no room and uses none up: $name', async ({ fail }) => {
    for (let attempt = 0; attempt < 5; attempt++) await expect(fail()).rejects.toMatchObject({ name: 'RoomError' });
    expect(await rooms.find('den')).toBeUndefined();
    await join('zoo', 'Cool');
    await join('bar', 'Cool');
    expect(await history.rooms()).toEqual(['zoo', 'bar']);
  });

  it.each(['den', LOBBY])('does not part those who join the room "%s" at the same time', async (name) => {
    const [failed, cool] = await Promise.allSettled([join(name, 'not a name'), join(name, 'Cool')]);
    expect([failed.status, cool.status]).toEqual(['rejected', 'fulfilled']);
    expect(await peopleIn(name)).toEqual(['Cool']);
    await expect(join(name, 'Cool')).rejects.toMatchObject({ code: 'name-taken' });
  });

  it('does not part those who join while it is under way', async () => {
    const commit = gate();
    history.held = commit.passed;
    const failing = join('den', 'Cool');
    const fun = join('den', 'Fun');
    history.failure = new Error('disk full');
    commit.open();
    await Promise.allSettled([failing, fun]);
    history.failure = undefined;
    await join('den', 'Fire');
    expect(await peopleIn('den')).toEqual(['Fire']);
  });
});

describe('clearing ghosts', () => {
  it('announces in every room who left with the last end of the server', async () => {
    await join('', 'Cool');
    await join('den', 'Fun');
    rooms = await load();
    const ghosts = [
      { room: '', names: ['Cool'] },
      { room: 'den', names: ['Fun'] },
    ];
    expect(await rooms.clearGhosts()).toEqual(ghosts);
    expect(await history.present()).toEqual([]);
    expect(await rooms.clearGhosts()).toEqual([]);
    expect(await peopleIn('den')).toEqual([]);
    await expect(join('den', 'Fun')).resolves.toMatchObject({ joined: { sequence: 3 } });
  });
});
