import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Changes } from '../../../src/client/web/model/changes.js';
import { Retry } from '../../../src/client/retry.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Milliseconds until an attempt is made. */
function waited(attempt: jest.Mock): number {
  const before = attempt.mock.calls.length;
  let time = 0;
  for (; attempt.mock.calls.length === before; time++) jest.advanceTimersByTime(1);
  return time;
}

describe('a retry', () => {
  it('comes after a pause', () => {
    const attempt = jest.fn();
    new Retry(attempt).later();
    expect(attempt).not.toHaveBeenCalled();
    jest.runAllTimers();
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('comes once, however often it is asked for', () => {
    const attempt = jest.fn();
    const retry = new Retry(attempt);
    retry.later();
    retry.later();
    jest.runAllTimers();
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('takes longer every time, up to ten seconds', () => {
    const attempt = jest.fn();
    const retry = new Retry(attempt);
    const pauses = Array.from({ length: 7 }, () => (retry.later(), waited(attempt)));
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('begins with a short pause again after it has worked', () => {
    const attempt = jest.fn();
    const retry = new Retry(attempt);
    for (let time = 0; time < 3; time++) {
      retry.later();
      jest.runAllTimers();
    }
    retry.stop();
    retry.later();
    expect(waited(attempt)).toBe(500);
  });

  it('comes at once when it is wanted at once, and only then', () => {
    const attempt = jest.fn();
    const retry = new Retry(attempt);
    retry.now();
    expect(attempt).not.toHaveBeenCalled();
    retry.later();
    retry.now();
    retry.now();
    jest.runAllTimers();
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('does not come when it is not wanted any more', () => {
    const attempt = jest.fn();
    const retry = new Retry(attempt);
    retry.later();
    retry.stop();
    retry.now();
    jest.runAllTimers();
    expect(attempt).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a change', () => {
  it('is told to everyone who listens, and counted', () => {
    const changes = new Changes();
    const [one, other] = [jest.fn(), jest.fn()];
    const unsubscribe = changes.subscribe(one);
    changes.subscribe(other);
    changes.changed();
    unsubscribe();
    changes.changed();
    expect(one).toHaveBeenCalledTimes(1);
    expect(other).toHaveBeenCalledTimes(2);
    expect(changes.version).toBe(2);
  });

  it('can be the last that one listens to', () => {
    const changes = new Changes();
    const after = jest.fn();
    const unsubscribe = changes.subscribe(() => unsubscribe());
    changes.subscribe(after);
    changes.changed();
    expect(after).toHaveBeenCalledTimes(1);
  });
});
