/** The limits that can be set: docs/protocols.md, S8 to S12. */
import type { Rate } from './protocols/pace.js';

/** Times are in seconds, and 0 is no limit where nothing else is said. */
export interface Limits {
  /** Bytes of a text, in UTF-8. */
  readonly messageLength: number;
  /** Characters of a name. */
  readonly nameLength: number;
  /** Messages of one connection. */
  readonly rate: Rate;
  /** Connections of one address at a time. */
  readonly connections: number;
  /** Joins of one address within a minute. */
  readonly joins: number;
  /** Connections in all. */
  readonly maxConnections: number;
  /** Until whoever has not joined asks for something. */
  readonly silence: number;
  /** For a message to be complete. */
  readonly unfinished: number;
  /** For a peer to take some of what it is sent. */
  readonly stalled: number;
  /** UDP addresses at a time; 1 at least. */
  readonly udpPeers: number;
  /** After which a silent UDP address has left; 1 at least. */
  readonly udpIdle: number;
  /** Bytes that a UDP address gets beyond what came from it, before it has shown that it reads. */
  readonly udpAdvance: number;
  /** Those of `rate`, `connections` and `joins` that were asked for: they hold for this machine's own programs too. */
  readonly asked: readonly string[];
}

export const LIMITS = {
  /** S5: the longest that every protocol can show. */
  messageLength: 1_046_528,
  /** S3. */
  nameLength: 32,
  /** A hundred lines can be pasted at once, and 20 a second are more than anybody reads. */
  rate: { messages: 20, burst: 100 },
  /** A class room behind one router is one address, and some of its people have two windows open. */
  connections: 64,
  /** The same class room at the beginning of its lesson. */
  joins: 60,
  /** Some 100 MB, at what an idle connection costs. */
  maxConnections: 10_000,
  /** A browser lets a page that nobody looks at work once a minute. */
  silence: 120,
  /** The largest record gets through the slowest line in it, 64 KiB of it at a time (S11). */
  unfinished: 60,
  /** Longer than any network takes to come back. */
  stalled: 300,
  /** Each costs some KB, and anyone can forge any number of them. */
  udpPeers: 1024,
  /** Nothing else tells that somebody is gone. */
  udpIdle: 600,
  udpAdvance: 0,
  asked: [],
} as const satisfies Limits;

/** Bursts are this many seconds' worth of messages unless given, and never less than what a person pastes. */
const BURST_SECONDS = 5;
const LEAST_BURST = 20;
/** The most that can be asked for, in messages. */
const MOST = 1_000_000;

/** `N` or `N/BURST`, as typed; undefined when it is neither. */
export function parseRate(typed: string): Rate | undefined {
  const [, first = '', second] = /^(\d{1,7})(?:\/(\d{1,7}))?$/.exec(typed) ?? [];
  const messages = first === '' ? NaN : Number(first);
  const burst = second === undefined ? Math.max(LEAST_BURST, messages * BURST_SECONDS) : Number(second);
  const isPossible = messages <= MOST && burst >= 1 && burst <= MOST * BURST_SECONDS;
  return isPossible ? { messages, burst } : undefined;
}
