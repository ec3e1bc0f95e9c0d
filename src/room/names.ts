/**
 * Which names people and rooms may have (docs/protocols.md, S3): letters, digits, marks, `_`, `-` and `.`, up to 32
 * characters after NFC, compared without case.
 */
import { SERVER_NAME } from './entry.js';
import { RoomError } from './errors.js';

/** Unicode characters, not bytes. */
export const MAX_NAME_LENGTH = 32;

/** Some letters and marks cannot be seen; a name made with them would look like another one. */
const LEGAL = /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{M}_.-])+$/u;
const RULE = `1 to ${MAX_NAME_LENGTH} letters, digits, marks, "_", "-" or "."`;

/** What two spellings of one name have in common. */
export function foldName(name: string): string {
  // Through capitals, since some letters have two small forms, and one (ẞ) two capital ones.
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}

/** The name as it is shown. Throws RoomError `name-invalid`. */
export function parseUsername(typed: string): string {
  const name = typed.normalize('NFC');
  if (!isLegal(name)) throw new RoomError('name-invalid', `A username has ${RULE}.`);
  if (foldName(name) === foldName(SERVER_NAME)) {
    throw new RoomError('name-invalid', `The username ${SERVER_NAME} is reserved.`);
  }
  return name;
}

/** The room's name as it is shown. Throws RoomError `room-name-invalid`. */
export function parseRoomName(typed: string): string {
  const name = typed.normalize('NFC');
  if (!isLegal(name)) throw new RoomError('room-name-invalid', `A room's name has ${RULE}.`);
  return name;
}

function isLegal(name: string): boolean {
  return [...name].length <= MAX_NAME_LENGTH && LEGAL.test(name);
}
