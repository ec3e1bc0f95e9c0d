/** Times as the reader's own language writes them, in the reader's own zone. */
const NO_TIME = '--:--';

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

export function clockText(time: Date): string {
  return written(CLOCK, time);
}

export function dayText(time: Date): string {
  return written(DAY, time);
}

export function fullText(time: Date): string {
  return written(FULL, time);
}

/** For a program to read; undefined where there is no such time. */
export function machineText(time: Date): string | undefined {
  return isInvalid(time) ? undefined : time.toISOString();
}

function written(format: Intl.DateTimeFormat, time: Date): string {
  return isInvalid(time) ? NO_TIME : format.format(time);
}

/** A server may send any number as the time, also one beyond what a `Date` can hold: to write that down throws. */
function isInvalid(time: Date): boolean {
  return Number.isNaN(time.getTime());
}
