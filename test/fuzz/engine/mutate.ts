/** Damage: what a broken program, a bad network or somebody who tries makes of good bytes. */
import { concat } from '../../../src/protocols/byte-queue.js';
import type { Random } from './random.js';

/** Bytes of an input, so that an execution stays quick. */
const LONGEST = [100, 250, 250, 1000];

const NASTY = [
  '\0',
  '\r\n',
  '\n',
  '\r',
  '\x1b[2J',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\ufffd',
  '\ud83d\ude00',
  '€',
  'é',
  '99999999999',
];
/** Bytes that are no UTF-8, or the edge of something. */
const EDGES = [
  [0xff],
  [0xc3],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xed, 0xa0, 0x80],
  [0xc0, 0x80],
  [0x80],
  [0x7f],
  [0x00],
];
const NUMBERS = [0, 1, 0x7f, 0x80, 0x81, 0xff, 0x400, 0x401, 0xffff, 0x10_0000, 0x10_0001, 0x7fff_ffff, 0xffff_ffff];

/** One or several kinds of damage to `bytes`; `other` is what may be spliced in. */
export function mutated(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let result = bytes;
  for (let times = 1 + random.below(4); times > 0; times--) result = damaged(result, other, random);
  return result.subarray(0, random.pick(LONGEST));
}

function damaged(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(random.pick([4, 16, 64])));
  const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  return random.way<Uint8Array>([
    [6, () => concat([before, flipped(piece, random), after])],
    [3, () => concat([before, after])],
    [2, () => before],
    [2, () => concat([before, random.bytes(1 + random.below(8)), bytes.subarray(at)])],
    [3, () => concat([before, Buffer.from(random.pick(NASTY)), bytes.subarray(at)])],
    [2, () => concat([before, Uint8Array.from(random.pick(EDGES)), bytes.subarray(at)])],
    [2, () => concat([before, ...Array.from({ length: 2 + random.below(6) }, () => piece), after])],
    [3, () => concat([before, numberOf(random), bytes.subarray(Math.min(bytes.length, at + 4))])],
    [3, () => concat([before, other.subarray(random.below(other.length + 1))])],
    [2, () => concat([before, other, bytes.subarray(at)])],
    [1, () => concat([before, digits(random), bytes.subarray(at)])],
  ]);
}

function flipped(piece: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(piece);
  if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
}

function numberOf(random: Random): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(random.pick(NUMBERS));
  return bytes;
}

function digits(random: Random): Uint8Array {
  return Buffer.from(String(random.pick([...NUMBERS, 65_536, 65_537, 2 ** 53])));
}

/** The same bytes in pieces, cut anywhere. */
export function cut(bytes: Uint8Array, random: Random): Uint8Array[] {
  // Many bytes in few pieces, since a piece may be a message.
  const most = bytes.length > 5000 ? 20_000 : random.pick([1, 2, 7, 30, 200, 5000]);
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + random.below(most);
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}
