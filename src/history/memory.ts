/** A history that lasts as long as the process: for tests, and for rooms that should forget. */
import type { Entry } from '../room/entry.js';
import type { Presence } from '../room/ports.js';
import { BatchedHistory, type RoomBatch } from './batched.js';
import { withoutContents } from './without-contents.js';

export class MemoryHistory extends BatchedHistory {
  private readonly kept = new Map<string, Entry[]>();

  rooms(): Promise<readonly string[]> {
    return Promise.resolve([...this.kept.keys()]);
  }

  present(): Promise<readonly Presence[]> {
    const present = [...this.kept].map(([room, entries]) => ({ room, names: whoStayed(entries) }));
    return Promise.resolve(present.filter(({ names }) => names.length > 0));
  }

  *readOn(room: string, from: number, to: number): Iterable<Entry> {
    const entries = this.entries(room);
    for (let index = Math.max(from, 1) - 1; index < Math.min(to, entries.length); index++) yield entries[index]!;
  }

  *readBack(room: string, to: number): Iterable<Entry> {
    const entries = this.entries(room);
    for (let index = Math.min(to, entries.length) - 1; index >= 0; index--) yield entries[index]!;
  }

  protected newest(room: string): { sequence: number; time: number } {
    return this.entries(room).at(-1) ?? { sequence: 0, time: 0 };
  }

  protected commit(batches: readonly RoomBatch[]): void {
    for (const { log, entries } of batches) {
      const kept = this.kept.get(log.room) ?? [];
      this.kept.set(log.room, kept);
      for (const entry of entries) kept.push(withoutContents(entry));
    }
  }

  protected shut(): void {
    this.kept.clear();
  }

  private entries(room: string): Entry[] {
    return this.kept.get(room) ?? [];
  }
}

function whoStayed(entries: readonly Entry[]): string[] {
  const present = new Set<string>();
  for (const { kind, author } of entries) {
    if (kind === 'join') present.add(author);
    if (kind === 'leave') present.delete(author);
  }
  return [...present];
}
