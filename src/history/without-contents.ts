import type { Entry } from '../room/entry.js';

/** An entry as a history keeps it: the bytes of files stay with the file store. */
export function withoutContents(entry: Entry): Entry {
  if (entry.kind !== 'file' || !entry.contents) return entry;
  const { contents: _, ...kept } = entry;
  return kept;
}
