import type { Draft, Entry } from '../room/entry.js';
import type { Loser } from '../room/ports.js';
import { EntryBatch } from './batch.js';

/** Whose drafts those of a turn are, and where they go on. */
export interface Place {
  readonly room: string;
  /** Sequence and time of the newest entry. */
  readonly last: number;
  readonly time: number;
}

/** Bytes of a record around a text: its header and a short name. */
const AROUND_TEXT = 40;

/** What is committed together: all that is appended in one turn of the event loop, or as much as one commit takes. */
export class Turn<Log extends Place> {
  private readonly drafts = new Map<Log, Draft[]>();
  private batches = new Map<Log, EntryBatch>();
  private settle!: { readonly resolve: () => void; readonly reject: (cause: unknown) => void };
  private weight = 0;
  private readonly losers: Loser[] = [];
  /** Resolves when all of it is durable and listeners have been told. Rejects with what `reject` is given. */
  readonly kept: Promise<void>;

  constructor() {
    this.kept = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    // Whoever wants to know is told; nobody has to.
    this.kept.catch(() => {});
  }

  /** About how many bytes its texts will have as records. */
  get bytes(): number {
    return this.weight;
  }

  /** Gives where among the log's drafts it comes. */
  add(log: Log, draft: Draft, loser?: Loser): number {
    if (loser) this.losers.push(loser);
    let drafts = this.drafts.get(log);
    if (!drafts) this.drafts.set(log, (drafts = []));
    if (draft.kind === 'text') this.weight += AROUND_TEXT + draft.text.length;
    return drafts.push(draft) - 1;
  }

  /** Gives every draft its place and time, without touching the logs: they move on only when all is durable. */
  place(now: number): ReadonlyMap<Log, EntryBatch> {
    for (const [log, drafts] of this.drafts) {
      const time = Math.max(now, log.time);
      const entries = drafts.map((draft, index) => placed(draft, log.last + 1 + index, time));
      this.batches.set(log, EntryBatch.of(entries, log.room));
    }
    return this.batches;
  }

  entryAt(log: Log, index: number): Entry {
    return this.batches.get(log)!.entries[index]!;
  }

  resolve(): void {
    this.settle.resolve();
  }

  /** Nothing of it was kept. */
  reject(error: unknown): void {
    this.settle.reject(error);
    for (const loser of this.losers) loser.lost(error);
  }
}

/** Field by field for what there is most of: a spread takes longer than all else that is done with it. */
function placed(draft: Draft, sequence: number, time: number): Entry {
  if (draft.kind !== 'text') return { ...draft, sequence, time };
  const { kind, author, text, id } = draft;
  return { kind, author, text, id, sequence, time };
}
