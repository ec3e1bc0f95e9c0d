/** Milliseconds. */
const SECOND = 1000;

/** Counts what happens in each second. */
export class Rate {
  private since = -Infinity;
  private count = 0;

  constructor(private readonly limit: number) {}

  /** Counts `some` more; true when they are beyond the limit. */
  isBeyond(some: number): boolean {
    const now = performance.now();
    if (now - this.since >= SECOND) {
      this.since = now;
      this.count = 0;
    }
    this.count += some;
    return this.count > this.limit;
  }
}
