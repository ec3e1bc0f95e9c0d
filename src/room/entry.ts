/**
 * What a room remembers. A `Draft` is what someone wants to happen, an `Entry` is a draft that has its place in the
 * room's history and is durable; only entries are ever shown to anyone.
 */

/** A file as the file store keeps it; `name` is what it was shared as, `stored` where the store finds it again. */
export interface StoredFile {
  readonly name: string;
  readonly stored: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of its bytes, 64 hexadecimal digits; not known of a file that was shared before this was kept. */
  readonly sha256?: string;
  /** The history has let go of it: what may be stored under its name now is another one. */
  readonly gone?: true;
}

export type Draft =
  /** `avatar` is there when they brought a picture of themselves; its bytes are asked for, never shown with the entry. */
  | { readonly kind: 'join'; readonly author: string; readonly avatar?: StoredFile }
  | { readonly kind: 'leave'; readonly author: string }
  /** `id` is the number the author's client gave the message, 0 for none. */
  | { readonly kind: 'text'; readonly author: string; readonly text: string; readonly id: number }
  /** `contents` is there when the file is small enough to be shown with the entry; it is never written to the history. */
  | { readonly kind: 'file'; readonly author: string; readonly file: StoredFile; readonly contents?: Uint8Array };

interface Place {
  /** Place in the room's history, counted from 1 without gaps. */
  readonly sequence: number;
  /** Milliseconds since 1970-01-01 UTC, the server's clock; never less than that of the entry before. */
  readonly time: number;
}

export type Entry = Draft & Place;

export type TextEntry = Extract<Entry, { kind: 'text' }>;
export type FileEntry = Extract<Entry, { kind: 'file' }>;

/** An entry that brought a file: a sharing, or the joining of somebody with an avatar. */
export interface Found {
  readonly entry: Entry;
  readonly file: StoredFile;
}

/** The file or avatar that came with the entry. */
export function fileOf(entry: Entry): StoredFile | undefined {
  if (entry.kind === 'file') return entry.file;
  return entry.kind === 'join' ? entry.avatar : undefined;
}

/** Name under which the room itself speaks (seed 002, 5.7e: "For the announcements, the user is the server"). */
export const SERVER_NAME = 'Server';

/** The words of an announcement (seed 002, 5.7g and 5.8b). */
export function announcement(entry: { kind: 'join' | 'leave'; author: string }): string {
  return `${entry.author} ${entry.kind === 'join' ? 'joined' : 'left'} the chatroom.`;
}
