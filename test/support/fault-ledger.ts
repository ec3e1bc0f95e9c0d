/**
 * What the members of a room were shown, all together. An entry's record is the same, to the byte, for everyone, live and
 * in the history; so the first copy that anyone is shown is kept, and everyone else's is compared with it.
 */

export interface Counts {
  shown: number;
  lost: number;
  doubled: number;
  disordered: number;
}

export function noCounts(): Counts {
  return { shown: 0, lost: 0, doubled: 0, disordered: 0 };
}

export class Ledger {
  private readonly records = new Map<number, Buffer>();
  private readonly tallies: Tally[] = [];

  /** Place of the newest entry that anyone was shown. */
  last = 0;

  /** One reader's stay, to be told of each record as it comes. */
  tally(): Tally {
    const tally = new Tally(this);
    this.tallies.push(tally);
    return tally;
  }

  /** Whether this is what was shown in this place before, if anything was. */
  agrees(sequence: number, record: Buffer): boolean {
    const known = this.records.get(sequence);
    if (known) return known.equals(record);
    this.records.set(sequence, Buffer.from(record));
    this.last = Math.max(this.last, sequence);
    return true;
  }

  /** The record in a place. */
  at(sequence: number): Buffer | undefined {
    return this.records.get(sequence);
  }

  /** Places up to the last that nobody was shown. */
  holes(): number {
    return this.last - this.records.size;
  }

  counts(): Counts {
    const total = noCounts();
    for (const { counts } of this.tallies) {
      total.shown += counts.shown;
      total.lost += counts.lost;
      total.doubled += counts.doubled;
      total.disordered += counts.disordered;
    }
    return total;
  }
}

export class Tally {
  last = 0;
  private first = 0;
  private shown = 0;
  private doubled = 0;
  private disordered = 0;
  private altered = 0;
  /** Of the newest entry, in the order in which they came: it never goes back. */
  private time = 0n;
  private readonly missing = new Set<number>();

  constructor(private readonly ledger: Ledger) {}

  see(sequence: number, record: Buffer): void {
    this.shown += 1;
    if (!this.ledger.agrees(sequence, record)) this.altered += 1;
    const time = record.readBigUInt64BE(8);
    if (this.first === 0) this.first = sequence;
    else if (sequence > this.last) this.skipTo(sequence);
    else if (this.missing.delete(sequence)) this.disordered += 1;
    else this.doubled += 1;
    if (sequence > this.last && time < this.time) this.disordered += 1;
    this.last = Math.max(this.last, sequence);
    this.time = time;
  }

  /** What was shown is not what others were shown, or is missing in between. */
  get counts(): Counts {
    const { shown, doubled, disordered } = this;
    return { shown, lost: this.missing.size + this.altered, doubled, disordered };
  }

  private skipTo(sequence: number): void {
    for (let place = this.last + 1; place < sequence; place += 1) this.missing.add(place);
  }
}
