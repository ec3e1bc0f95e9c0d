/**
 * A room: a few seats and an ordered, durable history. Every verb that changes something becomes an entry of the
 * history, and nobody is shown anything but that history being read on (see member.ts).
 */
import { type Draft, type Entry, fileOf, type Found, type StoredFile } from './entry.js';
import { RoomError } from './errors.js';
import { looksOf } from './likeness.js';
import { foldName, parseUsername } from './names.js';
import type { Absence, Batch, FileStore, KeepAvatar, Log, Loser } from './ports.js';
import { type Origin, type Outcome, Seat } from './seat.js';

export interface RoomLimits {
  /** Bytes of a text; as many as S5 allows if this is missing. */
  readonly messageLength?: number;
  /** Characters of a name; as many as S3 allows if this is missing. */
  readonly nameLength?: number;
  /** Seats. */
  readonly capacity: number;
  /** Files up to this many bytes are shown with their contents; larger ones are announced and fetched. */
  readonly inlineFile: number;
}

/** S5: bytes of a text in UTF-8. Every protocol has to be able to show it, and records has 1 MiB for it and its header. */
const MAX_TEXT = 1_046_528;

/** For rooms in which whoever drops out has left. */
const NO_ABSENCE: Absence = { grace: 0, newToken: () => '', after: () => () => undefined };

const ALIKE = 'Another user is using a username that looks like this one.';

/** What one reading of the history may hold in memory, in bytes: of records, and of small files. */
const PAGE_BYTES = 262_144;
const PAGE_CONTENTS = 1_048_576;

export class Room {
  private readonly seats = new Map<string, Seat>();
  /** How the names of those seated look. */
  private readonly looks = new Set<string>();
  /** Who left while that could not be kept: announced with whatever can be kept next. */
  private unannounced: readonly Draft[] = [];
  private isOver = false;

  constructor(
    /** Empty for the lobby. */
    readonly name: string,
    readonly log: Log,
    private readonly files: FileStore,
    private readonly limits: RoomLimits,
    private readonly absence = NO_ABSENCE,
  ) {}

  /** Files up to this many bytes are shown with their contents. */
  get inlineFile(): number {
    return this.limits.inlineFile;
  }

  /** Whoever drops out is waited for. */
  get keepsSeats(): boolean {
    return this.absence.grace > 0 && !this.isOver;
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
   * once the seat is taken. Throws RoomError `full`, `name-invalid`, `name-taken` or `name-alike`, looked at in that
   * order (seed 002, 5.7b and c).
   */
  join(name: string, origin: Origin, keepAvatar?: KeepAvatar): Seat {
    if (this.seats.size >= this.limits.capacity) {
      throw new RoomError('full', 'The chatroom has reached its maximum capacity.');
    }
    const author = parseUsername(name, this.limits.nameLength);
    const key = foldName(author);
    if (this.seats.has(key)) throw new RoomError('name-taken', 'Another user is using this username.');
    const looks = looksOf(author);
    if (looks.some((look) => this.looks.has(look))) throw new RoomError('name-alike', ALIKE);
    const joined = keepAvatar ? this.keepJoin(author, keepAvatar) : this.keep({ kind: 'join', author });
    const seat = new Seat(author, origin, this.absence.newToken(), joined);
    this.seats.set(key, seat);
    for (const look of looks) this.looks.add(look);
    seat.joined.catch(() => this.free(seat));
    return seat;
  }

  /**
   * The seat of whoever has this token, who is back on another connection: it is away no more. `name` is theirs, or empty.
   * Undefined when there is none any more.
   */
  async comeBack(token: string, name: string): Promise<Seat | undefined> {
    const isTheirs = (seat: Seat): boolean =>
      seat.token === token && (name === '' || foldName(name) === foldName(seat.name));
    const seat = token === '' ? undefined : this.report().find(isTheirs);
    await seat?.joined.catch(ignoreRefused);
    if (!seat || !this.isTaken(seat)) return undefined;
    seat.comeBack();
    return seat;
  }

  /**
   * Resolves once the text is durable and was shown, or when it was said before its author came back, and this is the same
   * again. Throws RoomError `text-invalid`, rejects with `not-kept`, of which `loser` is told too.
   */
  say(seat: Seat, text: string, id = 0, loser?: Loser): Promise<unknown> {
    if (text === '') throw new RoomError('text-invalid', 'An empty message is not sent.');
    checkLength(text, this.limits.messageLength ?? MAX_TEXT);
    if (seat.numbered.repeats(id, text)) return Promise.resolve();
    const draft = { kind: 'text', author: seat.name, text, id } as const;
    return this.keepText(draft, seat.numbered.note(id, text, loser));
  }

  /** Shares a file that the store has. Rejects as `say` does. */
  async share(seat: Seat, file: StoredFile): Promise<Entry> {
    const draft = { kind: 'file', author: seat.name, file } as const;
    return this.keep(await this.withContents(draft));
  }

  /** Frees the seat at once; the announcement follows. Rejects as `say` does, and is announced later then. */
  async leave(seat: Seat): Promise<Entry> {
    this.free(seat);
    const draft = { kind: 'leave', author: seat.name } as const;
    try {
      return await this.keep(draft);
    } catch (error) {
      this.unannounced = [...this.unannounced, draft];
      throw error;
    }
  }

  /**
   * Keeps the seat for someone whose link dropped. Resolves when they are back, or have not come back in time and their
   * leaving was announced. Rejects as `say` does.
   */
  async putAway(seat: Seat): Promise<Outcome> {
    let left: Promise<Entry> | undefined;
    const free = (): void => void (left = this.leave(seat));
    if (!this.keepsSeats) free();
    const outcome = left ? 'left' : await seat.putAway(this.absence, free);
    await left;
    return outcome;
  }

  /** Whoever is away is not waited for any longer, from now on. */
  giveUpAbsent(): void {
    this.isOver = true;
    for (const seat of this.report()) seat.giveUp();
  }

  /** Announces as having left those who were seated when the server last ended without a word. */
  async clearGhosts(names: readonly string[]): Promise<void> {
    await this.log.append(names.map((author) => ({ kind: 'leave', author })));
  }

  /**
   * Entries as they are shown: small files with their contents. `from` and `to` are both included; a page of them, bounded
   * in bytes, comes at a time, and nothing when there are none.
   */
  async read(range: { from: number; to: number }): Promise<Batch | undefined> {
    const page = await this.log.page({ ...range, bytes: PAGE_BYTES });
    if (!page?.hasFiles) return page;
    const entries = this.withinContents(page.entries);
    return this.log.batchOf(await Promise.all(entries.map((entry) => this.withContents(entry))));
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
    const contents = await this.files.contents(draft.file).catch(ignoreRefused);
    return contents ? { ...draft, contents } : draft;
  }

  private withinContents(entries: readonly Entry[]): readonly Entry[] {
    let bytes = 0;
    const end = entries.findIndex((entry) => {
      if (entry.kind === 'file' && entry.file.size <= this.limits.inlineFile) bytes += entry.file.size;
      return bytes > PAGE_CONTENTS;
    });
    return end === -1 ? entries : entries.slice(0, Math.max(1, end));
  }

  private isTaken(seat: Seat): boolean {
    return this.seats.get(foldName(seat.name)) === seat;
  }

  private free(seat: Seat): void {
    if (!this.isTaken(seat)) return;
    this.seats.delete(foldName(seat.name));
    for (const look of looksOf(seat.name)) this.looks.delete(look);
  }

  /** As `keep`, for what there is most of. */
  private keepText(draft: Draft, loser?: Loser): Promise<unknown> {
    if (this.unannounced.length === 0) return this.log.add(draft, loser);
    const kept = this.keep(draft);
    kept.catch((error: unknown) => loser?.lost(error));
    return kept;
  }

  private async keep(draft: Draft): Promise<Entry> {
    const owed = this.unannounced;
    this.unannounced = [];
    try {
      const entries = await this.log.append([...owed, draft]);
      return entries.at(-1)!;
    } catch (error) {
      this.unannounced = [...owed, ...this.unannounced];
      throw error;
    }
  }
}

/** A character is at most three bytes in UTF-8 for each unit of a string, so few texts need counting. */
function checkLength(text: string, most: number): void {
  if (text.length * 3 <= most || new TextEncoder().encode(text).length <= most) return;
  throw new RoomError('text-invalid', `A message has at most ${most} bytes.`);
}

function ignoreRefused(error: unknown): undefined {
  if (!(error instanceof RoomError)) throw error;
}
