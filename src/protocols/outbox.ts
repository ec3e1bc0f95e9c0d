/**
 * The one outlet of a connection: every byte to a peer goes through here, and here stand two rules.
 *
 * Slow readers: beyond a number of bytes that the peer has not taken, whoever feeds the outbox stops: the member reads
 * on from the history later (room/member.ts), a file being fetched waits, and no further request of this peer is looked
 * at. So a peer that does not read costs that many bytes and what was under way, for as long as it likes (docs/protocols.md,
 * S12).
 *
 * Pacing: where a protocol has no framing, or peers that take one `recv()` for one message, each message is one write
 * with a pause after it, and a farewell stands alone, with time to be read before the connection ends.
 */
import { concat } from './byte-queue.js';
import type { Link } from '../transports/link.js';

export interface Pacing {
  /** Milliseconds from one write to the next; 0 writes at once. */
  readonly gap: number;
  /** Milliseconds between the last write and the end of the connection. */
  readonly linger: number;
  /** Messages waiting from which on several go in one write; only for protocols that have framing. */
  readonly joinFrom: number;
}

/** For protocols whose peers know where a message ends. */
export const UNPACED: Pacing = { gap: 0, linger: 0, joinFrom: 0 };
/** For peers that take what one `recv()` gives for one message. */
export const ONE_A_SEGMENT: Pacing = { gap: 20, linger: 500, joinFrom: Infinity };

/** Bytes that a peer may leave untaken before it gets nothing more until it has drained. */
const FULL = 1_048_576;
/** The same where messages are paced: so many wait here, some dozens a second, and so many in the link. */
const FULL_PACED = 65_536;
/** Files being fetched stop earlier, so that what is said meanwhile is not held up behind them. */
const BUSY = 262_144;
/** Of fewer that wait no link tells when they have gone. */
const SOON = 16_384;

export class Outbox {
  private waiting: (() => void)[] = [];
  private readonly queue: Uint8Array[] = [];
  private queued = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;
  private ending = false;
  private wasFull = false;
  private bytes = 0;

  constructor(
    private readonly link: Link,
    private readonly pacing: Pacing = UNPACED,
    /** Told when there is room again after `send` said that there is none. */
    private readonly onRoom: () => void = () => {},
  ) {}

  /** Sends one message; false when that is enough until there is room again. */
  send(message: Uint8Array): boolean {
    if (this.pacing.gap === 0) this.write(message);
    else this.enqueue(message);
    if (!this.isFull) return true;
    this.wasFull = true;
    return false;
  }

  /** Bytes that wait in the link for the peer to take them. */
  get pending(): number {
    return this.link.pending;
  }

  /** Bytes that have left the link so far. */
  get taken(): number {
    return this.bytes - this.link.pending;
  }

  get isFull(): boolean {
    return !this.closed && (this.link.pending >= FULL || this.queued >= FULL_PACED);
  }

  /**
   * As `send`, for bytes that can wait; resolves when there is room for more, and these, if they are at least `SOON`, have
   * left: what they stand in may then be used again.
   */
  async sendWhenIdle(bytes: Uint8Array): Promise<void> {
    this.send(bytes);
    await this.drained(Math.max(SOON, Math.min(bytes.length, BUSY)));
  }

  /** Resolves when there is room for more, or will never be. */
  drained(below = BUSY): Promise<void> {
    if (this.closed || this.ending || (this.link.pending < below && !this.isFull)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Forgets what is waiting, so that what is said next is not held up. */
  clear(): void {
    this.queue.length = 0;
    this.queued = 0;
  }

  /** Closes when what is waiting has gone out and there was time to read it. */
  async end(): Promise<void> {
    this.release();
    while (this.queue.length > 0 && !this.closed) await this.pause(this.pacing.gap);
    if (!this.closed) await this.pause(this.pacing.linger);
    clearTimeout(this.timer);
    this.link.end();
  }

  onLinkDrained(): void {
    this.goOn();
    if (this.isFull) return;
    this.wake();
    if (!this.wasFull) return;
    this.wasFull = false;
    this.onRoom();
  }

  onLinkClosed(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.wake();
  }

  /** Lets nobody wait for room any more. */
  release(): void {
    this.ending = true;
    this.wake();
    this.goOn();
  }

  /** The queue may have waited for the link. */
  private goOn(): void {
    if (this.timer === undefined && this.queue.length > 0) this.writeNext();
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private write(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    this.link.write(bytes);
  }

  private enqueue(message: Uint8Array): void {
    if (this.closed) return;
    this.queue.push(message);
    this.queued += message.length;
    if (this.timer === undefined) this.writeNext();
  }

  /** One write now, and the next after the gap; the timer runs on once after the last, so that the gap always holds. */
  private writeNext(): void {
    this.timer = undefined;
    // Whoever does not read has its share waiting in the link already; `onLinkDrained` goes on.
    if (this.link.pending >= FULL_PACED && !this.ending && !this.closed) return;
    const count = this.queue.length >= this.pacing.joinFrom ? this.queue.length : 1;
    const messages = this.queue.splice(0, count);
    if (messages.length === 0) return;
    for (const message of messages) this.queued -= message.length;
    this.write(concat(messages));
    this.timer = setTimeout(() => this.writeNext(), this.pacing.gap);
    this.onLinkDrained();
  }

  private pause(milliseconds: number): Promise<void> {
    return milliseconds === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
}
