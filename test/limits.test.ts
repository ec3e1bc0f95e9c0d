import { describe, expect, it } from '@jest/globals';
import { Command, type Option } from 'commander';
import { withLimits } from '../src/limit-options.js';
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

describe('the help', () => {
  const options = withLimits(new Command()).options.filter((option) => !isAdvance(option));
  const says = (option: Option): boolean => option.description.endsWith('; 0: no limit');
  const takes = (option: Option): boolean => {
    try {
      option.parseArg!('0', undefined);
      return true;
    } catch {
      return false;
    }
  };

  it('says of the limits that can be none, and of no others, that 0 is none', () => {
    expect(options.filter(says).map((option) => option.long)).toEqual(options.filter(takes).map(({ long }) => long));
    expect(options.filter(says).map(({ long }) => long)).toContain('--max-connections');
  });

  /** Of which 0 is less than anything else, and no way out. */
  function isAdvance({ long }: Option): boolean {
    return long === '--udp-advance';
  }
});
