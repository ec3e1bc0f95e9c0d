/** The history in one SQLite file (WAL): docs/decisions.md says what it promises and why it is laid out like this. */
import Database from 'better-sqlite3';
import { codeOf } from '../error-code.js';
import type { Entry, StoredFile } from '../room/entry.js';
import type { Clock, Presence } from '../room/ports.js';
import { BatchedHistory, type RoomBatch } from './batched.js';

/** "Snug" in ASCII: tells our file from other SQLite files. */
const APPLICATION_ID = 0x536e7567;
const SCHEMA_VERSION = 1;

/** `seat` says who is in a room, so that a start needs not read the history to know who was in it when it ended. */
const SCHEMA = `
  CREATE TABLE room (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE entry (
    room INTEGER NOT NULL REFERENCES room (id),
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('join', 'leave', 'text', 'file')),
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    number INTEGER NOT NULL,
    stored TEXT,
    PRIMARY KEY (room, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE seat (
    room INTEGER NOT NULL REFERENCES room (id),
    author TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (room, author)
  ) WITHOUT ROWID;
`;

/** `text` is the message or the name of the file or avatar, `number` the message's id or the size in bytes. */
interface Row {
  readonly sequence: number;
  readonly time: number;
  readonly kind: Entry['kind'];
  readonly author: string;
  readonly text: string;
  readonly number: number;
  readonly stored: string | null;
}

/** The file is there and cannot be used as our history; it is left as it is. */
export class HistoryFileError extends Error {
  override readonly name = 'HistoryFileError';
}

export class SqliteHistory extends BatchedHistory {
  private readonly database: Database.Database;
  private readonly statements: ReturnType<typeof prepare>;
  private readonly insertAll: (batches: readonly RoomBatch[]) => void;
  /** Row of each room that has entries. */
  private readonly ids = new Map<string, number>();

  /** Opens the file, made if it is not there. Throws HistoryFileError when it is not a history or a newer one. */
  constructor(path: string, clock: Clock) {
    super(clock);
    [this.database, this.statements] = openDatabase(path);
    for (const { id, name } of this.statements.rooms.all()) this.ids.set(name, id);
    this.insertAll = this.database.transaction((batches: readonly RoomBatch[]) =>
      batches.forEach((batch) => this.insert(batch)),
    );
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

  *readOn(room: string, from: number, to: number): Iterable<Entry> {
    for (const row of this.statements.readOn.iterate(this.ids.get(room) ?? null, from, to)) yield entryOf(row);
  }

  *readBack(room: string, to: number): Iterable<Entry> {
    for (const row of this.statements.readBack.iterate(this.ids.get(room) ?? null, to)) yield entryOf(row);
  }

  protected newest(room: string): { sequence: number; time: number } {
    return this.statements.newest.get(this.ids.get(room) ?? null) ?? { sequence: 0, time: 0 };
  }

  protected shut(): void {
    this.database.close();
  }

  protected commit(batches: readonly RoomBatch[]): void {
    const made = batches.map(({ log }) => log.room).filter((room) => !this.ids.has(room));
    try {
      this.insertAll(batches);
    } catch (error) {
      for (const room of made) this.ids.delete(room);
      throw error;
    }
  }

  private insert({ log, entries }: RoomBatch): void {
    const room = this.roomId(log.room);
    for (const entry of entries) this.insertEntry(room, entry);
  }

  private insertEntry(room: number, entry: Entry): void {
    const { sequence, time, kind, author } = entry;
    const { insert, sit, stand } = this.statements;
    switch (entry.kind) {
      case 'text':
        insert.run(room, sequence, time, kind, author, entry.text, entry.id, null);
        break;
      case 'file':
        insert.run(room, sequence, time, kind, author, ...fileValues(entry.file));
        break;
      case 'join':
        insert.run(room, sequence, time, kind, author, ...fileValues(entry.avatar));
        sit.run(room, author, sequence);
        break;
      case 'leave':
        insert.run(room, sequence, time, kind, author, '', 0, null);
        stand.run(room, author);
        break;
    }
  }

  private roomId(name: string): number {
    const known = this.ids.get(name);
    if (known !== undefined) return known;
    const { id } = this.statements.addRoom.get(name)!;
    this.ids.set(name, id);
    return id;
  }
}

function prepare(database: Database.Database) {
  const columns = 'sequence, time, kind, author, text, number, stored';
  type EntryValues = [number, number, number, string, string, string, number, string | null];
  return {
    rooms: database.prepare<[], { id: number; name: string }>('SELECT id, name FROM room ORDER BY id'),
    addRoom: database.prepare<[string], { id: number }>(
      'INSERT INTO room (name) VALUES (?) ON CONFLICT DO UPDATE SET name = name RETURNING id',
    ),
    newest: database.prepare<[number | null], { sequence: number; time: number }>(
      'SELECT sequence, time FROM entry WHERE room = ? ORDER BY sequence DESC LIMIT 1',
    ),
    insert: database.prepare<EntryValues>(`INSERT INTO entry (room, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
    sit: database.prepare<[number, string, number]>(
      'INSERT OR REPLACE INTO seat (room, author, sequence) VALUES (?, ?, ?)',
    ),
    stand: database.prepare<[number, string]>('DELETE FROM seat WHERE room = ? AND author = ?'),
    present: database.prepare<[], { room: string; author: string }>(
      'SELECT room.name AS room, author FROM seat JOIN room ON room.id = seat.room ORDER BY room.id, sequence',
    ),
    readOn: database.prepare<[number | null, number, number], Row>(
      `SELECT ${columns} FROM entry WHERE room = ? AND sequence BETWEEN ? AND ? ORDER BY sequence`,
    ),
    readBack: database.prepare<[number | null, number], Row>(
      `SELECT ${columns} FROM entry WHERE room = ? AND sequence <= ? ORDER BY sequence DESC`,
    ),
  };
}

function entryOf(row: Row): Entry {
  const { sequence, time, kind, author } = row;
  switch (kind) {
    case 'text':
      return { kind, author, text: row.text, id: row.number, sequence, time };
    case 'file':
      return { kind, author, file: fileOf(row), sequence, time };
    case 'join':
      // Without a name there is no avatar, as in every row that was written before there were any.
      return { kind, author, ...(row.text !== '' && { avatar: fileOf(row) }), sequence, time };
    case 'leave':
      return { kind, author, sequence, time };
  }
}

function fileOf({ text: name, stored, number: size }: Row): StoredFile {
  return { name, stored: stored ?? name, size };
}

/** `text`, `number` and `stored` of a file, or of none. */
function fileValues(file: StoredFile | undefined): [string, number, string | null] {
  return file ? [file.name, file.size, file.stored] : ['', 0, null];
}

function openDatabase(path: string): [Database.Database, ReturnType<typeof prepare>] {
  const database = new Database(path);
  try {
    const isNew = database.pragma('schema_version', { simple: true }) === 0;
    if (isNew) create(database);
    else checkOurs(database, path);
    database.pragma('journal_mode = WAL');
    // Survives a killed process whatever the moment; docs/decisions.md has what FULL would cost.
    database.pragma('synchronous = NORMAL');
    return [database, prepare(database)];
  } catch (error) {
    database.close();
    if (isNotDatabase(error))
      throw new HistoryFileError(`${path} is damaged or not a history of Snug; it is left as it is.`);
    throw error;
  }
}

function create(database: Database.Database): void {
  database.transaction(() => {
    database.exec(SCHEMA);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

function checkOurs(database: Database.Database, path: string): void {
  if (database.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new HistoryFileError(`${path} is not a history of Snug; it is left as it is.`);
  }
  if (database.pragma('user_version', { simple: true }) !== SCHEMA_VERSION) {
    throw new HistoryFileError(`${path} was written by another version of Snug; it is left as it is.`);
  }
}

function isNotDatabase(error: unknown): boolean {
  const code = codeOf(error);
  // SQLITE_ERROR is what preparing a statement gives when a table or column it names is not there.
  return code === 'SQLITE_NOTADB' || code === 'SQLITE_ERROR' || code.startsWith('SQLITE_CORRUPT');
}
