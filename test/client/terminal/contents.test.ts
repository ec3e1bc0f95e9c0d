import { describe, expect, it } from '@jest/globals';
import {
  excerpt,
  LONGEST_SHOWN_CHARACTERS,
  LONGEST_SHOWN_LINES,
  readableText,
  typeText,
} from '../../../src/client/terminal/contents.js';
import { sizeText } from '../../../src/client/sizes.js';

describe('readableText', () => {
  it.each([
    ['coolfile1.txt', 'I am on a light diet\n', 'I am on a light diet'],
    ['README', 'one\n\ttwo\r\n\r\n', 'one\n\ttwo'],
    ['notes.md', '\ufeffžluť 👋', 'žluť 👋'],
    ['coolfile1.png', 'text in disguise', undefined],
    ['data.json', '{}', undefined],
    ['a.txt', 'with \0', undefined],
    ['a.txt', 'with \x1b[2J', undefined],
    ['a.txt', 'with \x9b', undefined],
    ['a.txt', '', undefined],
  ])('of %s with %j is %j', (name, text, expected) => {
    expect(readableText(name, Buffer.from(text))).toBe(expected);
  });

  it('is nothing for what is no UTF-8', () => {
    expect(readableText('a.txt', Uint8Array.of(0x61, 0xff))).toBeUndefined();
  });
});

describe('excerpt', () => {
  it('shows a short text in full', () => {
    expect(excerpt('one\r\ntwo')).toEqual({ shown: 'one\ntwo', lines: 0, characters: 0 });
  });

  it('cuts after so many lines', () => {
    const { shown, lines, characters } = excerpt('ab\n'.repeat(100).trimEnd());
    expect(shown.split('\n')).toHaveLength(LONGEST_SHOWN_LINES);
    expect(lines).toBe(100 - LONGEST_SHOWN_LINES);
    expect(characters).toBe(3 * (100 - LONGEST_SHOWN_LINES));
  });

  it('cuts after so many characters, and never inside one', () => {
    const { shown, characters } = excerpt(`a${'👋'.repeat(LONGEST_SHOWN_CHARACTERS)}`);
    expect(shown).toHaveLength(LONGEST_SHOWN_CHARACTERS - 1);
    expect(shown.endsWith('👋')).toBe(true);
    expect(characters).toBe(LONGEST_SHOWN_CHARACTERS + 2);
  });
});

describe('typeText', () => {
  it.each([
    ['coolfile1.png', 'image/png'],
    ['coolfile1.txt', 'text/plain'],
    ['what.is.this', 'unknown type'],
  ])('of %s is %s', (name, expected) => {
    expect(typeText(name)).toBe(expected);
  });
});

describe('sizeText', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [12_288, '12 KB'],
    [1024 * 1024, '1 MB'],
    [1_600_000, '1.5 MB'],
    [30 * 1024 * 1024, '30 MB'],
    [3 * 1024 ** 3, '3 GB'],
  ])('of %d is %s', (bytes, expected) => {
    expect(sizeText(bytes)).toBe(expected);
  });
});
