/** The client's half of the signs of life: docs/protocols.md, R16. */
import type { Link } from '../../transports/link.js';

/** Milliseconds between two of ours. */
export const BEAT = 15_000;
/** Signs without an answer after which the connection is taken to be dead, so that this is noticed within a minute. */
const MOST_UNANSWERED = 2;

export class Pulse {
  private timer: ReturnType<typeof setInterval> | undefined;
  private unanswered = 0;
  private isPaused = false;

  constructor(
    private readonly link: Link,
    private readonly beat: () => void,
    /** Nothing has come from the other side for too long. */
    private readonly onDead: () => void,
  ) {}

  start(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.onTime(), BEAT);
    this.beat();
  }

  /** Nothing is read from the link for now: its silence is ours. */
  pause(): void {
    this.isPaused = true;
    this.link.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.felt();
    this.link.resume();
  }

  /** There was a sign of life from the other side. */
  felt(): void {
    this.unanswered = 0;
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private onTime(): void {
    if (this.isPaused) this.felt();
    if (this.unanswered === MOST_UNANSWERED) return this.onDead();
    this.unanswered++;
    this.beat();
  }
}
