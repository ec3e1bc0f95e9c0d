/**
 * A connection that its owner can have made anew: for a server that may not have understood how we began, and that one
 * cannot begin again with on the same connection. What comes of the old one afterwards is nobody's business.
 */
import type { Link, LinkListener, Origin } from '../../transports/link.js';
import type { Dialling } from '../dialling.js';

export class RedialledLink implements Link {
  /** None while it is being made anew. */
  private link: Link | undefined;
  private owner!: LinkListener;
  private isOver = false;

  constructor(private readonly dial: Dialling) {}

  /** Connects for the first time. Throws what `dial` throws. */
  async open(accept: (link: RedialledLink) => LinkListener): Promise<void> {
    await this.dial((link) => {
      const listener = this.attach(link);
      this.owner = accept(this);
      return listener;
    });
  }

  /** Drops the connection and makes another; gives false when that is not possible, and the owner is then told so. */
  async redial(): Promise<boolean> {
    const old = this.link;
    this.link = undefined;
    old?.destroy();
    try {
      await this.dial((link) => this.attach(link));
    } catch {
      this.owner.closed();
      return false;
    }
    if (this.isOver) this.end();
    return !this.isOver;
  }

  get remote(): Origin {
    return this.link?.remote ?? { address: '', port: 0 };
  }

  get pending(): number {
    return this.link?.pending ?? 0;
  }

  write(bytes: Uint8Array): void {
    this.link?.write(bytes);
  }

  pause(): void {
    this.link?.pause();
  }

  resume(): void {
    this.link?.resume();
  }

  end(): void {
    this.isOver = true;
    this.link?.end();
  }

  destroy(): void {
    this.isOver = true;
    this.link?.destroy();
  }

  private attach(link: Link): LinkListener {
    this.link = link;
    const isCurrent = (): boolean => this.link === link;
    return {
      received: (bytes) => void (isCurrent() && this.owner.received(bytes)),
      drained: () => void (isCurrent() && this.owner.drained()),
      ended: () => void (isCurrent() && this.owner.ended()),
      closed: (error) => void (isCurrent() && this.owner.closed(error)),
    };
  }
}
