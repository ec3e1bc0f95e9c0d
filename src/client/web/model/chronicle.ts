/**
 * Keeps the timeline true to the room's history, which comes in parts: with a joining, line by line as things happen, and
 * in pages. What comes with a joining need not reach back to what was known before, and the history behind it need not be
 * the same.
 */
import { type Line, RefusedError, type Return } from '../../connection.js';
import type { Timeline } from './timeline.js';

/** Gives a page of lines older than `before`, 0 for the newest. Throws as `Connection.history` does. */
export type Pages = (before: number) => Promise<readonly Line[]>;

export interface ChronicleListener {
  /** A line that was not known; `isNew`: it came after those that were. */
  found(line: Line, isNew: boolean): void;
  /** Another history has begun: what the timeline holds now is all that is known of it. */
  restarted(): void;
}

export class Chronicle {
  /** Up to this place everything was known when we joined. */
  private known = 0;
  /** Place of the first line that was shown since then, 0 before. */
  private shownFrom = 0;
  /** There is nothing from before the first line. */
  private isAllHere = false;
  private isLoading = false;

  constructor(
    private readonly timeline: Timeline,
    private readonly listener: ChronicleListener,
  ) {}

  /** Lines from before those that are here can be had. */
  get hasOlder(): boolean {
    return this.timeline.first > 1 && !this.isAllHere;
  }

  /** We are about to join: what comes from now on is of the history as it is there. */
  begin(): void {
    this.known = this.timeline.unbroken;
    this.shownFrom = 0;
    this.isAllHere = false;
    this.isLoading = false;
  }

  /**
   * What to come back with: what is missing, and one line that is known, which tells whether the history is still the same.
   */
  back(token: string): Return | undefined {
    return token === '' ? undefined : { token, after: Math.max(0, this.known - 1) };
  }

  /** Forgets everything. */
  clear(): void {
    this.restart(Infinity);
  }

  show(line: Line, past: boolean): void {
    const { timeline } = this;
    const isOutOfOrder = !past && line.sequence <= timeline.last && !timeline.at(line.sequence);
    if (isOutOfOrder || timeline.contradicts(line)) this.restart(this.shownFrom || Infinity, line.sequence);
    this.shownFrom ||= line.sequence;
    if (timeline.add(line)) this.listener.found(line, true);
  }

  /** Gets what there is between the lines that were known and those that were shown on joining. */
  async fillGap(pages: Pages): Promise<void> {
    if (this.known === 0) return;
    // Goes on to a line that was known, which tells whether it is still the same history.
    for (let next = this.shownFrom; next === 0 || next > this.known;) {
      const lines = await pages(next);
      if (lines.length === 0) return;
      if (lines.some((line) => this.timeline.contradicts(line))) this.restart(next || this.shownFrom || Infinity);
      for (const line of this.timeline.addPage(lines)) this.listener.found(line, true);
      next = lines[0]!.sequence;
    }
  }

  /** Gets lines from before those that are here, if there are any and nobody is about to. */
  async older(pages: Pages): Promise<void> {
    if (this.isLoading || !this.hasOlder) return;
    this.isLoading = true;
    try {
      const lines = await pages(this.timeline.first);
      for (const line of this.timeline.addPage(lines)) this.listener.found(line, false);
      this.isAllHere = lines.length === 0;
    } catch (error) {
      // The server will not; or the connection is gone, which is told elsewhere.
      if (error instanceof RefusedError) this.isAllHere = true;
    }
    this.isLoading = false;
  }

  /** Of what is known, only the lines from place `from` on and before `before` are of the history as it is now. */
  private restart(from: number, before = Infinity): void {
    this.timeline.keepOnly(from, before);
    this.listener.restarted();
  }
}
