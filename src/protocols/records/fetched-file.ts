/** A file on its way from the server: pieces are handed on as they come, and no more are let in than are taken. */
import type { Link } from '../../transports/link.js';
import { type ChatRecord, hasMore } from './codec.js';

/** Bytes that may wait to be taken before the link is paused. */
const MAX_WAITING = 1_048_576;

export class FetchedFile {
  private readonly waiting: Uint8Array[] = [];
  private bytes = 0;
  private complete = false;
  private dropped = false;
  private error: Error | undefined;
  private wake: () => void = () => {};

  constructor(private readonly link: Pick<Link, 'pause' | 'resume'>) {}

  take(record: ChatRecord): void {
    if (this.dropped) return;
    this.waiting.push(record.payload);
    this.bytes += record.payload.length;
    this.complete = !hasMore(record);
    if (this.bytes >= MAX_WAITING) this.link.pause();
    this.wake();
  }

  fail(error: Error): void {
    this.error = error;
    this.wake();
  }

  /** Forgets what is waiting and what is still to come, so that it holds nothing else up. */
  drop(): void {
    this.dropped = true;
    this.waiting.length = 0;
    this.link.resume();
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.waiting.shift();
      if (piece) {
        this.bytes -= piece.length;
        if (this.bytes < MAX_WAITING) this.link.resume();
        yield piece;
      } else if (this.complete) {
        return;
      } else if (this.error) {
        throw this.error;
      } else {
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    }
  }
}
