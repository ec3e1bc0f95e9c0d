/** Longest time that a timer takes, in milliseconds. */
const LONGEST = 0x7fff_ffff;

/** Takes a peer to be gone when nothing comes from it for a time. */
export class Idle {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onIdle: () => void) {}

  /** Milliseconds that may pass without a sign of life, from now on; 0: as long as it likes. */
  allow(time: number): void {
    clearTimeout(this.timer);
    this.timer = time === 0 ? undefined : setTimeout(this.onIdle, Math.min(time, LONGEST));
  }

  /** There was a sign of life: the time begins anew. */
  broken(): void {
    this.timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
