type Produce = () => string | Promise<string>;

/** Prints in the order of arrival, even when some of it (a file to be saved first) takes a while to be ready. */
export class Transcript {
  private readonly waiting: Produce[] = [];
  private busy = false;
  private working: Promise<void> | undefined;

  constructor(private readonly print: (text: string) => void) {}

  /** `produce` is called when everything before is printed; it must not throw. */
  add(produce: Produce): void {
    this.waiting.push(produce);
    if (!this.busy) this.work();
  }

  /** Resolves when everything added so far is printed. */
  async settled(): Promise<void> {
    await this.working;
  }

  /** What needs no waiting is printed at once. */
  private work(): void {
    this.busy = true;
    for (let produce = this.waiting.shift(); produce; produce = this.waiting.shift()) {
      const text = produce();
      if (typeof text !== 'string') {
        this.working = this.finish(text);
        return;
      }
      this.print(text);
    }
    this.busy = false;
  }

  private async finish(first: Promise<string>): Promise<void> {
    this.print(await first);
    for (let produce = this.waiting.shift(); produce; produce = this.waiting.shift()) this.print(await produce());
    this.busy = false;
    this.working = undefined;
  }
}
