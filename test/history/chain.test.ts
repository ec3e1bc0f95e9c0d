import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { linkHash, NO_HASH } from '../../src/history/chain.js';
import type { Row } from '../../src/history/row.js';

const text: Row = {
  sequence: 2,
  time: 1_704_227_560_000,
  kind: 'text',
  author: 'Jürg',
  text: 'Hi €',
  number: 7,
  stored: null,
  sha256: null,
};
const file: Row = { ...text, kind: 'file', text: 'a.txt', stored: 'a (2).txt', sha256: Buffer.alloc(32, 0xab) };

/** As docs/decisions.md says it: what a program of somebody else's would do. */
function hashOf(bytes: string): string {
  return createHash('sha256').update(bytes, 'utf8').digest('hex');
}

describe('the hash of an entry', () => {
  it('is made from the hash before it and the fields, each with its length', () => {
    const expected = hashOf(`${NO_HASH}3:Tea,1:2,13:1704227560000,4:text,5:Jürg,6:Hi €,1:7,0:,0:,`);
    expect(linkHash(NO_HASH, 'Tea', text)).toBe(expected);
  });

  it('has in it where a file is stored, and what it holds', () => {
    const previous = 'cd'.repeat(32);
    const expected = hashOf(
      `${previous}0:,1:2,13:1704227560000,4:file,5:Jürg,5:a.txt,1:7,9:a (2).txt,64:${'ab'.repeat(32)},`,
    );
    expect(linkHash(previous, '', file)).toBe(expected);
  });

  it.each<[string, Partial<Row>]>([
    ['the place', { sequence: 3 }],
    ['the time', { time: 1_704_227_560_001 }],
    ['the kind', { kind: 'join' }],
    ['the author', { author: 'Jurg' }],
    ['the text', { text: 'Hi $' }],
    ['the number', { number: 8 }],
    ['where it is stored', { stored: 'a.txt' }],
    ['the contents', { sha256: Buffer.alloc(32, 0xac) }],
    ['where one field ends', { author: 'Jürg' + 'H', text: 'i €' }],
  ])('is another one when %s is', (_, changed) => {
    for (const row of [text, file])
      expect(linkHash(NO_HASH, '', { ...row, ...changed })).not.toBe(linkHash(NO_HASH, '', row));
  });

  it('is another one in another room and behind another entry', () => {
    const hashes = [linkHash(NO_HASH, '', text), linkHash(NO_HASH, 'Tea', text), linkHash('ab'.repeat(32), '', text)];
    expect(new Set(hashes).size).toBe(3);
  });
});
