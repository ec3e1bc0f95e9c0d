/** One server at a time on a data folder. The lock is the operating system's, so a killed server leaves none behind. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { codeOf } from '../error-code.js';

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/** Holds the folder until the returned function is called. Throws FolderInUseError. */
export function lockFolder(folder: string): () => void {
  const database = new Database(join(folder, 'lock.sqlite'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    database.close();
    if (codeOf(error) !== 'SQLITE_BUSY') throw error;
    throw new FolderInUseError(`Another server is using the folder ${folder}; choose another one with --data.`, {
      cause: error,
    });
  }
}
