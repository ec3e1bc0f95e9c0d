/** Batches as rows of the table `batch`, and back. */
import { type Entry, fileOf, type StoredFile } from '../room/entry.js';
import { decodeEntries } from '../protocols/records/entries.js';
import { EntryBatch, type Kept } from './batch.js';
import type { KeptBatch } from './chain.js';
import { gathered } from './run.js';
import { withoutContents } from './without-contents.js';

export interface BatchRow extends KeptBatch {
  /** Sequences of its first and of its last entry. */
  readonly first: number;
  readonly last: number;
  /** Of the last entry. */
  readonly time: number;
}

/** An entry that brings a file or an avatar has a row of its own; what is between those has one together. */
export function rowsOf(batch: EntryBatch, room: string): readonly BatchRow[] {
  if (!batch.entries.some(fileOf)) return [rowOf(batch)];
  const runs: Entry[][] = [];
  for (const entry of batch.entries) {
    const run = runs.at(-1);
    if (run && !fileOf(entry) && !fileOf(run[0]!)) run.push(entry);
    else runs.push([withoutContents(entry)]);
  }
  return runs.map((entries) => rowOf(EntryBatch.of(entries, room)));
}

/** Texts that follow each other, as few rows. */
export function joinedRows(texts: readonly Kept[]): BatchRow[] {
  return (texts.length === 1 ? texts : gathered(texts)).map(({ first, last, time, records }) => {
    return { first, last, time, records, stored: null, sha256: null };
  });
}

/** `isGone` says whether a file that was shared is no longer the history's. */
export function batchOf(row: BatchRow, isGone: (file: StoredFile) => boolean): EntryBatch {
  const { records, stored } = row;
  if (stored === null) return EntryBatch.kept(row);
  const [entry] = decodeEntries(records, { name: stored, stored, size: 0, ...hashOf(row) });
  const isShown = entry!.kind !== 'file' || !isGone(entry!.file);
  return EntryBatch.kept(row, { ...fileOf(entry!)!, ...(!isShown && { gone: true }) });
}

function hashOf({ sha256 }: KeptBatch): { sha256?: string } {
  return sha256 ? { sha256: sha256.toString('hex') } : {};
}

function rowOf({ first, last, time, records, entries }: EntryBatch): BatchRow {
  const file = fileOf(entries[0]!);
  const sha256 = file?.sha256 === undefined ? null : Buffer.from(file.sha256, 'hex');
  return { first, last, time, records, stored: file?.stored ?? null, sha256 };
}
