import { monotonic } from '../monotonic.js';

/** How much is said of late: it fills a bucket that leaks as much a second as is not yet called much. */
export class Rate {
  private level = 0;
  private at: number;

  constructor(
    /** What leaks in a second, and what the bucket holds before it is much; it takes twice that. */
    private readonly limit: number,
    private readonly now = monotonic,
  ) {
    this.at = now();
  }

  /** Counts `some` more; true when that is much, which it stays until enough has leaked: a second of silence is enough. */
  isBeyond(some: number): boolean {
    const now = this.now();
    const level = Math.max(0, this.level - ((now - this.at) / 1000) * this.limit) + some;
    this.at = now;
    this.level = Math.min(level, 2 * this.limit);
    return level > this.limit;
  }
}
