/**
 * A room: a few seats and an ordered, durable history. Every verb that changes something becomes an entry of the
 * history, and nobody is shown anything but that history being read on (see member.ts).
 */
import type { Draft, Entry, Found, StoredFile } from './entry.js';
import { RoomError } from './errors.js';
import { foldName, parseUsername } from './names.js';
import type { FileStore, KeepAvatar, Log } from './ports.js';
import type { Origin, Seat } from './seat.js';

export interface RoomLimits {
  /** Seats. */
  readonly capacity: number;
  /** Files up to this many bytes are shown with their contents; larger ones are announced and fetched. */
  readonly inlineFile: number;
}

/** S5: bytes of a text in UTF-8. Every protocol has to be able to show it, and records has 1 MiB for it and its header. */
const MAX_TEXT = 1_046_528;
const TOO_LONG = `A message has at most ${MAX_TEXT} bytes; a longer text can be shared as a file.`;

/** What one reading of the history may hold in memory: entries, bytes of texts, and as many of small files. */
const PAGE_ENTRIES = 500;
const PAGE_BYTES = 1_048_576;

export class Room {
  private readonly seats = new Map<string, Seat>();

  constructor(
    /** Empty for the lobby. */
    readonly name: string,
    readonly log: Log,
    private readonly files: FileStore,
    private readonly limits: RoomLimits,
  ) {}

  /** Files up to this many bytes are shown with their contents. */
  get inlineFile(): number {
    return this.limits.inlineFile;
  }

  /** True for a room that nobody has ever joined. */
  get untouched(): boolean {
    return this.seats.size === 0 && this.log.last === 0;
  }

  /** Who is here, in the order they joined. */
  report(): readonly Seat[] {
    return [...this.seats.values()];
  }

  /**
   * Takes a seat, at once, so that no two people get the last one or the same name; `seat.joined` tells when it is
   * durable, and nothing else is done with the seat before. Whoever gets none keeps no picture: `keepAvatar` is called
   * once the seat is taken. Throws RoomError `full`, `name-invalid` or `name-taken` (seed 002, 5.7b and c, in that order).
   */
  join(name: string, origin: Origin, keepAvatar?: KeepAvatar): Seat {
    if (this.seats.size >= this.limits.capacity) {
      throw new RoomError('full', 'The chatroom has reached its maximum capacity.');
    }
    const author = parseUsername(name);
    const key = foldName(author);
    if (this.seats.has(key)) throw new RoomError('name-taken', 'Another user is using this username.');
    const joined = keepAvatar ? this.keepJoin(author, keepAvatar) : this.keep({ kind: 'join', author });
    const seat = { ...origin, name: author, joined };
    this.seats.set(key, seat);
    seat.joined.catch(() => this.free(seat));
    return seat;
  }

  /** Resolves with the entry once it is durable. Throws RoomError `text-invalid`, rejects with `not-kept`. */
  say(seat: Seat, text: string, id = 0): Promise<Entry> {
    if (text === '') throw new RoomError('text-invalid', 'An empty message is not sent.');
    if (isTooLong(text)) throw new RoomError('text-invalid', TOO_LONG);
    return this.keep({ kind: 'text', author: seat.name, text, id });
  }

  /** Shares a file that the store has. Rejects as `say` does. */
  async share(seat: Seat, file: StoredFile): Promise<Entry> {
    const draft = { kind: 'file', author: seat.name, file } as const;
    return this.keep(await this.withContents(draft));
  }

  /** Frees the seat at once; the announcement follows. Rejects as `say` does. */
  leave(seat: Seat): Promise<Entry> {
    this.free(seat);
    return this.keep({ kind: 'leave', author: seat.name });
  }

  /** Announces as having left those who were seated when the server last ended without a word. */
  async clearGhosts(names: readonly string[]): Promise<void> {
    await this.log.append(names.map((author) => ({ kind: 'leave', author })));
  }

  /**
   * Entries as they are shown: small files with their contents. `from` and `to` are both included; a page of them,
   * bounded in number and in bytes, comes at a time.
   */
  async read(range: { from: number; to: number }): Promise<readonly Entry[]> {
    const entries = await this.log.read({ ...range, limit: PAGE_ENTRIES, bytes: PAGE_BYTES });
    return Promise.all(this.firstPage(entries).map((entry) => this.withContents(entry)));
  }

  /** The file or avatar that came with the entry at `sequence`. Throws RoomError `no-such-file`. */
  async fileAt(sequence: number): Promise<Found> {
    const [entry] = await this.log.read({ from: sequence, to: sequence });
    const file = entry && fileOf(entry);
    if (!file) throw new RoomError('no-such-file', `No file was shared at ${sequence}.`);
    return { entry, file };
  }

  /** A picture whose joining then cannot be kept stays in the store, where somebody else's may be the same. */
  private async keepJoin(author: string, keepAvatar: KeepAvatar): Promise<Entry> {
    const avatar = await keepAvatar();
    return this.keep({ kind: 'join', author, ...(avatar && { avatar }) });
  }

  /** A file that is gone from the store is still an entry: it is then shown without its contents. */
  private async withContents<T extends Draft>(draft: T): Promise<T> {
    if (draft.kind !== 'file' || draft.contents || draft.file.size > this.limits.inlineFile) return draft;
    const contents = await this.files.contents(draft.file).catch(ignoreGone);
    return contents ? { ...draft, contents } : draft;
  }

  private firstPage(entries: readonly Entry[]): readonly Entry[] {
    let bytes = 0;
    const end = entries.findIndex((entry) => {
      if (entry.kind === 'file' && entry.file.size <= this.limits.inlineFile) bytes += entry.file.size;
      return bytes > PAGE_BYTES;
    });
    return end === -1 ? entries : entries.slice(0, Math.max(1, end));
  }

  private free(seat: Seat): void {
    const key = foldName(seat.name);
    if (this.seats.get(key) === seat) this.seats.delete(key);
  }

  private async keep(draft: Draft): Promise<Entry> {
    try {
      const [entry] = await this.log.append([draft]);
      return entry!;
    } catch (cause) {
      throw new RoomError('not-kept', 'The server could not keep this, so nobody was shown it.', { cause });
    }
  }
}

function fileOf(entry: Entry): StoredFile | undefined {
  if (entry.kind === 'file') return entry.file;
  return entry.kind === 'join' ? entry.avatar : undefined;
}

/** A character is at most three bytes in UTF-8 for each unit of a string, so few texts need counting. */
function isTooLong(text: string): boolean {
  return text.length * 3 > MAX_TEXT && new TextEncoder().encode(text).length > MAX_TEXT;
}

function ignoreGone(error: unknown): undefined {
  if (!(error instanceof RoomError)) throw error;
}
