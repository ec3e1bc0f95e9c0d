import { describe, expect, it } from '@jest/globals';
import type { Kept } from '../../src/history/batch.js';
import { gathered, gatherIn, LONGEST, Run } from '../../src/history/run.js';

/** One text of so many bytes. */
function text(sequence: number, bytes: number, time = 0): Kept {
  return { first: sequence, last: sequence, time, records: Buffer.alloc(bytes, sequence) };
}

function runsOf(...texts: readonly Kept[]): [first: number, last: number, time: number, records: Uint8Array][] {
  return gathered(texts).map(({ first, last, time, records }) => [first, last, time, records]);
}

const joined = (...texts: readonly Kept[]): Buffer => Buffer.concat(texts.map(({ records }) => records));

describe('texts that follow each other', () => {
  it('are one run with the bytes of all', () => {
    const texts = Array.from({ length: 100 }, (_, index) => text(index + 5, 1 + index * 10, index));
    expect(runsOf(...texts)).toEqual([[5, 104, 99, joined(...texts)]]);
  });

  it('are several where one would be too long', () => {
    const [a, b, c] = [text(1, 60_000), text(2, 5536), text(3, 1)];
    expect(runsOf(a, b, c)).toEqual([
      [1, 2, 0, joined(a, b)],
      [3, 3, 0, c.records],
    ]);
    const [long, next] = [text(1, 200_000), text(2, 1)];
    expect(runsOf(long, next)).toEqual([
      [1, 1, 0, long.records],
      [2, 2, 0, next.records],
    ]);
  });

  it('are several where one would last longer than an hour', () => {
    const texts = [text(1, 1, 0), text(2, 1, LONGEST - 1), text(3, 1, LONGEST), text(4, 1, 2 * LONGEST - 1)];
    expect(runsOf(...texts).map(([first, last]) => [first, last])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('do not change for whoever has some of them, nor with what they were made of', () => {
    const first = text(1, 100);
    const run = new Run(first);
    const before = run.records;
    const copy = Buffer.from(before);
    for (let sequence = 2; sequence < 300; sequence++) run.add(text(sequence, 100));
    first.records.fill(0);
    expect(copy.equals(before)).toBe(true);
    expect(copy.equals(run.records.subarray(0, 100))).toBe(true);
  });

  it('are gathered by rooms', () => {
    const rooms = new Map<number, Run[]>();
    for (const [room, sequence] of [
      [1, 1],
      [2, 7],
      [1, 2],
    ] as const)
      gatherIn(rooms, room, text(sequence, 3));
    expect([...rooms].map(([room, runs]) => [room, runs.map(({ first, last }) => [first, last])])).toEqual([
      [1, [[1, 2]]],
      [2, [[7, 7]]],
    ]);
  });
});
