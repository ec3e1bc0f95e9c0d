import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAlike, looksOf } from '../../src/room/likeness.js';

const ALIKE: readonly (readonly [what: string, one: string, other: string])[] = [
  ['a Cyrillic letter among Latin ones', 'Cool', 'C\u043eol'],
  ['all letters Cyrillic', 'coop', '\u0441\u043e\u043e\u0440'],
  ['Greek capitals', 'BOB', '\u0392\u039f\u0392'],
  ['a Greek capital, and the name in small letters', 'bob', '\u0392ob'],
  ['a Cyrillic capital whose small form looks like something else', 'max', '\u041cAX'],
  ['a Cyrillic I, and the name in small letters', 'iris', '\u0406RIS'],
  ['a capital I for a small l', 'lris', 'Iris'],
  ['a digit for a letter', 'Bob1', 'Bobl'],
  ['a zero for an O', 'B0b', 'bob'],
  ['two letters for one', 'rnax', 'Max'],
  ['Cherokee letters', 'WADE', '\u13b3\u13aa\u13a0\u13ac'],
  ['letters of mathematics', 'Cool', '\u{1d402}\u{1d428}\u{1d428}\u{1d425}'],
  ['full-width letters', 'Cool', '\uff23\uff4f\uff4f\uff4c'],
  ['digits of another script', '\u0665', '\u06f5'],
  ['a dotless i', 'cindy', 'c\u0131ndy'],
  ['a dot on an i, which has one', 'Kim', 'Ki\u0307m'],
  ['a dot on a j', 'jo', 'j\u0307o'],
  ['a dot on a dotless i', 'Kim', 'K\u0131\u0307m'],
  ['a dot on a dotless j', 'jo', '\u0237\u0307o'],
  ['a dot on a Cyrillic i', 'Kim', 'K\u0456\u0307m'],
  ['a dot on a letter of mathematics', 'Kim', 'K\u{1d422}\u0307m'],
  ['a dot on an i behind one below', '\u1ecb', '\u1ecb\u0307'],
  ['a capital I with a dot, and the name in small letters', 'iris', '\u0130RIS'],
  ['a mark that looks like another', '\u0115', '\u011b'],
  ['a joiner that shows nothing', 'Cool', 'Co\u2d7fol'],
  ['nothing but case', 'cool', 'COOL'],
];

const UNLIKE: readonly (readonly [one: string, other: string])[] = [
  ['Cool', 'Fun'],
  ['Cool', 'Cool2'],
  ['Cool', 'Coo'],
  ['Bob1', 'Bob2'],
  ['Jorg', 'J\u00f6rg'],
  ['Bolek', 'Bo\u0307lek'],
  ['\u0418\u0432\u0430\u043d', '\u041e\u043b\u044c\u0433\u0430'],
  ['\u041c\u0430\u0448\u0430', '\u0421\u0430\u0448\u0430'],
  ['\u03a0\u03ad\u03c4\u03c1\u03bf\u03c2', '\u03a0\u03ac\u03bd\u03bf\u03c2'],
  ['\u5c0f\u660e', '\u5c0f\u7ea2'],
  ['\u0645\u062d\u0645\u062f', '\u0623\u062d\u0645\u062f'],
  ['\u30b5\u30af\u30e9', '\u30cf\u30eb'],
];

describe('two names', () => {
  it.each(ALIKE)('look alike by %s', (_, one, other) => {
    expect(isAlike(one, other)).toBe(true);
    expect(isAlike(other, one)).toBe(true);
  });

  it.each(UNLIKE)('do not look alike: %s and %s', (one, other) => {
    expect(isAlike(one, other)).toBe(false);
  });
});

describe('the looks of a name', () => {
  it('are one or two, and are there for whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (typed) => {
        expect([1, 2]).toContain(looksOf(typed).length);
        expect(isAlike(typed, typed)).toBe(true);
      }),
    );
  });
});
