import type { Avatar, Connect, Connection, ConnectionListener, Line } from '../connection.js';
import { noticeText } from './lines.js';
import { steady } from '../steady.js';
import { opening } from './opening.js';
import { type After, Room, type RoomOptions } from './room.js';
import { unless } from './stop.js';

export interface VisitOptions extends RoomOptions {
  /** The picture to join with. */
  readonly avatar?: Avatar | undefined;
}

/**
 * Joins the chatroom as `name` and stays until the person or the server ends it. Throws RefusedError and
 * UnreachableError when we do not get in, StoppedError when the program is to end before that.
 */
export async function visit(connect: Connect, name: string, options: VisitOptions): Promise<After> {
  const visit = new Visit(options);
  const comingBack = steady(connect, { clock: options.clock, random: Math.random });
  const connection = await opening(comingBack, visit, options.stop.polite);
  try {
    return await visit.run(connection, name);
  } finally {
    connection.close();
  }
}

/** Hears what the server says, also before there is a room to say it in. */
class Visit implements ConnectionListener {
  private connection: Connection | undefined;
  private room: Room | undefined;

  constructor(private readonly options: VisitOptions) {}

  async run(connection: Connection, name: string): Promise<After> {
    this.connection = connection;
    try {
      await unless(this.options.stop.polite, connection.join(name, this.options.avatar));
      return await (this.room ?? this.enter(connection, name)).stay();
    } finally {
      this.room?.close();
    }
  }

  joined(name: string): void {
    if (this.connection && !this.room) this.enter(this.connection, name);
  }

  line(line: Line, past: boolean): void {
    this.room?.line(line, past);
  }

  notice(text: string): void {
    if (this.room) this.room.notice(text);
    else this.options.screen.print(noticeText(text));
  }

  closed(reason: string): void {
    this.room?.closed(reason);
  }

  private enter(connection: Connection, name: string): Room {
    this.room = new Room(this.options, connection, name);
    return this.room;
  }
}
