import { linkHash } from './chain.js';
import { placeOf } from './place.js';
import type { BatchRow } from './row.js';
import type { Statements } from './statements.js';
import { weightOf } from './weight.js';

/** Where a room's next batch goes: the room's row, and hash and weight so far. */
export interface Head {
  readonly id: number;
  readonly hash: Buffer;
  readonly total: number;
}

/** Gives where the room goes on. */
export function insertRows(statements: Statements, head: Head, rows: readonly BatchRow[]): Head {
  return rows.reduce((so, row) => insertRow(statements, so, row), head);
}

function insertRow({ insert }: Statements, head: Head, row: BatchRow): Head {
  const { first, last, time, stored, sha256, records } = row;
  const { id } = head;
  const hash = linkHash(head.hash, row);
  const total = head.total + weightOf(records);
  insert.run(placeOf(id, last), first, time, total, hash, stored, sha256, records);
  return { id, hash, total };
}
