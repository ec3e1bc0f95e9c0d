/** A token bucket: so many at once, and on the long run so many a second. */
export class Bucket {
  private tokens: number;
  private at: number;

  constructor(
    /** Tokens that come back in a second. */
    private readonly perSecond: number,
    /** Tokens that it holds. */
    private readonly size: number,
    /** Milliseconds, of a clock that is never set. */
    private readonly now: () => number,
  ) {
    this.tokens = size;
    this.at = now();
  }

  /** Takes a token; false when there is none. */
  take(): boolean {
    if (this.level < 1) return false;
    this.tokens--;
    return true;
  }

  /** Takes so many, or all there are; gives what is left, which is below 0 by what was missing. */
  spend(count: number): number {
    const left = this.level - count;
    this.tokens = Math.max(0, left);
    return left;
  }

  /** Tokens that are there. */
  get level(): number {
    const now = this.now();
    this.tokens = Math.min(this.size, this.tokens + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    return this.tokens;
  }

  get isFull(): boolean {
    return this.level >= this.size;
  }

  /** Milliseconds until there is a token. */
  get wait(): number {
    return Math.ceil((Math.max(0, 1 - this.level) / this.perSecond) * 1000);
  }
}
