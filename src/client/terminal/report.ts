import { visible } from '../../visible.js';
import type { Report } from '../connection.js';

/** A report in words (seed 002, 5.6c). */
export function reportText({ count, text }: Report): string {
  const people = count === 1 ? 'is 1 active user' : `are ${count} active users`;
  const rows = visible(text, { newlines: true }).replace(/\n+$/, '');
  return `There ${people} in the chatroom.${rows && `\n${rows}`}`;
}
