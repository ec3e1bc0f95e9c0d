/**
 * Makes src/room/confusables.ts of Unicode's confusables.txt (UTS #39), which
 * https://www.unicode.org/Public/security/latest/confusables.txt has:
 *
 *     node src/room/make-confusables.mjs confusables.txt > src/room/confusables.ts
 *
 * Only what src/room/likeness.ts needs is taken: characters that a name may have, that NFD leaves as they are, and that
 * are not found to be alike by way of NFKD.
 */
import { readFileSync } from 'node:fs';

const LEGAL = /^(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{M}_.-]$/u;
/** Columns of the table. */
const WIDTH = 116;

const [file] = process.argv.slice(2);
const lines = readFileSync(file, 'utf8').split('\n');
const version = /^\W*# Version: ([\d.]+)/m.exec(lines.join('\n'))[1];
const prototypes = new Map(lines.filter((line) => /^[0-9A-F]/.test(line)).map(parse));
const wanted = [...prototypes].filter(([character, prototype]) => isNeeded(character, prototype));

const sources = new Map();
for (const [character, prototype] of wanted) {
  sources.set(prototype, [...(sources.get(prototype) ?? []), character.codePointAt(0)]);
}
process.stdout.write(`/**
 * Made by src/room/make-confusables.mjs: the confusables of Unicode ${version} (UTS #39) that names may have. Each item is a
 * prototype's code points, a colon, and those of the characters that look like it, each as its distance from the one
 * before; all to base 36.
 *
 * © Unicode, Inc., licensed under https://www.unicode.org/license.txt.
 */
export const CONFUSABLES = \`
${wrapped([...sources].map(([prototype, points]) => `${codePoints(prototype)}:${distances(points)}`))}
\`;
`);

function parse(line) {
  const [character, prototype] = line.split(';').map((part) => part.trim().split(/\s+/));
  return [text(character), text(prototype)];
}

function text(codes) {
  return String.fromCodePoint(...codes.map((code) => parseInt(code, 16)));
}

function isNeeded(character, prototype) {
  if (!LEGAL.test(character) || character.normalize('NFD') !== character) return false;
  const compatible = character.normalize('NFKD');
  return compatible === character || skeleton(compatible) !== prototype.normalize('NFD');
}

function skeleton(name) {
  return [...name]
    .map((character) => prototypes.get(character) ?? character)
    .join('')
    .normalize('NFD');
}

function codePoints(characters) {
  return [...characters].map((character) => character.codePointAt(0).toString(36)).join('+');
}

function distances(points) {
  return points
    .sort((one, other) => one - other)
    .map((point, index) => (point - (points[index - 1] ?? 0)).toString(36))
    .join(',');
}

function wrapped(items) {
  const rows = [''];
  for (const item of items) {
    if (rows.at(-1).length + item.length >= WIDTH) rows.push('');
    rows.push(`${rows.pop()} ${item}`.trim());
  }
  return rows.join('\n');
}
