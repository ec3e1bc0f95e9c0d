/**
 * What every history here has in common: places, order, and group commit. All that is appended in one turn of the event
 * loop is committed together, then told to listeners room by room, then its callers are answered.
 */
import type { Draft, Entry } from '../room/entry.js';
import type { BatchListener, Clock, History, Log, Presence, Range } from '../room/ports.js';

interface Append {
  readonly log: RoomLog;
  readonly drafts: readonly Draft[];
  readonly resolve: (entries: readonly Entry[]) => void;
  readonly reject: (cause: unknown) => void;
}

export interface RoomBatch {
  readonly log: RoomLog;
  readonly entries: Entry[];
}

export abstract class BatchedHistory implements History {
  private readonly logs = new Map<string, RoomLog>();
  private appends: Append[] = [];
  private closed = false;

  constructor(private readonly clock: Clock) {}

  abstract rooms(): Promise<readonly string[]>;
  abstract present(): Promise<readonly Presence[]>;
  /** Newest place and time of a room, zeros when it has none. */
  protected abstract newest(room: string): { sequence: number; time: number };
  /** Makes all of it durable, or throws and keeps none of it. */
  protected abstract commit(batches: readonly RoomBatch[]): void;
  /** Entries `from` to `to`, both included, oldest first. */
  abstract readOn(room: string, from: number, to: number): Iterable<Entry>;
  /** Entries from `to` backwards. */
  abstract readBack(room: string, to: number): Iterable<Entry>;
  protected abstract shut(): void;

  open(room: string): Promise<Log> {
    let log = this.logs.get(room);
    if (!log) this.logs.set(room, (log = new RoomLog(this, room, this.newest(room))));
    return Promise.resolve(log);
  }

  close(): Promise<void> {
    if (!this.closed) {
      this.flush();
      this.closed = true;
      this.shut();
    }
    return Promise.resolve();
  }

  enqueue(log: RoomLog, drafts: readonly Draft[]): Promise<readonly Entry[]> {
    if (this.closed) return Promise.reject(new Error('the history is closed'));
    if (drafts.length === 0) return Promise.resolve([]);
    if (this.appends.length === 0) setImmediate(() => this.flush());
    return new Promise((resolve, reject) => this.appends.push({ log, drafts, resolve, reject }));
  }

  private flush(): void {
    const appends = this.appends;
    if (appends.length === 0) return;
    this.appends = [];
    const { batches, answers } = this.place(appends);
    try {
      this.commit(batches);
    } catch (cause) {
      for (const { reject } of appends) reject(cause);
      return;
    }
    for (const { log, entries } of batches) log.committed(entries);
    appends.forEach(({ resolve }, index) => resolve(answers[index]!));
  }

  /** Gives every draft its place and time, without touching the logs: they move on only when all is durable. */
  private place(appends: readonly Append[]): { batches: readonly RoomBatch[]; answers: readonly (readonly Entry[])[] } {
    const now = this.clock();
    const batches = new Map<RoomLog, RoomBatch>();
    const answers = appends.map(({ log, drafts }) => {
      let batch = batches.get(log);
      if (!batch) batches.set(log, (batch = { log, entries: [] }));
      const time = Math.max(now, log.time);
      const first = log.last + batch.entries.length + 1;
      const entries = drafts.map((draft, index): Entry => ({ ...draft, sequence: first + index, time }));
      batch.entries.push(...entries);
      return entries;
    });
    return { batches: [...batches.values()], answers };
  }
}

export class RoomLog implements Log {
  private readonly listeners = new Set<BatchListener>();
  last: number;
  /** Time of the newest entry: the clock may go backwards, the history does not. */
  time: number;

  constructor(
    private readonly history: BatchedHistory,
    readonly room: string,
    newest: { sequence: number; time: number },
  ) {
    this.last = newest.sequence;
    this.time = newest.time;
  }

  append(drafts: readonly Draft[]): Promise<readonly Entry[]> {
    return this.history.enqueue(this, drafts);
  }

  read({ from, to, limit = Infinity, bytes = Infinity }: Range): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    let left = bytes;
    for (const entry of this.history.readOn(this.room, from, to)) {
      left -= entry.kind === 'text' ? Buffer.byteLength(entry.text) : 0;
      if (entries.length === limit || (left < 0 && entries.length > 0)) break;
      entries.push(entry);
    }
    return Promise.resolve(entries);
  }

  tail(to: number, bytes: number, weigh: (entry: Entry) => number): Promise<number> {
    let left = bytes;
    let first = to + 1;
    for (const entry of this.history.readBack(this.room, to)) {
      left -= weigh(entry);
      if (left < 0) break;
      first = entry.sequence;
    }
    return Promise.resolve(first);
  }

  subscribe(listener: BatchListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  committed(entries: readonly Entry[]): void {
    const newest = entries.at(-1)!;
    this.last = newest.sequence;
    this.time = newest.time;
    for (const listener of this.listeners) listener(entries);
  }
}
