import { describe, expect, it } from '@jest/globals';
import { LIMITS, parseRate } from '../src/limits.js';

describe('a rate', () => {
  it.each([
    { typed: '20/100', rate: { messages: 20, burst: 100 } },
    { typed: '20', rate: { messages: 20, burst: 100 } },
    { typed: '1', rate: { messages: 1, burst: 20 } },
    { typed: '1/1', rate: { messages: 1, burst: 1 } },
    { typed: '0', rate: { messages: 0, burst: 20 } },
    { typed: '1000000', rate: { messages: 1_000_000, burst: 5_000_000 } },
  ])('is read: $typed', ({ typed, rate }) => {
    expect(parseRate(typed)).toEqual(rate);
  });

  it.each(['', '-1', '1.5', '1/', '/1', '1/0', '1/2/3', '20 / 100', '1000001', '12345678', 'x', '1e3', '٣'])(
    'is none: %j',
    (typed) => {
      expect(parseRate(typed)).toBeUndefined();
    },
  );
});

it('twenty lines that are pasted are no flood', () => {
  expect(LIMITS.rate.burst).toBeGreaterThanOrEqual(20);
});
