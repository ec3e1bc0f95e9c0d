/**
 * The chain of a room's history: every batch carries the SHA-256 of itself and of the hash of the batch before it, so one
 * that was changed, or taken away, no longer goes with those behind it. docs/decisions.md, "The history file", has the
 * form of what is hashed, for those who want to verify it with a program of their own.
 */
import { hash } from 'node:crypto';

/** Stands before the first batch of a room. */
export const NO_HASH = Buffer.alloc(32);

/** A row of the table `batch`, without its links. */
export interface KeptBatch {
  /** Entries as records (docs/protocols.md, R5 to R8), without the contents of files. */
  readonly records: Uint8Array;
  /** Of a file or avatar: the name it is stored under, and the SHA-256 of its bytes, where it is known. */
  readonly stored: string | null;
  readonly sha256: Buffer | null;
}

/** The hash of a batch, given that of the one before it. */
export function linkHash(previous: Uint8Array, { records, stored, sha256 }: KeptBatch): Buffer {
  const file = stored === null ? [] : [sha256 ?? NO_HASH, Buffer.from(stored)];
  return hash('sha256', Buffer.concat([previous, records, ...file]), 'buffer');
}
