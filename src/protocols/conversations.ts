/** The conversations of a server that are under way, and their end when it stops. */
import { Conversation, type House } from './conversation.js';
import type { Link } from '../transports/link.js';
import type { Protocol } from './protocol.js';

/** Milliseconds that peers have to take their last bytes when the server stops. */
const FAREWELL_TIME = 3000;

export class Conversations {
  private readonly underWay = new Set<Conversation>();
  private onOver: (() => void) | undefined;

  /** In so many of them somebody has a seat. */
  get seated(): number {
    return [...this.underWay].filter((one) => one.isSeated).length;
  }

  /** Begins one over that link; `onClosed` is told of its end. */
  begin(protocol: Protocol, house: House, link: Link, onClosed: () => void): Conversation {
    const conversation = new Conversation(protocol, house, link, () => {
      onClosed();
      this.underWay.delete(conversation);
      if (this.underWay.size === 0) this.onOver?.();
    });
    this.underWay.add(conversation);
    return conversation;
  }

  /** Says the server's farewell in all of them. Resolves when all seats are free; the last bytes may take longer. */
  async sayFarewell(): Promise<void> {
    await Promise.all([...this.underWay].map((conversation) => conversation.stop()));
  }

  /** Resolves when all are over; those whose peers take too long are broken off. */
  async over(): Promise<void> {
    if (this.underWay.size === 0) return;
    const timer = setTimeout(() => this.destroy(), FAREWELL_TIME);
    await new Promise<void>((resolve) => (this.onOver = resolve));
    clearTimeout(timer);
  }

  /** Breaks all of them off. */
  destroy(): void {
    for (const conversation of this.underWay) conversation.destroy();
  }
}
