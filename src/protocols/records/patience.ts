/** Waits for answers, as long as something comes at all: the time begins anew with every byte. */
/** Who asked, and waits for the answer. */
export interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

export class Patience {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private awaited = 0;

  constructor(
    /** Milliseconds of silence. */
    private readonly time: number,
    private readonly onOver: () => void,
  ) {}

  /** One more answer is awaited. */
  begin(): void {
    this.awaited++;
    this.stir();
  }

  /** One of the answers came, or is not awaited any more. */
  end(): void {
    this.awaited--;
    this.stir();
  }

  /** Something came. */
  stir(): void {
    clearTimeout(this.timer);
    if (this.awaited > 0) this.timer = setTimeout(this.onOver, this.time);
  }
}
