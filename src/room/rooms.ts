/** All the rooms of one server. A room comes into being with its first join; asking about it does not make it. */
import type { Entry } from './entry.js';
import { RoomError } from './errors.js';
import { looksOf } from './likeness.js';
import { foldName, parseRoomName } from './names.js';
import type { Absence, FileStore, History, KeepAvatar, Presence } from './ports.js';
import { Room, type RoomLimits } from './room.js';
import type { Origin, Seat } from './seat.js';

/** The room that everyone enters who names none. */
export const LOBBY = '';

export interface HouseLimits extends RoomLimits {
  /** Rooms beside the lobby. */
  readonly rooms: number;
}

/** A room, and how many are on their way in. */
interface Entrance {
  readonly key: string;
  readonly room: Promise<Room>;
  joining: number;
}

export class Rooms {
  private readonly open = new Map<string, Entrance>();
  /** Names of the rooms that have a history, by their folded form. */
  private readonly names = new Map<string, string>();
  /** How their names look, and whose look it is: the folded form again. */
  private readonly looks = new Map<string, string>();

  private constructor(
    private readonly history: History,
    private readonly files: FileStore,
    private readonly limits: HouseLimits,
    private readonly absence: Absence | undefined,
    names: readonly string[],
  ) {
    for (const name of names) this.remember(foldName(name), name);
  }

  /** Without `absence`, whoever drops out has left. */
  static async load(history: History, files: FileStore, limits: HouseLimits, absence?: Absence): Promise<Rooms> {
    return new Rooms(history, files, limits, absence, await history.rooms());
  }

  /** The room of that name if anyone ever joined it. Throws RoomError `room-name-invalid`. */
  async find(typed: string): Promise<Room | undefined> {
    const name = typed === LOBBY ? LOBBY : parseRoomName(typed);
    return name === LOBBY || this.names.has(foldName(name)) ? this.entrance(name).room : undefined;
  }

  /**
   * Takes a seat in the room of that name, which is made if need be; resolves when the joining is durable. Throws
   * RoomError `room-name-invalid`, `room-alike`, `too-many-rooms`, or as `Room.join` does.
   */
  async join(
    typed: string,
    username: string,
    origin: Origin,
    keepAvatar?: KeepAvatar,
  ): Promise<{ room: Room; seat: Seat; joined: Entry }> {
    const entrance = this.enter(typed);
    entrance.joining++;
    try {
      const room = await entrance.room;
      const seat = room.join(username, origin, keepAvatar);
      return { room, seat, joined: await seat.joined };
    } finally {
      entrance.joining--;
      if (entrance.joining === 0) await this.forgetUntouched(entrance);
    }
  }

  /**
   * The seat that somebody who is back has there, as `Room.comeBack` says; undefined when there is none. Throws RoomError
   * `room-name-invalid`.
   */
  async comeBack(
    typed: string,
    token: string,
    username: string,
  ): Promise<{ room: Room; seat: Seat; joined: Entry } | undefined> {
    const room = await this.find(typed);
    const seat = await room?.comeBack(token, username);
    return room && seat && { room, seat, joined: await seat.joined };
  }

  /** Whoever is away, in whatever room, is not waited for any longer: they have left, and that is announced. */
  async giveUpAbsent(): Promise<void> {
    for (const { room } of this.open.values()) (await room).giveUpAbsent();
  }

  /** Announces as having left whoever was seated when the server last ended without a word. */
  async clearGhosts(): Promise<readonly Presence[]> {
    const ghosts = await this.history.present();
    for (const { room, names } of ghosts) await (await this.entrance(room).room).clearGhosts(names);
    return ghosts;
  }

  private enter(typed: string): Entrance {
    const name = typed === LOBBY ? LOBBY : parseRoomName(typed);
    if (name !== LOBBY && !this.names.has(foldName(name))) this.checkNew(name);
    return this.entrance(name);
  }

  private checkNew(name: string): void {
    parseRoomName(name, this.limits.nameLength);
    if (looksOf(name).some((look) => this.looks.has(look))) {
      throw new RoomError('room-alike', "There is a room whose name looks like this one's.");
    }
    if (this.count() >= this.limits.rooms) {
      throw new RoomError('too-many-rooms', `There are ${this.limits.rooms} rooms already, and no more are made here.`);
    }
  }

  /** A room whose first join failed has not come into being. */
  private async forgetUntouched(entrance: Entrance): Promise<void> {
    const { key } = entrance;
    const made = await entrance.room.catch(() => undefined);
    // Others may have come in meanwhile.
    if (entrance.joining > 0 || this.open.get(key) !== entrance || made?.untouched === false) return;
    this.open.delete(key);
    this.forget(key);
  }

  private remember(key: string, name: string): void {
    this.names.set(key, name);
    for (const look of looksOf(name)) this.looks.set(look, key);
  }

  private forget(key: string): void {
    for (const look of looksOf(this.names.get(key) ?? '')) {
      if (this.looks.get(look) === key) this.looks.delete(look);
    }
    this.names.delete(key);
  }

  private count(): number {
    return this.names.size - (this.names.has(LOBBY) ? 1 : 0);
  }

  private entrance(name: string): Entrance {
    const key = foldName(name);
    let entrance = this.open.get(key);
    if (!entrance) {
      const known = this.names.get(key) ?? name;
      entrance = { key, room: this.make(known), joining: 0 };
      this.remember(key, known);
      this.open.set(key, entrance);
    }
    return entrance;
  }

  private async make(name: string): Promise<Room> {
    return new Room(name, await this.history.open(name), this.files, this.limits, this.absence);
  }
}
