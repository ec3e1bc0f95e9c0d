/** The history in one SQLite file (WAL): docs/decisions.md says what it promises and why it is laid out like this. */
import type Database from 'better-sqlite3';
import type { Entry, StoredFile } from '../room/entry.js';
import type { Clock, DiskOutcome, Presence, SharedFile } from '../room/ports.js';
import type { EntryBatch } from './batch.js';
import { type BatchSize, BatchedHistory, type RoomBatches, type Standing } from './batched.js';
import { Checkpoints } from './checkpoint.js';
import { type Head, insertRows } from './insert.js';
import { MOST_ENTRIES, placeOf } from './place.js';
import { batchOf, type BatchRow, rowsOf } from './row.js';
import { openHistory } from './schema.js';
import type { FileRow, Link, RoomRow, Statements } from './statements.js';

export { HistoryFileError } from './schema.js';

/** What a commit changes beside the file itself, once it has worked. */
interface Changes {
  readonly rooms: Map<string, RoomRow>;
  readonly heads: Map<string, Head>;
  fileBytes: number;
}

export class SqliteHistory extends BatchedHistory {
  private readonly database: Database.Database;
  private readonly statements: Statements;
  private readonly insertAll: (batches: RoomBatches) => Changes;
  private readonly cut: (room: number, to: number) => void;
  /** Rooms by their names. */
  private readonly known = new Map<string, RoomRow>();
  /** Of those that were written to. */
  private readonly heads = new Map<string, Head>();
  private readonly checkpoints: Checkpoints;
  fileBytes: number;

  /**
   * Opens the file, made if it is not there. Throws HistoryFileError when it is not a history or a newer one. `outcome`
   * is told how each commit went.
   */
  constructor(path: string, clock: Clock, outcome?: DiskOutcome) {
    super(clock, outcome);
    const [database, statements] = openHistory(path);
    this.database = database;
    this.statements = statements;
    this.checkpoints = new Checkpoints(path, () => database.pragma('wal_autocheckpoint = 1000'));
    for (const room of statements.rooms.all()) this.known.set(room.name, room);
    this.fileBytes = statements.fileBytes.get()!.bytes;
    this.insertAll = database.transaction((batches: RoomBatches) => this.insertBatches(batches));
    this.cut = database.transaction((room: number, to: number) => {
      const range = [placeOf(room, 0), placeOf(room, to)] as const;
      const { last, time, hash, total } = statements.lastIn.get(...range)!;
      statements.removed.run(last, time, hash, total, room);
      statements.remove.run(...range);
    });
  }

  rooms(): Promise<readonly string[]> {
    return Promise.resolve([...this.known.keys()]);
  }

  present(): Promise<readonly Presence[]> {
    const rooms = new Map<string, string[]>();
    for (const { room, author } of this.statements.present.all()) {
      rooms.set(room, [...(rooms.get(room) ?? []), author]);
    }
    return Promise.resolve([...rooms].map(([room, names]) => ({ room, names })));
  }

  oldestFiles(limit: number): Promise<readonly SharedFile[]> {
    const rows = this.statements.oldestFiles.all(limit);
    return Promise.resolve(rows.map((row) => ({ file: sharedFile(row), time: row.time })));
  }

  async forgetFile({ stored }: StoredFile): Promise<void> {
    const size = this.statements.file.get(stored)?.size ?? 0;
    this.statements.forgetFile.run(stored);
    this.fileBytes -= size;
  }

  *readOn(room: string, from: number): Iterable<EntryBatch> {
    const id = this.known.get(room)?.id;
    if (id === undefined) return;
    const { lastIn, readOn } = this.statements;
    // The batch that has entry `from` may begin before it.
    const first = lastIn.get(placeOf(id, 0), placeOf(id, from))?.first ?? from;
    for (const row of readOn.iterate(placeOf(id, first), placeOf(id, MOST_ENTRIES))) {
      if (row.last >= from) yield this.batchOf(row);
    }
  }

  *sizesBack(room: string, to: number): Iterable<BatchSize> {
    const id = this.known.get(room)?.id;
    if (id === undefined) return;
    const rows = this.statements.sizes.iterate(placeOf(id, 0), placeOf(id, to));
    for (const { first, last, bytes, hasFile } of rows) yield { first, last, bytes, hasFiles: hasFile === 1 };
  }

  protected standing(name: string): Standing | undefined {
    const room = this.known.get(name);
    if (!room) return undefined;
    const { removed } = room;
    const { last, time } = this.newestOf(room) ?? { last: removed, time: room.time };
    return { last, time, removed };
  }

  protected weigh(name: string): number {
    return this.headOf(this.known.get(name)!).total - this.known.get(name)!.total;
  }

  protected async shut(): Promise<void> {
    await this.checkpoints.stop();
    this.database.close();
  }

  protected commit(batches: RoomBatches): void {
    const { rooms, heads, fileBytes } = this.insertAll(batches);
    for (const [name, room] of rooms) this.known.set(name, room);
    for (const [room, head] of heads) this.heads.set(room, head);
    this.fileBytes += fileBytes;
    let bytes = 0;
    for (const batch of batches.values()) bytes += batch.records.length;
    this.checkpoints.committed(bytes, batches.size);
  }

  protected remove(name: string, to: number): void {
    this.cut(this.known.get(name)!.id, to);
    // A row that was removed does not go on.
    this.heads.delete(name);
    for (const room of this.statements.rooms.all()) this.known.set(room.name, room);
  }

  private insertBatches(batches: RoomBatches): Changes {
    const changes: Changes = { rooms: new Map(), heads: new Map(), fileBytes: 0 };
    for (const [{ room }, batch] of batches) this.insert(room, batch, changes);
    return changes;
  }

  private insert(name: string, batch: EntryBatch, changes: Changes): void {
    const head = this.headOf(this.known.get(name) ?? this.addRoom(name, changes));
    changes.heads.set(name, insertRows(this.statements, head, rowsOf(batch, name)));
    for (const entry of batch.entries) if (entry.kind !== 'text') this.note(head.id, entry, changes);
  }

  /** What is known of the entry beside that it was. */
  private note(room: number, entry: Entry, changes: Changes): void {
    const { sit, stand, file: known, keepFile } = this.statements;
    if (entry.kind === 'join') sit.run(room, entry.author, entry.sequence);
    if (entry.kind === 'leave') stand.run(room, entry.author);
    if (entry.kind !== 'file') return;
    const { stored, size, sha256 } = entry.file;
    changes.fileBytes += size - (known.get(stored)?.size ?? 0);
    keepFile.run(stored, size, sha256 === undefined ? null : Buffer.from(sha256, 'hex'), entry.time);
  }

  private addRoom(name: string, { rooms }: Changes): RoomRow {
    const room = this.statements.addRoom.get(name)!;
    rooms.set(name, room);
    return room;
  }

  private headOf(room: RoomRow): Head {
    const head = this.heads.get(room.name);
    if (head) return head;
    const { hash, total } = this.newestOf(room) ?? room;
    return { id: room.id, hash, total };
  }

  private newestOf({ id }: RoomRow): Link | undefined {
    return this.statements.lastIn.get(placeOf(id, 0), placeOf(id, MOST_ENTRIES));
  }

  private batchOf(row: BatchRow): EntryBatch {
    return batchOf(row, (file) => this.isGone(file));
  }

  /** It was let go of, or its name was given to another one. */
  private isGone({ stored, size, sha256 }: StoredFile): boolean {
    const kept = this.statements.file.get(stored);
    return kept?.size !== size || (sha256 !== undefined && kept.sha256?.toString('hex') !== sha256);
  }
}

function sharedFile({ stored, size, sha256 }: FileRow): StoredFile {
  return { name: stored, stored, size, ...(sha256 && { sha256: sha256.toString('hex') }) };
}
