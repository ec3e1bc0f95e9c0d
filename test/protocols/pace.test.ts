import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LimitError } from '../../src/protocols/errors.js';
import { Pace, type Rate } from '../../src/protocols/pace.js';
import { settle } from '../support/settle.js';

/** Messages a second, and at once. */
const RATE: Rate = { messages: 20, burst: 100 };

let warnings: string[];

function paceOf(rate: Rate): Pace {
  return new Pace(rate, ({ message }) => warnings.push(message));
}

/** Takes turns until one has to wait; gives how many did not, and the one that does. */
function turnsAtOnce(pace: Pace, most = 1000): { passed: number; waiting: Promise<void> | undefined } {
  for (let passed = 0; passed < most; passed++) {
    const waiting = pace.turn();
    if (waiting) return { passed, waiting };
  }
  return { passed: most, waiting: undefined };
}

async function isDone(promise: Promise<void> | undefined): Promise<boolean> {
  let done = false;
  void promise?.then(() => (done = true));
  await settle(2);
  return done;
}

beforeEach(() => {
  warnings = [];
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
});

afterEach(() => void jest.useRealTimers());

describe('a pace', () => {
  it('lets a burst pass without a word', () => {
    expect(turnsAtOnce(paceOf(RATE), RATE.burst)).toEqual({ passed: 100, waiting: undefined });
    expect(warnings).toEqual([]);
  });

  it('warns once, and holds what is beyond until its turn comes', async () => {
    const pace = paceOf(RATE);
    const { passed, waiting } = turnsAtOnce(pace);
    expect(passed).toBe(100);
    expect(warnings).toEqual(['You are sending more than 20 messages a second: what follows has to wait.']);
    expect(await isDone(waiting)).toBe(false);
    await jest.advanceTimersByTimeAsync(50);
    expect(await isDone(waiting)).toBe(true);
    const next = pace.turn();
    expect(await isDone(next)).toBe(false);
    await jest.advanceTimersByTimeAsync(50);
    expect(await isDone(next)).toBe(true);
    expect(warnings).toHaveLength(1);
  });

  it('is as generous as before after a pause, and warns anew', async () => {
    const pace = paceOf(RATE);
    const { waiting } = turnsAtOnce(pace);
    await jest.advanceTimersByTimeAsync(60_000);
    await waiting;
    expect(turnsAtOnce(pace).passed).toBe(100);
    expect(warnings).toHaveLength(2);
    pace.stop();
  });

  it('gives up on who has been held for a minute without a pause', async () => {
    const pace = paceOf(RATE);
    turnsAtOnce(pace);
    let held = 1;
    for (; held < 10_000; held++) {
      await jest.advanceTimersByTimeAsync(50);
      const turn = pace.turn();
      const failed = await Promise.race([
        turn?.then(
          () => undefined,
          (error: unknown) => error,
        ),
        settle(1),
      ]);
      if (failed instanceof LimitError) {
        expect(failed.message).toBe('You kept sending more than 20 messages a second.');
        break;
      }
    }
    expect(held).toBe(1200);
    expect(warnings).toHaveLength(1);
  });

  it('bears with who makes pauses, however long they go on', async () => {
    const pace = paceOf(RATE);
    turnsAtOnce(pace);
    for (let minute = 0; minute < 200; minute++) {
      await jest.advanceTimersByTimeAsync(1000);
      const { waiting } = turnsAtOnce(pace);
      await jest.advanceTimersByTimeAsync(50);
      await expect(waiting).resolves.toBeUndefined();
    }
  });

  it('lets go of who waits when it is stopped, and holds nobody then', async () => {
    const pace = paceOf(RATE);
    const { waiting } = turnsAtOnce(pace);
    pace.stop();
    expect(await isDone(waiting)).toBe(true);
    expect(turnsAtOnce(pace).waiting).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('says one message a second in the singular', () => {
    const pace = paceOf({ messages: 1, burst: 1 });
    turnsAtOnce(pace);
    expect(warnings).toEqual(['You are sending more than 1 message a second: what follows has to wait.']);
    pace.stop();
  });
});
