/** What the history of a house says about who was where, by simple counting. */
import type { Entry } from '../../../src/room/entry.js';
import { foldName } from '../../../src/room/names.js';
import type { History } from '../../../src/room/ports.js';
import { check, shown } from '../engine/target.js';
import type { Stay } from './plain-check.js';

type Reported = readonly { readonly event: string; readonly fields: Readonly<Record<string, string | number>> }[];

/** The entries of every room, by its name. */
export async function entriesOf(history: History): Promise<ReadonlyMap<string, readonly Entry[]>> {
  const rooms = ['', ...(await history.rooms())];
  const entries = new Map<string, readonly Entry[]>();
  for (const room of new Set(rooms)) {
    const log = await history.open(room);
    entries.set(room, await log.read({ from: 1, to: log.last }));
  }
  return entries;
}

/** Who is there when all this has happened. Places have no gaps, nobody is there twice, and nobody without a seat. */
export function peopleAfter(entries: readonly Entry[], capacity: number): string[] {
  const people = new Map<string, string>();
  for (const [index, { kind, author, sequence }] of entries.entries()) {
    check(sequence === index + 1, () => `Place ${index + 1} has the entry ${sequence}.`);
    const key = foldName(author);
    const isRight = people.has(key) === (kind !== 'join');
    check(isRight, () => `${author}, ${kind}, at ${sequence}: ${shown([...people.values()])}`);
    if (kind === 'join') people.set(key, author);
    if (kind === 'leave') people.delete(key);
    check(people.size <= capacity, () => `${people.size} people have ${capacity} seats.`);
  }
  return [...people.values()];
}

/** Who was where, by the port that the server reports: the first joining of a name is its first entry, and so on. */
export function staysOf(
  reported: Reported,
  entries: ReadonlyMap<string, readonly Entry[]>,
): ReadonlyMap<number, readonly Stay[]> {
  const stays = new Map<number, Stay[]>();
  const counts = new Map<string, number>();
  for (const { event, fields } of reported) {
    if (event !== 'joined') continue;
    const [name, room] = [String(fields['name']), String(fields['room'])];
    const nth = counts.get(`${room}/${name}`) ?? 0;
    counts.set(`${room}/${name}`, nth + 1);
    const port = Number(fields['port']);
    stays.set(port, [...(stays.get(port) ?? []), stayOf(entries.get(room) ?? [], room, name, nth)]);
  }
  return stays;
}

function stayOf(entries: readonly Entry[], room: string, name: string, nth: number): Stay {
  const own = entries.filter(({ author }) => author === name);
  const places = (kind: Entry['kind']): number[] =>
    own.flatMap((entry) => (entry.kind === kind ? [entry.sequence] : []));
  const joined = places('join')[nth];
  check(joined !== undefined, () => `${name} joined ${nth + 1} times by the report, and ${nth} by the history.`);
  return { name, room, joined, left: places('leave')[nth] ?? Infinity };
}
