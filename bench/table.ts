/** Tables in Markdown, which also read well in a terminal. */

/** The first row is the head. All columns but the first hold numbers. */
export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(3, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head = [], ...others] = rows;
  return [line(head), line(rule), ...others.map(line)].join('\n');
}

/** Three digits that count, without an exponent. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '';
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return digits > 0 ? value.toFixed(Math.min(digits, 4)) : Math.round(value).toLocaleString('en-US');
}

/** Half the distance between the outermost, as a share. */
export const plusMinus = (spread: number): string => `±${String(Math.round(spread * 50))}%`;
