import { lookup } from 'mime-types';
import { visible } from '../../visible.js';
import { textIn } from '../readable.js';

/** More of a text than this would push the conversation off the screen. */
export const LONGEST_SHOWN_LINES = 40;
export const LONGEST_SHOWN_CHARACTERS = 4000;

/** What a cut may leave of a character that takes two code units. */
const HALF_CHARACTER = /[\ud800-\udbff]$/;

const UNKNOWN_TYPE = 'unknown type';

/** The type of a file going by its name, e.g. `image/png`. */
export function typeText(name: string): string {
  return lookup(visible(name)) || UNKNOWN_TYPE;
}

/** The contents as text to be read by a person, without line breaks at the end; `undefined` when they are no such text. */
export function readableText(name: string, contents: Uint8Array): string | undefined {
  const type = typeText(name);
  if (type !== UNKNOWN_TYPE && !type.startsWith('text/')) return undefined;
  return withoutLastBreaks(textIn(contents) ?? '') || undefined;
}

/** A regular expression would look at every run of line breaks again from each of them. */
function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (end > 0 && '\r\n'.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** The beginning of `text` that is short enough to be shown, and how much is left out. */
export function excerpt(text: string): { shown: string; lines: number; characters: number } {
  const lines = text.split(/\r\n|\r|\n/);
  const beginning = lines.slice(0, LONGEST_SHOWN_LINES).join('\n').slice(0, LONGEST_SHOWN_CHARACTERS);
  const shown = beginning.replace(HALF_CHARACTER, '');
  const lineCount = shown.split('\n').length;
  return { shown, lines: lines.length - lineCount, characters: lines.join('\n').length - shown.length };
}
