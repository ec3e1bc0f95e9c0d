/**
 * Entries of one room that follow each other, in two forms: as the records that say them, which is how they are kept, and how
 * most members are shown them, and as entries, made of those when they are first asked for. So what is only passed on is
 * neither decoded nor encoded again.
 */
import { cutEntries, decodeEntries, encodeEntries } from '../protocols/records/entries.js';
import type { Entry, StoredFile } from '../room/entry.js';
import type { Batch } from '../room/ports.js';

/** Entries of a room that follow each other, as the history keeps them. */
export interface Kept {
  /** Sequences. */
  readonly first: number;
  readonly last: number;
  /** Of the last one. */
  readonly time: number;
  /** As in the table `batch`. */
  readonly records: Uint8Array;
}

export class EntryBatch implements Batch {
  private constructor(
    readonly first: number,
    readonly last: number,
    /** That of the last one, or a later one. */
    readonly time: number,
    readonly hasFiles: boolean,
    readonly records: Uint8Array,
    private made: readonly Entry[] | (() => readonly Entry[]),
  ) {}

  /** At least one entry, of the room of that name. */
  static of(entries: readonly Entry[], room: string): EntryBatch {
    const hasFiles = entries.some(({ kind }) => kind === 'file');
    const { sequence: last, time } = entries.at(-1)!;
    return new EntryBatch(entries[0]!.sequence, last, time, hasFiles, encodeEntries(entries, room), entries);
  }

  /** As it is kept: the records, and the file that one of the entries brought. */
  static kept({ records, first, last, time }: Kept, file?: StoredFile): EntryBatch {
    return new EntryBatch(first, last, time, file !== undefined, records, () => decodeEntries(records, file));
  }

  /** At least one batch; they follow each other. */
  static joined(batches: readonly EntryBatch[]): EntryBatch {
    if (batches.length === 1) return batches[0]!;
    const { last, time } = batches.at(-1)!;
    const hasFiles = batches.some((batch) => batch.hasFiles);
    const records = Buffer.concat(batches.map((batch) => batch.records));
    return new EntryBatch(batches[0]!.first, last, time, hasFiles, records, () =>
      batches.flatMap(({ entries }) => entries),
    );
  }

  get entries(): readonly Entry[] {
    if (typeof this.made === 'function') this.made = this.made();
    return this.made;
  }

  between(from: number, to: number): EntryBatch {
    if (from <= this.first && to >= this.last) return this;
    const [first, last] = [Math.max(from, this.first), Math.min(to, this.last)];
    return new EntryBatch(first, last, this.time, this.hasFiles, cutEntries(this.records, first, last), () =>
      this.entries.slice(first - this.first, last - this.first + 1),
    );
  }
}
