/** Files that last as long as the process: for tests. */
import type { StoredFile } from '../room/entry.js';
import { RoomError } from '../room/errors.js';
import type { FileStore, IncomingFile } from '../room/ports.js';
import { numbered, safeName } from './safe-name.js';

/** Bytes read from a file at a time. */
const READ_BYTES = 262_144;

export class MemoryStore implements FileStore {
  readonly files = new Map<string, Buffer>();

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

  contents({ stored, size, name }: StoredFile): Promise<Uint8Array> {
    const bytes = this.files.get(stored);
    if (bytes?.length === size) return Promise.resolve(bytes);
    return Promise.reject(new RoomError('file-gone', `${name} is no longer here as it was shared.`));
  }

  private place(name: string, bytes: Buffer): StoredFile {
    for (let number = 1; ; number++) {
      const stored = numbered(name, number);
      const there = this.files.get(stored);
      if (there && !there.equals(bytes)) continue;
      this.files.set(stored, bytes);
      return { name, stored, size: bytes.length };
    }
  }
}
