/**
 * The history on disk: a SQLite file, and beside it, while much is said, journals of what was said last, since one write a turn
 * costs less than a row for each room. docs/decisions.md says what it promises and why it is laid out like this.
 */
import type { StoredFile } from '../room/entry.js';
import type { Clock, DiskOutcome, Presence, SharedFile } from '../room/ports.js';
import { EntryBatch, type Kept } from './batch.js';
import { type BatchSize, BatchedHistory, type RoomBatches, type Standing } from './batched.js';
import { HistoryFile } from './file.js';
import { Rate } from './rate.js';
import type { Said } from './journal.js';
import { Recent, type Texts } from './recent.js';
import { recover } from './recover.js';

export { HistoryFileError } from './schema.js';

/** Rows that are written in a second before much is said. */
const CALM = 32;
/** Bytes of a room's texts in one commit from which on a row costs no more than the journal. */
const ROW = 4096;

export class SqliteHistory extends BatchedHistory {
  private readonly file: HistoryFile;
  private readonly recent: Recent;
  private readonly rate: Rate;
  /** Journals of a server that was killed, by other names now, of which not all could be taken in. */
  readonly leftAside: readonly string[];

  /**
   * Opens the file, made if it is not there, and takes in what a server that was killed left beside it. Throws
   * HistoryFileError when it is not a history or a newer one. `outcome` is told how each commit went; so many rows a second
   * as `calm` go into SQLite at once.
   */
  constructor(path: string, clock: Clock, outcome?: DiskOutcome, calm = CALM) {
    super(clock, outcome);
    this.rate = new Rate(calm);
    this.file = new HistoryFile(path);
    const move = (texts: Texts): void =>
      this.file.insert([...texts].map(([id, recent]) => ({ room: this.file.nameOf(id), recent })));
    try {
      this.leftAside = recover(path, () => this.file.ends(), move);
      this.recent = new Recent(path, move);
    } catch (error) {
      void this.file.close();
      throw error;
    }
  }

  get fileBytes(): number {
    return this.file.fileBytes;
  }

  rooms(): Promise<readonly string[]> {
    return Promise.resolve(this.file.rooms());
  }

  present(): Promise<readonly Presence[]> {
    return Promise.resolve(this.file.present());
  }

  oldestFiles(limit: number): Promise<readonly SharedFile[]> {
    return Promise.resolve(this.file.oldestFiles(limit));
  }

  async forgetFile(file: StoredFile): Promise<void> {
    this.file.forgetFile(file);
  }

  *readOn(room: string, from: number): Iterable<EntryBatch> {
    const recent = this.recentOf(room);
    const isRecent = recent.length > 0 && recent[0]!.first <= from;
    if (!isRecent) yield* this.file.readOn(room, from);
    for (const kept of recent) if (kept.last >= from) yield EntryBatch.kept(kept);
  }

  *sizesBack(room: string, to: number): Iterable<BatchSize> {
    for (const { first, last, records } of this.recentOf(room).toReversed()) {
      if (first <= to) yield { first, last, bytes: records.length, hasFiles: false };
    }
    yield* this.file.sizesBack(room, to);
  }

  protected rowsOn(room: string, from: number): Iterable<EntryBatch> {
    return this.file.readOn(room, from);
  }

  protected standing(room: string): Standing | undefined {
    return this.file.standing(room);
  }

  protected weigh(room: string): number {
    return this.file.weigh(room);
  }

  protected remove(room: string, to: number): void {
    this.file.remove(room, to);
  }

  protected commit(batches: RoomBatches): void {
    const said = this.rate.isBeyond(batches.size) ? this.saidIn(batches) : undefined;
    if (said && this.recent.add(said)) return;
    this.file.insert([...batches].map(([{ room }, batch]) => ({ room, recent: this.recentOf(room), batch })));
    this.recent.forget([...batches.keys()].map(({ room }) => this.file.idOf(room)!));
  }

  protected shut(): Promise<void> {
    this.recent.close();
    return this.file.close();
  }

  /** What is small and nothing but texts; undefined when there is anything else. */
  private saidIn(batches: RoomBatches): readonly Said[] | undefined {
    const said: Said[] = [];
    let bytes = 0;
    for (const [{ room }, batch] of batches) {
      const id = this.file.idOf(room);
      if (id === undefined || batch.entries.some(({ kind }) => kind !== 'text')) return undefined;
      said.push({ room: id, batch });
      bytes += batch.records.length;
    }
    return bytes < said.length * ROW ? said : undefined;
  }

  private recentOf(room: string): readonly Kept[] {
    const id = this.file.idOf(room);
    return id === undefined ? [] : this.recent.of(id);
  }
}
