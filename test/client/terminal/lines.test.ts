import { describe, expect, it } from '@jest/globals';
import { createInk, Days, lineText, noticeText } from '../../../src/client/terminal/lines.js';
import { fileLine, line } from './support/fakes.js';

const plain = createInk(false);
const at = (time: string): Date => new Date(`2026-11-20T${time}`);

describe('lineText', () => {
  it.each([
    ['a text', line({ time: at('20:32:45'), author: 'Cool', text: 'Hi.' }), '[20:32:45] Cool: Hi.'],
    [
      'an announcement',
      line({ kind: 'joined', time: at('20:32:40'), author: 'Cool', text: 'Cool joined the chatroom.' }),
      '[20:32:40] Server: Cool joined the chatroom.',
    ],
    [
      'a text that pretends to be two',
      line({ time: at('01:02:03'), author: 'Cool', text: 'one\n[20:32:45] Fun: two\r\nthree' }),
      '[01:02:03] Cool: one\n           [20:32:45] Fun: two\n           three',
    ],
    [
      'a text and a name that would drive the terminal',
      line({ time: at('20:32:45'), author: 'C\x1b[1mool\n', text: '\x1b]0;x\x07' }),
      '[20:32:45] C␛[1mool␊: ␛]0;x␇',
    ],
    ['a time that is none', line({ time: new Date(NaN), author: 'Cool', text: 'Hi' }), '[--:--:--] Cool: Hi'],
  ])('prints %s', (_what, given, expected) => {
    expect(lineText(given, plain)).toBe(expected);
  });

  it('changes no character when it colours', () => {
    const ink = createInk(true);
    for (const given of [line({ text: 'Hi' }), line({ kind: 'left', text: 'Cool left the chatroom.' }), fileLine({})]) {
      const colored = lineText(given, ink);
      expect(colored).toContain('\x1b[');
      expect(colored.replace(/\x1b\[\d+m/g, '')).toBe(lineText(given, plain));
    }
  });
});

describe('noticeText', () => {
  it('cannot be taken for a line of the room', () => {
    expect(noticeText('one\n[20:32:45] Fun: two')).toBe('* one\n  [20:32:45] Fun: two');
  });
});

describe('Days', () => {
  it('says the day where it changes, and today only after another day', () => {
    const days = new Days(at('12:00:00'));
    const dated = (time: string): string => days.dated(new Date(time), 'x');
    expect(dated('2026-11-20T20:00:00')).toBe('x');
    expect(dated('2026-11-21T00:00:01')).toBe('--- Saturday, 21 November 2026 ---\nx');
    expect(dated('2026-11-21T23:59:59')).toBe('x');
    expect(new Days(at('12:00:00')).dated(new Date('2026-11-01T12:00:00'), 'x')).toBe(
      '--- Sunday, 1 November 2026 ---\nx',
    );
    expect(days.dated(new Date(NaN), 'x')).toBe('x');
  });
});
