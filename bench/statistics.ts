/** Of numbers sorted from the least: the one below which `share` of them lie. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN;
}

const sortedOf = (numbers: readonly number[]): number[] => numbers.toSorted((one, other) => one - other);

export function median(numbers: readonly number[]): number {
  const sorted = sortedOf(numbers);
  const middle = (sorted.length - 1) / 2;
  return (percentileAt(sorted, Math.floor(middle)) + percentileAt(sorted, Math.ceil(middle))) / 2;
}

const percentileAt = (sorted: readonly number[], at: number): number => sorted[at] ?? NaN;

/** How far the outermost of them lie from each other, as a share of the median. */
export function spread(numbers: readonly number[]): number {
  return (Math.max(...numbers) - Math.min(...numbers)) / median(numbers);
}
