import { describe, expect, it } from '@jest/globals';
import { PIECE, WriteBehind } from '../../src/files/write-behind.js';
import { settle } from '../support/settle.js';

/** A disk that takes a piece when it is told to. */
class Disk {
  readonly taken: number[] = [];
  private readonly asked: (() => void)[] = [];

  readonly write = async (bytes: Uint8Array): Promise<void> => {
    await new Promise<void>((resolve) => this.asked.push(resolve));
    this.taken.push(...bytes.filter((_, at) => at % PIECE === 0));
  };

  async take(count: number): Promise<void> {
    for (let one = 0; one < count; one++) {
      await settle();
      this.asked.shift()?.();
    }
    await settle();
  }
}

const piece = (value: number, length = PIECE): Uint8Array => new Uint8Array(length).fill(value);

describe('writing behind', () => {
  it('writes all in order, though the caller uses the memory again', async () => {
    const disk = new Disk();
    const behind = new WriteBehind(disk.write);
    const lent = piece(1);
    for (const value of [1, 2, 3]) behind.add(lent.fill(value));
    behind.add(piece(4, 10));
    lent.fill(9);
    const flushed = behind.flush();
    await disk.take(4);
    await flushed;
    expect(disk.taken).toEqual([1, 2, 3, 4]);
  });

  it('asks to wait from two pieces on, until they are written', async () => {
    const disk = new Disk();
    const behind = new WriteBehind(disk.write);
    behind.add(piece(1));
    behind.add(piece(2));
    expect(behind.room).toBeUndefined();
    behind.add(piece(3));
    const { room } = behind;
    expect(room).toBeDefined();
    await disk.take(2);
    await room;
    expect([behind.room, disk.taken]).toEqual([undefined, [1, 2]]);
  });

  it('says with the next bytes that earlier ones could not be written, and at the end', async () => {
    const behind = new WriteBehind(() => Promise.reject(new Error('full')));
    behind.add(piece(1, PIECE + 1));
    await settle();
    expect(() => behind.add(piece(2))).toThrow('full');
    await expect(behind.flush()).rejects.toThrow('full');
  });

  it('writes nothing further when it is stopped', async () => {
    const disk = new Disk();
    const behind = new WriteBehind(disk.write);
    for (const value of [1, 2, 3]) behind.add(piece(value));
    const stopped = behind.stop();
    await disk.take(3);
    await stopped;
    expect(disk.taken).toEqual([1]);
  });

  it('has no more memory than a small file needs', async () => {
    const lengths: number[] = [];
    const behind = new WriteBehind(async (bytes) => void lengths.push(bytes.buffer.byteLength), 3);
    behind.add(Uint8Array.of(1, 2, 3));
    await behind.flush();
    expect(lengths).toEqual([3]);
  });
});
