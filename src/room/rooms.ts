/** All the rooms of one server. A room comes into being with its first join; asking about it does not make it. */
import type { Entry } from './entry.js';
import { RoomError } from './errors.js';
import { foldName, parseRoomName } from './names.js';
import type { FileStore, History, Presence } from './ports.js';
import { Room, type RoomLimits } from './room.js';
import type { Origin, Seat } from './seat.js';

/** The room that everyone enters who names none. */
export const LOBBY = '';

export interface HouseLimits extends RoomLimits {
  /** Rooms beside the lobby. */
  readonly rooms: number;
}

export class Rooms {
  private readonly open = new Map<string, Promise<Room>>();

  private constructor(
    private readonly history: History,
    private readonly files: FileStore,
    private readonly limits: HouseLimits,
    /** Names of the rooms that have a history, by their folded form. */
    private readonly names: Map<string, string>,
  ) {}

  static async load(history: History, files: FileStore, limits: HouseLimits): Promise<Rooms> {
    const names = (await history.rooms()).map((name) => [foldName(name), name] as const);
    return new Rooms(history, files, limits, new Map(names));
  }

  /** The room of that name if anyone ever joined it. Throws RoomError `room-name-invalid`. */
  async find(typed: string): Promise<Room | undefined> {
    const name = typed === LOBBY ? LOBBY : parseRoomName(typed);
    return name === LOBBY || this.names.has(foldName(name)) ? this.room(name) : undefined;
  }

  /**
   * Takes a seat in the room of that name, which is made if need be; resolves when the joining is durable. Throws
   * RoomError `room-name-invalid`, `too-many-rooms`, or as `Room.join` does.
   */
  async join(typed: string, username: string, origin: Origin): Promise<{ room: Room; seat: Seat; joined: Entry }> {
    const room = await this.enter(typed);
    try {
      const seat = room.join(username, origin);
      return { room, seat, joined: await seat.joined };
    } finally {
      if (room.untouched) this.forget(room);
    }
  }

  /** Announces as having left whoever was seated when the server last ended without a word. */
  async clearGhosts(): Promise<readonly Presence[]> {
    const ghosts = await this.history.present();
    for (const { room, names } of ghosts) await (await this.room(room)).clearGhosts(names);
    return ghosts;
  }

  private enter(typed: string): Promise<Room> {
    const name = typed === LOBBY ? LOBBY : parseRoomName(typed);
    if (name !== LOBBY && !this.names.has(foldName(name)) && this.count() >= this.limits.rooms) {
      throw new RoomError('too-many-rooms', `There are ${this.limits.rooms} rooms already, and no more are made here.`);
    }
    return this.room(name);
  }

  private forget(room: Room): void {
    this.open.delete(foldName(room.name));
    this.names.delete(foldName(room.name));
  }

  private count(): number {
    return this.names.size - (this.names.has(LOBBY) ? 1 : 0);
  }

  private room(name: string): Promise<Room> {
    const key = foldName(name);
    let room = this.open.get(key);
    if (room === undefined) {
      room = this.make(this.names.get(key) ?? name);
      this.names.set(key, this.names.get(key) ?? name);
      this.open.set(key, room);
      room.catch(() => this.open.delete(key));
    }
    return room;
  }

  private async make(name: string): Promise<Room> {
    return new Room(name, await this.history.open(name), this.files, this.limits);
  }
}
