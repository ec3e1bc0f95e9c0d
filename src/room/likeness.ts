/**
 * Which names a reader could take for one another (docs/protocols.md, S3): those of which Unicode says that they look
 * alike (UTS #39, confusables), in whatever case. Two such names are never told apart by machines alone, so where one is
 * in use the other is refused.
 */
import { CONFUSABLES } from './confusables.js';
import { foldName } from './fold.js';

/** Letters and marks in Unicode's eyes that show only in what they join. */
const JOINERS =
  /[\u1039\u17d2\u1a60\u2d7f\uaaf6\u{10a3f}\u{1107f}\u{11133}\u{1193e}\u{11a47}\u{11a99}\u{11d45}\u{11d97}\u{16fe4}]/gu;

/** A dot above, on a letter that has one anyway, or that the table takes for such a letter; marks below may stand between. */
const DOT_ON_DOT = /(?<=\p{Soft_Dotted}[\u0316-\u0333]*)\u0307/gu;

/** The list has a dotless i, and no dotless j. */
const MISSING: readonly (readonly [string, string])[] = [['\u0237', 'j']];

let table: ReadonlyMap<string, string> | undefined;

/** The looks of a name: two names are alike if they have one of them in common. */
export function looksOf(name: string): readonly string[] {
  // As it stands, and small: `I` looks like `l`, and `i`, which is the same to us, does not.
  return [...new Set([name, foldName(name)].map(settled))];
}

/** True when a reader could take one name for the other, or when they are the same. */
export function isAlike(one: string, other: string): boolean {
  const looks = looksOf(one);
  return looksOf(other).some((look) => looks.includes(look));
}

/** Twice, since what a capital letter looks like may, once small, look like something else again (`М`, `M`, `m`, `rn`). */
function settled(name: string): string {
  return foldName(skeleton(foldName(skeleton(name))));
}

/** UTS #39's skeleton, except that compatible letters count as alike too. */
function skeleton(name: string): string {
  table ??= readTable();
  const characters = [...name.normalize('NFD').replace(JOINERS, '')];
  const shown = characters.map((character) => prototypeOf(character, table!)).join('');
  return shown.replace(DOT_ON_DOT, '');
}

function prototypeOf(character: string, prototypes: ReadonlyMap<string, string>): string {
  const own = prototypes.get(character);
  if (own !== undefined) return own;
  return [...character.normalize('NFKD')].map((part) => prototypes.get(part) ?? part).join('');
}

function readTable(): ReadonlyMap<string, string> {
  const items = CONFUSABLES.trim().split(/\s+/);
  return new Map([...items.flatMap(readItem), ...MISSING]);
}

function readItem(item: string): [string, string][] {
  const [prototype = '', characters = ''] = item.split(':');
  const shown = String.fromCodePoint(...prototype.split('+').map(fromBase36));
  let point = 0;
  return characters.split(',').map((distance) => [String.fromCodePoint((point += fromBase36(distance))), shown]);
}

function fromBase36(digits: string): number {
  return Number.parseInt(digits, 36);
}
