/**
 * Who may come in where a passphrase is set: docs/protocols.md, R17. Whoever guesses is slowed down, so that a
 * passphrase of a few words is enough: after some wrong ones an address has to wait, longer with each, and what it tries
 * in the meantime is not looked at.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { RoomError } from '../room/errors.js';
import { WRONG_PASSPHRASE } from './refusals.js';

/** Wrong passphrases of one address that cost it nothing. */
const FREE = 5;
/** Milliseconds to wait after the next, twice as many after each further one. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;
/** Milliseconds after which wrong ones are forgotten. */
const MEMORY = 600_000;
/** Addresses remembered, since somebody may have very many; of more, those that were heard of last. */
const MOST_ADDRESSES = 10_000;

interface Guesses {
  readonly count: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly last: number;
}

export class Passphrase {
  private readonly digest: Buffer;
  private readonly guesses = new Map<string, Guesses>();

  constructor(
    passphrase: string,
    /** Milliseconds since 1970-01-01 UTC. */
    private readonly clock: () => number,
  ) {
    this.digest = digestOf(passphrase);
  }

  /** Throws RoomError `not-admitted` unless the peer at `address` has said the right one; nothing said is no guess. */
  check(said: string, address: string): void {
    const wait = this.waitOf(address);
    if (wait > 0) throw new RoomError('not-admitted', tooMany(wait));
    if (this.opens(said)) return;
    if (said !== '') this.remember(address);
    throw new RoomError('not-admitted', WRONG_PASSPHRASE);
  }

  /** In a time that says nothing of how much of it was right. */
  private opens(said: string): boolean {
    return timingSafeEqual(digestOf(said), this.digest);
  }

  /** Milliseconds for which the address is not listened to. */
  private waitOf(address: string): number {
    const guesses = this.guesses.get(networkOf(address));
    if (!guesses || guesses.count <= FREE) return 0;
    const wait = Math.min(FIRST_WAIT * 2 ** (guesses.count - FREE - 1), LONGEST_WAIT);
    return Math.max(0, guesses.last + wait - this.clock());
  }

  private remember(address: string): void {
    const network = networkOf(address);
    const now = this.clock();
    const before = this.guesses.get(network);
    const count = before && now - before.last < MEMORY ? before.count : 0;
    // The newest come last, so that the first is the one to be forgotten.
    this.guesses.delete(network);
    this.guesses.set(network, { count: count + 1, last: now });
    const [oldest] = this.guesses.keys();
    if (this.guesses.size > MOST_ADDRESSES && oldest !== undefined) this.guesses.delete(oldest);
  }
}

/** As people type it, an accented letter may be one character or two. */
function digestOf(passphrase: string): Buffer {
  return createHash('sha256').update(passphrase.normalize('NFC')).digest();
}

/** Of an IPv6 address its first half: one subscriber has all of the rest. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':');
  const missing = address.includes('::') ? 8 - groups.length - tail.split(':').length : 0;
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0')].slice(0, 4).join(':');
}

function tooMany(wait: number): string {
  const seconds = Math.ceil(wait / 1000);
  return `Too many wrong passphrases came from your address; try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
}
