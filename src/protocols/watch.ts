/**
 * Looks at a peer from time to time, for what can only be told by nothing happening (docs/protocols.md, S11): who joins
 * and asks for nothing, who does not finish a message, who does not read. Each look compares with the last one, so a
 * connection costs one timer, and a byte nothing at all.
 */

import { monotonic } from '../monotonic.js';
import type { Inbox } from './inbox.js';
import type { Outbox } from './outbox.js';

/** Seconds; 0: no limit. */
export interface TimeLimits {
  /** For who has not joined, until the next complete message. */
  readonly silence: number;
  /** For a message to be complete, or to have grown by `PROGRESS`. */
  readonly unfinished: number;
  /** For a peer to take some of what it is sent. */
  readonly stalled: number;
}

export const NO_TIME_LIMITS: TimeLimits = { silence: 0, unfinished: 0, stalled: 0 };

/** What a look sees. */
export interface Sight {
  readonly isSeated: boolean;
  /** Nothing is read from the peer for now: the time is ours. */
  readonly isBusy: boolean;
  /** Complete messages so far. */
  readonly messages: number;
  /** Bytes of a message that has begun and is not complete. */
  readonly unfinished: number;
  /** Bytes sent that the peer has not taken. */
  readonly pending: number;
  /** Bytes that it has taken so far. */
  readonly taken: number;
}

/** Who watches. */
export interface WatchOwner {
  look(): Sight;
  /** The peer took too long, for the reason given. */
  tooLong(what: keyof TimeLimits, reason: string): void;
}

export function sightOf({ isBusy, messages, unfinished }: Inbox, { pending, taken }: Outbox, isSeated: boolean): Sight {
  return { isSeated, isBusy, messages, unfinished, pending, taken };
}

/**
 * Bytes by which a message has to grow in the time that a whole one has: a record of 1 MiB gets through a line of little
 * more than 1 KB a second, and a byte now and then does not count.
 */
const PROGRESS = 65_536;

/** Looks in the shortest of the times: what is too long is noticed at most so much later. */
const LOOKS = 4;

/** How long something has not been in order. */
class Lapse {
  private since: number | undefined;

  constructor(
    /** Seconds. */
    private readonly limit: number,
  ) {}

  /** True when that is too long. Its time begins with the first look that sees it, so nobody gets less than the limit. */
  isOver(isInOrder: boolean, now: number): boolean {
    if (isInOrder) this.since = undefined;
    else this.since ??= now;
    return this.limit > 0 && this.since !== undefined && now - this.since >= this.limit * 1000;
  }
}

export class Watch {
  private readonly timer: ReturnType<typeof setInterval> | undefined;
  private last: Sight;
  private readonly silence: Lapse;
  private readonly unfinished: Lapse;
  private readonly stalled: Lapse;
  /** Bytes that the unfinished message had when its time began. */
  private begun = 0;

  constructor(
    private readonly limits: TimeLimits,
    private readonly owner: WatchOwner,
    private readonly now = monotonic,
  ) {
    this.last = owner.look();
    this.silence = new Lapse(limits.silence);
    this.unfinished = new Lapse(limits.unfinished);
    this.stalled = new Lapse(limits.stalled);
    const times = [limits.silence, limits.unfinished, limits.stalled].filter((time) => time > 0);
    if (times.length > 0) this.timer = setInterval(() => this.check(), (Math.min(...times) * 1000) / LOOKS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private check(): void {
    const [now, before, sight] = [this.now(), this.last, this.owner.look()];
    this.last = sight;
    const hasSpoken = sight.messages !== before.messages;
    const isMoving = this.isMoving(sight, hasSpoken);
    if (this.unfinished.isOver(isMoving, now)) {
      this.owner.tooLong('unfinished', `A message was not complete after ${seconds(this.limits.unfinished)}.`);
    } else if (this.silence.isOver(sight.isSeated || sight.isBusy || hasSpoken, now)) {
      this.owner.tooLong('silence', `You have not joined, and asked for nothing for ${seconds(this.limits.silence)}.`);
    } else if (this.stalled.isOver(sight.pending === 0 || sight.taken !== before.taken, now)) {
      this.owner.tooLong('stalled', `You have read nothing for ${seconds(this.limits.stalled)}.`);
    }
  }

  /** There is no unfinished message, or it is another one, or it has grown enough. */
  private isMoving({ isBusy, unfinished }: Sight, hasSpoken: boolean): boolean {
    const isNew = unfinished === 0 || hasSpoken || unfinished < this.begun;
    if (!isNew && !isBusy && unfinished - this.begun < PROGRESS) return false;
    this.begun = unfinished;
    return true;
  }
}

function seconds(count: number): string {
  return count === 1 ? '1 second' : `${count} seconds`;
}
