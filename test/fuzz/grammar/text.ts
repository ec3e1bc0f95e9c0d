/** Names and texts, good ones and such as somebody might try. */
import type { Random } from '../engine/random.js';

export const NAMES = [
  'ann',
  'bob',
  'eve',
  'Ann',
  'Zoë',
  'Ju\u0308rg',
  'Jürg',
  'x'.repeat(32),
  'GET',
  'join',
  'User',
  'o_o',
  'ẞ',
];
const BAD_NAMES = [
  '',
  'Server',
  'server',
  'a b',
  'a:b',
  'x'.repeat(33),
  '@ann',
  'ann\r\n',
  'a\u200bb',
  '\0',
  '<ann>',
  '../x',
  'é'.repeat(64),
];

/** What means something in one protocol or another. */
const WORDS = [
  'Hi',
  'hello there',
  'CHAT/1.0 TEXT\r\nUsername: eve\r\nMsg-len: 2\r\n\r\nHi',
  'CHAT/1.0 JOIN\r\nUsername: eve\r\n\r\n',
  'GET',
  'forgot to GET',
  'PUT: x',
  'USERS',
  'CGET:',
  'exit',
  'exitexit',
  'join',
  'server-shutdown',
  'User eve joined',
  'Welcome',
  '@eve: Hi',
  'DISCONNECT CHAT/1.0',
  'REGISTER eve CHAT/1.0',
  '12        @eve: ab',
  '<eve>Hi',
  'eve: Hi',
  '["eve: Hi"]',
  'Server: bob left the chatroom.',
  'héllo €',
  '\u{1f600}',
  'a\nb\r\nc',
  '  ',
  '\t',
  '\x1b[2J\x07',
  '\u202eabc\u200b',
  '\ufeffbom',
  'e\u0301',
  '<>&"\'\\',
];

export function name(random: Random): string {
  return random.once(8) ? random.pick(BAD_NAMES) : random.pick(NAMES);
}

export function goodName(random: Random): string {
  return random.pick(NAMES);
}

/** A text that is not empty. */
export function text(random: Random): string {
  const piece = (): string => (random.once(3) ? letters(random) : random.pick(WORDS));
  const pieces = [piece(), ...random.list(2, piece)].join(random.pick(['', ' ', '\n']));
  return random.once(40) ? pieces.repeat(1 + random.below(60)) : pieces;
}

/** Small letters and what stands between them: nothing that means anything in a protocol. */
export function plainText(random: Random): string {
  return letters(random);
}

function letters(random: Random): string {
  const alphabet = random.pick(['abc ', 'abcé', 'a€\u{1f600}', 'xyz.,!? ']);
  const characters = [...alphabet];
  const length = 1 + random.below(random.pick([3, 12, 40]));
  return `${random.pick(['x', 'é', 'z'])}${Array.from({ length }, () => random.pick(characters)).join('')}z`;
}
