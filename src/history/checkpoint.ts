/**
 * Moves what was committed from SQLite's log into the history's file, in a thread of its own: the disk takes milliseconds
 * for that, in which nobody would hear anything. The thread is there while there is much to move.
 */
import { Worker } from 'node:worker_threads';

/** Bytes committed since the last time. A page that was written often is moved once, so that the more there is the less it is. */
const MUCH = 33_554_432;
/** Milliseconds without work after which the thread goes: it takes some megabytes. */
const IDLE = 5000;
/** Pages of the log. Moving them beside the commits never comes to an end while these go on; then they wait for once. */
const TOO_MANY = 16_384;
/** Bytes of a page: what the smallest change of one takes in the log. */
export const PAGE_BYTES = 4096;

/** PASSIVE goes beside the commits; RESTART has them wait, for what has come meanwhile, so that the log begins anew. */
export type Checkpoint = 'PASSIVE' | 'RESTART' | 'none';

/** What SQLite says of one. */
export interface Outcome {
  /** Pages in the log, moved or not. */
  readonly log: number;
}

export class Checkpoints {
  private bytes = 0;
  private isUnderWay = false;
  private next: Checkpoint = 'PASSIVE';
  private thread: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private hasFailed = false;

  constructor(
    private readonly path: string,
    /** There is no thread to be had: from now on the log is moved otherwise. */
    private readonly onFailed: () => void,
  ) {}

  /** So many bytes were committed, in so many places. */
  committed(bytes: number, places: number): void {
    this.bytes += bytes + places * PAGE_BYTES;
    if (this.bytes < MUCH || this.isUnderWay || this.hasFailed) return;
    this.bytes = 0;
    this.isUnderWay = true;
    clearTimeout(this.idle);
    try {
      this.thread ??= this.start();
      this.thread.postMessage(this.next);
    } catch {
      // What called for it is committed.
      this.fail();
    }
  }

  /** Resolves when the thread is gone. */
  async stop(): Promise<void> {
    const { thread } = this;
    clearTimeout(this.idle);
    this.thread = undefined;
    if (!thread || this.hasFailed) return;
    const gone = new Promise((resolve) => thread.once('exit', resolve));
    thread.postMessage('none' satisfies Checkpoint);
    await gone;
  }

  private start(): Worker {
    const thread = new Worker(new URL('checkpoint-thread.js', import.meta.url), { workerData: this.path });
    thread.on('message', (outcome: Outcome) => this.onDone(outcome));
    thread.on('error', () => this.fail());
    // It keeps no process that has nothing else to do.
    thread.unref();
    return thread;
  }

  private onDone({ log }: Outcome): void {
    this.isUnderWay = false;
    this.idle = setTimeout(() => void this.stop(), IDLE).unref();
    // After a RESTART these are the pages of the log before.
    this.next = log > TOO_MANY && this.next === 'PASSIVE' ? 'RESTART' : 'PASSIVE';
  }

  private fail(): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.onFailed();
  }
}
