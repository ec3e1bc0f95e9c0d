/**
 * For a server that speaks the records protocol the gateway is a pipe: each connection of the page gets one of its own
 * to the server, and bytes go both ways. Everything that is said on it is between the two.
 */
import type { Dialling } from '../protocols/dialling.js';
import type { Link, LinkListener } from '../transports/link.js';

/** Bytes that one side may leave untaken before the other side is not read from; it costs that and what was under way. */
const FULL = 262_144;

/** All the pipes of a gateway. */
export class Pipes {
  private readonly open = new Set<Pipe>();

  constructor(private readonly dial: Dialling) {}

  /** Takes a connection of the page: an `Accept`. */
  accept(near: Link): LinkListener {
    const pipe = new Pipe(near, this.dial, () => this.open.delete(pipe));
    this.open.add(pipe);
    return pipe.near;
  }

  /** Closes them all, once what is under way has gone out. */
  stop(): void {
    for (const pipe of this.open) pipe.end();
  }
}

class Pipe {
  /** What the page's side is told. */
  readonly near: End;
  private readonly far = new End(() => this.onClosed());
  private isOver = false;

  constructor(
    near: Link,
    dial: Dialling,
    private readonly onGone: () => void,
  ) {
    this.near = new End(() => this.onClosed(), near);
    this.near.other = this.far;
    this.far.other = this.near;
    void this.connect(dial);
  }

  end(): void {
    this.isOver = true;
    this.near.link?.end();
    this.far.link?.end();
  }

  private async connect(dial: Dialling): Promise<void> {
    try {
      await dial((link) => {
        this.far.connected(link);
        return this.far;
      });
      if (this.isOver) this.end();
    } catch {
      // The page's connection ends, which is all that a server which is not there would have it know.
      this.far.closed();
    }
  }

  /** One side is gone: the other one gets what was on its way to it, and its end. */
  private onClosed(): void {
    this.end();
    if (this.near.isGone && this.far.isGone) this.onGone();
  }
}

/** One side of a pipe: what comes from it goes to the other one. */
class End implements LinkListener {
  other!: End;
  isGone = false;
  /** What was for this side before it was connected; little, since the other side is not read from then. */
  private early: (() => void)[] = [];

  constructor(
    private readonly onClosed: () => void,
    /** None while it is being connected. */
    public link?: Link,
  ) {}

  connected(link: Link): void {
    this.link = link;
    for (const act of this.early.splice(0)) act();
    this.other.link?.resume();
  }

  received(bytes: Uint8Array): void {
    this.other.take((link) => link.write(bytes));
    if (this.other.isFull) this.link?.pause();
  }

  drained(): void {
    if (!this.isFull) this.other.link?.resume();
  }

  ended(): void {
    this.other.take((link) => link.end());
  }

  closed(): void {
    this.isGone = true;
    this.onClosed();
  }

  private get isFull(): boolean {
    return this.link === undefined || this.link.pending >= FULL;
  }

  private take(act: (link: Link) => void): void {
    const { link } = this;
    if (link) act(link);
    else this.early.push(() => act(this.link!));
  }
}
