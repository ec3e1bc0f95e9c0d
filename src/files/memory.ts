/** Files that last as long as the process: for tests. */
import { hash } from 'node:crypto';
import type { StoredFile } from '../room/entry.js';
import { RoomError } from '../room/errors.js';
import type { Clock, FileStore, IncomingFile } from '../room/ports.js';
import { numbered, safeName } from './safe-name.js';

/** Bytes read from a file at a time. */
const READ_BYTES = 262_144;

export class MemoryStore implements FileStore {
  readonly files = new Map<string, Buffer>();
  private readonly given = new Map<string, number>();

  constructor(private readonly clock: Clock = Date.now) {}

  receive(name: string): Promise<IncomingFile> {
    const chunks: Uint8Array[] = [];
    return Promise.resolve({
      write: async (bytes) => void chunks.push(Uint8Array.from(bytes)),
      keep: async () => this.place(safeName(name), Buffer.concat(chunks)),
      discard: async () => {},
    });
  }

  async *read(file: StoredFile, offset: number): AsyncGenerator<Uint8Array> {
    const bytes = await this.contents(file);
    for (let start = offset; start < bytes.length; start += READ_BYTES) yield bytes.subarray(start, start + READ_BYTES);
  }

  contents({ stored, size, name, gone }: StoredFile): Promise<Uint8Array> {
    const bytes = this.files.get(stored);
    if (!gone && bytes?.length === size) return Promise.resolve(bytes);
    return Promise.reject(new RoomError('file-gone', `${name} is no longer here as it was shared.`));
  }

  async remove({ stored, sha256 }: StoredFile, shared: number): Promise<boolean> {
    if ((this.given.get(stored) ?? 0) > shared) return false;
    this.given.delete(stored);
    const bytes = this.files.get(stored);
    if (bytes && hash('sha256', bytes) === sha256) this.files.delete(stored);
    return true;
  }

  private place(name: string, bytes: Buffer): StoredFile {
    for (let number = 1; ; number++) {
      const stored = numbered(name, number);
      const there = this.files.get(stored);
      if (there && !there.equals(bytes)) continue;
      this.files.set(stored, bytes);
      this.given.set(stored, this.clock());
      return { name, stored, size: bytes.length, sha256: hash('sha256', bytes) };
    }
  }
}
