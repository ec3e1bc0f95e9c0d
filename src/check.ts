/** `snug check`: verifies a data folder, in words, and changes nothing. A server may be running on it. */
import { existsSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { sha256Of } from './files/places.js';
import { lockFolder } from './history/lock.js';
import { HistoryFileError, isClosed, isOld, openReadOnly, removeTraces } from './history/schema.js';
import { batchOf, type BatchRow } from './history/row.js';
import type { FileRow } from './history/statements.js';
import { type Counts, verifyHistory } from './history/verify.js';
import { visible } from './visible.js';

export interface CheckCommand {
  /** Folder of the history. */
  readonly data: string;
  /** Folder of the files that were shared. */
  readonly downloads: string;
}

type KeptFile = Omit<FileRow, 'time'>;

/** A folder of files, and those that the history says are in it. */
interface Shelf {
  readonly folder: string;
  readonly files: readonly KeptFile[];
  /** Whether the history still says so: a server may let go of a file while its bytes are read here. */
  readonly isKept: (file: KeptFile) => boolean;
}

/** Gives the exit code: 0 when all is as it was written. Throws HistoryFileError when there is nothing to verify. */
export async function check({ data, downloads }: CheckCommand, print: (line: string) => void): Promise<number> {
  const path = join(data, 'history.sqlite');
  if (!existsSync(path)) throw new HistoryFileError(`There is no history in ${data}.`);
  const wasClosed = isClosed(path);
  const database = openReadOnly(path);
  try {
    if (isOld(database)) {
      throw new HistoryFileError(`${path} is of an older version, without hashes; snug serve brings it up to date.`);
    }
    return await verify(database, [data, downloads], (fault) => print(`${visible(fault)}\n`));
  } finally {
    database.close();
    if (wasClosed) tidy(data, path);
  }
}

async function verify(
  database: Database.Database,
  [data, downloads]: readonly [string, string],
  print: (line: string) => void,
): Promise<number> {
  const counts: Counts = { rooms: 0, entries: 0 };
  let [faults, files] = [0, 0];
  const complain = (fault: string): void => {
    faults++;
    print(fault);
  };
  try {
    for (const fault of verifyHistory(database, counts)) complain(fault);
    for (const shelf of [shared(database, downloads), avatars(database, join(data, 'avatars'))]) {
      for await (const fault of verifyFiles(shelf)) complain(fault);
      files += shelf.files.length;
    }
  } catch (error) {
    complain(`It could not be read to its end: ${(error as Error).message}.`);
  }
  const seen = `Rooms: ${counts.rooms}, entries: ${counts.entries}, files: ${files}.`;
  print(faults === 0 ? `${seen} All is as it was written.` : `${seen} Not as they were written: ${faults}.`);
  return faults === 0 ? 0 : 1;
}

async function* verifyFiles({ folder, files, isKept }: Shelf): AsyncGenerator<string> {
  for (const file of files) {
    const fault = await faultOf(join(folder, file.stored), file);
    if (fault !== undefined && isKept(file)) yield `File ${join(folder, file.stored)}: ${fault}.`;
  }
}

async function faultOf(path: string, { size, sha256 }: KeptFile): Promise<string | undefined> {
  const there = await lstat(path).catch(() => undefined);
  if (!there) return 'it is missing';
  if (!there.isFile()) return 'it is not a file';
  if (there.size !== size) return `it has ${there.size} bytes, and ${size} were shared`;
  if (sha256 === null) return undefined;
  try {
    return (await sha256Of(path)) === sha256.toString('hex') ? undefined : 'its contents were changed';
  } catch (error) {
    return `it cannot be read: ${(error as Error).message}`;
  }
}

function shared(database: Database.Database, folder: string): Shelf {
  const columns = 'SELECT stored, size, sha256 FROM file';
  const again = database.prepare<[string, Buffer | null]>(`${columns} WHERE stored = ? AND sha256 IS ?`);
  const files = database.prepare<[], KeptFile>(`${columns} ORDER BY stored`).all();
  return { folder, files, isKept: ({ stored, sha256 }) => again.get(stored, sha256) !== undefined };
}

function avatars(database: Database.Database, folder: string): Shelf {
  const rows = database.prepare<[], BatchRow>(
    'SELECT first, last, time, records, stored, sha256 FROM batch WHERE stored IS NOT NULL',
  );
  const files = new Map<string, KeptFile>();
  for (const row of rows.iterate()) {
    const [entry] = batchOf(row, () => false).entries;
    if (entry?.kind !== 'join' || !entry.avatar) continue;
    const { stored, size } = entry.avatar;
    files.set(stored, { stored, size, sha256: row.sha256 });
  }
  return { folder, files: [...files.values()], isKept: () => true };
}

/** Clears away what SQLite leaves beside a history that no server has open, unless one has been started meanwhile. */
function tidy(data: string, path: string): void {
  if (!existsSync(join(data, 'lock.sqlite'))) return;
  try {
    const unlock = lockFolder(data);
    removeTraces(path);
    unlock();
  } catch {
    // It is in use.
  }
}
