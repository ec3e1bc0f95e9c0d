/** Texts of a room that follow each other, gathered for a row: one object, however many there are. */
import type { Kept } from './batch.js';

/** Milliseconds of history in a row: retention goes by days, and lets go of whole rows. */
export const LONGEST = 3_600_000;
/** Bytes of records in a row that is made of several. */
const MOST_BYTES = 65_536;
/** Bytes of memory for the first of them. */
const FIRST_BYTES = 512;

export class Run implements Kept {
  readonly first: number;
  private readonly since: number;
  last: number;
  time: number;
  private bytes: Buffer;
  private length = 0;

  constructor(text: Kept) {
    this.first = text.first;
    this.since = text.time;
    this.last = text.last;
    this.time = text.time;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, text.records.length));
    this.add(text);
  }

  /** So far: they stay as they are when more is added. */
  get records(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  takes({ time, records }: Kept): boolean {
    return this.length + records.length <= MOST_BYTES && time - this.since < LONGEST;
  }

  /** Adds what follows the last one. */
  add({ last, time, records }: Kept): void {
    this.makeRoom(this.length + records.length);
    this.bytes.set(records, this.length);
    this.length += records.length;
    this.last = last;
    this.time = time;
  }

  private makeRoom(needed: number): void {
    if (needed <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(2 * needed, MOST_BYTES)));
    bytes.set(this.records);
    this.bytes = bytes;
  }
}

/** Adds to the last of the runs, or begins one. */
function gather(runs: Run[], text: Kept): void {
  const run = runs.at(-1);
  if (run?.takes(text)) run.add(text);
  else runs.push(new Run(text));
}

/** Texts that follow each other, as few runs. */
export function gathered(texts: readonly Kept[]): readonly Run[] {
  const runs: Run[] = [];
  for (const text of texts) gather(runs, text);
  return runs;
}

/** As `gather`, where there are those of several rooms. */
export function gatherIn(rooms: Map<number, Run[]>, room: number, text: Kept): void {
  let runs = rooms.get(room);
  if (!runs) rooms.set(room, (runs = []));
  gather(runs, text);
}
