/**
 * The one outlet of a connection: every byte to a peer goes through here, and here stands the rule for slow readers.
 * Beyond `FULL` bytes that the peer has not taken, whoever feeds the outbox stops: the member reads on from the history
 * later (room/member.ts), a file being fetched waits, and no further request of this peer is looked at. So a peer that
 * does not read costs about `FULL` and what was under way, for as long as it likes.
 */
import type { Link } from '../transports/link.js';

/** Bytes that a peer may leave untaken before it gets nothing more until it has drained. */
const FULL = 1_048_576;
/** Files being fetched stop earlier, so that what is said meanwhile is not held up behind them. */
const BUSY = 262_144;

export class Outbox {
  private waiting: (() => void)[] = [];
  private closed = false;

  constructor(private readonly link: Link) {}

  /** Sends; false when that is enough until `drained`. */
  send(bytes: Uint8Array): boolean {
    this.link.write(bytes);
    return this.link.pending < FULL;
  }

  get isFull(): boolean {
    return !this.closed && this.link.pending >= FULL;
  }

  /** As `send`, for bytes that can wait; resolves when there is room for more. */
  async sendWhenIdle(bytes: Uint8Array): Promise<void> {
    this.link.write(bytes);
    await this.drained();
  }

  /** Resolves when there is room for more, or will never be. */
  drained(): Promise<void> {
    if (this.closed || this.link.pending < BUSY) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  onLinkDrained(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  onLinkClosed(): void {
    this.closed = true;
    this.onLinkDrained();
  }
}
