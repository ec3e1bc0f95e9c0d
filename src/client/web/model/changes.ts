/** Tells the views that something of the model has changed; what it is they look up themselves. */
export class Changes {
  private readonly listeners = new Set<() => void>();
  private count = 0;

  /** Grows with every change, so that one that came before `subscribe` can be noticed. */
  get version(): number {
    return this.count;
  }

  /** Returns what ends it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    this.count++;
    for (const listener of this.listeners) listener();
  }
}
