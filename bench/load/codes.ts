/**
 * What a text of the load says: who of the room sends it, and the how manieth it is, in letters that no protocol has to
 * escape. A counter is four letters of four bits each, so that a receiver compares it with the one expected as one number.
 *
 *     sender   counter   filling
 *     1        4         59        = 64 bytes
 */

export const TEXT_LENGTH = 64;
/** Counters begin again after this many, more than are ever under way. */
const COUNTERS = 65_536;

const FIRST_LETTER = 'a'.charCodeAt(0);
const CODE_AT = 1;
const CODE_END = 5;

const letters = (n: number): number[] => [0, 4, 8, 12].map((shift) => FIRST_LETTER + ((n >> shift) & 15));

/** The letters of each counter, as the number in which they are read. */
const CODES = Int32Array.from({ length: COUNTERS }, (_, n) => Buffer.from(letters(n)).readInt32LE());

export function text(sender: number, n: number): Buffer {
  const filling = 'abcdefghijklmnopqrstuvwxyz'.repeat(3).slice(0, TEXT_LENGTH - CODE_END);
  return Buffer.from([FIRST_LETTER + sender, ...letters(n), ...Buffer.from(filling)]);
}

export const senderAt = (bytes: Buffer, at: number): number => bytes[at]! - FIRST_LETTER;

/** Whether the text at `at` is the one with this counter. */
export function isNumbered(bytes: Buffer, at: number, n: number): boolean {
  const from = at + CODE_AT;
  const code = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24);
  return code === CODES[n]!;
}

/** The counter of the text at `at`, or -1 if it has none. */
export function numberAt(bytes: Buffer, at: number): number {
  return CODES.indexOf(bytes.readInt32LE(at + CODE_AT));
}
