import type { Draft, Entry, StoredFile } from './entry.js';

/** Milliseconds since 1970-01-01 UTC. */
export type Clock = () => number;

/** Told how a piece of work went: why it failed, undefined when it did not. */
export type DiskOutcome = (failure: unknown) => void;

export type BatchListener = (batch: Batch) => void;

/** Entries of one room that follow each other: at least one. */
export interface Batch {
  /** Sequence of the first and of the last one. */
  readonly first: number;
  readonly last: number;
  /** False when certainly none of them shares a file. */
  readonly hasFiles: boolean;
  readonly entries: readonly Entry[];
  /** The same as the records protocol says them. */
  readonly records: Uint8Array;
  /** Those of the entries from `from` to `to`, both included; there must be one. */
  between(from: number, to: number): Batch;
}

/** Every room's log, kept in one place so that what arrives in one turn of the event loop is one commit. */
export interface History {
  /** Names of the rooms that have a log, oldest first. */
  rooms(): Promise<readonly string[]>;
  /** The log of a room, empty if it has none; it is kept from its first entry on. The same object for the same name. */
  open(room: string): Promise<Log>;
  /** Who joined and has not left, room by room, in the order they joined. */
  present(): Promise<readonly Presence[]>;
  /**
   * Removes the oldest entries of each room that are not to be kept, for good; places go on counting. What was committed
   * together goes together, once all of it may; what was said in the last seconds may stay for another time. Gives how many
   * it removed, 0 when nothing was left to remove.
   */
  trim(keeping: Keeping): Promise<number>;
  /** Bytes of all files that entries brought, each counted once, until it is forgotten. */
  readonly fileBytes: number;
  /** The files that entries brought, whether those are kept or not, in the order in which they were shared last. */
  oldestFiles(limit: number): Promise<readonly SharedFile[]>;
  /** The file is no longer there: entries that name it have a file that is `gone`. */
  forgetFile(file: StoredFile): Promise<void>;
  /** Waits for what is under way, then closes. Appending afterwards is refused. */
  close(): Promise<void>;
}

/** What of each room is to be kept. */
export interface Keeping {
  /** Entries of this time and younger; milliseconds since 1970-01-01 UTC. */
  readonly since: number;
  /** The youngest entries that together take so many bytes; Infinity for all. */
  readonly bytes: number;
  /** Entries after which it stops. */
  readonly limit: number;
}

export interface SharedFile {
  /** `name` is that it is stored under. */
  readonly file: StoredFile;
  /** When it was shared last. */
  readonly time: number;
}

export interface Presence {
  readonly room: string;
  readonly names: readonly string[];
}

export interface Range {
  readonly from: number;
  /** The last one, included. */
  readonly to: number;
  /** Bytes of records at most, unless what was committed first has more. */
  readonly bytes?: number;
}

/** Whose draft it is. */
export interface Loser {
  /** It was not kept: a RoomError `not-kept`. */
  lost(error: unknown): void;
}

/** The ordered, durable history of one room. */
export interface Log {
  /** Sequence of the oldest entry that has not been removed, `last + 1` when there is none. */
  readonly first: number;
  /** Sequence of the newest entry, removed or not; 0 when there never was one. */
  readonly last: number;
  /**
   * Gives the drafts the next places in the log. Resolves, in order, once they are durable and listeners have been told.
   * Rejects with RoomError `not-kept` when they were not; then none of them has a place.
   */
  append(drafts: readonly Draft[]): Promise<readonly Entry[]>;
  /**
   * As `append` for one draft, for whoever needs no entry. The promise is that of all that is committed together, so that
   * there are few of them; `loser` is told of this one.
   */
  add(draft: Draft, loser?: Loser): Promise<void>;
  /** Entries in the range, oldest first; places that do not exist are left out. */
  read(range: Range): Promise<readonly Entry[]>;
  /** The same as a batch; undefined when there are none. */
  page(range: Range): Promise<Batch | undefined>;
  /** A batch of other entries of this room: those of a page as they are shown. */
  batchOf(entries: readonly Entry[]): Batch;
  /**
   * Sequence of the first entry of the longest run that ends with entry `to` and has at most so many bytes, as records
   * with the contents of files of up to `inlineFile` bytes; `to + 1` when not even that one fits.
   */
  tail(to: number, bytes: number, inlineFile: number): Promise<number>;
  /** Tells every committed batch, in order. Returns what ends it. */
  subscribe(listener: BatchListener): () => void;
}

/** How a seat is kept for someone whose link dropped, until they come back. */
export interface Absence {
  /** Milliseconds; 0 frees the seat at once. */
  readonly grace: number;
  /** A text that nobody can guess, another one each time; empty where nobody can come back. */
  newToken(): string;
  /** Calls `action` after so many milliseconds. Returns what prevents it. */
  after(milliseconds: number, action: () => void): () => void;
}

/** Where the bytes of shared files are kept. */
export interface FileStore {
  /**
   * Starts taking in a file of `size` bytes, where that is known. `name` is as the peer typed it and is made safe here.
   * Throws RoomError `file-refused` when it is larger than may be.
   */
  receive(name: string, size?: number): Promise<IncomingFile>;
  /**
   * Bytes from `offset` on; each piece is good until the next one is asked for. Throws RoomError `file-gone` when the file
   * is no longer there as it was shared.
   */
  read(file: StoredFile, offset: number): AsyncIterable<Uint8Array>;
  /** All bytes of a small file. Throws RoomError `file-gone` as above. */
  contents(file: StoredFile): Promise<Uint8Array>;
  /**
   * Removes a file that was last shared at `shared`, unless it was changed, or given to somebody who is about to share it
   * again. False when it is still there for such a reason.
   */
  remove(file: StoredFile, shared: number): Promise<boolean>;
}

/** Puts the picture of somebody who has just taken a seat into a store; undefined when they stay without one. */
export type KeepAvatar = () => Promise<StoredFile | undefined>;

/** A file on its way in: nobody sees it before `keep`. */
export interface IncomingFile {
  /** Resolves when the disk has taken the bytes, so that a caller who waits holds bounded memory. */
  write(bytes: Uint8Array): Promise<void>;
  /** Puts the file in its place under a free name. Nothing that is there is overwritten. */
  keep(): Promise<StoredFile>;
  /** Forgets it; safe at any time, also twice or after `keep`. */
  discard(): Promise<void>;
}
