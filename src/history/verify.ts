/** Looks through a history for what is not as it was written: `snug check`. Reads, and changes nothing. */
import type Database from 'better-sqlite3';
import { linkHash } from './chain.js';
import { COLUMNS, type Row } from './row.js';
import { prepare, type RoomRow, type Statements } from './statements.js';

type ChainedRow = Row & { readonly hash: Buffer };

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
  // One look at everything, whatever a server writes meanwhile.
  database.exec('BEGIN');
  const statements = prepare(database);
  const entries = database.prepare<[number], ChainedRow>(
    `SELECT ${COLUMNS}, hash FROM entry WHERE room = ? ORDER BY sequence`,
  );
  for (const room of statements.rooms.all()) {
    const walk = new RoomWalk(room, counts);
    yield* walk.through(() => entries.iterate(room.id));
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
  /** What the next entry may have been linked to; undefined where that is missing. */
  private previous: readonly string[] | undefined;
  /** Who has joined and not left, and where they joined. */
  private readonly seated = new Map<string, number>();

  constructor(
    private readonly room: RoomRow,
    private readonly counts: Counts,
  ) {
    this.name = room.name === '' ? 'The lobby' : `Room ${room.name}`;
    this.last = room.removed;
    this.previous = [room.anchor.toString('hex')];
  }

  *through(rows: () => Iterable<ChainedRow>): Generator<string> {
    try {
      for (const row of rows()) {
        yield* this.visit(row);
        this.counts.entries++;
      }
    } catch (error) {
      yield `${this.name}: what is behind entry ${this.last} cannot be read: ${(error as Error).message}.`;
      return;
    }
    yield* this.end();
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

  private *visit(row: ChainedRow): Generator<string> {
    const { sequence, time, author } = row;
    const where = `${this.name}, entry ${sequence} (${dateOf(time)}, ${author})`;
    if (sequence !== this.last + 1) yield* this.gap(sequence);
    if (time < this.time) yield `${where}: its time is before that of the entry before it.`;
    yield* this.checkLink(row, where);
    this.last = sequence;
    this.time = Math.max(time, this.time);
    if (row.kind === 'join') this.seated.set(author, sequence);
    if (row.kind === 'leave') this.seated.delete(author);
  }

  private *gap(sequence: number): Generator<string> {
    this.previous = undefined;
    const [from, to] = [this.last + 1, sequence - 1];
    if (to < from) yield `${this.name}: entry ${sequence} should have been removed.`;
    else yield `${this.name}: ${from === to ? `entry ${from} is` : `entries ${from} to ${to} are`} missing.`;
  }

  private *checkLink(row: ChainedRow, where: string): Generator<string> {
    const kept = row.hash.toString('hex');
    const links = this.previous?.map((previous) => linkHash(previous, this.room.name, row));
    const fits = !links || links.includes(kept);
    if (!fits) yield `${where}: it was changed since it was written.`;
    // Whether it was the entry or its hash that was changed: the next one goes with what was there before.
    this.previous = fits ? [kept] : [kept, links[0]!];
  }

  private *end(): Generator<string> {
    const { last, hash } = this.room;
    if (this.last !== last) yield `${this.name}: its last entry should be ${last}, and is ${this.last}.`;
    else if (this.previous && !this.previous.includes(hash.toString('hex'))) {
      yield `${this.name}: its last entry is not the one that was written last.`;
    }
  }
}

function dateOf(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `${time}` : date.toISOString();
}
