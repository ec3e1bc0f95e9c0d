/**
 * A house, people of any protocols who come, say whatever they like, read or do not and go, and time that passes when it
 * is told to. What has to hold is looked at after every step and in the end (docs/protocols.md, S1 to S5, R6, R12).
 */
import type { Entry } from '../../../src/room/entry.js';
import type { Protocol } from '../../../src/protocols/protocol.js';
import { TestHouse } from '../../support/fake-house.js';
import type { Random } from '../engine/random.js';
import { check, checkSame } from '../engine/target.js';
import type { VirtualTime } from '../engine/virtual-time.js';
import { toldTo } from './events.js';
import { entriesOf, peopleAfter, staysOf } from './history.js';
import { Peer } from './peer.js';
import { checkTold } from './plain-check.js';
import { RecordsCheck } from './records-check.js';

/** People at a time. */
const MOST = 6;
/** Milliseconds in which whatever was under way has come to its end. */
const LONG = 60_000;
/** Answers of a kilobyte that show all there is in the longest conversation. */
const MOST_ANSWERS = 5000;

export class World {
  private readonly peers: Peer[] = [];
  private nextPort = 1000;
  private entries: ReadonlyMap<string, readonly Entry[]> = new Map();

  private constructor(
    private readonly test: TestHouse,
    private readonly capacity: number,
    private readonly protocols: readonly Protocol[],
    private readonly random: Random,
    private readonly time: VirtualTime,
    /** People say much at a time, so that those who do not read are held up (R12). */
    private readonly isLong: boolean,
  ) {}

  static async open(protocols: readonly Protocol[], random: Random, time: VirtualTime): Promise<World> {
    const capacity = 1 + random.below(4);
    const replay = random.pick([0, 300, 8_388_608]);
    const inlineFile = random.pick([0, 20, 1_048_576]);
    const test = await TestHouse.open({ capacity, rooms: 2, replay, inlineFile });
    return new World(test, capacity, protocols, random, time, random.once(8));
  }

  async step(): Promise<void> {
    const { random } = this;
    const open = this.peers.filter(({ link }) => !link.isClosed);
    if (open.length === 0 || (open.length < MOST && random.once(5))) this.come();
    else this.act(random.pick(open));
    await this.wait();
    this.checkSeats();
  }

  /** Everybody reads again; looks at what they were told; then they go, or the server stops. */
  async end(): Promise<void> {
    for (const { link } of this.peers) if (!link.isClosed) link.read();
    await this.drain();
    await this.fetchAll();
    await this.checkPeople();
    await this.checkAllTold();
    await this.goAway();
    await this.checkNobodyLeft();
  }

  private come(): void {
    const { random } = this;
    this.peers.push(new Peer(random.pick(this.protocols), this.test.house, this.nextPort++, random, this.isLong));
    this.peers.at(-1)!.speak();
  }

  private act(peer: Peer): void {
    const { link } = peer;
    this.random.way([
      [20, () => peer.speak()],
      [2, () => link.stopReading()],
      [2, () => link.readOnce()],
      [3, () => link.read()],
      [1, () => this.breakOff(peer)],
    ]);
  }

  private breakOff(peer: Peer): void {
    peer.isBroken = true;
    if (this.random.once(2) && peer.protocol.transport !== 'udp') peer.link.sendEnd();
    else peer.link.reset();
  }

  private wait(): Promise<void> {
    const { random, time } = this;
    return random.way<Promise<void>>([
      [6, () => Promise.resolve()],
      [4, () => time.pass()],
      [4, () => time.settle()],
      [3, () => time.advance(random.below(100))],
      [1, () => time.advance(random.below(2500))],
      [random.once(8) ? 1 : 0, () => time.advance(random.pick([31_000, 601_000]))],
    ]);
  }

  private checkSeats(): void {
    const { reported } = this.test;
    const fault = reported.find(({ event }) => event === 'failed');
    check(fault === undefined, () => `A fault of ours: ${String(fault?.fields['reason'])}`);
  }

  /** What waits goes out some dozens a second: until nothing more comes. */
  private async drain(): Promise<void> {
    const written = (): number => this.peers.reduce((sum, { link }) => sum + link.written.length, 0);
    for (let before = -1; before !== written();) {
      before = written();
      await this.time.advance(LONG / 20);
    }
  }

  /** Pull tells nothing unasked. */
  private async fetchAll(): Promise<void> {
    for (const peer of this.pullers()) peer.send('GET');
    await this.time.advance(100);
    for (let round = 0; round < MOST_ANSWERS && this.pullers().some(hasMore); round++) {
      for (const peer of this.pullers()) peer.send('GET:');
      await this.time.advance(30);
    }
  }

  private pullers(): Peer[] {
    return this.peers.filter((peer) => peer.protocol.name === 'pull' && isHere(peer));
  }

  /** The report is the history, added up: nobody twice, no more than there are seats. */
  private async checkPeople(): Promise<void> {
    this.entries = await entriesOf(this.test.history);
    for (const [name, entries] of this.entries) {
      const room = await this.test.house.rooms.find(name);
      const seated = (room?.report() ?? []).map((seat) => seat.name);
      // Whoever brings a picture has a seat before others whose joining is kept first.
      checkSame(
        seated.sort(),
        peopleAfter(entries, this.capacity).sort(),
        `Those in the room ${name} are not those of its history`,
      );
    }
  }

  private async checkAllTold(): Promise<void> {
    const stays = staysOf(this.test.reported, this.entries);
    for (const peer of this.peers) {
      const own = stays.get(peer.port) ?? [];
      const of = (room: string): readonly Entry[] => this.entries.get(room) ?? [];
      const isComplete = isHere(peer);
      try {
        this.checkPeer(peer, { stays: own, entriesOf: of, isComplete });
      } catch (error) {
        (error as Error).message = `${peer.protocol.name} ${peer.port}: ${(error as Error).message}`;
        throw error;
      }
    }
  }

  private checkPeer(peer: Peer, expectation: ConstructorParameters<typeof RecordsCheck>[0]): void {
    const { protocol, link } = peer;
    if (protocol.name === 'records') return new RecordsCheck(expectation).check(link.bytes);
    const told = toldTo(protocol.name, link.written);
    checkTold({ ...expectation, told, echoes: protocol.name === 'pull' });
  }

  private async goAway(): Promise<void> {
    const isStopped = this.random.once(2);
    for (const peer of this.peers) {
      if (peer.link.isClosed) continue;
      if (isStopped) void peer.conversation.stop();
      else this.breakOff(peer);
      if (this.random.once(2)) await this.time.pass();
    }
    await this.time.advance(LONG);
  }

  /** Everybody is gone, was announced, and left nothing behind. */
  private async checkNobodyLeft(): Promise<void> {
    this.entries = await entriesOf(this.test.history);
    this.checkSeats();
    for (const [name, entries] of this.entries) {
      checkSame(peopleAfter(entries, this.capacity), [], 'Somebody is still there by the history');
      const room = await this.test.house.rooms.find(name);
      checkSame((room?.report() ?? []).length, 0, `Seats are taken in the room ${name}`);
      const { listeners } = (await this.test.history.open(name)) as unknown as { listeners?: ReadonlySet<unknown> };
      check((listeners?.size ?? 0) === 0, () => `${listeners?.size} still listen to the room ${name}.`);
    }
    for (const { link, protocol } of this.peers)
      check(link.isClosed, () => `A link of ${protocol.name} is still open.`);
    check(this.time.running === 0, () => `${this.time.running} timers are still running.`);
  }
}

/** It can be told things, and has not missed any. */
function isHere({ link, conversation, isBroken }: Peer): boolean {
  return !link.isClosed && !link.isEnded && !isBroken && conversation.isSeated && !conversation.isOver;
}

/** The last answer had something in it. */
function hasMore({ link }: Peer): boolean {
  const last = Buffer.from(link.written.at(-1) ?? '').toString();
  return last !== 'MSGS:' && last !== '[]';
}
