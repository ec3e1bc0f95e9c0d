/** What a batch takes beside its records, in bytes: keys, hash, and its share of the tree. */
const BATCH_BYTES = 64;

/** About how many bytes a batch takes on disk; what `--keep-bytes` counts. */
export function weightOf(records: Uint8Array): number {
  return records.length + BATCH_BYTES;
}
