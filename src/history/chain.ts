/**
 * The chain of a room's history: every entry carries the SHA-256 of itself and of the hash of the entry before it, so an
 * entry that was changed, or taken away, no longer goes with those behind it. docs/decisions.md, "The history file", has
 * the form of what is hashed, for those who want to verify it with a program of their own.
 */
import { hash } from 'node:crypto';
import type { Row } from './row.js';

/** Stands before the first entry of a room. */
export const NO_HASH = '0'.repeat(64);

/** The hash of an entry, as 64 hexadecimal digits, given that of the entry before it. */
export function linkHash(previous: string, room: string, row: Row): string {
  const { sequence, time, kind, author, text, number, stored, sha256 } = row;
  const file = netstring(stored ?? '') + netstring(sha256?.toString('hex') ?? '');
  const place = netstring(room) + netstring(`${sequence}`) + netstring(`${time}`);
  const said = netstring(kind) + netstring(author) + netstring(text) + netstring(`${number}`);
  return hash('sha256', previous + place + said + file);
}

/** Length in bytes, `:`, the text in UTF-8, `,`: where one field ends and the next begins cannot be argued about. */
function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}
