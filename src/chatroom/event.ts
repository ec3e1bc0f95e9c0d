/** What the seed calls a threading event: it is set once, and can be waited for. */
export class StopEvent {
  private readonly happened = new Deferred<void>();
  private hasHappened = false;

  get isSet(): boolean {
    return this.hasHappened;
  }

  set(): void {
    this.hasHappened = true;
    this.happened.resolve();
  }

  /** Resolves once it is set. */
  wait(): Promise<void> {
    return this.happened.promise;
  }
}

/** A promise and its other end. Only the first value counts. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  private settle: (value: T) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve) => (this.settle = resolve));
  }

  resolve(value: T): void {
    this.settle(value);
  }
}

/** Where Ctrl-C is told: the process, unless a test plays it. */
export interface Interruptible {
  once(event: 'SIGINT', listener: () => void): unknown;
  off(event: 'SIGINT', listener: () => void): unknown;
}

/** Sets `event` on Ctrl-C for as long as `work` lasts. */
export async function interruptible(from: Interruptible, event: StopEvent, work: () => Promise<void>): Promise<void> {
  const onInterrupt = (): void => event.set();
  from.once('SIGINT', onInterrupt);
  try {
    await work();
  } finally {
    from.off('SIGINT', onInterrupt);
  }
}
