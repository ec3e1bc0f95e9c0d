/**
 * Where a payload ends: docs/protocols.md, "CHAT/1.0", C4. Msg-len is a hint, since many count characters instead of
 * bytes, or miscount. It is taken to be right when it ends where a payload can end: at the end of what is there, or before
 * the next message. Only where it does not are other readings looked for, so that a right message is never misread,
 * whatever its text.
 */
import { ProtocolError } from '../errors.js';
import { MAX_PAYLOAD } from './codec.js';

/** Stands for every length that is too large to be right. */
export const TOO_LONG = MAX_PAYLOAD + 1;
/** Bytes behind a payload that are looked at to tell what follows it. */
export const BEHIND = 64;
/** How every message, of whatever version, begins. */
export const PREFIX = 'CHAT/';

const LONGEST_CHARACTER = 4;
const START = /CHAT\/1\.0[ \t]+(?:JOIN|LEAVE|TEXT)[ \t]*\r?\n/;
const NEWLINES: readonly (number | undefined)[] = [10, 13];

/** One character a byte, so that places in the text are places in the bytes. */
const latin1 = new TextDecoder('latin1');

/** Bytes to look at for a payload announced as `length` long: its characters may be longer than a byte each. */
export function lookFor(length: number): number {
  return Math.min(LONGEST_CHARACTER * length, MAX_PAYLOAD) + BEHIND;
}

/** Where a payload ends. `isOpen`: what follows, if it is no message, is more of it. */
export interface End {
  readonly end: number;
  readonly isOpen: boolean;
}

/**
 * C4: where the payload at the beginning of `bytes` ends that is announced as `length` long, or how many bytes have to be
 * there to tell. `isLast`: nothing more is going to come for now. Throws ProtocolError beyond the limit (C5).
 */
export function findEnd(bytes: Uint8Array, length: number, isLast: boolean): End | { readonly enough: number } {
  const start = latin1.decode(bytes).search(START);
  if (bytes.length < length) return start === -1 ? { end: bytes.length, isOpen: true } : { end: start, isOpen: false };
  if (length === TOO_LONG && (start === -1 || start > MAX_PAYLOAD)) {
    throw new ProtocolError(`A text has at most ${MAX_PAYLOAD} bytes.`);
  }
  const fit = fitOf(bytes, length);
  if (length === TOO_LONG || fit === 'wrong') return findEndOtherwise(bytes, length, start, isLast);
  // `CH` may be the first letters of the next message, or the last ones of a text whose characters were counted.
  const whole = withoutNewlines(bytes);
  if (fit === 'perhaps' && whole.length > length && missingCharacters(whole, length) === 0) {
    return isLast ? { end: whole.length, isOpen: false } : { enough: bytes.length + 1 };
  }
  return { end: length, isOpen: true };
}

/** Whether `length` counts bytes: a payload ends between characters, and before a message or nothing. */
function fitOf(bytes: Uint8Array, length: number): 'right' | 'perhaps' | 'wrong' {
  const follows = whatFollows(bytes.subarray(length, length + BEHIND));
  if (follows === 'noise' || !endsWithCharacter(bytes, length)) return 'wrong';
  return follows === 'message' ? 'right' : 'perhaps';
}

/** The other readings of a length: too large, or characters. If neither fits, it counts bytes and noise follows. */
function findEndOtherwise(
  bytes: Uint8Array,
  length: number,
  start: number,
  isLast: boolean,
): ReturnType<typeof findEnd> {
  if (start !== -1 && start < length) return { end: start, isOpen: false };
  const whole = withoutNewlines(bytes.subarray(0, start === -1 ? bytes.length : start));
  const missing = missingCharacters(whole, length);
  if (missing > 0 && start === -1 && !isLast) return { enough: bytes.length + missing };
  const isNotBytes = missing === 0 || !endsWithCharacter(bytes, length);
  return { end: isNotBytes ? whole.length : length, isOpen: false };
}

/** What the bytes behind a payload are, past any empty lines. */
export function whatFollows(bytes: Uint8Array): 'message' | 'nothing yet' | 'noise' {
  const text = latin1.decode(bytes).replace(/^[\r\n]+/, '');
  if (text.startsWith(PREFIX)) return 'message';
  return PREFIX.startsWith(text) ? 'nothing yet' : 'noise';
}

/** How many characters `bytes` are short of `length`, as one language or another counts them; NaN when not UTF-8. */
function missingCharacters(bytes: Uint8Array, length: number): number {
  const text = strictly(bytes);
  if (text === undefined) return NaN;
  const missing = length - charactersIn(text);
  if (endsWithCharacter(bytes, bytes.length)) return text.length === length ? 0 : missing;
  // The one that is only begun is missing, too, or too many.
  return missing === 0 ? -1 : missing;
}

/** The text without a character that is only begun; undefined when it is not UTF-8. */
function strictly(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

/** False when the first `length` bytes end in the middle of a character. */
function endsWithCharacter(bytes: Uint8Array, length: number): boolean {
  for (let back = 1; back <= Math.min(LONGEST_CHARACTER, length); back++) {
    const byte = bytes[length - back]!;
    const goesOn = (byte & 0xc0) === 0x80;
    if (!goesOn) return byte < 0xc0 || back >= (byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4);
  }
  return true;
}

export function withoutNewlines(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (NEWLINES.includes(bytes[end - 1])) end--;
  return bytes.subarray(0, end);
}

/** Unicode characters, as most languages count them. */
export function charactersIn(text: string): number {
  return [...text].length;
}
