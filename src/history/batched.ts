/**
 * What every history here has in common: places, order, and group commit. All that is appended in one turn of the event
 * loop is committed together, then told to listeners room by room, then its callers are answered.
 */
import type { Draft, Entry, StoredFile } from '../room/entry.js';
import { notKept } from '../room/errors.js';
import type {
  Batch,
  BatchListener,
  Clock,
  History,
  Keeping,
  Log,
  Loser,
  DiskOutcome,
  Presence,
  Range,
  SharedFile,
} from '../room/ports.js';
import { recordLengths } from '../protocols/records/entries.js';
import { EntryBatch } from './batch.js';
import { Turn } from './turn.js';
import { weightOf } from './weight.js';

/** Bytes of texts that wait for one commit: what comes in a turn beyond them is the next one's. */
const MOST_BYTES = 262_144;

export type RoomBatches = ReadonlyMap<RoomLog, EntryBatch>;

/** How a room's history stands: its newest place and time, and how many entries were removed from its beginning. */
export interface Standing {
  readonly last: number;
  readonly time: number;
  readonly removed: number;
}

/** Of a batch, what can be told of it without its entries. */
export interface BatchSize {
  readonly first: number;
  readonly last: number;
  /** Of its records. */
  readonly bytes: number;
  readonly hasFiles: boolean;
}

const EMPTY: Standing = { last: 0, time: 0, removed: 0 };

export abstract class BatchedHistory implements History {
  private readonly logs = new Map<string, RoomLog>();
  private turn: Turn<RoomLog> | undefined;
  private isTelling = false;
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
  protected abstract commit(batches: RoomBatches): void;
  /** Removes a room's entries up to `to`, the last of a batch, for good, or throws and keeps all. */
  protected abstract remove(room: string, to: number): void;
  /** What the entries of a room weigh together. */
  protected abstract weigh(room: string): number;
  /** What of these can be removed, from `from` on, as the batches in which it would be. */
  protected abstract rowsOn(room: string, from: number): Iterable<EntryBatch>;
  /** The batches with entries from `from` on, whole, oldest first. */
  abstract readOn(room: string, from: number): Iterable<EntryBatch>;
  /** How large the batches with entries up to `to` are, whole, youngest first. */
  abstract sizesBack(room: string, to: number): Iterable<BatchSize>;
  protected abstract shut(): Promise<void>;

  open(room: string): Promise<Log> {
    return Promise.resolve(this.logOf(room));
  }

  async trim(keeping: Keeping): Promise<number> {
    let left = keeping.limit;
    for (const room of await this.rooms()) {
      if (left <= 0 || this.closed) break;
      left -= this.trimRoom(this.logOf(room), keeping, left);
    }
    return keeping.limit - left;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    await this.shut();
  }

  /** Whatever is appended now is part of it. */
  openTurn(): Turn<RoomLog> {
    if (this.turn) return this.turn;
    this.turn = new Turn<RoomLog>();
    setImmediate(() => this.flush());
    return this.turn;
  }

  /** Commits what there is, if it is much: more of it would only wait in memory. */
  relieve({ bytes }: Turn<RoomLog>): void {
    if (bytes >= MOST_BYTES && !this.isTelling) this.flush();
  }

  private logOf(room: string): RoomLog {
    let log = this.logs.get(room);
    if (!log) this.logs.set(room, (log = new RoomLog(this, room, this.standing(room) ?? EMPTY)));
    return log;
  }

  /** Removes the oldest batches that are not to be kept, about `limit` entries; gives how many. */
  private trimRoom(log: RoomLog, { since, bytes }: Keeping, limit: number): number {
    let left = this.weigh(log.room);
    let removed = log.first - 1;
    for (const { last, time, records } of this.rowsOn(log.room, log.first)) {
      // What was said last is not let go of for its size alone.
      const fits = left <= bytes || last === log.last;
      if (removed - log.first + 1 >= limit || (time >= since && fits)) break;
      left -= weightOf(records);
      removed = last;
    }
    const count = removed - log.first + 1;
    if (count === 0) return 0;
    this.remove(log.room, removed);
    log.removed(count);
    return count;
  }

  private flush(): void {
    const { turn } = this;
    this.turn = undefined;
    if (!turn) return;
    if (this.closed) return turn.reject(notKept(new Error('the history is closed')));
    let batches: RoomBatches;
    try {
      batches = turn.place(this.clock());
      this.commit(batches);
    } catch (cause) {
      this.outcome(cause);
      turn.reject(notKept(cause));
      return;
    }
    this.outcome(undefined);
    this.isTelling = true;
    for (const [log, batch] of batches) log.committed(batch);
    this.isTelling = false;
    turn.resolve();
  }
}

export class RoomLog implements Log {
  private readonly listeners = new Set<BatchListener>();
  first: number;
  last: number;
  /** Time of the newest entry: the clock may go backwards, the history does not. */
  time: number;

  constructor(
    private readonly history: BatchedHistory,
    readonly room: string,
    { last, time, removed }: Standing,
  ) {
    this.first = removed + 1;
    this.last = last;
    this.time = time;
  }

  async append(drafts: readonly Draft[]): Promise<readonly Entry[]> {
    if (drafts.length === 0) return [];
    const turn = this.history.openTurn();
    const places = drafts.map((draft) => turn.add(this, draft));
    await turn.kept;
    return places.map((place) => turn.entryAt(this, place));
  }

  add(draft: Draft, loser?: Loser): Promise<void> {
    const turn = this.history.openTurn();
    turn.add(this, draft, loser);
    this.history.relieve(turn);
    return turn.kept;
  }

  async read(range: Range): Promise<readonly Entry[]> {
    return (await this.page(range))?.entries ?? [];
  }

  page({ from, to, bytes = Infinity }: Range): Promise<Batch | undefined> {
    const batches: EntryBatch[] = [];
    let left = bytes;
    for (const batch of to < from ? [] : this.history.readOn(this.room, from)) {
      if (batch.first > to) break;
      left -= batch.records.length;
      if (left < 0 && batches.length > 0) break;
      batches.push(batch.between(from, to));
    }
    return Promise.resolve(batches.length === 0 ? undefined : EntryBatch.joined(batches));
  }

  batchOf(entries: readonly Entry[]): Batch {
    return EntryBatch.of(entries, this.room);
  }

  tail(to: number, bytes: number, inlineFile: number): Promise<number> {
    let left = bytes;
    let first = to + 1;
    for (const size of this.history.sizesBack(this.room, to)) {
      // Of most it is enough to know how large they are.
      const isWithin = size.last <= to && !size.hasFiles && size.bytes <= left;
      const batch = isWithin ? undefined : this.batchWith(size.first).between(1, to);
      const weight = batch ? sizeOf(batch, inlineFile) : size.bytes;
      if (batch && weight > left) return Promise.resolve(this.tailOf(batch, left, inlineFile));
      left -= weight;
      first = size.first;
    }
    return Promise.resolve(first);
  }

  subscribe(listener: BatchListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  removed(count: number): void {
    this.first += count;
  }

  committed(batch: EntryBatch): void {
    this.last = batch.last;
    this.time = batch.time;
    for (const listener of this.listeners) listener(batch);
  }

  private batchWith(entry: number): EntryBatch {
    const [batch] = this.history.readOn(this.room, entry);
    return batch!;
  }

  private tailOf(batch: Batch, bytes: number, inlineFile: number): number {
    const lengths = recordLengths(batch.records);
    let left = bytes;
    let count = 0;
    for (; count < lengths.length; count++) {
      left -= lengths.at(-1 - count)! + (batch.hasFiles ? contentsOf(batch.entries.at(-1 - count)!, inlineFile) : 0);
      if (left < 0) break;
    }
    return batch.last + 1 - count;
  }
}

/** Bytes of its records, with the contents of small files. */
function sizeOf(batch: Batch, inlineFile: number): number {
  const files = batch.hasFiles ? batch.entries : [];
  return files.reduce((sum, entry) => sum + contentsOf(entry, inlineFile), batch.records.length);
}

function contentsOf(entry: Entry, inlineFile: number): number {
  return entry.kind === 'file' && entry.file.size <= inlineFile ? entry.file.size : 0;
}
