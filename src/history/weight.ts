import type { Entry } from '../room/entry.js';

/** What an entry takes beside its words, in bytes: place, time, kind and hash, and its share of the tree. */
const ROW_BYTES = 128;

/** About how many bytes an entry takes on disk; what `--keep-bytes` counts. */
export function weightOf(entry: Entry): number {
  return ROW_BYTES + Buffer.byteLength(entry.author) + (entry.kind === 'text' ? Buffer.byteLength(entry.text) : 0);
}
