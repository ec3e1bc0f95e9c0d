/** Thrown out of a wait when the program is to end. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** The wish to end: asked once, everything leaves politely; asked twice, at once. */
export class Stop {
  private readonly first = new AbortController();
  private readonly second = new AbortController();

  /** Aborted when the program is to end. */
  readonly polite: AbortSignal = this.first.signal;
  /** Aborted when nothing is to be waited for any more. */
  readonly now: AbortSignal = this.second.signal;

  /** `signal` counts as asking once. */
  constructor(signal: AbortSignal) {
    if (signal.aborted) this.request();
    else signal.addEventListener('abort', () => this.request(), { once: true });
  }

  request(): void {
    if (this.polite.aborted) this.second.abort();
    else this.first.abort();
  }
}

/** What `promise` gives. Throws StoppedError as soon as `signal` is aborted; `promise` is then nobody's business here. */
export function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopped = () => reject(new StoppedError());
    if (signal.aborted) stopped();
    signal.addEventListener('abort', stopped, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stopped));
  });
}

/** Resolves when `promise` has ended, however, or when `signal` is aborted. */
export async function endOf(signal: AbortSignal, promise: Promise<unknown>): Promise<void> {
  await unless(signal, promise).catch(() => undefined);
}
