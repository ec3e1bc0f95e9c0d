/** Journals that lie beside a history's file: those of a server that was killed, or of one that runs. */
import { renameSync, rmSync } from 'node:fs';
import { codeOf } from '../error-code.js';
import { type JournalItem, journalNumbers, journalPath, readJournal } from './journal.js';
import type { Texts } from './recent.js';
import { gatherIn, type Run } from './run.js';

/**
 * Takes in what a killed server made durable and did not put into SQLite. `endsOf` gives the sequence of each room's last
 * entry there, by its row; `insert` puts texts there, or throws, and then nothing has changed. Gives the journals, by other
 * names now, of which not all is in SQLite: with entries that do not go on where their room ends, or damaged.
 */
export function recover(
  history: string,
  endsOf: () => Map<number, number>,
  insert: (texts: Texts) => void,
): readonly string[] {
  const paths = journalNumbers(history).map((number) => journalPath(history, number));
  if (paths.length === 0) return [];
  const [ends, rooms] = [endsOf(), new Map<number, Run[]>()];
  const strays = paths.filter((path) => {
    const { items, isDamaged } = readJournal(path);
    return !takeNew(rooms, items, ends) || isDamaged;
  });
  insert(rooms);
  return paths.flatMap((path) => {
    if (!strays.includes(path)) rmSync(path, { force: true });
    return strays.includes(path) ? [setAside(path)] : [];
  });
}

/** Takes what goes on where a room ends, which is moved on; false when something beyond that does not. */
function takeNew(rooms: Map<number, Run[]>, items: readonly JournalItem[], ends: Map<number, number>): boolean {
  let allGoesOn = true;
  for (const item of items) {
    const end = ends.get(item.room);
    if (end !== undefined && item.last <= end) continue;
    if (end !== undefined && item.first === end + 1) {
      gatherIn(rooms, item.room, item);
      ends.set(item.room, item.last);
    } else allGoesOn = false;
  }
  return allGoesOn;
}

function setAside(path: string): string {
  const aside = `${path}-${Date.now()}`;
  renameSync(path, aside);
  return aside;
}

/** What the journals hold, by rooms; a server may be writing them, and letting go of them. */
export function readJournals(history: string): Map<number, JournalItem[]> {
  const rooms = new Map<number, JournalItem[]>();
  for (const item of journalNumbers(history).flatMap((number) => itemsIn(journalPath(history, number)))) {
    const items = rooms.get(item.room);
    if (items) items.push(item);
    else rooms.set(item.room, [item]);
  }
  return rooms;
}

function itemsIn(path: string): JournalItem[] {
  try {
    return readJournal(path).items;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
