/**
 * What was said last while much is said, before it is in SQLite: in journals, on disk and in memory. Two seconds of it go into
 * SQLite together, about a millisecond at a time: so a room is a row every other second there, and not one a turn.
 */
import { statSync } from 'node:fs';
import type { Kept } from './batch.js';
import { Journal, journalNumbers, journalPath, type Said } from './journal.js';
import { gatherIn, type Run } from './run.js';

/** Milliseconds that go into one journal. */
const LONGEST = 2000;
/** Bytes of journals that may wait, should they not be moved in time; in memory at most twice that, or half a KiB a room. */
const MOST = 33_554_432;
/** Rooms that are moved in one transaction, which costs as much as a room or two. */
const ROOMS = 4;
/** Milliseconds for each journal there is, before others have their turn. */
const LONG = 0.5;

/** By rooms, those of each in their order. */
export type Texts = ReadonlyMap<number, readonly Kept[]>;

const NOTHING: readonly Kept[] = [];

/** A journal, and what of it is not in SQLite, by rooms. */
interface Part {
  readonly journal: Journal;
  readonly rooms: Map<number, Run[]>;
}

export class Recent {
  /** Oldest first. */
  private readonly parts: Part[] = [];
  /** The last one, while it is appended to. */
  private open: Part | undefined;
  private number: number;
  private readonly mode: number;
  private sealing: NodeJS.Timeout | undefined;
  private step: NodeJS.Immediate | undefined;
  private retry: NodeJS.Timeout | undefined;

  constructor(
    private readonly history: string,
    /** Puts it all into SQLite, or throws and has put nothing there. */
    private readonly move: (texts: Texts) => void,
  ) {
    this.number = journalNumbers(history).at(-1) ?? 0;
    this.mode = statSync(history).mode & 0o777;
  }

  /** Of a room, oldest first. */
  of(room: number): readonly Kept[] {
    return this.parts.length === 0 ? NOTHING : this.parts.flatMap(({ rooms }) => rooms.get(room) ?? []);
  }

  /** Makes all of it durable; or gives false, and nothing of it is here. */
  add(said: readonly Said[]): boolean {
    if (this.parts.reduce((sum, { journal }) => sum + journal.end, 0) >= MOST) return false;
    const part = (this.open ??= this.begin());
    try {
      part.journal.append(said);
    } catch {
      this.giveUp(part);
      return false;
    }
    for (const { room, batch } of said) gatherIn(part.rooms, room, batch);
    if (part.journal.isFull) this.seal();
    return true;
  }

  /** All that is here of these rooms is in SQLite. */
  forget(rooms: Iterable<number>): void {
    for (const room of rooms) for (const part of this.parts) part.rooms.delete(room);
    this.drop();
  }

  /** What cannot be moved stays in its journal, for the next start. */
  close(): void {
    clearTimeout(this.sealing);
    clearTimeout(this.retry);
    clearImmediate(this.step);
    try {
      this.moveAll();
    } catch {
      for (const { journal } of this.parts) journal.close();
    }
  }

  /** As `move` for all that is here. */
  moveAll(): void {
    const rooms = new Set(this.parts.flatMap((part) => [...part.rooms.keys()]));
    this.move(new Map([...rooms].map((room) => [room, this.of(room)])));
    this.open = undefined;
    this.forget(rooms);
  }

  private begin(): Part {
    const journal = new Journal(journalPath(this.history, ++this.number), this.mode);
    const part: Part = { journal, rooms: new Map() };
    this.parts.push(part);
    this.sealing ??= setTimeout(() => this.onTime(), LONGEST).unref();
    return part;
  }

  /** While an older one cannot be moved this one goes on, so that there are not more and more of them. */
  private onTime(): void {
    this.sealing = undefined;
    if (this.open === this.parts[0]) this.seal();
    else if (this.open) this.sealing = setTimeout(() => this.onTime(), LONGEST).unref();
  }

  /** Nothing can be appended to it: the next one is tried anew. */
  private giveUp(part: Part): void {
    if (part.journal.end > 0) return this.seal();
    this.open = undefined;
    this.parts.pop();
    part.journal.remove();
  }

  private seal(): void {
    clearTimeout(this.sealing);
    this.sealing = undefined;
    this.open?.journal.close();
    this.open = undefined;
    if (!this.retry) this.step ??= setImmediate(() => this.moveOn());
  }

  /** Goes on with the oldest one, for as long as others may wait for it. */
  private moveOn(): void {
    this.step = undefined;
    this.retry = undefined;
    const [part] = this.parts;
    if (!part || part === this.open) return;
    try {
      this.moveSome(part, performance.now() + LONG * this.parts.length);
    } catch {
      this.retry = setTimeout(() => this.moveOn(), LONGEST).unref();
      return;
    }
    this.step = setImmediate(() => this.moveOn());
  }

  private moveSome({ rooms }: Part, until: number): void {
    do {
      const some = beginning(rooms, ROOMS);
      this.move(some);
      for (const room of some.keys()) rooms.delete(room);
    } while (rooms.size > 0 && performance.now() < until);
    this.drop();
  }

  /** Lets go of journals that are no longer needed. */
  private drop(): void {
    while (this.parts[0] !== this.open && this.parts[0]?.rooms.size === 0) this.parts.shift()!.journal.remove();
  }
}

function beginning(texts: Texts, count: number): Texts {
  const some = new Map<number, readonly Kept[]>();
  for (const [room, kept] of texts) {
    if (some.size === count) break;
    some.set(room, kept);
  }
  return some;
}
