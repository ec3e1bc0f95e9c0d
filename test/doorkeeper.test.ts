import { describe, expect, it } from '@jest/globals';
import { type Admission, type DoorLimits, Doorkeeper } from '../src/doorkeeper.js';
import { NO_RATE } from '../src/protocols/pace.js';
import { RoomError } from '../src/room/errors.js';

const LIMITS: DoorLimits = {
  rate: { messages: 20, burst: 100 },
  connections: 3,
  joins: 2,
  maxConnections: 10,
  asked: [],
};
const OTHER = '192.168.1.5';
const LOOPBACK = ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'];

let time = 0;

function doorWith(limits: Partial<DoorLimits> = {}): Doorkeeper {
  time = 0;
  return new Doorkeeper({ ...LIMITS, ...limits }, () => time);
}

const admitted = (door: Doorkeeper, address: string, count: number): (Admission | undefined)[] =>
  Array.from({ length: count }, () => door.admit(address));

const refusals = (admissions: readonly (Admission | undefined)[]): (string | undefined)[] =>
  admissions.map((admission) => admission?.refusal?.message);

function joins(door: Doorkeeper, address: string, count: number, forgeable = false): number {
  let allowed = 0;
  for (let nth = 0; nth < count; nth++) {
    try {
      door.checkJoin(address, forgeable);
      allowed++;
    } catch (error) {
      expect(error).toBeInstanceOf(RoomError);
    }
  }
  return allowed;
}

const TOO_MANY = 'There are 3 connections from your address already, and no more are taken.';

describe('connections', () => {
  it('of one address are so many at a time, and others are not concerned', () => {
    const door = doorWith();
    expect(refusals(admitted(door, OTHER, 4))).toEqual([undefined, undefined, undefined, TOO_MANY]);
    expect(refusals(admitted(door, '192.168.1.6', 3))).toEqual([undefined, undefined, undefined]);
  });

  it('that are gone make room', () => {
    const door = doorWith();
    const [first] = admitted(door, OTHER, 3);
    first?.leave();
    expect(refusals(admitted(door, OTHER, 2))).toEqual([undefined, TOO_MANY]);
  });

  it('that were refused and are gone make none', () => {
    const door = doorWith();
    admitted(door, OTHER, 3);
    for (let nth = 0; nth < 1000; nth++) door.admit(OTHER)?.leave();
    expect(refusals(admitted(door, OTHER, 1))).toEqual([TOO_MANY]);
  });

  it('are news to the operator once, until one is let in again', () => {
    const door = doorWith();
    const [first] = admitted(door, OTHER, 3);
    expect(admitted(door, OTHER, 3).map((admission) => admission?.isNews)).toEqual([true, false, false]);
    first?.leave();
    admitted(door, OTHER, 1);
    expect(admitted(door, OTHER, 2).map((admission) => admission?.isNews)).toEqual([true, false]);
  });

  it('are so many in all, whoever they are from', () => {
    const door = doorWith({ connections: 0 });
    const all = LOOPBACK.flatMap((address) => admitted(door, address, 3));
    const full = 'The server has as many connections as it can take.';
    expect(refusals(all).slice(9)).toEqual([undefined, full, full]);
    all[0]?.leave();
    expect(refusals(admitted(door, OTHER, 2))).toEqual([undefined, full]);
  });

  it('are any number where that is asked for', () => {
    const door = doorWith({ connections: 0, maxConnections: 0 });
    expect(refusals(admitted(door, OTHER, 100_000)).filter((refusal) => refusal !== undefined)).toEqual([]);
  });

  it('beyond are told why, so many at a time, and closed without a word after that', () => {
    const door = doorWith({ maxConnections: 1 });
    const all = admitted(door, OTHER, 10_000);
    const told = all.filter((admission) => admission?.refusal);
    expect(told).toHaveLength(64);
    told[0]?.leave();
    expect(door.admit(OTHER)?.refusal).toBeDefined();
    expect(door.admit(OTHER)).toBeUndefined();
  });

  it.each([
    ['2001:db8:1:2::5', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::', true],
    ['2001:db8::1', '2001:db8::5:6:7:8', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
    ['2001:db8:1:2::5', '2001:db8:1:3::5', false],
    ['192.168.1.5', '192.168.1.50', false],
  ])('of %s and %s: of one customer of the network? %s', (one, other, isSame) => {
    const door = doorWith({ connections: 1 });
    door.admit(one);
    expect(door.admit(other)?.refusal !== undefined).toBe(isSame);
  });
});

describe('joins', () => {
  it('of one address are so many in a minute', () => {
    const door = doorWith();
    expect(joins(door, OTHER, 5)).toBe(2);
    expect(joins(door, '192.168.1.6', 5)).toBe(2);
    time += 30_000;
    expect(joins(door, OTHER, 5)).toBe(1);
    time += 60_000;
    expect(joins(door, OTHER, 5)).toBe(2);
  });

  it('are refused in a sentence', () => {
    const door = doorWith({ joins: 1 });
    door.checkJoin(OTHER, false);
    expect(() => door.checkJoin(OTHER, false)).toThrow(
      'There was 1 join from your address within a minute: try again a little later.',
    );
  });

  it('that anybody may have forged keep nobody out who is really there', () => {
    const door = doorWith();
    expect(joins(door, OTHER, 100, true)).toBe(2);
    expect(joins(door, OTHER, 5)).toBe(2);
  });

  it('of very many addresses cost bounded memory, and those of before are forgotten', () => {
    const door = doorWith();
    for (let nth = 0; nth < 100_000; nth++) door.checkJoin(`10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}`, false);
    expect((door as unknown as { joins: Map<string, unknown> }).joins.size).toBeLessThanOrEqual(10_000);
  });
});

describe('this machine’s own programs', () => {
  it.each(LOOPBACK)('are spared by limits that nobody asked for: %s', (address) => {
    const door = doorWith({ maxConnections: 1000 });
    expect(refusals(admitted(door, address, 100)).filter(Boolean)).toEqual([]);
    expect(joins(door, address, 100)).toBe(100);
    expect(door.rateOf(address)).toEqual(NO_RATE);
    expect(door.rateOf(OTHER)).toEqual(LIMITS.rate);
  });

  it.each(LOOPBACK)('are held to those that were asked for: %s', (address) => {
    const door = doorWith({ asked: ['rate', 'connections', 'joins'] });
    expect(refusals(admitted(door, address, 4)).at(-1)).toBe(TOO_MANY);
    expect(joins(door, address, 5)).toBe(2);
    expect(door.rateOf(address)).toEqual(LIMITS.rate);
  });

  it('are held to each by itself', () => {
    const door = doorWith({ asked: ['joins'] });
    expect(joins(door, '127.0.0.1', 5)).toBe(2);
    expect(door.rateOf('127.0.0.1')).toEqual(NO_RATE);
  });

  it('are not those of who only looks like it', () => {
    const door = doorWith();
    for (const address of ['127.0.0.1.example', '128.0.0.1', '::11', '::ffff:128.0.0.1', ''])
      expect(door.rateOf(address)).toEqual(LIMITS.rate);
  });
});

it('limits of 0 are none', () => {
  const door = doorWith({ connections: 0, joins: 0, rate: NO_RATE, maxConnections: 1000 });
  expect(refusals(admitted(door, OTHER, 500)).filter(Boolean)).toEqual([]);
  expect(joins(door, OTHER, 500)).toBe(500);
});
