/** A history whose commits a test can hold up or make fail. */
import { MemoryHistory } from '../../src/history/memory.js';
import type { Draft, Entry, StoredFile } from '../../src/room/entry.js';
import { notKept } from '../../src/room/errors.js';
import type {
  Batch,
  BatchListener,
  Clock,
  History,
  Keeping,
  Log,
  Loser,
  Presence,
  Range,
  SharedFile,
} from '../../src/room/ports.js';

export class FakeHistory implements History {
  /** Why appends are refused while it is there. */
  failure: Error | undefined;
  /** Appends wait for it while it is there. */
  held: Promise<void> | undefined;
  /** Drafts of all appends that were asked for. */
  readonly asked: Draft[] = [];
  private readonly inner: MemoryHistory;
  private readonly logs = new Map<string, Log>();

  constructor(clock: Clock) {
    this.inner = new MemoryHistory(clock);
  }

  rooms(): Promise<readonly string[]> {
    return this.inner.rooms();
  }

  present(): Promise<readonly Presence[]> {
    return this.inner.present();
  }

  trim(keeping: Keeping): Promise<number> {
    return this.inner.trim(keeping);
  }

  get fileBytes(): number {
    return this.inner.fileBytes;
  }

  oldestFiles(limit: number): Promise<readonly SharedFile[]> {
    return this.inner.oldestFiles(limit);
  }

  forgetFile(file: StoredFile): Promise<void> {
    return this.inner.forgetFile(file);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  async open(room: string): Promise<Log> {
    let log = this.logs.get(room);
    if (!log) this.logs.set(room, (log = new FakeLog(this, await this.inner.open(room))));
    return log;
  }
}

class FakeLog implements Log {
  constructor(
    private readonly history: FakeHistory,
    private readonly inner: Log,
  ) {}

  get first(): number {
    return this.inner.first;
  }

  get last(): number {
    return this.inner.last;
  }

  async append(drafts: readonly Draft[]): Promise<readonly Entry[]> {
    this.history.asked.push(...drafts);
    await this.history.held;
    if (this.history.failure) throw notKept(this.history.failure);
    return this.inner.append(drafts);
  }

  read(range: Range): Promise<readonly Entry[]> {
    return this.inner.read(range);
  }

  add(draft: Draft, loser?: Loser): Promise<void> {
    const kept = this.append([draft]).then(() => {});
    kept.catch((error: unknown) => loser?.lost(error));
    return kept;
  }

  page(range: Range): Promise<Batch | undefined> {
    return this.inner.page(range);
  }

  batchOf(entries: readonly Entry[]): Batch {
    return this.inner.batchOf(entries);
  }

  tail(to: number, bytes: number, inlineFile: number): Promise<number> {
    return this.inner.tail(to, bytes, inlineFile);
  }

  subscribe(listener: BatchListener): () => void {
    return this.inner.subscribe(listener);
  }
}
