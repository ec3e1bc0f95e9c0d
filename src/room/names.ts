/**
 * Which names people and rooms may have (docs/protocols.md, S3): letters, digits, marks, `_`, `-` and `.`, up to 32
 * characters after NFC, compared without case.
 */
import { SERVER_NAME } from './entry.js';
import { RoomError } from './errors.js';
import { foldName } from './fold.js';
import { isAlike } from './likeness.js';

export { foldName };

/** Unicode characters, not bytes. */
export const MAX_NAME_LENGTH = 32;

/** Some letters and marks cannot be seen; a name made with them would look like another one. */
const LEGAL = /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{M}_.-])+$/u;

/**
 * Marks take no room of their own: one at the beginning would stand on what is before the name, and a heap of them on
 * the lines above. No language needs more than four on a letter, or one twice in a row (UTS #39, 5.4).
 */
const HEAPED = /^\p{M}|[\p{Mn}\p{Me}]{5}|([\p{Mn}\p{Me}])\1/u;
const MARKS_RULE = 'has at most four different marks on a letter, and none before the first';

/** The name as it is shown, of at most `most` characters. Throws RoomError `name-invalid`. */
export function parseUsername(typed: string, most = MAX_NAME_LENGTH): string {
  const name = typed.normalize('NFC');
  if (!isLegal(name, most)) throw new RoomError('name-invalid', `A username has ${ruleFor(most)}.`);
  if (isHeaped(name)) throw new RoomError('name-invalid', `A username ${MARKS_RULE}.`);
  if (foldName(name) === foldName(SERVER_NAME)) {
    throw new RoomError('name-invalid', `The username ${SERVER_NAME} is reserved.`);
  }
  if (isAlike(name, SERVER_NAME)) {
    throw new RoomError('name-invalid', `The username looks like ${SERVER_NAME}, which is reserved.`);
  }
  return name;
}

/** The room's name as it is shown, of at most `most` characters. Throws RoomError `room-name-invalid`. */
export function parseRoomName(typed: string, most = MAX_NAME_LENGTH): string {
  const name = typed.normalize('NFC');
  if (!isLegal(name, most)) throw new RoomError('room-name-invalid', `A room's name has ${ruleFor(most)}.`);
  if (isHeaped(name)) throw new RoomError('room-name-invalid', `A room's name ${MARKS_RULE}.`);
  return name;
}

function isLegal(name: string, most: number): boolean {
  return [...name].length <= most && LEGAL.test(name);
}

function ruleFor(most: number): string {
  return `1 to ${most} letters, digits, marks, "_", "-" or "."`;
}

function isHeaped(name: string): boolean {
  return HEAPED.test(name.normalize('NFD'));
}
