/** Tells whether an execution got anywhere new: the counters that instrument.mjs puts into the sources, read like AFL's. */

interface Counting {
  /** One for each branch of the sources; none outside the bundle of `npm run fuzz`. */
  readonly __count?: Uint32Array;
}

const counters = (globalThis as Counting).__count ?? new Uint32Array(0);

export class Coverage {
  /** For each counter, the orders of magnitude in which it was seen. */
  private readonly seen = new Uint8Array(counters.length);
  /** Branches that were ever taken. */
  reached = 0;
  /** Branches that the last execution took, each as often as it was: a measure of work that no clock disturbs. */
  work = 0;

  begin(): void {
    counters.fill(0);
  }

  /** True when the execution since `begin` took a branch more often than any before it, by an order of magnitude. */
  isNew(): boolean {
    let isNew = false;
    this.work = 0;
    for (let branch = 0; branch < counters.length; branch++) {
      const count = counters[branch]!;
      if (count === 0) continue;
      this.work += count;
      const magnitude = 1 << Math.min(7, 31 - Math.clz32(count));
      const before = this.seen[branch]!;
      if ((before & magnitude) !== 0) continue;
      if (before === 0) this.reached++;
      this.seen[branch] = before | magnitude;
      isNew = true;
    }
    return isNew;
  }
}
