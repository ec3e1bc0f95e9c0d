/** The code of an error of the system or of SQLite (`EEXIST`, `SQLITE_BUSY`), empty when it has none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
