/**
 * Counts what one member is shown, and sees to it that it is each text of each sender once, in order. Counting is what the
 * load does most: a text of the length of the last one, at the place where the last one was, with the counter that is due,
 * is taken without looking at anything else. Everything else is looked at as the protocol has it.
 */
import { isNumbered, numberAt, senderAt, TEXT_LENGTH } from './codes.js';

/** Of a whole run; one object for all. */
export interface Counts {
  copies: number;
  /** Seen later than one that was sent after it, or never. */
  lost: number;
  /** Seen twice, or after one that was sent after it. */
  doubled: number;
  /** With something else in them than was sent. */
  foreign: number;
}

export const noCounts = (): Counts => ({ copies: 0, lost: 0, doubled: 0, foreign: 0 });

/** Called for each text with its sender and how many of his came before. */
export type Seen = (sender: number, n: number) => void;

/** Counters come round after at least so many windows. */
const ROUND = 4;

/** After how many counters begin again, for a sender with so many texts under way: a power of two. */
export const ringFor = (window: number): number => 2 ** Math.ceil(Math.log2(window * ROUND));

export class Tally {
  /** By sender: how many of his have come. */
  readonly next: number[];
  /** Learned from the texts themselves. */
  #stride = 0;
  #offset = 0;
  readonly #counts: Counts;
  readonly #ring: number;
  readonly #seen: Seen | undefined;

  /** `ring` is one of `ringFor`. */
  constructor(senders: number, ring: number, counts: Counts, seen?: Seen) {
    this.next = new Array<number>(senders).fill(0);
    this.#counts = counts;
    this.#ring = ring;
    this.#seen = seen;
  }

  /** Takes the texts at `at`, as far as they are as expected; says where it stopped. */
  run(bytes: Buffer, at: number, end: number): number {
    const stride = this.#stride;
    if (stride === 0) return at;
    let here = at;
    const mask = this.#ring - 1;
    for (; here + stride <= end; here += stride) {
      const from = here + this.#offset;
      const sender = senderAt(bytes, from);
      const n = this.next[sender];
      if (n === undefined || !isNumbered(bytes, from, n & mask)) break;
      this.next[sender] = n + 1;
      this.#counts.copies += 1;
      this.#seen?.(sender, n);
    }
    return here;
  }

  /** Takes one text, whatever it is. */
  take(bytes: Buffer, at: number, length: number, from: number, to: number): void {
    const sender = senderAt(bytes, from);
    const due = this.next[sender];
    const n = to - from === TEXT_LENGTH ? numberAt(bytes, from) : -1;
    if (due === undefined || n < 0) {
      this.#counts.foreign += 1;
      return;
    }
    this.#stride = length;
    this.#offset = from - at;
    const ahead = (n - due) & (this.#ring - 1);
    this.#counts.copies += 1;
    if (ahead >= this.#ring / 2) {
      this.#counts.doubled += 1;
      return;
    }
    this.#counts.lost += ahead;
    this.next[sender] = due + ahead + 1;
    this.#seen?.(sender, due + ahead);
  }
}
