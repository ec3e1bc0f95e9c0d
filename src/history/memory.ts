/** A history that lasts as long as the process: for tests, and for rooms that should forget. */
import type { Entry, StoredFile } from '../room/entry.js';
import type { Presence, SharedFile } from '../room/ports.js';
import { BatchedHistory, type RoomBatch, type RoomLog, type Standing } from './batched.js';
import { withoutContents } from './without-contents.js';

interface Kept {
  /** Entries that were removed from the beginning. */
  removed: number;
  entries: Entry[];
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

  *readOn(room: string, from: number, to: number): Iterable<Entry> {
    const { entries, removed } = this.of(room);
    const end = Math.min(to - removed, entries.length);
    for (let index = Math.max(from - removed, 1) - 1; index < end; index++) yield this.shown(entries[index]!);
  }

  *readBack(room: string, to: number): Iterable<Entry> {
    const { entries, removed } = this.of(room);
    for (let index = Math.min(to - removed, entries.length) - 1; index >= 0; index--) yield this.shown(entries[index]!);
  }

  /** A room is opened before its first entry, and its log counts from then on. */
  protected standing(): Standing | undefined {
    return undefined;
  }

  protected commit(batches: readonly RoomBatch[]): void {
    for (const { log, entries } of batches) {
      const kept = this.of(log.room);
      this.kept.set(log.room, kept);
      for (const entry of entries) {
        kept.entries.push(withoutContents(entry));
        this.take(entry, kept.seated);
      }
    }
  }

  protected remove({ room }: RoomLog, to: number): void {
    const kept = this.of(room);
    kept.entries = kept.entries.slice(to - kept.removed);
    kept.removed = to;
  }

  protected shut(): void {
    this.kept.clear();
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

  private shown(entry: Entry): Entry {
    if (entry.kind !== 'file') return entry;
    const { stored, size, sha256 } = entry.file;
    const there = this.files.get(stored)?.file;
    if (there?.size === size && (sha256 === undefined || there.sha256 === sha256)) return entry;
    return { ...entry, file: { ...entry.file, gone: true } };
  }

  private of(room: string): Kept {
    return this.kept.get(room) ?? { removed: 0, entries: [], seated: new Set() };
  }
}
