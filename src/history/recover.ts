/** Reads the journals of a server that was killed: what was durable there and is not in SQLite. */
import { renameSync } from 'node:fs';
import { codeOf } from '../error-code.js';
import { Journal, journalNumbers, journalPath, type Kept, readJournal } from './journal.js';
import { Part, take } from './recent.js';

export interface Recovered {
  /** Oldest first. */
  readonly parts: Part[];
  /** Journals, by other names now, with entries that do not go on where a room ends. */
  readonly leftAside: readonly string[];
}

/** `endsOf` gives the sequence of each room's last entry in SQLite, by its row. */
export function recover(history: string, endsOf: () => Map<number, number>): Recovered {
  const numbers = journalNumbers(history);
  const ends = numbers.length > 0 ? endsOf() : new Map<number, number>();
  const leftAside: string[] = [];
  const parts = numbers.map((number) => {
    const path = journalPath(history, number);
    const rooms = new Map<number, Kept[]>();
    if (!takeNew(rooms, path, ends)) {
      const aside = `${path}-${Date.now()}`;
      renameSync(path, aside);
      leftAside.push(aside);
    }
    return new Part(new Journal(path), rooms);
  });
  return { parts, leftAside };
}

/** Takes what goes on where a room ends, which is moved on; false when something beyond that does not. */
function takeNew(rooms: Map<number, Kept[]>, path: string, ends: Map<number, number>): boolean {
  let allGoesOn = true;
  for (const item of readJournal(path)) {
    const end = ends.get(item.room);
    if (end !== undefined && item.last <= end) continue;
    if (end !== undefined && item.first === end + 1) {
      take(rooms, item);
      ends.set(item.room, item.last);
    } else allGoesOn = false;
  }
  return allGoesOn;
}

/** What the journals beside a history's file hold, by rooms; a server may be writing them, and letting go of them. */
export function readJournals(history: string): Map<number, Kept[]> {
  const rooms = new Map<number, Kept[]>();
  for (const number of journalNumbers(history)) {
    try {
      for (const item of readJournal(journalPath(history, number))) take(rooms, item);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return rooms;
}
