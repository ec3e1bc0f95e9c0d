/**
 * Shows a terminal one hostile text after the other, each followed by a harmless one, and compares: what the terminal was
 * asked and how it is set must be the same behind each of them as behind a plain text, and so must the lines.
 */
import { expect } from '@jest/globals';
import { UNSAFE } from './hostile-texts.js';
import { stateAfter, type TerminalState, type WatchedTerminal } from './watched-terminal.js';

export interface Stage {
  readonly terminal: WatchedTerminal;
  /** Has the text shown in the terminal, wherever this stage puts it. */
  show(text: string): void | Promise<void>;
  /** Which lines are of interest; without it, all. */
  readonly isShown?: (line: string) => boolean;
}

const PLAIN = 'plain';
/** Milliseconds for all of them to be shown: some protocols are asked for a few at a time. */
const PATIENT = 30_000;

/** What programs of ours may write: colours, moving and erasing while a line is edited, wrapping off for a moment. */
const OURS = /\x1b\[[\d;]*[ABCDGHJKm]|\x1b\[\?(?:7|25)[lh]|\r|\n/g;

/** Plays `texts` on the stage and checks what came of each. */
export async function playHostile(stage: Stage, texts: readonly { what: string; text: string }[]): Promise<void> {
  const { terminal } = stage;
  const all = [{ what: PLAIN, text: PLAIN }, ...texts];
  for (const [index, { text }] of all.entries()) {
    await stage.show(`item-${index}-${text}-over`);
    await stage.show(`after-${index}-`);
  }
  await terminal.waitFor(`after-${all.length - 1}-`, { timeout: PATIENT });
  const found = await Promise.all(seen(stage, all.length));
  expect(found.map((one, index) => ({ what: all[index]!.what, ...one }))).toEqual(
    all.map(({ what }) => ({ what, ...found[0] })),
  );
  expect(terminal.answers).toEqual([]);
  expect(terminal.raw.replace(OURS, '')).not.toMatch(UNSAFE);
  expect(await stateAfter(terminal.raw)).toMatchObject(found[0]!.state);
}

interface Seen {
  readonly isUnsafe: boolean;
  readonly item: readonly string[];
  readonly after: readonly string[];
  /** Of a terminal that was new before the item. */
  readonly state: TerminalState;
}

/** What can be seen of each item, without its number and its text. */
function seen({ terminal, isShown = () => true }: Stage, count: number): Promise<Seen>[] {
  const { raw } = terminal;
  const lines = terminal.transcript().split('\n').filter(isShown);
  let from = 0;
  return Array.from({ length: count }, async (_, index) => {
    const [item, after] = [`item-${index}-`, `after-${index}-`];
    const start = raw.indexOf(item, from);
    const slice = raw.slice(from, (from = raw.indexOf(after, from) + after.length));
    return {
      isUnsafe: start === -1 || UNSAFE.test(raw.slice(start, raw.indexOf('-over', start))),
      item: shapes(lines.filter((line) => line.includes(item)).map((line) => line.replace(/item-.*-over/, 'item'))),
      after: shapes(lines.filter((line) => line.includes(after))),
      state: await stateAfter(slice),
    };
  });
}

/** What kinds of lines there are, without their numbers: times, sizes, places. */
function shapes(lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => line.replace(/\d+/g, '0')))].sort();
}
