import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldName, MAX_NAME_LENGTH, parseRoomName, parseUsername } from '../../src/room/names.js';

const LONGEST = 'x'.repeat(MAX_NAME_LENGTH);

/** Bytes that names have on the wire at most (docs/protocols.md, R4). */
const MAX_BYTES = 128;

const LEGAL: readonly (readonly [what: string, typed: string])[] = [
  ['letters', 'Cool'],
  ['one letter', 'x'],
  ['digits', '42'],
  ['the three signs', '_-.'],
  ['dots', '..'],
  ['letters of other scripts', 'Ünïcødé'],
  ['ideographs', '你好'],
  ['marks', 'हिन्दी'],
  ['digits of other scripts', '٣٤'],
  ['32 characters', LONGEST],
  ['32 characters of four bytes', '𠮷'.repeat(MAX_NAME_LENGTH)],
];

const ILLEGAL: readonly (readonly [what: string, typed: string])[] = [
  ['nothing', ''],
  ['a space', 'Cool Fun'],
  ['only spaces', '   '],
  ['a space behind', 'Cool '],
  ['a line break', 'Cool\n'],
  ['a tab', 'Co\tol'],
  ['NUL', 'Cool\0'],
  ['an escape', '\x1b[31mCool'],
  ['an at sign', '@Cool'],
  ['a slash', 'Cool/Fun'],
  ['a colon', 'Cool:'],
  ['a comma', 'Cool,Fun'],
  ['emoji', 'Cool😀'],
  ['a bidirectional control', 'Cool\u202e'],
  ['a joiner', 'Co\u200dol'],
  ['a character that takes no room', 'Co\u200bol'],
  ['bytes that were not UTF-8', 'Co\ufffdol'],
  ['half a character', 'Co\ud83d'],
  ['33 characters', `${LONGEST}x`],
];

/** Letters and marks in the eyes of Unicode, of which a reader sees nothing. */
const UNSEEN: readonly (readonly [what: string, typed: string])[] = [
  ['a Hangul filler', '\u3164'],
  ['a half-width Hangul filler behind a name', 'Cool\uffa0'],
  ['Hangul jamo fillers', '\u115f\u1160'],
  ['a variation selector', 'Cool\ufe0f'],
  ['a variation selector behind a reserved name', 'Server\ufe0f'],
  ['a grapheme joiner', 'Co\u034fol'],
];

/** Marks where they would stand on something else, or in the way. */
const HEAPED: readonly (readonly [what: string, typed: string])[] = [
  ['a mark at the beginning', '\u0301Cool'],
  ['five marks on a letter', 'o\u0300\u0302\u0306\u0308\u0323'],
  ['one mark twice on a letter', 'x\u0336\u0336'],
  ['one that is part of a letter and then comes again', '\u00f6\u0308'],
];

describe('a username', () => {
  it.each(HEAPED)('may not have %s', (_, typed) => {
    expect(() => parseUsername(typed)).toThrow(expect.objectContaining({ code: 'name-invalid' }));
    expect(() => parseUsername(typed)).toThrow('marks on a letter');
  });

  it.each([
    ['two marks on a Vietnamese letter', 'Nguy\u1ec5n'],
    ['points and an accent on a Hebrew one', '\u05e9\u05c1\u05bc\u05b8'],
    ['a vowel, a tone and a final sign in Thai', '\u0e19\u0e49\u0e33'],
    ['a stack in Tibetan', '\u0f66\u0f92\u0fb2\u0f74'],
    ['vowels in Arabic', '\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f'],
    ['a Devanagari conjunct', '\u0915\u094d\u0937\u0924\u094d\u0930\u093f\u092f'],
  ])('may have %s', (_, typed) => {
    expect(parseUsername(typed)).toBe(typed.normalize('NFC'));
  });

  it.each(LEGAL)('may be %s', (_, typed) => {
    expect(parseUsername(typed)).toBe(typed.normalize('NFC'));
  });

  it.each(ILLEGAL)('may not be or have %s', (_, typed) => {
    expect(() => parseUsername(typed)).toThrow(expect.objectContaining({ name: 'RoomError', code: 'name-invalid' }));
  });

  it.each(UNSEEN)('has nothing that cannot be seen, such as %s', (_, typed) => {
    expect(() => parseUsername(typed)).toThrow(expect.objectContaining({ name: 'RoomError', code: 'name-invalid' }));
  });

  it.each(['Server', 'server', 'SERVER', 'Ｓｅｒｖｅｒ', 'ſerver'])(
    'may not be the one of the room itself: %s',
    (typed) => {
      expect(() => parseUsername(typed)).toThrow(expect.objectContaining({ code: 'name-invalid' }));
      expect(() => parseUsername(typed)).toThrow('The username Server is reserved.');
    },
  );

  it.each(['\u0405erver', 'Serv\u0435r', '\u0455\u0435rv\u0435r', '\u13daerver'])(
    'may not look like the one of the room itself: %s',
    (typed) => {
      expect(() => parseUsername(typed)).toThrow(expect.objectContaining({ code: 'name-invalid' }));
      expect(() => parseUsername(typed)).toThrow('The username looks like Server, which is reserved.');
    },
  );

  it.each(['Server1', 'Serv', 'TheServer'])('may be like the one of the room itself: %s', (typed) => {
    expect(parseUsername(typed)).toBe(typed);
  });

  it('is composed, and its length counted in characters after that', () => {
    expect(parseUsername('Ju\u0308rg')).toBe('J\u00fcrg');
    expect(parseUsername('e\u0301'.repeat(MAX_NAME_LENGTH))).toBe('\u00e9'.repeat(MAX_NAME_LENGTH));
    expect(() => parseUsername('\u0958'.repeat(MAX_NAME_LENGTH))).toThrow('1 to 32');
  });

  it('fits the wire whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (typed) => {
        const name = parsed(typed);
        fc.pre(name !== undefined);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(MAX_BYTES);
        expect(parseUsername(name)).toBe(name);
        expect(foldName(foldName(name))).toBe(foldName(name));
      }),
    );
  });
});

describe("a room's name", () => {
  it.each([...LEGAL, ['the name of the server', 'Server'] as const])('may be %s', (_, typed) => {
    expect(parseRoomName(typed)).toBe(typed.normalize('NFC'));
  });

  it.each([...ILLEGAL, ...UNSEEN, ...HEAPED])('may not be or have %s', (_, typed) => {
    expect(() => parseRoomName(typed)).toThrow(expect.objectContaining({ code: 'room-name-invalid' }));
  });
});

describe('two spellings of a name', () => {
  it.each([
    ['Cool', 'cOOL'],
    ['ÜNÏ', 'ünï'],
    ['J\u00fcrg', 'Ju\u0308rg'],
    ['Cool', 'Ｃｏｏｌ'],
    ['ﬁre', 'fire'],
    ['ΣΑΣ', 'σας'],
  ])('are one name: %s and %s', (one, other) => {
    expect(foldName(one)).toBe(foldName(other));
  });

  it.each([
    ['Cool', 'Cool1'],
    ['Cool', 'Coöl'],
    ['Cool', 'C-ool'],
  ])('are two names: %s and %s', (one, other) => {
    expect(foldName(one)).not.toBe(foldName(other));
  });
});

function parsed(typed: string): string | undefined {
  try {
    return parseUsername(typed);
  } catch {
    return undefined;
  }
}
