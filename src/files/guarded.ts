/** A store that takes no more than it may, and tells whether its disk takes what it is given. */
import type { StoredFile } from '../room/entry.js';
import { RoomError } from '../room/errors.js';
import type { DiskOutcome, FileStore, IncomingFile } from '../room/ports.js';

export interface FileLimits {
  /** Bytes of one file; 0 for no limit, as in the next one. */
  readonly fileLimit: number;
  /** Bytes of all files together. */
  readonly filesLimit: number;
  /** Bytes that all files together have now. */
  readonly total: () => number;
}

const NO_LIMITS: FileLimits = { fileLimit: 0, filesLimit: 0, total: () => 0 };

export class GuardedStore implements FileStore {
  /** Bytes of files on their way in. */
  private underWay = 0;

  constructor(
    private readonly store: FileStore,
    private readonly outcome: DiskOutcome,
    private readonly limits = NO_LIMITS,
  ) {}

  async receive(name: string, size = 0): Promise<IncomingFile> {
    this.check(size);
    const incoming = await this.watch(this.store.receive(name, size));
    this.underWay += size;
    let left = size;
    const release = (): void => {
      this.underWay -= left;
      left = 0;
    };
    return {
      write: (bytes) => this.watch(incoming.write(bytes)),
      keep: async () => {
        const file = await this.watch(incoming.keep()).finally(release);
        this.outcome(undefined);
        return file;
      },
      discard: () => incoming.discard().finally(release),
    };
  }

  read(file: StoredFile, offset: number): AsyncIterable<Uint8Array> {
    return this.store.read(file, offset);
  }

  contents(file: StoredFile): Promise<Uint8Array> {
    return this.store.contents(file);
  }

  remove(file: StoredFile, shared: number): Promise<boolean> {
    return this.store.remove(file, shared);
  }

  private check(size: number): void {
    const { fileLimit, filesLimit, total } = this.limits;
    if (fileLimit > 0 && size > fileLimit) throw refused(`a file has at most ${fileLimit} bytes here`);
    const there = total() + this.underWay;
    if (filesLimit > 0 && there + size > filesLimit) {
      throw refused(`all files together have at most ${filesLimit} bytes here, and ${there} are there`);
    }
  }

  private async watch<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof RoomError)) this.outcome(error);
      throw error;
    }
  }
}

function refused(reason: string): RoomError {
  return new RoomError('file-refused', `The file was not taken: ${reason}.`);
}
