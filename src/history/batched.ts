/**
 * What every history here has in common: places, order, and group commit. All that is appended in one turn of the event
 * loop is committed together, then told to listeners room by room, then its callers are answered.
 */
import type { Draft, Entry, StoredFile } from '../room/entry.js';
import type {
  BatchListener,
  Clock,
  History,
  Keeping,
  Log,
  DiskOutcome,
  Presence,
  Range,
  SharedFile,
} from '../room/ports.js';
import { weightOf } from './weight.js';

interface Append {
  readonly log: RoomLog;
  readonly drafts: readonly Draft[];
  readonly resolve: (entries: readonly Entry[]) => void;
  readonly reject: (cause: unknown) => void;
}

export interface RoomBatch {
  readonly log: RoomLog;
  readonly entries: Entry[];
  /** What the entries weigh. */
  bytes: number;
}

/** How a room's history stands: its newest place and time, how many entries were removed, what the rest weighs. */
export interface Standing {
  readonly last: number;
  readonly time: number;
  readonly removed: number;
  readonly bytes: number;
}

const EMPTY: Standing = { last: 0, time: 0, removed: 0, bytes: 0 };

export abstract class BatchedHistory implements History {
  private readonly logs = new Map<string, RoomLog>();
  private appends: Append[] = [];
  private closed = false;

  /** `outcome` is told how each commit went. */
  constructor(
    private readonly clock: Clock,
    private readonly outcome: DiskOutcome = () => {},
  ) {}

  abstract readonly fileBytes: number;
  abstract oldestFiles(limit: number): Promise<readonly SharedFile[]>;
  abstract forgetFile(file: StoredFile): Promise<void>;
  abstract rooms(): Promise<readonly string[]>;
  abstract present(): Promise<readonly Presence[]>;
  /** Undefined for a room that has never had an entry. */
  protected abstract standing(room: string): Standing | undefined;
  /** Makes all of it durable, or throws and keeps none of it. */
  protected abstract commit(batches: readonly RoomBatch[]): void;
  /** Removes a room's entries up to `to`, for good, or throws and keeps all; what is left weighs `bytesLeft`. */
  protected abstract remove(log: RoomLog, to: number, bytesLeft: number): void;
  /** Entries `from` to `to`, both included, oldest first. */
  abstract readOn(room: string, from: number, to: number): Iterable<Entry>;
  /** Entries from `to` backwards. */
  abstract readBack(room: string, to: number): Iterable<Entry>;
  protected abstract shut(): void;

  open(room: string): Promise<Log> {
    return Promise.resolve(this.logOf(room));
  }

  async trim(keeping: Keeping): Promise<number> {
    let left = keeping.limit;
    for (const room of await this.rooms()) {
      if (left === 0 || this.closed) break;
      left -= this.trimRoom(this.logOf(room), keeping, left);
    }
    return keeping.limit - left;
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

  private logOf(room: string): RoomLog {
    let log = this.logs.get(room);
    if (!log) this.logs.set(room, (log = new RoomLog(this, room, this.standing(room) ?? EMPTY)));
    return log;
  }

  /** Removes the oldest entries that are not to be kept, at most `limit`; gives how many. */
  private trimRoom(log: RoomLog, { since, bytes }: Keeping, limit: number): number {
    let [count, left] = [0, log.bytes];
    for (const entry of this.readOn(log.room, log.first, log.last)) {
      if (count === limit || (entry.time >= since && left <= bytes)) break;
      left -= weightOf(entry);
      count++;
    }
    if (count === 0) return 0;
    this.remove(log, log.first + count - 1, left);
    log.removed(count, left);
    return count;
  }

  private flush(): void {
    const appends = this.appends;
    if (appends.length === 0) return;
    this.appends = [];
    const { batches, answers } = this.place(appends);
    try {
      this.commit(batches);
    } catch (cause) {
      this.outcome(cause);
      for (const { reject } of appends) reject(cause);
      return;
    }
    this.outcome(undefined);
    for (const batch of batches) batch.log.committed(batch);
    appends.forEach(({ resolve }, index) => resolve(answers[index]!));
  }

  /** Gives every draft its place and time, without touching the logs: they move on only when all is durable. */
  private place(appends: readonly Append[]): { batches: readonly RoomBatch[]; answers: readonly (readonly Entry[])[] } {
    const now = this.clock();
    const batches = new Map<RoomLog, RoomBatch>();
    const answers = appends.map(({ log, drafts }) => {
      let batch = batches.get(log);
      if (!batch) batches.set(log, (batch = { log, entries: [], bytes: 0 }));
      const time = Math.max(now, log.time);
      const first = log.last + batch.entries.length + 1;
      const entries = drafts.map((draft, index): Entry => ({ ...draft, sequence: first + index, time }));
      batch.entries.push(...entries);
      for (const entry of entries) batch.bytes += weightOf(entry);
      return entries;
    });
    return { batches: [...batches.values()], answers };
  }
}

export class RoomLog implements Log {
  private readonly listeners = new Set<BatchListener>();
  first: number;
  last: number;
  /** Time of the newest entry: the clock may go backwards, the history does not. */
  time: number;
  /** What its entries weigh. */
  bytes: number;

  constructor(
    private readonly history: BatchedHistory,
    readonly room: string,
    { last, time, removed, bytes }: Standing,
  ) {
    this.first = removed + 1;
    this.last = last;
    this.time = time;
    this.bytes = bytes;
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

  removed(count: number, bytesLeft: number): void {
    this.first += count;
    this.bytes = bytesLeft;
  }

  committed({ entries, bytes }: RoomBatch): void {
    const newest = entries.at(-1)!;
    this.last = newest.sequence;
    this.time = newest.time;
    this.bytes += bytes;
    for (const listener of this.listeners) listener(entries);
  }
}
