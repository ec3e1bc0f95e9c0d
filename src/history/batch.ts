/**
 * Entries of one room that follow each other, in two forms, each made from the other when it is first asked for: as
 * entries, and as the records that say them, which is how they are kept, and how most members are shown them. So what is
 * only passed on is neither decoded nor encoded again.
 */
import { cutEntries, decodeEntries, encodeEntries } from '../protocols/records/entries.js';
import type { Entry, StoredFile } from '../room/entry.js';
import type { Batch } from '../room/ports.js';

/** Entries as the history keeps them. */
interface KeptEntries {
  readonly first: number;
  readonly last: number;
  readonly time: number;
  readonly records: Uint8Array;
}

export class EntryBatch implements Batch {
  private madeEntries: readonly Entry[] | undefined;
  private madeRecords: Uint8Array | undefined;

  private constructor(
    readonly first: number,
    readonly last: number,
    /** That of the last one, or a later one. */
    readonly time: number,
    readonly hasFiles: boolean,
    private readonly makeEntries: () => readonly Entry[],
    private readonly makeRecords: () => Uint8Array,
  ) {}

  /** At least one entry, of the room of that name. */
  static of(entries: readonly Entry[], room: string): EntryBatch {
    const hasFiles = entries.some(({ kind }) => kind === 'file');
    const { sequence: last, time } = entries.at(-1)!;
    return new EntryBatch(
      entries[0]!.sequence,
      last,
      time,
      hasFiles,
      () => entries,
      () => encodeEntries(entries, room),
    );
  }

  /** As it is kept: the records, and the file that one of the entries brought. */
  static kept({ records, first, last, time }: KeptEntries, file?: StoredFile): EntryBatch {
    return new EntryBatch(
      first,
      last,
      time,
      file !== undefined,
      () => decodeEntries(records, file),
      () => records,
    );
  }

  /** At least one batch; they follow each other. */
  static joined(batches: readonly EntryBatch[]): EntryBatch {
    if (batches.length === 1) return batches[0]!;
    return new EntryBatch(
      batches[0]!.first,
      batches.at(-1)!.last,
      batches.at(-1)!.time,
      batches.some(({ hasFiles }) => hasFiles),
      () => batches.flatMap(({ entries }) => entries),
      () => Buffer.concat(batches.map(({ records }) => records)),
    );
  }

  get entries(): readonly Entry[] {
    this.madeEntries ??= this.makeEntries();
    return this.madeEntries;
  }

  get records(): Uint8Array {
    this.madeRecords ??= this.makeRecords();
    return this.madeRecords;
  }

  between(from: number, to: number): EntryBatch {
    if (from <= this.first && to >= this.last) return this;
    const [first, last] = [Math.max(from, this.first), Math.min(to, this.last)];
    return new EntryBatch(
      first,
      last,
      this.time,
      this.hasFiles,
      () => this.entries.slice(first - this.first, last - this.first + 1),
      () => cutEntries(this.records, first, last),
    );
  }
}
