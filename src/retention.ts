/** Lets go of old entries and files, at the start and every hour, a little at a time so that no room waits for it. */
import type { Report } from './report.js';
import type { Clock, FileStore, History, Keeping } from './room/ports.js';

export interface RetentionRules {
  /** Days that entries are kept; 0 is for ever, or all, here and in what follows. */
  readonly keepDays: number;
  /** Bytes of history that are kept of each room. */
  readonly keepBytes: number;
  /** Days that a file is kept after it was last shared. */
  readonly keepFileDays: number;
  /** Bytes of files that are kept. */
  readonly keepFileBytes: number;
}

/** Milliseconds. */
const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Entries removed, and files looked at, before others have their turn. */
const ENTRIES_AT_A_TIME = 250;
const FILES_AT_A_TIME = 20;

export class Retention {
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> = Promise.resolve();
  private isOver = false;

  constructor(
    private readonly history: History,
    private readonly files: FileStore,
    private readonly rules: RetentionRules,
    private readonly clock: Clock,
    private readonly report: Report,
  ) {}

  start(): void {
    this.sweepNext();
    this.timer = setInterval(() => this.sweepNext(), HOUR).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.isOver = true;
    await this.underWay;
  }

  /** Lets go of all that is not to be kept now. */
  async sweep(): Promise<void> {
    const now = this.clock();
    try {
      const removed = { entries: await this.sweepEntries(now), files: await this.sweepFiles(now) };
      if (removed.entries + removed.files > 0) this.report('removed', removed);
    } catch (error) {
      this.report('not-removed', { reason: error instanceof Error ? error.message : String(error) });
    }
  }

  private sweepNext(): void {
    this.underWay = this.underWay.then(() => this.sweep());
  }

  private async sweepEntries(now: number): Promise<number> {
    const { keepDays, keepBytes } = this.rules;
    if (keepDays === 0 && keepBytes === 0) return 0;
    const since = sinceWhen(now, keepDays);
    const keeping: Keeping = { since, bytes: keepBytes || Infinity, limit: ENTRIES_AT_A_TIME };
    let removed = 0;
    for (let count = 1; count > 0 && !this.isOver; removed += count) {
      await othersTurn();
      count = await this.history.trim(keeping);
    }
    return removed;
  }

  /** What was removed from its folder first and then forgotten is removed again, and not lost, should we die in between. */
  private async sweepFiles(now: number): Promise<number> {
    const { keepFileDays, keepFileBytes } = this.rules;
    if (keepFileDays === 0 && keepFileBytes === 0) return 0;
    const since = sinceWhen(now, keepFileDays);
    let [removed, spared] = [0, 0];
    for (;;) {
      await othersTurn();
      const files = (await this.history.oldestFiles(spared + FILES_AT_A_TIME)).slice(spared);
      for (const { file, time } of files) {
        const isKept = time >= since && this.history.fileBytes <= (keepFileBytes || Infinity);
        if (isKept || this.isOver) return removed;
        if (await this.files.remove(file, time)) {
          await this.history.forgetFile(file);
          removed++;
        } else spared++;
      }
      if (files.length === 0) return removed;
    }
  }
}

function sinceWhen(now: number, days: number): number {
  return days === 0 ? 0 : now - days * DAY;
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
