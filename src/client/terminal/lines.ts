import { format } from 'date-fns/format';
import { isSameDay } from 'date-fns/isSameDay';
import pc from 'picocolors';
import { visible } from '../../visible.js';
import type { Line } from '../connection.js';

/** Name under which the server makes its announcements (seed 002, 5.7e). */
const SERVER = 'Server';

/** As wide as `[HH:mm:ss] `: what follows a line break inside a message can never pass for a line of its own. */
const INDENT = ' '.repeat(11);
const NO_TIME = '--:--:--';

/** How the parts of a line are set off; without colours each gives back what it gets. */
export interface Ink {
  time(text: string): string;
  server(text: string): string;
  /** Always the same for the same name. */
  name(name: string): string;
}

export function createInk(color: boolean): Ink {
  const colors = pc.createColors(color);
  const palette = [colors.cyan, colors.green, colors.yellow, colors.magenta, colors.blue, colors.red];
  return {
    time: colors.dim,
    server: colors.bold,
    name: (name) => palette[hash(name) % palette.length]?.(name) ?? name,
  };
}

/** A text or an announcement as it is printed: `[20:32:45] Cool: Hi.`, in the local zone. */
export function lineText(line: Line, ink: Ink): string {
  const announced = line.kind === 'joined' || line.kind === 'left';
  return entryText(line.time, announced ? SERVER : line.author, line.text, ink);
}

/** Anything `author` did, with the time in front. */
export function entryText(time: Date, author: string, text: string, ink: Ink): string {
  const name = visible(author);
  const shown = name === SERVER ? ink.server(`${name}:`) : `${ink.name(name)}:`;
  return `${ink.time(`[${timeText(time)}]`)} ${shown} ${indented(text, INDENT)}`;
}

/** What is no entry: words of the server to this person, or ours. */
export function noticeText(text: string): string {
  return `* ${indented(text, '  ')}`;
}

/** Says which day it is wherever the day changes, so that a time alone is enough on each line. */
export class Days {
  private last: Date;

  /** `today` needs no saying. */
  constructor(today: Date) {
    this.last = today;
  }

  /** `text`, with a line in front that names the day of `time` if it is another one than that of the line before. */
  dated(time: Date, text: string): string {
    if (isInvalid(time) || isSameDay(time, this.last)) return text;
    this.last = time;
    return `--- ${format(time, 'EEEE, d MMMM yyyy')} ---\n${text}`;
  }
}

function timeText(time: Date): string {
  return isInvalid(time) ? NO_TIME : format(time, 'HH:mm:ss');
}

/** A server may send any number as the time, also one beyond what a `Date` can hold. */
function isInvalid(time: Date): boolean {
  return Number.isNaN(time.getTime());
}

function indented(text: string, indent: string): string {
  return visible(text, { newlines: true }).replaceAll('\n', `\n${indent}`);
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0, 7);
}
