/** Times as the reader's own language writes them, in the reader's own zone. */
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

export function clockText(time: Date): string {
  return CLOCK.format(time);
}

export function dayText(time: Date): string {
  return DAY.format(time);
}

export function fullText(time: Date): string {
  return FULL.format(time);
}
