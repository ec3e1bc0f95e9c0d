import { Bucket } from '../bucket.js';
import { monotonic } from '../monotonic.js';

/** How much is said of late. */
export class Rate {
  private readonly bucket: Bucket;

  constructor(
    /** So many at once, or a second on the long run, are not much. */
    private readonly limit: number,
    now = monotonic,
  ) {
    this.bucket = new Bucket(limit, 2 * limit, now);
  }

  /** Counts `some` more; true when that is much, which it stays until the bucket is half full: a second of silence is enough. */
  isBeyond(some: number): boolean {
    return this.bucket.spend(some) < this.limit;
  }
}
