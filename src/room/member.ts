/**
 * Someone in a room, whatever the protocol: the verbs that need a seat, and the history read on from the joining.
 *
 * The reading is where slow readers are dealt with. While the member's outlet takes what it is given, committed batches
 * go straight to it. When it says "enough", batches pass the member by, and once it has drained the member reads on
 * from the history where it stopped. So a reader who is slow, or has stopped, costs one page of memory, delays nobody
 * and misses nothing.
 */
import type { Entry, StoredFile } from './entry.js';
import type { Batch, Loser } from './ports.js';
import type { Room } from './room.js';
import type { Outcome, Seat, SeatHolder } from './seat.js';

export interface MemberOutlet {
  /** Shows entries of `room`. False: no more until `Member.drained` is called. */
  deliver(batch: Batch, room: Room): boolean;
  /** The history could not be read on. */
  failed(error: unknown): void;
  /** The seat is held on another connection from now on, and nothing more is shown here. */
  taken(): void;
}

type Reading = 'not yet' | 'live' | 'catching up' | 'waiting for the outlet' | 'over';

export class Member implements SeatHolder {
  private reading: Reading = 'not yet';
  private leaving = false;
  /** Sequence of the entry to be shown next. */
  private next = 0;
  /** Sequence of the own leaving, behind which nothing is shown, once it is known. */
  private until = Infinity;
  private unsubscribe: (() => void) | undefined;
  private onStop: (() => void) | undefined;
  /** What was said or shared here last. */
  private last: Promise<unknown> | undefined;
  private onShown: (() => void) | undefined;

  constructor(
    readonly room: Room,
    readonly seat: Seat,
    /** The announcement of the joining. */
    readonly joined: Entry,
    private readonly outlet: MemberOutlet,
  ) {
    seat.hold(this);
  }

  /** Starts to show the room's entries, from sequence `from` on. */
  follow(from: number): void {
    this.next = from;
    this.unsubscribe = this.room.log.subscribe((batch) => this.onLogBatch(batch));
    void this.catchUp();
  }

  /** As `Room.say`. */
  say(text: string, id: number, loser?: Loser): Promise<unknown> {
    const said = this.room.say(this.seat, text, id, loser);
    this.last = said;
    return said;
  }

  share(file: StoredFile): Promise<Entry> {
    const shared = this.room.share(this.seat, file);
    this.last = shared;
    return shared;
  }

  /** Resolves when all that was said and shared here has been shown here too, or nothing more is shown. */
  async settled(): Promise<void> {
    await this.last?.catch(() => undefined);
    const { last } = this.room.log;
    while (this.unsubscribe && this.reading !== 'over' && this.next <= last) {
      await new Promise<void>((resolve) => (this.onShown = resolve));
    }
  }

  /**
   * Gives up the seat; resolves when the announcement of it, the last entry this member is shown, has been shown.
   * Rejects as `Room.leave` does.
   */
  async leave(): Promise<void> {
    this.leaving = true;
    const stopped = new Promise<void>((resolve) => (this.onStop = resolve));
    this.until = (await this.room.leave(this.seat)).sequence;
    if (this.unsubscribe && this.reading !== 'over') await stopped;
  }

  /** Shows nothing more, and keeps the seat for its owner to come back to, as `Room.putAway` does. */
  putAway(): Promise<Outcome> {
    this.stop();
    return this.room.putAway(this.seat);
  }

  /** The outlet takes more. */
  drained(): void {
    if (this.reading === 'waiting for the outlet') void this.catchUp();
  }

  /** Shows nothing more. */
  stop(): void {
    this.reading = 'over';
    this.unsubscribe?.();
    this.onStop?.();
    this.onShown?.();
  }

  /** The seat is held on another connection from now on. */
  taken(): void {
    this.stop();
    this.outlet.taken();
  }

  private onLogBatch(batch: Batch): void {
    if (this.reading !== 'live') return;
    try {
      this.show(batch);
    } catch (error) {
      this.fail(error);
    }
  }

  private async catchUp(): Promise<void> {
    this.reading = 'catching up';
    try {
      for (let to = this.end(); this.isCatchingUp() && this.next <= to; to = this.end()) {
        const page = await this.room.read({ from: this.next, to });
        // Where there is nothing, the history has let go of it meanwhile.
        if (!page) this.skipRemoved();
        else if (this.isCatchingUp()) this.show(page);
      }
      if (this.next > this.until) this.stop();
      else if (this.isCatchingUp()) this.reading = 'live';
    } catch (error) {
      this.fail(error);
    }
  }

  private end(): number {
    return Math.min(this.room.log.last, this.until);
  }

  private skipRemoved(): void {
    this.next = Math.max(this.next + 1, this.room.log.first);
    this.onShown?.();
  }

  /** One member's fault is nobody else's. */
  private fail(error: unknown): void {
    this.stop();
    this.outlet.failed(error);
  }

  /** A method, since `show` changes the state behind the type checker's back. */
  private isCatchingUp(): boolean {
    return this.reading === 'catching up';
  }

  private show(batch: Batch): void {
    const leaving = this.leaving ? batch.entries.find((entry) => this.isOwnLeaving(entry)) : undefined;
    const shown = leaving ? batch.between(batch.first, leaving.sequence) : batch;
    this.next = shown.last + 1;
    const more = this.outlet.deliver(shown, this.room);
    this.onShown?.();
    if (leaving) this.stop();
    else if (!more) this.reading = 'waiting for the outlet';
  }

  private isOwnLeaving(entry: Entry): boolean {
    return entry.kind === 'leave' && entry.author === this.seat.name && entry.sequence > this.joined.sequence;
  }
}
