/**
 * What is on its way into the history. All that is committed together waits for one promise, which is listened to once,
 * however much it is.
 */
export class UnderWay<Item> {
  private promise: Promise<unknown> | undefined;
  private items: Item[] = [];

  /** Told what could not be kept, and why. */
  constructor(private readonly onLost: (items: readonly Item[], error: unknown) => void) {}

  add(promise: Promise<unknown>, item: Item): void {
    if (promise !== this.promise) this.wait(promise);
    this.items.push(item);
  }

  private wait(promise: Promise<unknown>): void {
    const items: Item[] = [];
    this.promise = promise;
    this.items = items;
    promise.then(
      () => (items.length = 0),
      (error: unknown) => this.onLost(items, error),
    );
  }
}
