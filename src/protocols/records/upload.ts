/** A file on its way in from one client: one ATTACHMENT record, or several with MORE (docs/protocols.md, R8). */
import { WriteBehind } from '../../files/write-behind.js';
import type { StoredFile } from '../../room/entry.js';
import { RoomError } from '../../room/errors.js';
import type { FileStore, IncomingFile } from '../../room/ports.js';
import { copyOf } from '../byte-queue.js';
import { type ChatRecord, hasMore } from './codec.js';

/** A file that is half-way in. */
interface Begun {
  readonly incoming: IncomingFile;
  readonly behind: WriteBehind;
  /** Bytes. */
  readonly size: number;
  received: number;
}

export class Upload {
  private begun: Begun | undefined;
  /** The rest of a file that was refused is let pass without a word. */
  private refused = false;

  constructor(private readonly files: FileStore) {}

  /**
   * Takes one record in, of which it keeps nothing, if `check` does not throw; gives the file when it was the last one.
   * Throws RoomError once when the file cannot be taken, and is then ready for the next file.
   */
  take(record: ChatRecord, check: () => void): Promise<StoredFile | undefined> | undefined {
    if (this.refused) {
      this.refused = hasMore(record);
      return undefined;
    }
    try {
      check();
      const underWay = this.begun ? this.add(record, this.begun) : this.begin(record);
      return underWay?.catch((cause: unknown) => this.refuse(record, cause));
    } catch (cause) {
      return this.refuse(record, cause);
    }
  }

  /** Resolves when there is room for more; undefined when there is now. */
  get room(): Promise<void> | undefined {
    return this.begun?.behind.room;
  }

  /** Forgets a file that is half-way in. */
  async cancel(): Promise<void> {
    const { begun } = this;
    this.begun = undefined;
    this.refused = false;
    await begun?.behind.stop();
    await begun?.incoming.discard();
  }

  private async begin(record: ChatRecord): Promise<StoredFile | undefined> {
    const { filename, number: size } = record;
    // What the record has may be overwritten meanwhile.
    const payload = copyOf(record.payload);
    const incoming = await this.files.receive(filename, size);
    const behind = new WriteBehind((bytes) => incoming.write(bytes), size);
    this.begun = { incoming, behind, size, received: 0 };
    return this.add({ ...record, payload }, this.begun);
  }

  private add(record: ChatRecord, begun: Begun): Promise<StoredFile> | undefined {
    begun.received += record.payload.length;
    if (begun.received > begun.size) throw wrongSize(begun);
    begun.behind.add(record.payload);
    return hasMore(record) ? undefined : this.finish(begun);
  }

  private async finish(begun: Begun): Promise<StoredFile> {
    if (begun.received !== begun.size) throw wrongSize(begun);
    await begun.behind.flush();
    const file = await begun.incoming.keep();
    await this.cancel();
    return file;
  }

  private async refuse(record: ChatRecord, cause: unknown): Promise<never> {
    await this.cancel();
    this.refused = hasMore(record);
    throw cause instanceof RoomError ? cause : notTaken(record.filename, cause);
  }
}

function wrongSize({ received, size }: Begun): RoomError {
  return new RoomError('file-refused', `The file was not taken: NUMBER says ${size} bytes, and ${received} came.`);
}

function notTaken(name: string, cause: unknown): RoomError {
  return new RoomError('file-refused', `The server could not keep the file ${name}.`, { cause });
}
