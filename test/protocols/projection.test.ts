import { describe, expect, it } from '@jest/globals';
import { cutLines } from '../../src/protocols/projection.js';

describe('a long line', () => {
  it('is cut between characters, after a space where there is one near the end', () => {
    expect(cutLines('one two three', 8)).toEqual(['one two', 'three']);
    expect(cutLines('ééééé', 5)).toEqual(['éé', 'éé', 'é']);
  });

  /** Found by `npm run fuzz`: somebody would have been shown an empty message. */
  it('gives no blank piece where spaces are left over', () => {
    expect(cutLines('abcdefgh   ', 8)).toEqual(['abcdefgh']);
    expect(cutLines(`abcdefgh${' '.repeat(20)}i`, 8)).toEqual(['abcdefgh', '    i']);
  });
});
