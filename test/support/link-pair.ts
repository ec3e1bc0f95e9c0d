/** Two links without a network: what one writes the other receives, a turn of the event loop later and unless paused. */
import type { Accept, Link, LinkListener, Origin } from '../../src/transports/link.js';

class PairedLink implements Link {
  pending = 0;
  isPaused = false;
  listener: LinkListener | undefined;
  other: PairedLink | undefined;
  private readonly outbound: Uint8Array[] = [];
  private isEnded = false;
  private isEndTold = false;
  private isClosed = false;

  constructor(readonly remote: Origin) {}

  write(bytes: Uint8Array): void {
    if (this.isEnded || this.isClosed) return;
    this.outbound.push(bytes);
    this.pending += bytes.length;
    setImmediate(() => this.pass());
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    setImmediate(() => this.other?.pass());
  }

  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    setImmediate(() => this.pass());
  }

  destroy(): void {
    setImmediate(() => {
      this.close();
      this.other?.close(new Error('read ECONNRESET'));
    });
  }

  private pass(): void {
    while (!this.isClosed && this.other?.isPaused === false) {
      const bytes = this.outbound.shift();
      if (bytes === undefined) return this.passEnd(this.other);
      this.pending -= bytes.length;
      this.other.listener?.received(bytes);
      if (this.outbound.length === 0) this.listener?.drained();
    }
  }

  private passEnd(other: PairedLink): void {
    if (!this.isEnded || this.isEndTold) return;
    this.isEndTold = true;
    other.listener?.ended();
    if (!other.isEndTold) return;
    this.close();
    other.close();
  }

  private close(error?: Error): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listener?.closed(error);
  }
}

export interface LinkPair {
  readonly near: Link & { readonly isPaused: boolean };
  readonly far: Link & { readonly isPaused: boolean };
}

/** Connects two parties; `far` is told first, as a server is that accepts. */
export function connectPair(near: Accept, far: Accept): LinkPair {
  const pair = {
    near: new PairedLink({ address: '192.168.1.1', port: 18000 }),
    far: new PairedLink({ address: '192.168.1.5', port: 54654 }),
  };
  pair.near.other = pair.far;
  pair.far.other = pair.near;
  pair.far.listener = far(pair.far);
  pair.near.listener = near(pair.near);
  return pair;
}
