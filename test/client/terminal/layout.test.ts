import { afterAll, describe, expect, it } from '@jest/globals';
import { Layout } from '../../../src/client/terminal/layout.js';

const layout = new Layout();
const unwrapped = (text: string): string => `\x1b[?7l${text}\x1b[?7h`;

afterAll(() => layout.close());

describe('Layout', () => {
  it.each(['', 'plain text that is longer than a row', 'žluť Ωμέγα привет 漢字かな한국어 「」'])(
    'leaves %j to the terminal',
    (typed) => {
      expect(layout.apply(typed, typed, 10)).toBe(typed);
    },
  );

  it.each([
    ['👋', '👋'],
    ['👋 12345678', '👋 1234567\r\n8'],
    ['👋 1234567', '👋 1234567\r\n'],
    ['12345678 👋', '12345678 \r\n👋'],
    ['1234567 👋👋', '1234567 👋\r\n👋'],
    ['👋👋👋👋👋👋👋👋👋👋', '👋👋👋👋👋\r\n👋👋👋👋👋\r\n'],
    ['12345678❤\ufe0f9', '12345678❤\ufe0f9\r\n'],
    ['नमस्ते', 'नमस्ते'],
  ])('breaks %j where readline thinks it is broken', (typed, expected) => {
    expect(layout.apply(typed, typed, 10)).toBe(unwrapped(expected));
  });

  it('keeps single characters on their row, and lets everything else through', () => {
    expect(layout.apply('a', '👋a', 10)).toBe(unwrapped('a'));
    expect(layout.apply('\x1b[3A', '👋a', 10)).toBe('\x1b[3A');
    expect(layout.apply('\r\n', '👋a', 10)).toBe('\r\n');
  });
});
