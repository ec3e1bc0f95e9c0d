/**
 * What was said last while much is said, before it is in SQLite: in journals, on disk and in memory. A second or two of it go
 * into SQLite together, some rooms at a time: so a room is a row every other second there, and not one a turn.
 */
import { Journal, type JournalItem, journalNumbers, journalPath, type Kept, type Said } from './journal.js';

/** Milliseconds that go into one journal. */
const LONGEST = 2000;
/** Bytes that may wait, should they not be moved in time. */
const MOST = 33_554_432;
/** Bytes that are put in order, and milliseconds for each journal there is, before others have their turn. */
const SOME = 65_536;
const LONG = 0.5;

/** By rooms, those of each in their order. */
export type Texts = ReadonlyMap<number, readonly Kept[]>;

const NOTHING: readonly Kept[] = [];

/** A journal, and what of it is not in SQLite, by rooms: put in order only when somebody asks. */
export class Part {
  private ordered = 0;

  constructor(
    readonly journal: Journal,
    private readonly rooms = new Map<number, Kept[]>(),
  ) {}

  /** Oldest first. */
  get byRoom(): Map<number, Kept[]> {
    this.order();
    return this.rooms;
  }

  /** Does so with about as many bytes; false when there is more. */
  order(bytes = Infinity): boolean {
    const start = this.ordered;
    for (const { items, end } of this.journal.from(start)) {
      for (const item of items) take(this.rooms, item);
      this.ordered = end;
      if (end - start >= bytes) break;
    }
    return this.ordered === this.journal.end;
  }
}

export class Recent {
  /** The last one, while it is appended to. */
  private open: Part | undefined;
  private number: number;
  private timer: NodeJS.Timeout | undefined;
  private step: NodeJS.Immediate | undefined;
  /** Memory of a journal that is gone. */
  private spare: Buffer | undefined;

  constructor(
    private readonly history: string,
    /** Oldest first. */
    private readonly parts: Part[],
    /** Puts it all into SQLite, or throws and has put nothing there. */
    private readonly move: (texts: Texts) => void,
  ) {
    this.number = journalNumbers(history).at(-1) ?? 0;
  }

  /** Of a room, oldest first. */
  of(room: number): readonly Kept[] {
    return this.parts.length === 0 ? NOTHING : this.parts.flatMap(({ byRoom }) => byRoom.get(room) ?? []);
  }

  /** Makes all of it durable, or throws and keeps none of it. */
  add(said: readonly Said[]): void {
    if (this.bytes >= MOST) this.moveAll();
    this.open ??= this.begin();
    this.open.journal.append(said);
    if (this.open.journal.isFull) this.seal();
  }

  /** All that is here of these rooms is in SQLite. */
  forget(rooms: readonly number[]): void {
    for (const { byRoom } of this.parts) for (const room of rooms) byRoom.delete(room);
    this.drop();
  }

  /** As `move` for all that is here. */
  moveAll(): void {
    const rooms = new Set(this.parts.flatMap(({ byRoom }) => [...byRoom.keys()]));
    this.move(new Map([...rooms].map((room) => [room, this.of(room)])));
    this.open = undefined;
    this.forget([...rooms]);
  }

  /** What cannot be moved stays in its journal, for the next start. */
  close(): void {
    clearTimeout(this.timer);
    clearImmediate(this.step);
    try {
      this.moveAll();
    } catch {
      for (const { journal } of this.parts) journal.close();
    }
  }

  private get bytes(): number {
    return this.parts.reduce((sum, { journal }) => sum + journal.end, 0);
  }

  private begin(): Part {
    const part = new Part(new Journal(journalPath(this.history, ++this.number), this.spare));
    this.spare = undefined;
    this.parts.push(part);
    this.sealLater();
    return part;
  }

  private sealLater(): void {
    this.timer ??= setTimeout(() => this.seal(), LONGEST).unref();
  }

  private seal(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.open = undefined;
    this.step ??= setImmediate(() => this.moveOn());
  }

  /** Goes on with the oldest one, some rooms in every turn of the event loop: fewer when these took long. */
  private moveOn(rooms = 1): void {
    this.step = undefined;
    const [part] = this.parts;
    if (!part || part === this.open) return;
    const started = performance.now();
    try {
      if (part.order(SOME)) this.moveSome(part, rooms);
    } catch {
      this.sealLater();
      return;
    }
    const isLong = performance.now() - started > LONG * this.parts.length;
    this.step = setImmediate(() => this.moveOn(isLong ? Math.ceil(rooms / 2) : rooms * 2));
  }

  private moveSome({ byRoom }: Part, count: number): void {
    const some = beginning(byRoom, count);
    this.move(some);
    for (const room of some.keys()) byRoom.delete(room);
    this.drop();
  }

  /** Lets go of journals that are no longer needed. */
  private drop(): void {
    while (this.parts[0] !== this.open && this.parts[0]?.byRoom.size === 0)
      this.spare = this.parts.shift()!.journal.remove();
    if (this.parts.length === 0) this.spare = undefined;
  }
}

export function take(rooms: Map<number, Kept[]>, { room, first, last, time, records }: JournalItem): void {
  const kept = rooms.get(room);
  if (kept) kept.push({ first, last, time, records });
  else rooms.set(room, [{ first, last, time, records }]);
}

function beginning(texts: Texts, count: number): Texts {
  const some = new Map<number, readonly Kept[]>();
  for (const [room, kept] of texts) {
    if (some.size === count) break;
    some.set(room, kept);
  }
  return some;
}
