/** Milliseconds: messages are reported together, at most once in this time, so that a flood does not flood the report. */
const INTERVAL = 1000;

/** What was said on one connection and is not reported yet. */
export class Said {
  private messages = 0;
  private characters = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly report: (said: { messages: number; characters: number }) => void) {}

  add(text: string): void {
    this.messages++;
    this.characters += text.length;
    this.timer ??= setTimeout(() => this.flush(), INTERVAL);
  }

  /** Reports at once, so that what happens next is reported behind it. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { messages, characters } = this;
    this.messages = 0;
    this.characters = 0;
    if (messages > 0) this.report({ messages, characters });
  }
}
