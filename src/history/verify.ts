/** Looks through a history for what is not as it was written: `snug check`. Reads, and changes nothing. */
import type Database from 'better-sqlite3';
import type { Entry } from '../room/entry.js';
import { linkHash } from './chain.js';
import { MOST_ENTRIES, placeOf } from './place.js';
import type { JournalItem } from './journal.js';
import { readJournals } from './recover.js';
import { batchOf, type BatchRow } from './row.js';
import { type LinkedRow, prepare, type RoomRow, type Statements } from './statements.js';

/** What was looked at. */
export interface Counts {
  rooms: number;
  entries: number;
}

/** Faults that SQLite itself is asked to name. */
const MOST_FAULTS = 20;

/** A sentence for each fault. */
export function* verifyHistory(database: Database.Database, counts: Counts): Generator<string> {
  yield* integrity(database);
  // Before the rest: what is moved in between is in both then, and not in neither.
  const recent = readJournals(database.name);
  // One look at everything, whatever a server writes meanwhile.
  database.exec('BEGIN');
  const statements = prepare(database);
  for (const room of statements.rooms.all()) {
    const walk = new RoomWalk(room, counts);
    yield* walk.through(() => statements.walk.iterate(placeOf(room.id, 0), placeOf(room.id, MOST_ENTRIES)));
    yield* walk.recent(recent.get(room.id) ?? []);
    yield* walk.seats(seatsOf(room, statements));
    counts.rooms++;
  }
  database.exec('COMMIT');
}

function* integrity(database: Database.Database): Generator<string> {
  try {
    const found = database.pragma(`integrity_check(${MOST_FAULTS})`) as { integrity_check: string }[];
    for (const { integrity_check: fault } of found) if (fault !== 'ok') yield `SQLite finds: ${fault}`;
  } catch (error) {
    yield `SQLite finds: ${(error as Error).message}.`;
  }
}

function seatsOf(room: RoomRow, { present }: Statements): Map<string, number> {
  const seats = present.all().filter((seat) => seat.room === room.name);
  return new Map(seats.map(({ author, sequence }) => [author, sequence]));
}

class RoomWalk {
  private readonly name: string;
  private last: number;
  private time = 0;
  /** What the next batch may have been linked to; undefined where that is missing. */
  private previous: readonly Buffer[] | undefined;
  /** Who has joined and not left, and where they joined. */
  private readonly seated = new Map<string, number>();

  constructor(
    private readonly room: RoomRow,
    private readonly counts: Counts,
  ) {
    this.name = room.name === '' ? 'The lobby' : `Room ${room.name}`;
    this.last = room.removed;
    this.previous = [room.hash];
  }

  *through(rows: () => Iterable<LinkedRow>): Generator<string> {
    try {
      for (const row of rows()) yield* this.visit(row, this.isChanged(row));
    } catch (error) {
      yield `${this.name}: what is behind entry ${this.last} cannot be read: ${(error as Error).message}.`;
    }
  }

  /** What is in no row yet, and so has no hash. */
  *recent(texts: readonly JournalItem[]): Generator<string> {
    for (const kept of texts) {
      if (kept.last > this.last) yield* this.visit({ ...kept, stored: null, sha256: null }, false);
    }
  }

  *seats(seats: ReadonlyMap<string, number>): Generator<string> {
    for (const [author, sequence] of seats) {
      const joined = this.seated.get(author);
      // Who joined before what was removed is known by the seat alone.
      const isKnown = joined === sequence || (joined === undefined && sequence <= this.room.removed);
      if (!isKnown)
        yield `${this.name}: ${author} has a seat from entry ${sequence}, which the entries know nothing of.`;
    }
    for (const [author, sequence] of this.seated) {
      if (!seats.has(author)) yield `${this.name}: ${author} joined with entry ${sequence} and has no seat.`;
    }
  }

  private *visit(row: BatchRow, isChanged: boolean): Generator<string> {
    const entries = entriesOf(row);
    const [it, was] = row.first === row.last ? ['it', 'was'] : ['they', 'were'];
    const where = this.whereOf(row, entries);
    if (isChanged) yield `${where}: ${it} ${was} changed since ${it} ${was} written.`;
    if (!entries) yield `${where}: ${it} cannot be read.`;
    for (const entry of entries ?? []) yield* this.visitEntry(entry);
    this.last = row.last;
    this.counts.entries += entries?.length ?? 0;
  }

  private *visitEntry(entry: Entry): Generator<string> {
    const { sequence, time, author, kind } = entry;
    if (sequence !== this.last + 1) yield* this.gap(sequence);
    if (time < this.time) yield `${this.placeOf(entry)}: its time is before that of the entry before it.`;
    this.last = sequence;
    this.time = Math.max(time, this.time);
    if (kind === 'join') this.seated.set(author, sequence);
    if (kind === 'leave') this.seated.delete(author);
  }

  private *gap(sequence: number): Generator<string> {
    const [from, to] = [this.last + 1, sequence - 1];
    if (to < from) yield `${this.name}: entry ${sequence} should have been removed.`;
    else yield `${this.name}: ${from === to ? `entry ${from} is` : `entries ${from} to ${to} are`} missing.`;
  }

  private isChanged(row: LinkedRow): boolean {
    // Behind a gap there is nothing to compare with.
    if (row.first !== this.last + 1) this.previous = undefined;
    const links = this.previous?.map((previous) => linkHash(previous, row));
    const fits = !links || links.some((link) => link.equals(row.hash));
    // Whether it was the batch or its hash that was changed: the next one goes with what was there before.
    this.previous = fits ? [row.hash] : [row.hash, links[0]!];
    return !fits;
  }

  private whereOf({ first, last }: BatchRow, entries: readonly Entry[] | undefined): string {
    if (first === last && entries) return this.placeOf(entries[0]!);
    return `${this.name}, ${first === last ? `entry ${first}` : `entries ${first} to ${last}`}`;
  }

  private placeOf({ sequence, time, author }: Entry): string {
    return `${this.name}, entry ${sequence} (${dateOf(time)}, ${author})`;
  }
}

/** Undefined when they are no entries, or not those that they should be. */
function entriesOf(row: BatchRow): readonly Entry[] | undefined {
  try {
    const { entries } = batchOf(row, () => false);
    const isWhole = entries[0]?.sequence === row.first && entries.length === row.last - row.first + 1;
    return isWhole ? entries : undefined;
  } catch {
    return undefined;
  }
}

function dateOf(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `${time}` : date.toISOString();
}
