/** The history's SQLite file (WAL): docs/decisions.md says what it promises and why it is laid out like this. */
import type Database from 'better-sqlite3';
import type { Entry, StoredFile } from '../room/entry.js';
import type { Presence, SharedFile } from '../room/ports.js';
import type { EntryBatch, Kept } from './batch.js';
import type { BatchSize, Standing } from './batched.js';
import { Checkpoints } from './checkpoint.js';
import { type Head, insertRows } from './insert.js';
import { MOST_ENTRIES, placeOf } from './place.js';
import { batchOf, type BatchRow, joinedRows, rowsOf } from './row.js';
import { openHistory } from './schema.js';
import type { FileRow, Link, RoomRow, Statements } from './statements.js';

/** What is to be put behind a room's last entry. */
export interface Addition {
  readonly room: string;
  /** Texts that were durable elsewhere, oldest first. */
  readonly recent: readonly Kept[];
  /** What follows them. */
  readonly batch?: EntryBatch;
}

/** What an insertion changes beside the file itself, once it has worked. */
interface Changes {
  readonly rooms: Map<string, RoomRow>;
  readonly heads: Map<string, Head>;
  fileBytes: number;
  /** Of records. */
  bytes: number;
}

export class HistoryFile {
  private readonly database: Database.Database;
  private readonly statements: Statements;
  private readonly insertAll: (additions: readonly Addition[]) => Changes;
  private readonly cut: (room: number, to: number) => void;
  /** By their names. */
  private readonly known = new Map<string, RoomRow>();
  /** By their rows. */
  private readonly names = new Map<number, string>();
  /** Of rooms that were written to. */
  private readonly heads = new Map<string, Head>();
  private readonly checkpoints: Checkpoints;
  /** Bytes of all files that entries brought, each counted once. */
  fileBytes: number;

  /** Opens the file, made if it is not there. Throws HistoryFileError when it is not a history or a newer one. */
  constructor(path: string) {
    const [database, statements] = openHistory(path);
    this.database = database;
    this.statements = statements;
    this.checkpoints = new Checkpoints(path, () => database.pragma('wal_autocheckpoint = 1000'));
    for (const room of statements.rooms.all()) this.know(room);
    this.fileBytes = statements.fileBytes.get()!.bytes;
    this.insertAll = database.transaction((additions: readonly Addition[]) => this.insertEach(additions));
    this.cut = database.transaction((room: number, to: number) => {
      const range = [placeOf(room, 0), placeOf(room, to)] as const;
      const { last, time, hash, total } = statements.lastIn.get(...range)!;
      statements.removed.run(last, time, hash, total, room);
      statements.remove.run(...range);
    });
  }

  rooms(): readonly string[] {
    return [...this.known.keys()];
  }

  /** Sequence of each room's last entry, by its row. */
  ends(): Map<number, number> {
    return new Map([...this.known].map(([room, { id }]) => [id, this.standing(room)!.last]));
  }

  nameOf(id: number): string {
    return this.names.get(id)!;
  }

  /** The room's row; undefined for one that has never had an entry here. */
  idOf(room: string): number | undefined {
    return this.known.get(room)?.id;
  }

  /** Makes all of it durable, in one transaction, or throws and keeps none of it. */
  insert(additions: readonly Addition[]): void {
    const { rooms, heads, fileBytes, bytes } = this.insertAll(additions);
    for (const room of rooms.values()) this.know(room);
    for (const [room, head] of heads) this.heads.set(room, head);
    this.fileBytes += fileBytes;
    this.checkpoints.committed(bytes, additions.length);
  }

  present(): readonly Presence[] {
    const rooms = new Map<string, string[]>();
    for (const { room, author } of this.statements.present.all()) {
      rooms.set(room, [...(rooms.get(room) ?? []), author]);
    }
    return [...rooms].map(([room, names]) => ({ room, names }));
  }

  oldestFiles(limit: number): readonly SharedFile[] {
    const rows = this.statements.oldestFiles.all(limit);
    return rows.map((row) => ({ file: sharedFile(row), time: row.time }));
  }

  forgetFile({ stored }: StoredFile): void {
    const size = this.statements.file.get(stored)?.size ?? 0;
    this.statements.forgetFile.run(stored);
    this.fileBytes -= size;
  }

  /** The batches with entries from `from` on, whole, oldest first. */
  *readOn(room: string, from: number): Iterable<EntryBatch> {
    const id = this.idOf(room);
    if (id === undefined) return;
    const { lastIn, readOn } = this.statements;
    // The batch that has entry `from` may begin before it.
    const first = lastIn.get(placeOf(id, 0), placeOf(id, from))?.first ?? from;
    for (const row of readOn.iterate(placeOf(id, first), placeOf(id, MOST_ENTRIES))) {
      if (row.last >= from) yield this.batchOf(row);
    }
  }

  /** How large the batches with entries up to `to` are, youngest first. */
  *sizesBack(room: string, to: number): Iterable<BatchSize> {
    const id = this.idOf(room);
    if (id === undefined) return;
    const rows = this.statements.sizes.iterate(placeOf(id, 0), placeOf(id, to));
    for (const { first, last, bytes, hasFile } of rows) yield { first, last, bytes, hasFiles: hasFile === 1 };
  }

  /** Undefined for a room that has never had an entry here. */
  standing(name: string): Standing | undefined {
    const room = this.known.get(name);
    if (!room) return undefined;
    const { removed } = room;
    const { last, time } = this.newestOf(room) ?? { last: removed, time: room.time };
    return { last, time, removed };
  }

  /** What the entries of a room weigh together. */
  weigh(name: string): number {
    return this.headOf(this.known.get(name)!).total - this.known.get(name)!.total;
  }

  /** Removes a room's entries up to `to`, the last of a batch, for good, or throws and keeps all. */
  remove(name: string, to: number): void {
    this.cut(this.known.get(name)!.id, to);
    // A row that was removed does not go on.
    this.heads.delete(name);
    for (const room of this.statements.rooms.all()) this.know(room);
  }

  async close(): Promise<void> {
    await this.checkpoints.stop();
    this.database.close();
  }

  private know(room: RoomRow): void {
    this.known.set(room.name, room);
    this.names.set(room.id, room.name);
  }

  private insertEach(additions: readonly Addition[]): Changes {
    const changes: Changes = { rooms: new Map(), heads: new Map(), fileBytes: 0, bytes: 0 };
    for (const addition of additions) this.insertOne(addition, changes);
    return changes;
  }

  private insertOne({ room, recent, batch }: Addition, changes: Changes): void {
    const head = this.headOf(this.known.get(room) ?? this.addRoom(room, changes));
    const rows = [...joinedRows(recent), ...(batch ? rowsOf(batch, room) : [])];
    changes.heads.set(room, insertRows(this.statements, head, rows));
    for (const { records } of rows) changes.bytes += records.length;
    for (const entry of batch?.entries ?? []) if (entry.kind !== 'text') this.note(head.id, entry, changes);
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
