/** Files on their way to the room, one after the other; what a lost connection interrupts begins again with the next. */
import { type Connection, RefusedError, UnreachableError } from '../../connection.js';
import type { Changes } from './changes.js';

export interface Upload {
  readonly key: number;
  readonly file: File;
  /** Bytes that the connection has taken. */
  sent: number;
  /** `sent`: all of it is out, and the room has not shown it yet. */
  state: 'waiting' | 'sending' | 'sent' | 'refused';
  /** Why it was refused. */
  reason?: string;
  readonly abort: AbortController;
  /** All of it went out on a connection that was then lost: the room may have it, and would show it with the gap. */
  maybeThere?: boolean;
}

/**
 * What a server says at any time without a number (S10, R11): all else of that kind is of an empty file, while one is out.
 * Only of those servers that do not say the file's name (R4).
 */
const OF_NO_FILE = /^(?:You are sending more than .*|The server is shutting down\.)$/;

/** Bytes of a file read at a time. */
const PIECE = 262_144;

export class Uploads {
  private items: readonly Upload[] = [];
  private connection: Connection | undefined;
  /** The connection over which files are being sent. */
  private busy: Connection | undefined;
  private keys = 0;

  constructor(private readonly changes: Changes) {}

  get list(): readonly Upload[] {
    return this.items;
  }

  /** Bytes of files are on their way. */
  get isSending(): boolean {
    return this.items.some(({ state }) => state === 'sending');
  }

  add(file: File): void {
    this.items = [...this.items, { key: ++this.keys, file, sent: 0, state: 'waiting', abort: new AbortController() }];
    this.changes.changed();
    void this.run();
  }

  /** Stops it if need be, and forgets it. */
  remove(upload: Upload): void {
    upload.abort.abort();
    this.items = this.items.filter((one) => one !== upload);
    this.changes.changed();
  }

  clear(): void {
    for (const upload of this.items) this.remove(upload);
  }

  /** There is a connection, and what was said without us has been shown, or (`undefined`) there is none any more. */
  connected(connection: Connection | undefined): void {
    this.connection = connection;
    for (const upload of this.items) {
      const maybeThere = upload.sent === upload.file.size;
      if (isOut(upload)) Object.assign(upload, { state: 'waiting', sent: 0, maybeThere });
      if (connection) upload.maybeThere = false;
    }
    void this.run();
  }

  /** The room shows a new file of ours: the oldest of that size has arrived. */
  shown(size: number): void {
    const upload = this.items.find((one) => (isOut(one) || one.maybeThere) && one.file.size === size);
    if (upload) this.remove(upload);
  }

  /** The server refuses a file of ours; it says its size, and the name that was sent. False when none of ours is meant. */
  refused(size: number, reason: string, name = ''): boolean {
    if (name === '' && size === 0 && OF_NO_FILE.test(reason)) return false;
    // A name that was too long was sent without its beginning; one that is not told may be any.
    const upload = this.items.find((one) => isOut(one) && one.file.size === size && one.file.name.endsWith(name));
    if (!upload) return false;
    upload.abort.abort();
    Object.assign(upload, { state: 'refused', reason });
    this.changes.changed();
    return true;
  }

  private async run(): Promise<void> {
    const { connection } = this;
    if (!connection || this.busy === connection) return;
    this.busy = connection;
    for (let next = this.next(); next && this.connection === connection; next = this.next()) {
      await this.send(next, connection);
    }
    if (this.busy === connection) this.busy = undefined;
  }

  private next(): Upload | undefined {
    return this.items.find(({ state }) => state === 'waiting');
  }

  private async send(upload: Upload, connection: Connection): Promise<void> {
    const { file, abort } = upload;
    const isOurs = (): boolean => this.connection === connection && upload.state === 'sending';
    const sent = (bytes: number): void => {
      if (isOurs()) upload.sent = bytes;
      this.changes.changed();
    };
    upload.state = 'sending';
    this.changes.changed();
    try {
      const { name, size } = file;
      await connection.share({ name, size, contents: piecesOf(file), sent, signal: abort.signal });
      if (isOurs()) upload.state = 'sent';
    } catch (error) {
      // With the connection gone `connected` puts it back into the queue.
      if (isOurs() && !(error instanceof UnreachableError)) Object.assign(upload, refusal(upload, error));
    }
    this.changes.changed();
  }
}

function isOut({ state }: Upload): boolean {
  return state === 'sending' || state === 'sent';
}

/** What else throws here is the reading of a file that was changed or removed since it was picked. */
function refusal({ file }: Upload, error: unknown): Pick<Upload, 'state' | 'reason'> {
  const reason = error instanceof RefusedError ? error.message : `${file.name} cannot be read any more.`;
  return { state: 'refused', reason };
}

async function* piecesOf(file: File): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < file.size; offset += PIECE) {
    yield new Uint8Array(await file.slice(offset, offset + PIECE).arrayBuffer());
  }
}
