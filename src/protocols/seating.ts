/**
 * What a conversation has of a room: the seat that was taken, and left, by a wish or because the connection ended. Where
 * the protocol has a way to come back, a seat whose connection ended waits for its owner (docs/protocols.md, S2 and R15).
 */
import { RoomError } from '../room/errors.js';
import type { Entry } from '../room/entry.js';
import { Member, type MemberOutlet } from '../room/member.js';
import type { Batch, KeepAvatar } from '../room/ports.js';
import type { Room } from '../room/room.js';
import type { Rooms } from '../room/rooms.js';
import type { Origin, Seat } from '../room/seat.js';

/** The conversation: it is shown the room, and is told `taken` right before nobody is seated here any more. */
export interface SeatingOwner extends MemberOutlet {
  /** Where its peer is, who sits down. */
  readonly origin: Origin;
  /** Something happened to the person of that name, in that room. */
  tell(event: string, fields: Record<string, never>, who: { name: string; room: string }): void;
}

export class Seating implements MemberOutlet {
  private seated: Member | undefined;
  private isStopping = false;

  constructor(
    private readonly owner: SeatingOwner,
    private readonly rooms: Rooms,
    /** The protocol has a way to come back to a seat. */
    private readonly keepsSeats: boolean,
  ) {}

  get member(): Member | undefined {
    return this.seated;
  }

  /** The name and the room of who is seated; nothing of who is not. */
  get who(): { name: string; room: string } | undefined {
    return this.seated && { name: this.seated.seat.name, room: this.seated.room.name };
  }

  /** Takes a seat. Throws RoomError `already-joined`, or as `Rooms.join` does. */
  async join(room: string, username: string, avatar?: KeepAvatar): Promise<Member> {
    this.checkUnseated();
    return this.sit(await this.rooms.join(room, username, this.owner.origin, avatar), 'joined');
  }

  /** The seat of who has this token, whoever has it now; undefined when there is none. Throws as `Rooms.comeBack` does. */
  async comeBack(room: string, token: string, username: string): Promise<Member | undefined> {
    this.checkUnseated();
    const found = await this.rooms.comeBack(room, token, username);
    return found && this.sit(found, 'came-back');
  }

  /** Gives up the seat, and resolves when the member was shown that. Rejects with RoomError `not-kept`. */
  async leave(member: Member): Promise<void> {
    try {
      await member.leave();
    } finally {
      member.stop();
      this.tell('left');
      this.seated = undefined;
    }
  }

  /** The server stops: nobody is waited for from now on. */
  stop(): void {
    this.isStopping = true;
  }

  /**
   * The connection ends: whoever is seated has left, or is away. Resolves when the member was shown what there is still
   * to be shown. Rejects as `leave` does.
   */
  async dropOut(): Promise<void> {
    await this.seated?.settled();
    if (!this.seated) return;
    const isKept = this.keepsSeats && this.seated.room.keepsSeats && !this.isStopping;
    if (!isKept) return this.leave(this.seated);
    const { who } = this;
    this.tell('away');
    const outcome = this.seated.putAway();
    this.seated = undefined;
    // A leaving that cannot be kept is announced at the next start.
    outcome.then(
      (outcome) => outcome === 'left' && this.tell('left', who),
      () => this.tell('left', who),
    );
  }

  deliver(batch: Batch, room: Room): boolean {
    return this.owner.deliver(batch, room);
  }

  failed(error: unknown): void {
    this.owner.failed(error);
  }

  taken(): void {
    this.owner.taken();
    this.seated = undefined;
  }

  private sit({ room, seat, joined }: { room: Room; seat: Seat; joined: Entry }, event: string): Member {
    this.seated = new Member(room, seat, joined, this);
    this.tell(event);
    return this.seated;
  }

  private checkUnseated(): void {
    if (!this.seated) return;
    throw new RoomError('already-joined', `You are in the chatroom already, as ${this.seated.seat.name}.`);
  }

  private tell(event: string, who = this.who): void {
    if (who) this.owner.tell(event, {}, who);
  }
}
