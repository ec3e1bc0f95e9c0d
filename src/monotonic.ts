/** Milliseconds of a clock that is never set. */
export const monotonic = (): number => performance.now();
