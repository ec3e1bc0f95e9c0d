/**
 * Who comes and goes, told from the lists of users, for servers that do not say it themselves. A change is told only
 * after the messages that were there before it have been fetched, so that a last word does not come after the leaving.
 */
export interface Change {
  readonly kind: 'joined' | 'left';
  readonly name: string;
}

export class Roster {
  private known: ReadonlySet<string> | undefined;
  private latest: ReadonlySet<string> = new Set();
  private isAnnounced = false;

  get names(): ReadonlySet<string> {
    return this.latest;
  }

  /** The server has said itself that somebody came or went, and will do so again. */
  announced(): void {
    this.isAnnounced = true;
  }

  /** The first list is who was there already. */
  heard(names: readonly string[]): void {
    this.latest = new Set(names);
    this.known ??= this.latest;
  }

  /** Everything that was said before the latest list has been fetched: who came and went, as far as nobody said it. */
  changes(): readonly Change[] {
    const { known, latest } = this;
    if (known === undefined || known === latest) return [];
    this.known = latest;
    if (this.isAnnounced) return [];
    const joined = [...latest].filter((name) => !known.has(name)).map((name) => ({ kind: 'joined' as const, name }));
    const left = [...known].filter((name) => !latest.has(name)).map((name) => ({ kind: 'left' as const, name }));
    return [...joined, ...left];
  }
}
