import { describe, expect, it } from '@jest/globals';
import { tokens } from '../../../src/client/terminal/tokens.js';

const PASTE = 'a long text that somebody has pasted';

describe('tokens', () => {
  it.each([
    ['typed text', 'hi👋', ['h', 'i', '👋']],
    ['an arrow', '\x1b[D', ['\x1b', '[', 'D']],
    ['Tab at the end', 'co\t', ['c', 'o', '\t']],
    ['a tab inside a paste', 'a\tb', ['a', ' ', 'b']],
    ['separators that readline takes for Enter', 'a\u2028b', ['a', ' ', 'b']],
    ['C1 controls', 'a\u009bb', ['a', 'b']],
  ])('gives %s key by key', (_what, typed, expected) => {
    expect(tokens(typed)).toEqual(expected.map((text) => ({ kind: 'key', text })));
  });

  it('gives a paste as a whole, and the keys around it as keys', () => {
    expect(tokens(`\x1b[D${PASTE}\x7f`)).toEqual([
      ...['\x1b', '[', 'D'].map((text) => ({ kind: 'key', text })),
      { kind: 'text', text: PASTE },
      { kind: 'key', text: '\x7f' },
    ]);
  });
});
