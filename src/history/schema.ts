/** The history's SQLite file: its tables, how it is opened, and when it is refused. */
import { existsSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { codeOf } from '../error-code.js';
import { journalNumbers, journalPath } from './journal.js';
import { MOST_ENTRIES, PLACE_BITS } from './place.js';
import { prepare, type Statements } from './statements.js';
import { isOldVersion, upgrade } from './upgrade.js';

/** "Snug" in ASCII: tells our file from other SQLite files. */
const APPLICATION_ID = 0x536e7567;
const SCHEMA_VERSION = 3;

/**
 * `batch` has what was committed together, or within a short time, as records, so that a flood is a few rows and what is read
 * needs no encoding. Its key is room and place of the first entry in one number (place.ts), so that a room's batches lie
 * side by side and are found by comparing numbers alone; `records` stands last, so that the rest is read without it. `room`
 * says where the room's history begins now: place, time, hash and weight of what was removed last. `seat` says who is in a
 * room, so that a start needs not read the history to know who was in it when it ended. `file` has the files that entries
 * brought, whether those are still there or not: `time` is that of the youngest entry that names it.
 */
export const SCHEMA = `
  CREATE TABLE room (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    removed INTEGER NOT NULL DEFAULT 0,
    time INTEGER NOT NULL DEFAULT 0,
    hash BLOB NOT NULL DEFAULT (zeroblob(32)),
    total INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE batch (
    place INTEGER PRIMARY KEY,
    room INTEGER GENERATED ALWAYS AS (place >> ${PLACE_BITS}) VIRTUAL,
    first INTEGER GENERATED ALWAYS AS (place & ${MOST_ENTRIES}) VIRTUAL,
    last INTEGER NOT NULL,
    time INTEGER NOT NULL,
    total INTEGER NOT NULL,
    hash BLOB NOT NULL,
    stored TEXT,
    sha256 BLOB,
    records BLOB NOT NULL
  );
  CREATE TABLE seat (
    room INTEGER NOT NULL REFERENCES room (id),
    author TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (room, author)
  ) WITHOUT ROWID;
  CREATE TABLE file (
    stored TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    sha256 BLOB,
    time INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX file_by_age ON file (time, stored);
`;

/** The file is there and cannot be used as our history; it is left as it is. */
export class HistoryFileError extends Error {
  override readonly name = 'HistoryFileError';
}

/** Opens the history, made if it is not there, brought up to date if it is old. Throws HistoryFileError. */
export function openHistory(path: string): [Database.Database, Statements] {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isFile() === false) throw new HistoryFileError(`${path} is not a file; it is left as it is.`);
  const isThere = there !== undefined && there.size > 0;
  // A connection that can write may change the file by closing it, so what may be refused is looked at with one that cannot.
  if (isThere) tryOut(path);
  else refuseOrphan(path);
  return opened(path, new Database(path), (database) => {
    if (!isThere) create(database);
    else if (isOld(database)) bringUpToDate(database);
    database.pragma('journal_mode = WAL');
    // Kibibytes of pages in memory: what is appended to next is there, and old pages are seldom read twice.
    database.pragma('cache_size = -2048');
    // What is in the log is moved by a thread of its own (checkpoint.ts).
    database.pragma('wal_autocheckpoint = 0');
    // Survives a killed process whatever the moment; docs/decisions.md has what FULL would cost.
    database.pragma('synchronous = NORMAL');
    // What retention removes is overwritten, not just forgotten.
    database.pragma('secure_delete = ON');
    return [database, prepare(database)];
  });
}

/** True when no log lies beside the history: whoever had it open has closed it. */
export function isClosed(path: string): boolean {
  return !existsSync(`${path}-wal`);
}

/** Removes what looking at a closed history leaves beside it. Nobody else may have it open. */
export function removeTraces(path: string): void {
  if (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size !== 0) return;
  for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
}

function tryOut(path: string): void {
  const wasClosed = isClosed(path);
  try {
    openReadOnly(path).close();
  } finally {
    if (wasClosed) removeTraces(path);
  }
}

/** Opens a history that is there to look at it. Throws HistoryFileError when it is not one, or a newer one. */
export function openReadOnly(path: string): Database.Database {
  return opened(path, new Database(path, { readonly: true, fileMustExist: true }), (database) => {
    checkOurs(database, path);
    if (versionOf(database) === SCHEMA_VERSION) prepare(database);
    return database;
  });
}

/** True for a history that is to be brought up to date before it can be verified. */
export function isOld(database: Database.Database): boolean {
  return isOldVersion(versionOf(database));
}

function opened<T>(path: string, database: Database.Database, use: (database: Database.Database) => T): T {
  try {
    return use(database);
  } catch (error) {
    database.close();
    if (!isNotDatabase(error)) throw error;
    throw new HistoryFileError(`${path} is damaged or not a history of Snug; it is left as it is.`, { cause: error });
  }
}

/** What belongs to a history that was lost is not this one's; and SQLite would take its own log for nothing, and delete it. */
function refuseOrphan(path: string): void {
  const journals = journalNumbers(path).map((number) => journalPath(path, number));
  const orphan = [`${path}-wal`, ...journals].find((file) => statSync(file, { throwIfNoEntry: false })?.size);
  if (orphan === undefined) return;
  throw new HistoryFileError(`${path} is empty, and ${orphan} beside it is not; both are left as they are.`);
}

function create(database: Database.Database): void {
  database.transaction(() => {
    database.exec(SCHEMA);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

function bringUpToDate(database: Database.Database): void {
  database.transaction(() => {
    upgrade(database, versionOf(database), SCHEMA);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

function checkOurs(database: Database.Database, path: string): void {
  if (database.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new HistoryFileError(`${path} is not a history of Snug; it is left as it is.`);
  }
  if (versionOf(database) !== SCHEMA_VERSION && !isOld(database)) {
    throw new HistoryFileError(`${path} was written by another version of Snug; it is left as it is.`);
  }
}

function versionOf(database: Database.Database): unknown {
  return database.pragma('user_version', { simple: true });
}

function isNotDatabase(error: unknown): boolean {
  const code = codeOf(error);
  // SQLITE_ERROR is what preparing a statement gives when a table or column it names is not there.
  return code === 'SQLITE_NOTADB' || code === 'SQLITE_ERROR' || code.startsWith('SQLITE_CORRUPT');
}
