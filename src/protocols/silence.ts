/** Where a message's end can only be told by the silence after it, tells of the silence. */
export class Silence {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    /** Milliseconds without a byte; `undefined` where nobody needs to know. */
    private readonly time: number | undefined,
    /** Nothing has come for that time. True asks to be told again if it lasts. */
    private readonly onSilence: () => boolean,
  ) {}

  /** Something came: the time begins anew. */
  broken(): void {
    if (this.time === undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.onSilence()) this.broken();
    }, this.time);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
