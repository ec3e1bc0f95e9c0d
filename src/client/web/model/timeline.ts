/**
 * The lines of the room in the order of their places, each once, however often and in whatever pieces the history comes;
 * behind them what we have said and not seen confirmed.
 */
import type { Line } from '../../connection.js';

/** A text of ours on its way. */
export interface Pending {
  /** The number that our connection gives the message. */
  readonly id: number;
  readonly text: string;
  readonly time: Date;
  /** `waiting` for the connection, `sent` and not confirmed, or `refused` by the server. */
  readonly state: 'waiting' | 'sent' | 'refused';
  /** The server's words for a refusal. */
  readonly reason?: string;
}

export class Timeline {
  private known: Line[] = [];
  /** By their number, in the order in which they were said. */
  private readonly unconfirmed = new Map<number, Pending>();

  get lines(): readonly Line[] {
    return this.known;
  }

  get pending(): readonly Pending[] {
    return [...this.unconfirmed.values()];
  }

  /** Place of the oldest line, 0 when there is none. */
  get first(): number {
    return this.known[0]?.sequence ?? 0;
  }

  /** Place of the newest line, 0 when there is none. */
  get last(): number {
    return this.known.at(-1)?.sequence ?? 0;
  }

  /** Place of the newest line up to which none is missing since the oldest; 0 when there is none. */
  get unbroken(): number {
    // Places have no gaps, so that the difference of place and index grows by as many as are missing.
    let low = 0;
    for (let high = this.known.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.known[middle]!.sequence === this.first + middle) low = middle + 1;
      else high = middle;
    }
    return this.known[low - 1]?.sequence ?? 0;
  }

  get files(): readonly Line[] {
    return this.known.filter(({ kind }) => kind === 'file');
  }

  at(sequence: number): Line | undefined {
    const line = this.known[this.indexOf(sequence)];
    return line?.sequence === sequence ? line : undefined;
  }

  /** Index of the line at `sequence`, or of the first one behind that place. */
  indexOf(sequence: number): number {
    let low = 0;
    for (let high = this.known.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.known[middle]!.sequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Puts a line in its place; false when it was there already. */
  add(line: Line): boolean {
    const index = this.indexOf(line.sequence);
    if (this.known[index]?.sequence === line.sequence) return false;
    this.known.splice(index, 0, line);
    return true;
  }

  /** Puts the lines of a page in their places, and gives those that were not there. */
  addPage(lines: readonly Line[]): readonly Line[] {
    const distinct = new Map(lines.map((line) => [line.sequence, line]));
    const fresh = [...distinct.values()].filter(({ sequence }) => !this.at(sequence));
    this.known = [...this.known, ...fresh].sort((one, other) => one.sequence - other.sequence);
    return fresh;
  }

  /** Forgets all lines but those at the places from `from` on and before `before`. */
  keepOnly(from: number, before: number): void {
    this.known = this.known.slice(this.indexOf(from), this.indexOf(before));
  }

  /** True for a line of another history: the place is known, and another line stands there. */
  contradicts(line: Line): boolean {
    const known = this.at(line.sequence);
    return known !== undefined && !isSame(known, line);
  }

  expect(pending: Pending): void {
    this.unconfirmed.set(pending.id, pending);
  }

  /** False when no such text is on its way. */
  change(id: number, change: Pick<Pending, 'state' | 'reason'>): boolean {
    const pending = this.unconfirmed.get(id);
    if (!pending) return false;
    const { text, time } = pending;
    this.unconfirmed.set(id, { id, text, time, ...change });
    return true;
  }

  forget(id: number): void {
    this.unconfirmed.delete(id);
  }
}

function isSame(one: Line, other: Line): boolean {
  return (
    one.kind === other.kind &&
    one.author === other.author &&
    one.text === other.text &&
    one.time.getTime() === other.time.getTime()
  );
}
