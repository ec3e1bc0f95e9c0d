/** Milliseconds in which what somebody goes on saying is reported once, so that a flood does not flood the report. */
const INTERVAL = 10_000;

/** What was said on one connection and is not reported yet. Who has been silent is reported at once. */
export class Said {
  private messages = 0;
  private characters = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly report: (said: { messages: number; characters: number }) => void) {}

  add(text: string): void {
    this.messages++;
    this.characters += text.length;
    if (this.timer) return;
    // What comes in the same moment is one report.
    setImmediate(() => this.flush());
    this.timer = setTimeout(() => this.onTime(), INTERVAL);
  }

  /** Reports what there is, so that what happens next is reported behind it. */
  flush(): void {
    const { messages, characters } = this;
    this.messages = 0;
    this.characters = 0;
    if (messages > 0) this.report({ messages, characters });
  }

  /** Nothing more will be said. */
  stop(): void {
    clearTimeout(this.timer);
    this.flush();
  }

  private onTime(): void {
    if (this.messages > 0) this.timer?.refresh();
    else this.timer = undefined;
    this.flush();
  }
}
