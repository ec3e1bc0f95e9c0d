import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NO_TIME_LIMITS, type Sight, type TimeLimits, Watch } from '../../src/protocols/watch.js';

const LIMITS: TimeLimits = { silence: 60, unfinished: 40, stalled: 300 };
/** Bytes by which a message has to grow. */
const PROGRESS = 65_536;

/** A peer that has just connected. */
const NEW: Sight = { isSeated: false, isBusy: false, messages: 0, unfinished: 0, pending: 0, taken: 0 };
const SEATED: Sight = { ...NEW, isSeated: true };

let watch: Watch | undefined;

/** Watches somebody who goes on as `change` says, every second; gives what was said of it within so many seconds. */
function watched(
  sight: Sight,
  seconds: number,
  change: (second: number) => Partial<Sight> = () => ({}),
  limits = LIMITS,
) {
  let seen = sight;
  const said: string[] = [];
  watch = new Watch(limits, {
    look: () => seen,
    tooLong: (what, reason) => {
      said.push(`${what}: ${reason}`);
      watch?.stop();
    },
  });
  for (let second = 1; second <= seconds; second++) {
    seen = { ...seen, ...change(second) };
    jest.advanceTimersByTime(1000);
  }
  return said;
}

beforeEach(() => void jest.useFakeTimers());

afterEach(() => {
  watch?.stop();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const SILENT = ['silence: You have not joined, and asked for nothing for 60 seconds.'];
const UNFINISHED = ['unfinished: A message was not complete after 40 seconds.'];
const STALLED = ['stalled: You have read nothing for 300 seconds.'];

describe('a watch', () => {
  it.each<{ name: string; sight: Sight; seconds: number; change?: (second: number) => Partial<Sight>; said: string[] }>(
    [
      { name: 'is patient with who has not joined', sight: NEW, seconds: 59, said: [] },
      { name: 'tells of who has not joined for too long', sight: NEW, seconds: 75, said: SILENT },
      {
        name: 'has no end of patience with who asks again and again',
        sight: NEW,
        seconds: 600,
        change: (second) => ({ messages: Math.floor(second / 45) }),
        said: [],
      },
      { name: 'lets members be silent', sight: SEATED, seconds: 6000, said: [] },
      {
        name: 'does not count the time that is ours',
        sight: { ...NEW, isBusy: true, unfinished: 9 },
        seconds: 6000,
        said: [],
      },
      {
        name: 'begins anew with who has left',
        sight: SEATED,
        seconds: 150,
        change: (second) => ({ isSeated: second < 100 }),
        said: [],
      },
      { name: 'is patient with a message', sight: { ...SEATED, unfinished: 9 }, seconds: 39, said: [] },
      { name: 'tells of half a message', sight: { ...SEATED, unfinished: 9 }, seconds: 60, said: UNFINISHED },
      {
        name: 'is not taken in by a byte a second',
        sight: SEATED,
        seconds: 60,
        change: (second) => ({ unfinished: second }),
        said: UNFINISHED,
      },
      {
        name: 'waits for a large message on a slow line',
        sight: SEATED,
        seconds: 560,
        change: (second) => ({ unfinished: second * 2000 }),
        said: [],
      },
      {
        name: 'tells of one that is slower than that',
        sight: SEATED,
        seconds: 120,
        change: (second) => ({ unfinished: (second * PROGRESS) / 60 }),
        said: UNFINISHED,
      },
      {
        name: 'takes the beginning of the next message for no part of the last',
        sight: SEATED,
        seconds: 600,
        change: (second) => ({ messages: Math.floor(second / 30), unfinished: 9 }),
        said: [],
      },
      { name: 'is patient with who does not read', sight: { ...SEATED, pending: 9 }, seconds: 299, said: [] },
      { name: 'tells of who has not read for too long', sight: { ...SEATED, pending: 9 }, seconds: 400, said: STALLED },
      {
        name: 'bears with who reads slowly',
        sight: { ...SEATED, pending: 9 },
        seconds: 6000,
        change: (second) => ({ taken: Math.floor(second / 200) }),
        said: [],
      },
    ],
  )('$name', ({ sight, seconds, change, said }) => {
    expect(watched(sight, seconds, change)).toEqual(said);
  });

  it('needs no timer where there is no limit', () => {
    expect(watched({ ...NEW, pending: 9, unfinished: 9 }, 10_000, undefined, NO_TIME_LIMITS)).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('looks for each limit alone', () => {
    const sight = { ...NEW, pending: 9, unfinished: 9 };
    expect(watched(sight, 1000, undefined, { ...NO_TIME_LIMITS, stalled: 300 })).toEqual(STALLED);
    expect(watched(sight, 1000, undefined, { ...NO_TIME_LIMITS, silence: 60 })).toEqual(SILENT);
    expect(watched(sight, 1000, undefined, { ...NO_TIME_LIMITS, unfinished: 1 })).toEqual([
      'unfinished: A message was not complete after 1 second.',
    ]);
  });
});
