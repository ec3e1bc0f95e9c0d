/** An entry as a row of the table `entry`, and back. */
import type { Entry, StoredFile } from '../room/entry.js';

/**
 * `text` is the message or the name of the file or avatar, `number` the message's id or the size in bytes; `stored` and
 * `sha256` belong to a file or avatar.
 */
export interface Row {
  readonly sequence: number;
  readonly time: number;
  readonly kind: Entry['kind'];
  readonly author: string;
  readonly text: string;
  readonly number: number;
  readonly stored: string | null;
  readonly sha256: Buffer | null;
}

/** Names of the columns, in the order of `Row`. */
export const COLUMNS = 'sequence, time, kind, author, text, number, stored, sha256';

export function rowOf(entry: Entry): Row {
  switch (entry.kind) {
    case 'text':
      return makeRow(entry, entry.text, entry.id);
    case 'file':
      return fileRow(entry, entry.file);
    case 'join':
      return entry.avatar ? fileRow(entry, entry.avatar) : makeRow(entry, '', 0);
    case 'leave':
      return makeRow(entry, '', 0);
  }
}

/** The entry in a row; `gone` when its file is no longer the history's. */
export function entryOf(row: Row, gone = false): Entry {
  const { sequence, time, kind, author } = row;
  switch (kind) {
    case 'text':
      return { kind, author, text: row.text, id: row.number, sequence, time };
    case 'file':
      return { kind, author, file: { ...fileOf(row), ...(gone && { gone }) }, sequence, time };
    case 'join':
      // Without a name there is no avatar, as in every row that was written before there were any.
      return { kind, author, ...(row.text !== '' && { avatar: fileOf(row) }), sequence, time };
    case 'leave':
      return { kind, author, sequence, time };
  }
}

export function fileOf({ text: name, stored, number: size, sha256 }: Omit<Row, keyof Place>): StoredFile {
  return { name, stored: stored ?? name, size, ...(sha256 && { sha256: sha256.toString('hex') }) };
}

type Place = Pick<Row, 'sequence' | 'time' | 'kind' | 'author'>;

function fileRow(place: Place, { name, size, stored, sha256 }: StoredFile): Row {
  return makeRow(place, name, size, stored, sha256 === undefined ? null : Buffer.from(sha256, 'hex'));
}

/** Field by field: it is made for every entry, and a spread takes longer than the hash. */
function makeRow(
  { sequence, time, kind, author }: Place,
  text: string,
  number: number,
  stored: string | null = null,
  sha256: Buffer | null = null,
): Row {
  return { sequence, time, kind, author, text, number, stored, sha256 };
}
