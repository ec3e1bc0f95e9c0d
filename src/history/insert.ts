/**
 * Where a room's next batches go. A row that is small goes on growing, so that what people type one by one is some dozens to a
 * row, and a history is read in a few steps: that costs nothing, since SQLite writes the page that the row is on anyway.
 */
import { linkHash } from './chain.js';
import { placeOf } from './place.js';
import type { BatchRow } from './row.js';
import { LONGEST } from './run.js';
import type { Statements } from './statements.js';
import { weightOf } from './weight.js';

/** Bytes of records from which on a row is left as it is: some of them are on one page. */
const FULL = 1024;

/** Hash and weight of a room up to a row. */
interface Links {
  readonly hash: Buffer;
  readonly total: number;
}

/** A row that goes on growing, and what is before it. */
interface Growing {
  readonly before: Links;
  readonly since: number;
  readonly row: BatchRow;
}

/** How far a room has come. */
export interface Head extends Links {
  /** Of the room. */
  readonly id: number;
  readonly growing?: Growing | undefined;
}

/** Gives where the room goes on. */
export function insertRows(statements: Statements, head: Head, rows: readonly BatchRow[]): Head {
  return rows.reduce((so, row) => insertRow(statements, so, row), head);
}

function insertRow({ insert }: Statements, { id, hash: newest, total: weight, growing }: Head, added: BatchRow): Head {
  const goesOn = growing && added.stored === null && added.time - growing.since < LONGEST;
  const row = goesOn ? grown(growing.row, added) : added;
  const before = goesOn ? growing.before : { hash: newest, total: weight };
  const { first, last, time, stored, sha256, records } = row;
  const hash = linkHash(before.hash, row);
  const total = before.total + weightOf(records);
  insert.run(placeOf(id, first), last, time, total, hash, stored, sha256, records);
  const isFull = stored !== null || records.length >= FULL;
  return { id, hash, total, growing: isFull ? undefined : { before, since: goesOn ? growing.since : time, row } };
}

function grown(row: BatchRow, { last, time, records }: BatchRow): BatchRow {
  return { ...row, last, time, records: Buffer.concat([row.records, records]) };
}
