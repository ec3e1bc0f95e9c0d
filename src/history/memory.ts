/** A history that lasts as long as the process: for tests, and for rooms that should forget. */
import type { Entry, StoredFile } from '../room/entry.js';
import type { Presence, SharedFile } from '../room/ports.js';
import { EntryBatch } from './batch.js';
import { type BatchSize, BatchedHistory, type RoomBatches, type Standing } from './batched.js';
import { weightOf } from './weight.js';
import { withoutContents } from './without-contents.js';

interface Kept {
  readonly batches: EntryBatch[];
  readonly seated: Set<string>;
}

export class MemoryHistory extends BatchedHistory {
  fileBytes = 0;
  private readonly kept = new Map<string, Kept>();
  /** By the name they are stored under, in the order in which they were shared last. */
  private readonly files = new Map<string, SharedFile>();

  rooms(): Promise<readonly string[]> {
    return Promise.resolve([...this.kept.keys()]);
  }

  present(): Promise<readonly Presence[]> {
    const present = [...this.kept].map(([room, { seated }]) => ({ room, names: [...seated] }));
    return Promise.resolve(present.filter(({ names }) => names.length > 0));
  }

  oldestFiles(limit: number): Promise<readonly SharedFile[]> {
    return Promise.resolve([...this.files.values()].slice(0, limit));
  }

  async forgetFile({ stored }: StoredFile): Promise<void> {
    this.fileBytes -= this.files.get(stored)?.file.size ?? 0;
    this.files.delete(stored);
  }

  *readOn(room: string, from: number): Iterable<EntryBatch> {
    const { batches } = this.of(room);
    for (let index = indexOf(batches, from); index < batches.length; index++) yield this.shown(room, batches[index]!);
  }

  *sizesBack(room: string, to: number): Iterable<BatchSize> {
    const { batches } = this.of(room);
    for (let index = Math.min(indexOf(batches, to), batches.length - 1); index >= 0; index--) {
      const { first, last, records, hasFiles } = batches[index]!;
      yield { first, last, bytes: records.length, hasFiles };
    }
  }

  protected rowsOn(room: string, from: number): Iterable<EntryBatch> {
    return this.readOn(room, from);
  }

  /** A room is opened before its first entry, and its log counts from then on. */
  protected standing(): Standing | undefined {
    return undefined;
  }

  protected weigh(room: string): number {
    return this.of(room).batches.reduce((sum, { records }) => sum + weightOf(records), 0);
  }

  protected commit(batches: RoomBatches): void {
    for (const [{ room }, batch] of batches) {
      const kept = this.of(room);
      this.kept.set(room, kept);
      kept.batches.push(batch.hasFiles ? EntryBatch.of(batch.entries.map(withoutContents), room) : batch);
      for (const entry of batch.entries) this.take(entry, kept.seated);
    }
  }

  protected remove(room: string, to: number): void {
    const { batches } = this.of(room);
    batches.splice(0, indexOf(batches, to + 1));
  }

  protected shut(): Promise<void> {
    this.kept.clear();
    return Promise.resolve();
  }

  private take(entry: Entry, seated: Set<string>): void {
    if (entry.kind === 'leave') seated.delete(entry.author);
    if (entry.kind === 'join') {
      seated.delete(entry.author);
      seated.add(entry.author);
    }
    if (entry.kind === 'file') this.takeFile(entry.file, entry.time);
  }

  private takeFile(file: StoredFile, time: number): void {
    const { stored, size } = file;
    this.fileBytes += size - (this.files.get(stored)?.file.size ?? 0);
    this.files.delete(stored);
    this.files.set(stored, { file: { ...file, name: stored }, time });
  }

  private shown(room: string, batch: EntryBatch): EntryBatch {
    if (!batch.hasFiles) return batch;
    return EntryBatch.of(
      batch.entries.map((entry) => this.shownEntry(entry)),
      room,
    );
  }

  private shownEntry(entry: Entry): Entry {
    if (entry.kind !== 'file') return entry;
    const { stored, size, sha256 } = entry.file;
    const there = this.files.get(stored)?.file;
    if (there?.size === size && (sha256 === undefined || there.sha256 === sha256)) return entry;
    return { ...entry, file: { ...entry.file, gone: true } };
  }

  private of(room: string): Kept {
    return this.kept.get(room) ?? { batches: [], seated: new Set() };
  }
}

/** Where the first batch is that ends with entry `from` or behind it. */
function indexOf(batches: readonly EntryBatch[], from: number): number {
  let [low, high] = [0, batches.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (batches[middle]!.last < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
