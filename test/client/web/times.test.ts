import { describe, expect, it } from '@jest/globals';
import { clockText, dayText, fullText, machineText } from '../../../src/client/web/view/times.js';

/** Found by `npm run fuzz`: records allow times up to 2^53 - 1, and a `Date` ends before that. */
const BEYOND = new Date(Number.MAX_SAFE_INTEGER);

describe('a time that no Date can hold', () => {
  it('is shown as none', () => {
    expect([clockText(BEYOND), dayText(BEYOND), fullText(BEYOND)]).toEqual(['--:--', '--:--', '--:--']);
  });

  it('is left out where a program would read it', () => {
    expect(machineText(BEYOND)).toBeUndefined();
    expect(machineText(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
  });
});
