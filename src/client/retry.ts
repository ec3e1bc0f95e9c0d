/** Tries again and again, after longer and longer pauses. */

/** Milliseconds before the first, and at most before any further attempt. */
const FIRST = 500;
const LONGEST = 10_000;

export class Retry {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = FIRST;

  constructor(private readonly attempt: () => void) {}

  /** Attempts after a pause, twice as long as the last one, unless it is about to. */
  later(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => this.now(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST);
  }

  /** Attempts at once if an attempt is waiting for its time. */
  now(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.attempt();
  }

  /** It worked, or is not wanted any more. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.pause = FIRST;
  }
}
