import { describe, expect, it } from '@jest/globals';
import { Rate } from '../../src/history/rate.js';

/** What comes with a pause of so many milliseconds before each, so often. */
function said(rate: Rate, clock: { now: number }, some: number, pause: number, times: number): boolean[] {
  return Array.from({ length: times }, () => {
    clock.now += pause;
    return rate.isBeyond(some);
  });
}

describe('how much is said', () => {
  const clock = { now: 5000 };
  const rateOf = (limit: number): Rate => new Rate(limit, () => clock.now);

  it('is not much at once up to the limit', () => {
    const rate = rateOf(32);
    expect([rate.isBeyond(32), rate.isBeyond(1)]).toEqual([false, true]);
  });

  it('is not much for however long at the limit', () => {
    expect(said(rateOf(32), clock, 1, 1000 / 32, 1000)).not.toContain(true);
  });

  it('stays much while it goes on, whatever the second', () => {
    expect(said(rateOf(32), clock, 10, 10, 1000).slice(4)).not.toContain(false);
  });

  it('is not much again when there was nothing for a second', () => {
    const rate = rateOf(32);
    said(rate, clock, 1000, 1, 10);
    expect(said(rate, clock, 1, 900, 1)).toEqual([true]);
    expect(said(rate, clock, 1, 200, 1)).toEqual([false]);
  });

  it('is always much at a limit of 0', () => {
    expect(said(rateOf(0), clock, 1, 5000, 3)).toEqual([true, true, true]);
  });
});
