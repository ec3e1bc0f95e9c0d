/** Rooms full of members, some of whom speak. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Peer, Who } from '../peers/peer.js';
import { Member } from './member.js';
import { Sender } from './sender.js';
import type { Counts } from './tally.js';
import { noCounts, Tally } from './tally.js';

/** How many join at a time: more than that have no room in the queues of connections that most servers have. */
const AT_ONCE = 250;
/** Between two looks whether all has come. */
const POLL_MS = 10;
/** What has not come when nothing has come for so long is lost. */
const PATIENCE_MS = 4000;

export interface Ports {
  port: number;
  secondPort: number;
}

export interface Plan {
  rooms: number;
  members: number;
  /** Of each room; the first ones speak. */
  senders: number;
  ring: number;
}

interface Room {
  senders: Sender[];
  dirty: boolean;
}

/** A time at which a text was sent, for those who ask when they see it. */
export type SeenBy = (room: number, sender: number, n: number) => void;

export class Crowd {
  readonly counts: Counts = noCounts();
  readonly members: Member[] = [];
  readonly rooms: Room[] = [];
  #failure: Error | undefined;
  #over = false;
  readonly #peer: Peer;
  readonly #ports: Ports;
  readonly #plan: Plan;

  constructor(peer: Peer, ports: Ports, plan: Plan) {
    this.#peer = peer;
    this.#ports = ports;
    this.#plan = plan;
  }

  get senders(): Sender[] {
    return this.rooms.flatMap((room) => room.senders);
  }

  /** Lets everyone in, the rooms one after the other. */
  async join(seen?: SeenBy): Promise<void> {
    const { rooms, members, senders, ring } = this.#plan;
    const everyone: Who[] = [];
    for (let room = 0; room < rooms; room += 1) {
      for (let seat = 0; seat < members; seat += 1) everyone.push({ room, seat, listens: true });
    }
    const atOnce = this.#peer.joinsAtOnce ?? AT_ONCE;
    for (let i = 0; i < everyone.length; i += atOnce) {
      this.members.push(...(await Promise.all(everyone.slice(i, i + atOnce).map((who) => this.#admit(who)))));
    }
    for (let room = 0; room < rooms; room += 1) {
      const inside = this.members.slice(room * members, (room + 1) * members);
      const tellOf = seen && ((sender: number, n: number) => seen(room, sender, n));
      const tallies = inside.map((member) => (member.sink = new Tally(senders, ring, this.counts, tellOf)));
      this.rooms.push({
        dirty: false,
        senders: inside.slice(0, senders).map((member, seat) => {
          const shown = tallies.filter((_, other) => other !== seat || this.#peer.echoes(seat));
          return new Sender(seat, member, shown, ring);
        }),
      });
    }
    // What is shown to the first ones of the joining of the last ones.
    await sleep(300);
    this.check();
  }

  async #admit(who: Who): Promise<Member> {
    const wire = this.#peer.wire(who.seat);
    const member = new Member(who, wire, (error) => this.#fail(error));
    const second = this.#peer.onSecondPort?.(who.seat) ?? false;
    await member.join(second ? this.#ports.secondPort : this.#ports.port, wire.hello(who));
    return member;
  }

  /** Everyone who speaks says as much as `window` lets him, until `stop`. */
  saturate(window: number): { stop(): void } {
    let stopped = false;
    const news: Room[] = [];
    const pump = (): void => {
      for (const room of news.splice(0)) {
        room.dirty = false;
        if (!stopped) for (const sender of room.senders) sender.fill(window);
      }
    };
    const wake = (room: Room): void => {
      if (room.dirty) return;
      room.dirty = true;
      if (news.push(room) === 1) setImmediate(pump);
    };
    this.members.forEach((member) => {
      const room = this.rooms[member.who.room]!;
      member.onNews = () => wake(room);
    });
    this.rooms.forEach(wake);
    return { stop: () => void (stopped = true) };
  }

  /** Waits until all that was said has come. */
  async drain(): Promise<void> {
    let before = -1;
    for (let idle = 0; idle < PATIENCE_MS; idle += POLL_MS) {
      const missing = this.missing;
      if (missing === 0) break;
      if (missing !== before) idle = 0;
      before = missing;
      await sleep(POLL_MS);
      this.check();
    }
    this.counts.lost += Math.max(this.missing, 0);
  }

  get missing(): number {
    return this.senders.reduce((sum, sender) => sum + sender.missing, 0);
  }

  /** Throws if somebody was thrown out. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  leave(): void {
    this.#over = true;
    this.members.forEach((member) => member.socket.destroy());
  }

  #fail(error: Error): void {
    if (!this.#over) this.#failure ??= error;
  }
}
