/** How the two families are answered (docs/protocols.md, P3 and P6); every answer is one write. */
import type { Entry } from '../../room/entry.js';
import { announcement, SERVER_NAME } from '../../room/entry.js';
import { type Show } from '../plain-session.js';
import { visible } from '../../visible.js';
import { linesOf } from '../projection.js';
import type { Family } from './codec.js';

/** Bytes of an answer, all told: what one `recv()` of a usual client takes. */
export const MAX_ANSWER = 1024;

export interface Form {
  /** What somebody said, in one line, as a part of an answer to GET. */
  part(author: string, line: string): Uint8Array;
  /** The text as it may stand in a part. */
  harmless(text: string): string;
  /** Bytes of a text in one part, whatever it is made of. */
  room(author: string): number;
  /** The answer to GET. */
  messages(parts: readonly Uint8Array[]): Uint8Array;
  /** The answer to USERS: those who fit. */
  users(names: readonly string[]): Uint8Array;
}

const HEADER = 'MSGS:';
const USERS_HEADER = 'USERS:';
const SPACE = Buffer.from(' ');
const COMMA = Buffer.from(',');
const [OPEN, CLOSE] = [Buffer.from('['), Buffer.from(']')];

const SEED_FORM: Form = {
  part: (author, line) => Buffer.from(`<${author}>${line}`),
  // P6: a `<name>` within a text could be taken for the beginning of another message. One before it that is left as it
  // is would begin such a name with it.
  harmless: (text) => text.replace(/<(?=[^>\s]+>)/g, '‹'),
  room: (author) => MAX_ANSWER - HEADER.length - Buffer.byteLength(` <${author}>`),
  messages: (parts) => Buffer.concat([Buffer.from(HEADER), ...parts.flatMap((part) => [SPACE, part])]),
  users: (names) => Buffer.from([USERS_HEADER, ...fitting(names, USERS_HEADER.length, 1)].join(' ')),
};

const JSON_FORM: Form = {
  part: (author, line) => Buffer.from(JSON.stringify(`${author}: ${line}`)),
  harmless: (text) => text,
  // Quotes and backslashes become two bytes each.
  room: (author) => Math.floor((MAX_ANSWER - Buffer.byteLength(`["${author}: "]`)) / 2),
  messages: (parts) => Buffer.concat([OPEN, ...separated(parts), CLOSE]),
  users: (names) => Buffer.from(JSON.stringify(fitting(names, 2, 3))),
};

export const FORMS: Readonly<Record<Family, Form>> = { seed: SEED_FORM, json: JSON_FORM };

/** The parts that show an entry. */
export function showIn(form: Form): Show {
  return (entry) => {
    const author = entry.kind === 'join' || entry.kind === 'leave' ? SERVER_NAME : entry.author;
    return linesIn(form, author, entry).map((line) => form.part(author, line));
  };
}

function linesIn(form: Form, author: string, entry: Entry): readonly string[] {
  switch (entry.kind) {
    case 'join':
    case 'leave':
      return [announcement(entry)];
    case 'text':
      // What is made visible is white space no more, and could complete a name.
      return linesOf({ ...entry, text: form.harmless(visible(entry.text, { newlines: true })) }, form.room(author));
    case 'file':
      return linesOf(entry, form.room(author));
  }
}

function separated(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [COMMA, part]));
}

/** Those names that fit into an answer of which `used` bytes are taken, each with `extra` bytes around it. */
function fitting(names: readonly string[], used: number, extra: number): readonly string[] {
  let bytes = used;
  const end = names.findIndex((name) => (bytes += Buffer.byteLength(name) + extra) > MAX_ANSWER);
  return end === -1 ? names : names.slice(0, end);
}
