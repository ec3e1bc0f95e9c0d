/** A file on its way in from one client: one ATTACHMENT record, or several with MORE (docs/protocols.md, R8). */
import type { StoredFile } from '../../room/entry.js';
import { RoomError } from '../../room/errors.js';
import type { FileStore, IncomingFile } from '../../room/ports.js';
import { type ChatRecord, hasMore } from './codec.js';

export class Upload {
  private incoming: IncomingFile | undefined;
  private size = 0;
  private received = 0;
  /** The rest of a file that was refused is let pass without a word. */
  private refused = false;

  constructor(private readonly files: FileStore) {}

  /**
   * Takes one record in, if `check` does not throw; gives the file when it was the last one. Throws RoomError once when
   * the file cannot be taken, and is then ready for the next file.
   */
  async take(record: ChatRecord, check: () => void): Promise<StoredFile | undefined> {
    if (this.refused) {
      this.refused = hasMore(record);
      return undefined;
    }
    try {
      check();
      await this.write(record);
      return hasMore(record) ? undefined : await this.finish();
    } catch (cause) {
      await this.cancel();
      this.refused = hasMore(record);
      throw cause instanceof RoomError ? cause : notTaken(record.filename, cause);
    }
  }

  /** Forgets a file that is half-way in. */
  async cancel(): Promise<void> {
    const { incoming } = this;
    this.incoming = undefined;
    this.received = 0;
    this.refused = false;
    await incoming?.discard();
  }

  private async write(record: ChatRecord): Promise<void> {
    if (!this.incoming) {
      this.incoming = await this.files.receive(record.filename, record.number);
      this.size = record.number;
    }
    this.received += record.payload.length;
    if (this.received > this.size) throw wrongSize(this.received, this.size);
    await this.incoming.write(record.payload);
  }

  private async finish(): Promise<StoredFile> {
    if (this.received !== this.size) throw wrongSize(this.received, this.size);
    const file = await this.incoming!.keep();
    await this.cancel();
    return file;
  }
}

function wrongSize(received: number, size: number): RoomError {
  return new RoomError('file-refused', `The file was not taken: NUMBER says ${size} bytes, and ${received} came.`);
}

function notTaken(name: string, cause: unknown): RoomError {
  return new RoomError('file-refused', `The server could not keep the file ${name}.`, { cause });
}
