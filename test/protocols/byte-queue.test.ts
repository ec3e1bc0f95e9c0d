import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteQueue } from '../../src/protocols/byte-queue.js';

/** Chunks that a queue may hold before it makes them one. */
const MAX_CHUNKS = 1024;

function queueOf(...chunks: readonly (readonly number[])[]): ByteQueue {
  const queue = new ByteQueue();
  for (const chunk of chunks) queue.append(Uint8Array.from(chunk));
  return queue;
}

describe('ByteQueue', () => {
  it('is empty at first', () => {
    const queue = new ByteQueue();
    expect(queue.length).toBe(0);
    expect(queue.peek(0)).toEqual(new Uint8Array(0));
    expect(queue.take(0)).toEqual(new Uint8Array(0));
  });

  it('gives a view of the chunk when the bytes came in one', () => {
    const chunk = Uint8Array.of(1, 2, 3, 4, 5);
    const queue = new ByteQueue();
    queue.append(chunk);
    const taken = [queue.take(2), queue.take(3)];
    expect(taken).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3, 4, 5)]);
    expect(taken.map(({ buffer }) => buffer === chunk.buffer)).toEqual([true, true]);
  });

  it('joins bytes that came in several chunks', () => {
    const queue = queueOf([1, 2], [3], [4, 5, 6]);
    expect(queue.take(1)).toEqual(Uint8Array.of(1));
    expect(queue.take(4)).toEqual(Uint8Array.of(2, 3, 4, 5));
    expect(queue.take(1)).toEqual(Uint8Array.of(6));
    expect(queue.length).toBe(0);
  });

  it('has what is left of lent bytes, though they are overwritten', () => {
    const lent = Buffer.from([1, 2, 3]);
    const queue = new ByteQueue();
    queue.append(lent, true);
    expect(queue.take(1)).toEqual(Buffer.of(1));
    queue.retain();
    queue.append(lent.fill(7), true);
    queue.retain();
    lent.fill(9);
    expect([...queue.take(5)]).toEqual([2, 3, 7, 7, 7]);
  });

  it('does not copy what is left of lent bytes while it is read', () => {
    const lent = Buffer.alloc(1_000_000);
    const queue = new ByteQueue();
    queue.append(lent, true);
    queue.skip(900_000);
    expect(queue.take(10).buffer).toBe(lent.buffer);
    queue.retain();
    expect(queue.take(10).buffer).not.toBe(lent.buffer);
  });

  it('leaves alone the chunks behind those it joins', () => {
    const behind = Uint8Array.of(3, 4);
    const queue = queueOf([1], [2]);
    queue.append(behind);
    queue.take(2);
    expect(queue.take(2).buffer).toBe(behind.buffer);
  });

  it('keeps what is peeked at', () => {
    const queue = queueOf([1, 2], [3]);
    expect(queue.peek(3)).toEqual(Uint8Array.of(1, 2, 3));
    expect(queue.length).toBe(3);
    expect(queue.take(3)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('ignores empty chunks', () => {
    const queue = queueOf([], [1], [], [2], []);
    expect(queue.length).toBe(2);
    expect(queue.take(2)).toEqual(Uint8Array.of(1, 2));
  });

  it.each(['peek', 'take'] as const)('refuses to %s more than there is, and loses nothing by it', (method) => {
    const queue = queueOf([1, 2], [3]);
    expect(() => queue[method](4)).toThrow(RangeError);
    expect(queue.length).toBe(3);
    expect(queue.take(3)).toEqual(Uint8Array.of(1, 2, 3));
    expect(() => queue[method](1)).toThrow('1 bytes asked for, 0 there');
  });

  it('makes one chunk of many tiny ones, so that single bytes do not cost an object each', () => {
    const queue = new ByteQueue();
    for (let index = 0; index <= MAX_CHUNKS; index++) queue.append(Uint8Array.of(index & 0xff));
    const [first, last] = [queue.take(1), queue.take(MAX_CHUNKS).subarray(-1)];
    expect(first.buffer).toBe(last.buffer);
    expect([...first, ...last]).toEqual([0, MAX_CHUNKS & 0xff]);
  });

  it('takes a mebibyte of single bytes in the order they came', () => {
    const queue = new ByteQueue();
    for (let index = 0; index < 1_048_576; index++) queue.append(Uint8Array.of(index % 251));
    const wrong = queue.take(1_048_576).findIndex((byte, index) => byte !== index % 251);
    expect(wrong).toBe(-1);
  });

  it('gives the same bytes however they were cut and taken', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 60 });
    const steps = fc.array(fc.record({ appends: fc.nat(4), takes: fc.nat(50) }), { maxLength: 60 });
    fc.assert(
      fc.property(chunks, steps, (all, plan) => {
        const queue = new ByteQueue();
        const left = [...all];
        const taken: Uint8Array[] = [];
        const take = (count: number): void => {
          const seen = queue.peek(count).slice();
          taken.push(queue.take(count));
          expect(taken.at(-1)).toEqual(seen);
        };
        for (const { appends, takes } of plan) {
          for (const chunk of left.splice(0, appends)) queue.append(chunk);
          take(Math.min(takes, queue.length));
        }
        for (const chunk of left) queue.append(chunk);
        take(queue.length);
        expect(Buffer.concat(taken).equals(Buffer.concat(all))).toBe(true);
      }),
    );
  });
});
