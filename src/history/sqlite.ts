/** The history in one SQLite file (WAL): docs/decisions.md says what it promises and why it is laid out like this. */
import type Database from 'better-sqlite3';
import type { Entry, StoredFile } from '../room/entry.js';
import type { Clock, DiskOutcome, Presence, SharedFile } from '../room/ports.js';
import { BatchedHistory, type RoomBatch, type RoomLog, type Standing } from './batched.js';
import { linkHash, NO_HASH } from './chain.js';
import { entryOf, fileOf, rowOf } from './row.js';
import { openHistory } from './schema.js';
import type { Statements } from './statements.js';

export { HistoryFileError } from './schema.js';

/** A room that has entries: its row, and the hash of the newest of them. */
interface Head {
  readonly id: number;
  readonly hash: string;
}

/** What a commit changes beside the file itself, once it has worked. */
interface Changes {
  readonly heads: Map<string, Head>;
  fileBytes: number;
}

export class SqliteHistory extends BatchedHistory {
  private readonly database: Database.Database;
  private readonly statements: Statements;
  private readonly insertAll: (batches: readonly RoomBatch[]) => Changes;
  private readonly cut: (room: number, to: number, bytesLeft: number) => void;
  private readonly heads = new Map<string, Head>();
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
    for (const { id, name, hash } of statements.rooms.all()) this.heads.set(name, { id, hash: hash.toString('hex') });
    this.fileBytes = statements.fileBytes.get()!.bytes;
    this.insertAll = database.transaction((batches: readonly RoomBatch[]) => this.insertBatches(batches));
    this.cut = database.transaction((room: number, to: number, bytesLeft: number) => {
      statements.anchor.run(bytesLeft, room, to);
      statements.remove.run(room, to);
    });
  }

  rooms(): Promise<readonly string[]> {
    return Promise.resolve(this.statements.rooms.all().map(({ name }) => name));
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
    return Promise.resolve(
      rows.map(({ stored, size, sha256, time }) => {
        const file = fileOf({ text: stored, stored, number: size, sha256 });
        return { file, time };
      }),
    );
  }

  async forgetFile({ stored }: StoredFile): Promise<void> {
    const size = this.statements.file.get(stored)?.size ?? 0;
    this.statements.forgetFile.run(stored);
    this.fileBytes -= size;
  }

  *readOn(room: string, from: number, to: number): Iterable<Entry> {
    const rows = this.statements.readOn.iterate(this.idOf(room), from, to);
    for (const row of rows) yield entryOf(row, row.gone === 1);
  }

  *readBack(room: string, to: number): Iterable<Entry> {
    const rows = this.statements.readBack.iterate(this.idOf(room), to);
    for (const row of rows) yield entryOf(row, row.gone === 1);
  }

  protected standing(room: string): Standing | undefined {
    const id = this.idOf(room);
    return id === null ? undefined : this.statements.room.get(id);
  }

  protected shut(): void {
    this.database.close();
  }

  protected commit(batches: readonly RoomBatch[]): void {
    const { heads, fileBytes } = this.insertAll(batches);
    for (const [room, head] of heads) this.heads.set(room, head);
    this.fileBytes += fileBytes;
  }

  protected remove({ room }: RoomLog, to: number, bytesLeft: number): void {
    this.cut(this.heads.get(room)!.id, to, bytesLeft);
  }

  private insertBatches(batches: readonly RoomBatch[]): Changes {
    const changes: Changes = { heads: new Map(), fileBytes: 0 };
    for (const batch of batches) this.insert(batch, changes);
    return changes;
  }

  private insert({ log, entries, bytes }: RoomBatch, changes: Changes): void {
    const { id, hash } = this.heads.get(log.room) ?? this.addRoom(log.room);
    let newest = hash;
    for (const entry of entries) newest = this.insertEntry(id, log.room, newest, entry, changes);
    const { sequence, time } = entries.at(-1)!;
    this.statements.moveOn.run(sequence, time, Buffer.from(newest, 'hex'), log.bytes + bytes, id);
    changes.heads.set(log.room, { id, hash: newest });
  }

  /** Gives the entry's hash. */
  private insertEntry(id: number, room: string, previous: string, entry: Entry, changes: Changes): string {
    const row = rowOf(entry);
    const { sequence, time, kind, author, text, number, stored, sha256 } = row;
    const hash = linkHash(previous, room, row);
    const { insert, sit, stand } = this.statements;
    insert.run(id, sequence, time, kind, author, text, number, stored, sha256, Buffer.from(hash, 'hex'));
    if (kind === 'join') sit.run(id, author, sequence);
    if (kind === 'leave') stand.run(id, author);
    if (kind === 'file') changes.fileBytes += this.keepFile(stored!, number, sha256, time);
    return hash;
  }

  /** Gives by how many bytes all files together grow. */
  private keepFile(stored: string, size: number, sha256: Buffer | null, time: number): number {
    const known = this.statements.file.get(stored);
    this.statements.keepFile.run(stored, size, sha256, time);
    return size - (known?.size ?? 0);
  }

  private addRoom(name: string): Head {
    return { id: this.statements.addRoom.get(name)!.id, hash: NO_HASH };
  }

  private idOf(room: string): number | null {
    return this.heads.get(room)?.id ?? null;
  }
}
