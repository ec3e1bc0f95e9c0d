import { describe, expect, it } from '@jest/globals';
import { visible } from '../src/visible.js';

describe('visible', () => {
  it.each([
    ['plain text', 'Hi Cool, are you there?', 'Hi Cool, are you there?'],
    ['other scripts', 'žluťoučký 漢字 नमस्ते שלום', 'žluťoučký 漢字 नमस्ते שלום'],
    ['emoji with joiners and variation selectors', '👩‍👩‍👧 ❤️ می‌خواهم', '👩‍👩‍👧 ❤️ می‌خواهم'],
    ['nothing', '', ''],
  ])('leaves %s alone', (_what, text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it.each([
    ['an escape sequence', '\x1b[2J', '␛[2J'],
    ['a line break', 'one\ntwo\r\n', 'one␊two␍␊'],
    ['NUL and DEL', '\0\x7f', '␀␡'],
    ['C1 controls', 'a\x9b2Jb\x85', 'a\\u{9b}2Jb\\u{85}'],
    ['a change of direction', 'a\u202eb\u2066c\u200fd\u061c', 'a\\u{202e}b\\u{2066}c\\u{200f}d\\u{61c}'],
    ['separators', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['what takes no room', '\ufeffa\u200bb\u2060c\u00ad', '\\u{feff}a\\u{200b}b\\u{2060}c\\u{ad}'],
    ['a letter without a shape', '\u3164', '\\u{3164}'],
    ['tags', 'a\u{e0041}', 'a\\u{e0041}'],
    ['half a character', 'a\ud83d b\udc4b', 'a\\u{d83d} b\\u{dc4b}'],
    ['a tab', 'a\tb', 'a    b'],
  ])('shows %s', (_what, text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it('keeps line breaks when asked to, whatever they are made of', () => {
    expect(visible('one\r\ntwo\rthree\nfour\x07', { newlines: true })).toBe('one\ntwo\nthree\nfour␇');
  });

  it('gives nothing that it would change again', () => {
    const everything = Array.from({ length: 0x2100 }, (_, code) => String.fromCodePoint(code)).join('');
    expect(visible(visible(everything))).toBe(visible(everything));
  });
});
