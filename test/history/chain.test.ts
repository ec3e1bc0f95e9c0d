import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type KeptBatch, linkHash, NO_HASH } from '../../src/history/chain.js';

const texts: KeptBatch = { records: Buffer.from('records of texts'), stored: null, sha256: null };
const file: KeptBatch = { records: Buffer.from('a record'), stored: 'Jürg (2).txt', sha256: Buffer.alloc(32, 0xab) };

/** As docs/decisions.md says it: what a program of somebody else's would do. */
function hashOf(...parts: (string | Buffer)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

describe('the hash of a batch', () => {
  it('is made from the hash before it and the records', () => {
    expect(linkHash(NO_HASH, texts)).toEqual(hashOf(Buffer.alloc(32), 'records of texts'));
  });

  it('has in it where a file is stored, and what it holds', () => {
    const previous = Buffer.alloc(32, 0xcd);
    expect(linkHash(previous, file)).toEqual(hashOf(previous, 'a record', Buffer.alloc(32, 0xab), 'Jürg (2).txt'));
  });

  it('has zeros for what a file holds where that is not known', () => {
    const expected = hashOf(NO_HASH, 'a record', Buffer.alloc(32), 'Jürg (2).txt');
    expect(linkHash(NO_HASH, { ...file, sha256: null })).toEqual(expected);
  });

  it.each<[string, Partial<KeptBatch>]>([
    ['a byte of the records', { records: Buffer.from('A record') }],
    ['where it is stored', { stored: 'Jürg.txt' }],
    ['the contents', { sha256: Buffer.alloc(32, 0xac) }],
  ])('is another one when %s is', (_, changed) => {
    expect(linkHash(NO_HASH, { ...file, ...changed })).not.toEqual(linkHash(NO_HASH, file));
  });

  it('is another one behind another batch', () => {
    expect(linkHash(NO_HASH, texts)).not.toEqual(linkHash(Buffer.alloc(32, 1), texts));
  });
});
