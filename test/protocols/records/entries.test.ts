import { describe, expect, it } from '@jest/globals';
import { encodeEntries, encodeEntry } from '../../../src/protocols/records/entries.js';
import type { Entry } from '../../../src/room/entry.js';

function textOf(author: string, text: string, sequence: number, id = 0): Entry {
  return { kind: 'text', author, text, id, sequence, time: 1_704_227_560_000 + sequence };
}

/** As often as it takes to need more room than most batches do. */
const many = (text: string): Entry[] => Array.from({ length: 3000 }, (_, index) => textOf('Cool', text, index + 1));

describe('entries in one piece', () => {
  it.each<[string, string, readonly Entry[]]>([
    ['of one author', 'den', [textOf('Cool', 'Hi.', 1), textOf('Cool', 'there', 2, 7)]],
    ['of several', 'den', ['Cool', 'Fun', 'Fun', 'Co', 'Cool'].map((name, index) => textOf(name, name, index + 1))],
    [
      'with names beyond ASCII',
      'Höhle',
      ['Zoë', 'Zoë', '李', 'Zoë'].map((name, at) => textOf(name, `${name} 👋`, at + 1)),
    ],
    ['with half a character', '', [textOf('Cool', 'a\ud83d', 1), textOf('Cool', 'b', 2)]],
    [
      'with others between texts',
      '',
      [textOf('Cool', 'a', 1), { ...textOf('Fun', '', 2), kind: 'leave' }, textOf('Fun', 'b', 3)],
    ],
    ['very many', 'den', many('many words')],
    ['very many of three bytes a character', 'den', many('李李李李李李李李')],
  ])('are the records of each: %s', (_, room, entries) => {
    const each = entries.flatMap((entry) => encodeEntry(entry, room));
    expect(Buffer.from(encodeEntries(entries, room)).equals(Buffer.concat(each))).toBe(true);
  });

  it('stay as they are when others are encoded', () => {
    const first = encodeEntries([textOf('Cool', 'Hi.', 1)], 'den');
    const before = Buffer.from(first);
    encodeEntries([textOf('Fun', 'something else', 2)], 'den');
    expect(before.equals(first)).toBe(true);
  });
});
