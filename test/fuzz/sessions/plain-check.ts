/** Whether a peer of a text-only protocol was told all that happened while it was there: each thing once, in order. */
import type { Entry } from '../../../src/room/entry.js';
import { visible } from '../../../src/visible.js';
import { check, shown } from '../engine/target.js';
import type { Told } from './events.js';

/** A stay in a room: from behind the joining at `joined` up to the leaving, if there was one. */
export interface Stay {
  readonly name: string;
  readonly room: string;
  readonly joined: number;
  readonly left: number;
}

export interface Expectation {
  readonly told: readonly Told[];
  readonly stays: readonly Stay[];
  readonly entriesOf: (room: string) => readonly Entry[];
  /** One's own texts come back. */
  readonly echoes: boolean;
  /** It was there to the end and has read everything. */
  readonly isComplete: boolean;
}

export function checkTold({ told, stays, entriesOf, echoes, isComplete }: Expectation): void {
  const heard = told.filter(({ kind }) => kind !== 'other');
  const wanted = stays.flatMap(({ name, room, joined, left }) =>
    entriesOf(room)
      .slice(joined, left)
      .filter((entry) => (echoes ? entry.sequence < left : entry.author !== name)),
  );
  let at = 0;
  for (const entry of wanted) {
    const next = heardOf(entry, heard, at);
    if (next === undefined) {
      check(!isComplete, () => `It was not told ${shown(entry)}, only ${shown(heard.slice(-5))}`);
      return;
    }
    at = next;
  }
  check(at === heard.length, () => `It was told ${shown(heard.slice(at, at + 3))} as well`);
}

/** How far the telling of this entry goes; undefined where it breaks off. */
function heardOf(entry: Entry, heard: readonly Told[], from: number): number | undefined {
  if (entry.kind === 'join' || entry.kind === 'leave') {
    const one = heard[from];
    if (!one) return undefined;
    const kind = entry.kind === 'join' ? 'joined' : 'left';
    check(one.kind === kind && one.name === entry.author, () => `${shown(entry)} was to come, not ${shown(one)}`);
    return from + 1;
  }
  return textHeard(entry.author, wordsOf(entry), heard, from);
}

/** A text may come in several messages, with what was white around the seams gone. */
function textHeard(author: string, words: string, heard: readonly Told[], from: number): number | undefined {
  let rest = withoutSpaces(words);
  let at = from;
  while (rest !== '') {
    const one = heard[at];
    if (!one) return undefined;
    const piece = one.kind === 'text' ? withoutSpaces(one.text) : '';
    check(
      one.kind === 'text' && one.name === author && piece !== '' && rest.startsWith(piece),
      () => `${author}'s ${shown(rest)} was to come, not ${shown(one)}`,
    );
    rest = rest.slice(piece.length);
    at++;
  }
  return at;
}

function wordsOf(entry: Extract<Entry, { kind: 'text' | 'file' }>): string {
  if (entry.kind === 'text') return visible(entry.text, { newlines: true });
  return `shared ${entry.file.name} (${entry.file.size} ${entry.file.size === 1 ? 'byte' : 'bytes'})`;
}

function withoutSpaces(text: string): string {
  // P6: what could be taken for a name in front is written otherwise.
  return text.replace(/\s/g, '').replaceAll('‹', '<');
}
