import type { Entry } from '../../src/room/entry.js';
import type { MemberOutlet } from '../../src/room/member.js';
import type { Batch } from '../../src/room/ports.js';

/** Where a member is shown the history, as slow as a test likes. */
export class FakeOutlet implements MemberOutlet {
  readonly batches: (readonly Entry[])[] = [];
  readonly errors: unknown[] = [];
  /** The seat is held elsewhere. */
  isTaken = false;

  constructor(
    /** Batches that it takes before it says that this is enough. */
    public takes = Infinity,
  ) {}

  get shown(): Entry[] {
    return this.batches.flat();
  }

  get places(): number[] {
    return this.shown.map(({ sequence }) => sequence);
  }

  deliver({ entries }: Batch): boolean {
    this.batches.push(entries);
    this.takes--;
    return this.takes > 0;
  }

  failed(error: unknown): void {
    this.errors.push(error);
  }

  taken(): void {
    this.isTaken = true;
  }
}
