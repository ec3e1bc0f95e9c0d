import stringWidth from 'string-width';

/** Rows that `text` takes on a screen `columns` wide; the cursor behind a full row needs one more. */
export function rowsOf(text: string, columns: number): number {
  return Math.floor(stringWidth(text) / columns) + 1;
}

/** The beginning of `text` that leaves the last of `columns` free, so that the cursor never goes to the next row. */
export function fit(text: string, columns: number): string {
  let width = 0;
  let fitting = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += stringWidth(segment);
    if (width >= columns) break;
    fitting += segment;
  }
  return fitting;
}

/** The last of `texts`, as many as there is room for in `rows`. */
export function lastRows(texts: readonly string[], columns: number, rows: number): readonly string[] {
  let room = rows;
  let from = texts.length;
  for (; from > 0; from--) {
    const lines = (texts[from - 1] ?? '').split('\n');
    room -= lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);
    if (room < 0) break;
  }
  return texts.slice(from);
}
