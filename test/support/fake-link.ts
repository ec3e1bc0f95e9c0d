/**
 * A link without a network, held by its two ends: the code under test gets it as a `Link`, the test plays the peer, who
 * sends, reads or does not, says its last word or breaks off.
 */
import type { Link, LinkListener, Origin } from '../../src/transports/link.js';

export class FakeLink implements Link {
  remote: Origin = { address: '192.168.1.5', port: 54654 };
  /** Everything that was handed over before the end. */
  readonly written: Uint8Array[] = [];
  /** Bytes handed over that the peer has not read. */
  pending = 0;
  /** The most that ever was pending. */
  mostPending = 0;
  isPaused = false;
  /** The code under test has ended or destroyed the link. */
  isEnded = false;
  isClosed = false;
  /** Told of everything that is handed over, and of the end. */
  onWritten: () => void = () => undefined;
  private isReading = true;
  private readonly inbound: (Uint8Array | 'end')[] = [];
  private owner: LinkListener | undefined;

  attach(owner: LinkListener): void {
    this.owner = owner;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.written);
  }

  write(bytes: Uint8Array): void {
    if (this.isEnded) return;
    this.written.push(bytes);
    if (!this.isReading) this.pending += bytes.length;
    this.mostPending = Math.max(this.mostPending, this.pending);
    this.onWritten();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    queueMicrotask(() => this.pass());
  }

  end(): void {
    this.isEnded = true;
    setImmediate(() => this.close());
  }

  destroy(): void {
    this.end();
  }

  /** The peer sends. */
  send(...chunks: Uint8Array[]): void {
    this.inbound.push(...chunks);
    this.pass();
  }

  /** The peer says that it will send nothing more. */
  sendEnd(): void {
    this.inbound.push('end');
    this.pass();
  }

  /** The connection breaks. */
  reset(): void {
    this.close(new Error('read ECONNRESET'));
  }

  /** From now on the peer takes nothing. */
  stopReading(): void {
    this.isReading = false;
  }

  /** The peer takes what there is, and then nothing again. */
  readOnce(): void {
    this.pending = 0;
    this.listener.drained();
  }

  /** From now on the peer takes everything. */
  read(): void {
    this.isReading = true;
    this.readOnce();
  }

  private get listener(): LinkListener {
    if (!this.owner) throw new Error('Nobody listens to this link.');
    return this.owner;
  }

  private pass(): void {
    while (!this.isPaused && !this.isClosed) {
      const next = this.inbound.shift();
      if (next === undefined) break;
      if (next === 'end') this.listener.ended();
      else this.listener.received(next);
    }
  }

  private close(error?: Error): void {
    if (this.isClosed) return;
    this.isEnded = true;
    this.isClosed = true;
    this.pending = 0;
    this.listener.closed(error);
    this.onWritten();
  }
}
