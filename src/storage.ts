/** Where everything is kept: the history and the files of one server, how much of them, and what is said of their disk. */
import { join } from 'node:path';
import fs from 'fs-extra';
import { FolderStore } from './files/folder.js';
import { GuardedStore } from './files/guarded.js';
import { lockFolder } from './history/lock.js';
import { SqliteHistory } from './history/sqlite.js';
import type { Report } from './report.js';
import { Retention } from './retention.js';
import type { Clock, DiskOutcome, FileStore, History } from './room/ports.js';
import type { StorageConfig } from './storage-config.js';

export class Storage {
  private readonly retention: Retention;

  private constructor(
    readonly history: History,
    readonly files: FileStore,
    readonly avatars: FileStore,
    config: StorageConfig,
    clock: Clock,
    report: Report,
    private readonly unlock: () => void,
  ) {
    this.retention = new Retention(history, files, config, clock, report);
  }

  /** Throws HistoryFileError or FolderInUseError when the data folder cannot be used; nothing is left open then. */
  static async open(config: StorageConfig, clock: Clock, report: Report): Promise<Storage> {
    const { data, downloads } = config;
    await fs.ensureDir(data);
    const unlock = lockFolder(data);
    try {
      const history = new SqliteHistory(join(data, 'history.sqlite'), clock, watched(data, report));
      for (const file of history.leftAside) report('left-aside', { file });
      try {
        const shared = await FolderStore.open(downloads, clock);
        const total = (): number => history.fileBytes;
        const files = new GuardedStore(shared, watched(downloads, report), { ...config, total });
        const pictures = join(data, 'avatars');
        const avatars = new GuardedStore(await FolderStore.open(pictures, clock), watched(pictures, report));
        return new Storage(history, files, avatars, config, clock, report, unlock);
      } catch (error) {
        await history.close();
        throw error;
      }
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Begins to let go of what is not to be kept. */
  startRetention(): void {
    this.retention.start();
  }

  async close(): Promise<void> {
    await this.retention.stop();
    await this.history.close();
    this.unlock();
  }
}

/** Reports once that a folder cannot be written, and once that it can again, however often it is tried in between. */
function watched(folder: string, report: Report): DiskOutcome {
  let isFailing = false;
  return (failure) => {
    const fails = failure !== undefined;
    if (fails === isFailing) return;
    isFailing = fails;
    if (!fails) return report('disk-works', { folder });
    report('disk-fails', { folder, reason: failure instanceof Error ? failure.message : 'for an unknown reason' });
  };
}
