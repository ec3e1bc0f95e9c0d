/**
 * What every protocol's client side offers to a user interface. Everything the server says arrives through the
 * `ConnectionListener`, in the order in which it came; the methods only ask.
 */

/** A line of the room as its reader sees it. */
export interface Line {
  readonly kind: 'text' | 'joined' | 'left' | 'file';
  /** Place in the room's history; 0 where the protocol has none. */
  readonly sequence: number;
  /** The server's time, or that of arrival where the protocol has none. */
  readonly time: Date;
  /** Who said or shared it; for `joined` and `left` the person concerned. */
  readonly author: string;
  /** The message, or the announcement in the server's words; empty for a file. */
  readonly text: string;
  readonly file?: SharedFile;
  /** Of a text: the number that its author's client gave it, 0 for none. */
  readonly id?: number;
  /** Of who joined, if they have one; `fetch` gets its bytes. */
  readonly avatar?: SharedFile;
}

export interface SharedFile {
  /** As the server sent it: not safe for a path or a terminal. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** All of it when it came along; otherwise `fetch` gets it. */
  readonly contents?: Uint8Array;
}

/** What somebody has who comes back to a room. */
export interface Return {
  /** The one that the server gave with the last joining. */
  readonly token: string;
  /** Place of the newest line that is known: the history is wanted from there on; 0: as for who is new. */
  readonly after: number;
}

/** A small picture of a person. */
export interface Avatar {
  readonly name: string;
  readonly contents: Uint8Array;
}

export interface Report {
  readonly count: number;
  /** The server's lines, one a person; empty when nobody is there. */
  readonly text: string;
}

/** What a protocol can say at all; the interface offers nothing beyond it. */
export interface Capabilities {
  readonly report: boolean;
  readonly files: boolean;
  readonly history: boolean;
}

export interface ConnectionListener {
  /**
   * The server let us in as `name`; the history follows as lines with `past` true. `token` is what one comes back with
   * after the connection was lost; empty where the server knows no such thing.
   */
  joined(name: string, token?: string): void;
  line(line: Line, past: boolean): void;
  /**
   * The server informs or refuses, in words; `about` is the number of the message that it refuses, or the size of the
   * file, and `file` the name that this was shared under, where the protocol tells.
   */
  notice(text: string, about?: number, file?: string): void;
  /**
   * The connection is gone, for whichever side's reason; comes exactly once and last. `left`: we left, by a text that
   * means it in this protocol.
   */
  closed(reason: string, left?: boolean): void;
}

/** For a connection of which nothing but the answers to what is asked matters. */
export const DEAF: ConnectionListener = { joined() {}, line() {}, notice() {}, closed() {} };

/** The server's answer to a request was no. The message is the server's own sentence. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** The server lets only those in who say its passphrase, and this was none or another one. */
export class PassphraseError extends RefusedError {}

/** What opens a room that is not open to everyone, for as long as the client runs. */
export interface Key {
  /** Empty while it is not known. */
  passphrase: string;
}

/** The server went away or could not be reached. The message is one sentence for the person. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  /** The machine is there, and says that no server is. */
  readonly isAbsent: boolean;

  constructor(message: string, { isAbsent = false, ...options }: ErrorOptions & { readonly isAbsent?: boolean } = {}) {
    super(message, options);
    this.isAbsent = isAbsent;
  }
}

export interface Connection {
  readonly can: Capabilities;
  /** Throws UnreachableError when the connection ends before the answer. */
  report(): Promise<Report>;
  /**
   * Resolves when seated. `back` is for who was here before: where the server has kept the seat, it is the same one, and
   * nobody is told; otherwise a new one is taken. Throws RefusedError with the server's reason, or UnreachableError.
   */
  join(name: string, avatar?: Avatar, back?: Return): Promise<void>;
  /**
   * Resolves when the network has taken it: awaiting it keeps a flood of input in bounds. `id` is a number for the
   * message, which its line and its refusal repeat where the protocol can.
   */
  say(text: string, id?: number): Promise<void>;
  /**
   * Sends a file. `sent` is told the bytes handed over so far. Stops early, and tells the server so, when `signal`
   * aborts; throws what `contents` throws.
   */
  share(file: {
    name: string;
    size: number;
    contents: AsyncIterable<Uint8Array>;
    sent?: (bytes: number) => void;
    signal?: AbortSignal;
  }): Promise<void>;
  /** The bytes of a shared file from `offset` on. Throws RefusedError when the server has it no longer. */
  fetch(sequence: number, offset: number): AsyncIterable<Uint8Array>;
  /** A page of lines older than `before`, oldest first; empty at the beginning of the history. */
  history(before: number): Promise<readonly Line[]>;
  /** Asks to leave and resolves when the server has confirmed it, or the connection has ended. */
  leave(): Promise<void>;
  /** Closes without a word; `closed` is still told. */
  close(): void;
}

/** Opens a connection to `server`. Throws UnreachableError with one clear sentence. */
export type Connect = (listener: ConnectionListener) => Promise<Connection>;
