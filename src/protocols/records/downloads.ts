/** Files that one client asked for: sent one after the other, no faster than it reads, with text passing in between. */
import type { StoredFile } from '../../room/entry.js';
import { RoomError } from '../../room/errors.js';
import type { FileStore } from '../../room/ports.js';
import type { Outbox } from '../outbox.js';
import { type ChatRecord, encode, Flag, makeRecord } from './codec.js';
import { writeUint32 } from './integers.js';

/** Files that one client may have asked for and not got yet. */
const MAX_WAITING = 16;

/** Where a record has the length of its payload (R2). */
const LENGTH_AT = 28;

export interface Wanted {
  readonly file: StoredFile;
  /** Where its bytes are. */
  readonly store: FileStore;
  /** What asked for it: NUMBER is how many bytes the client has already. */
  readonly request: ChatRecord;
  /** Fields that every piece carries. */
  readonly fields: Partial<ChatRecord>;
}

/** Who asks for them. */
export interface DownloadsOwner {
  readonly outbox: Outbox;
  /** What `request` asks for cannot be sent. */
  refuse(error: unknown, request: ChatRecord): void;
}

export class Downloads {
  private readonly waiting: Wanted[] = [];
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;

  constructor(private readonly owner: DownloadsOwner) {}

  /** Throws RoomError `not-possible` when too many are waiting. */
  add(wanted: Wanted): void {
    if (this.waiting.length >= MAX_WAITING) {
      throw new RoomError('not-possible', `At most ${MAX_WAITING} files can be asked for at a time.`);
    }
    this.waiting.push(wanted);
    if (!this.isRunning) this.running = this.run();
  }

  /** Resolves when all that was asked for has been sent, or nothing more will be. */
  settled(): Promise<void> {
    return this.running;
  }

  /** Sends nothing more. */
  stop(): void {
    this.waiting.length = 0;
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    for (let wanted = this.waiting[0]; wanted; wanted = this.waiting[0]) {
      await this.send(wanted).catch((error: unknown) => this.owner.refuse(error, wanted.request));
      if (this.waiting[0] === wanted) this.waiting.shift();
    }
    this.isRunning = false;
  }

  private async send(wanted: Wanted): Promise<void> {
    const { file, store, fields } = wanted;
    const offset = wanted.request.number;
    let sent = offset;
    for await (const payload of store.read(file, offset)) {
      if (this.waiting[0] !== wanted) return;
      sent += payload.length;
      const more = sent < file.size ? Flag.MORE : 0;
      // Not copied behind its head, it goes out of the memory that the next one is read into.
      this.owner.outbox.send(encodeHead(makeRecord(Flag.ATTACHMENT | more, fields), payload.length));
      await this.owner.outbox.sendWhenIdle(payload);
      if (this.waiting[0] !== wanted) return;
    }
    if (sent === offset && this.waiting[0] === wanted)
      this.owner.outbox.send(encode(makeRecord(Flag.ATTACHMENT, fields)));
  }
}

/** The bytes of a record up to its payload, which follows. */
function encodeHead(record: ChatRecord, length: number): Uint8Array {
  const head = encode(record);
  writeUint32(head, LENGTH_AT, length);
  return head;
}
