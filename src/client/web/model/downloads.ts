/** Files that did not come with their lines, fetched when they are wanted; a lost connection interrupts, and no more. */
import { type Connection, RefusedError } from '../../connection.js';
import type { Changes } from './changes.js';

export interface Download {
  /** Bytes that are here. */
  received: number;
  readonly size: number;
  state: 'running' | 'done' | 'failed';
  /** There once it is done. */
  blob?: Blob;
  /** Why it failed, in the server's words. */
  reason?: string;
}

/** With what has come of it. */
type Fetched = Download & { pieces: BlobPart[] };

/** Files of one person fetched at a time; the server lets no more than sixteen wait. */
const AT_A_TIME = 2;

export class Downloads {
  private readonly bySequence = new Map<number, Fetched>();
  private queue: number[] = [];
  private connection: Connection | undefined;
  /** What is being fetched over this connection; another set for another one, so that nothing late is taken for its. */
  private running = new Set<number>();

  constructor(private readonly changes: Changes) {}

  of(sequence: number): Download | undefined {
    return this.bySequence.get(sequence);
  }

  /** Fetches the file of the line at `sequence`, once; after a failure, again. */
  want(sequence: number, size: number): void {
    const known = this.bySequence.get(sequence);
    if (known && known.state !== 'failed') return;
    this.bySequence.set(sequence, { received: 0, size, state: 'running', pieces: [] });
    this.queue.push(sequence);
    this.pump();
  }

  /** The file once it is here; `undefined` when it cannot be had. */
  done(sequence: number): Promise<Blob | undefined> {
    return new Promise((resolve) => {
      const look = (): boolean => {
        const download = this.bySequence.get(sequence);
        if (download?.state === 'running') return false;
        resolve(download?.blob);
        return true;
      };
      if (look()) return;
      const unsubscribe = this.changes.subscribe(() => look() && unsubscribe());
    });
  }

  /** There is a connection, or (`undefined`) none any more. What was interrupted goes on from where it is. */
  connected(connection: Connection | undefined): void {
    this.connection = connection;
    this.queue.unshift(...this.running);
    this.running = new Set();
    this.pump();
  }

  clear(): void {
    this.bySequence.clear();
    this.queue = [];
    this.running = new Set();
    this.changes.changed();
  }

  private pump(): void {
    while (this.connection && this.running.size < AT_A_TIME && this.queue.length > 0) {
      const sequence = this.queue.shift()!;
      this.running.add(sequence);
      void this.fetch(sequence, this.bySequence.get(sequence)!, this.connection);
    }
    this.changes.changed();
  }

  private async fetch(sequence: number, download: Fetched, connection: Connection): Promise<void> {
    const { running } = this;
    try {
      for await (const piece of connection.fetch(sequence, download.received)) {
        if (this.running !== running) return;
        this.take(download, piece);
      }
    } catch (error) {
      // The connection is gone, and nothing else is to be tried with it: `connected` comes next.
      if (!(error instanceof RefusedError)) return;
      Object.assign(download, { state: 'failed', reason: error.message });
    }
    if (this.running !== running) return;
    if (download.state === 'running') complete(download);
    running.delete(sequence);
    this.pump();
  }

  private take(download: Fetched, piece: Uint8Array): void {
    download.pieces.push(piece as Uint8Array<ArrayBuffer>);
    download.received += piece.length;
    this.changes.changed();
  }
}

function complete(download: Fetched): void {
  if (download.received !== download.size) {
    Object.assign(download, { state: 'failed', reason: 'Not all of the file came.', received: 0 });
  } else {
    Object.assign(download, { state: 'done', blob: new Blob(download.pieces) });
  }
  download.pieces = [];
}
