/** A house of rooms with no socket and no disk, unless it is given one, and peers of it over fake links. */
import { type DoorLimits, Doorkeeper, OPEN_DOOR } from '../../src/doorkeeper.js';
import { MemoryStore } from '../../src/files/memory.js';
import { MemoryHistory } from '../../src/history/memory.js';
import { Conversation, type House } from '../../src/protocols/conversation.js';
import { Passphrase } from '../../src/protocols/passphrase.js';
import type { Protocol } from '../../src/protocols/protocol.js';
import { records } from '../../src/protocols/records/index.js';
import { NO_TIME_LIMITS, type TimeLimits } from '../../src/protocols/watch.js';
import type { Absence, FileStore, History } from '../../src/room/ports.js';
import { type HouseLimits, Rooms } from '../../src/room/rooms.js';
import { atEnd } from './cleanup.js';
import { PATIENCE } from './eventually.js';
import { FakeLink } from './fake-link.js';
import { decode, encode, FLAG, type WireRecord } from './records-peer.js';

/** Milliseconds; the clock of every test house starts here. */
export const START = Date.UTC(2024, 0, 2, 20, 32, 40);

export interface TestClock {
  (): number;
  now: number;
}

export function testClock(now = START): TestClock {
  const clock = (): number => clock.now;
  clock.now = now;
  return clock;
}

export interface HouseSettings extends Partial<HouseLimits> {
  /** Milliseconds that a seat is kept for who dropped out; none unless it is said. */
  readonly grace?: number;
  readonly passphrase?: string;
  readonly replay?: number;
  readonly history?: History;
  readonly files?: FileStore;
  readonly avatars?: FileStore;
  readonly protocol?: Protocol;
  readonly door?: Partial<DoorLimits>;
  readonly times?: Partial<TimeLimits>;
}

/** Seats are kept until the test says that the time is over. */
export class TestAbsence implements Absence {
  private readonly waiting = new Set<() => void>();
  private tokens = 0;

  /** Milliseconds. */
  constructor(readonly grace: number) {}

  newToken(): string {
    return `token ${++this.tokens}`;
  }

  after(milliseconds: number, action: () => void): () => void {
    if (milliseconds !== this.grace) throw new Error(`A seat is kept for ${this.grace} ms, not for ${milliseconds}.`);
    this.waiting.add(action);
    return () => this.waiting.delete(action);
  }

  /** How many seats are kept. */
  get count(): number {
    return this.waiting.size;
  }

  /** The time of all of them is over. */
  pass(): void {
    for (const action of [...this.waiting]) action();
  }
}

export class TestHouse {
  readonly reported: { event: string; fields: Readonly<Record<string, string | number>> }[] = [];

  private constructor(
    readonly house: House,
    readonly history: History,
    readonly protocol: Protocol,
    readonly clock: TestClock,
    readonly absence: TestAbsence,
  ) {}

  static async open(settings: HouseSettings = {}): Promise<TestHouse> {
    const clock = testClock();
    const {
      capacity = 3,
      rooms: most = 100,
      inlineFile = 1_048_576,
      replay = 8_388_608,
      messageLength = 1_046_528,
      nameLength = 32,
    } = settings;
    const { history = new MemoryHistory(clock), files = new MemoryStore(), protocol = records() } = settings;
    const { avatars = new MemoryStore() } = settings;
    const absence = new TestAbsence(settings.grace ?? 0);
    const rooms = await Rooms.load(
      history,
      files,
      { capacity, rooms: most, inlineFile, messageLength, nameLength },
      absence,
    );
    const door = new Doorkeeper({ ...OPEN_DOOR, ...settings.door });
    const limits = { replay, ...NO_TIME_LIMITS, ...settings.times };
    const report: House['report'] = (event, fields) => void test.reported.push({ event, fields });
    const passphrase = settings.passphrase === undefined ? undefined : new Passphrase(settings.passphrase, clock);
    const house = { rooms, files, avatars, clock, report, door, passphrase, limits };
    const test = new TestHouse(house, history, protocol, clock, absence);
    atEnd(() => history.close());
    return test;
  }

  get events(): string[] {
    return this.reported.map(({ event }) => event);
  }

  connect(): FakePeer {
    const peer = new FakePeer(this);
    atEnd(() => peer.link.destroy());
    return peer;
  }

  /** A peer in the room, who has looked at everything that came with the joining. */
  async joined(username: string, target = ''): Promise<FakePeer> {
    const peer = this.connect();
    peer.send({ flags: FLAG.JOIN_REQUEST, username, target });
    const isOwnJoining = (record: WireRecord): boolean =>
      record.flags === FLAG.NEW_USER && record.username === username;
    await peer.until(isOwnJoining, `the joining of ${username}`);
    return peer;
  }
}

/** Somebody at the other end of a conversation. Bytes are made and read by a codec that is not ours. */
export class FakePeer {
  readonly link = new FakeLink();
  readonly conversation: Conversation;
  /** What came and was not looked at yet. */
  private unread: WireRecord[] = [];
  private decodedChunks = 0;
  private rest: Buffer = Buffer.alloc(0);

  constructor({ house, protocol }: TestHouse) {
    this.conversation = new Conversation(protocol, house, this.link, () => undefined);
    this.link.attach(this.conversation);
  }

  /** Sends all of it as one chunk. */
  send(...records: Parameters<typeof encode>[0][]): void {
    this.link.send(Buffer.concat(records.map(encode)));
  }

  say(text: string, number = 0): void {
    this.send({ payload: text, number });
  }

  /** What has come by now and was not looked at. */
  taken(): WireRecord[] {
    this.decode();
    return this.unread.splice(0);
  }

  /** The next record, whatever it is. */
  next(what = 'a record'): Promise<WireRecord> {
    return this.until(() => true, what);
  }

  /** The next record, which has to be of this kind. */
  async expect(flags: number, what = `a record with the flags 0x${flags.toString(16)}`): Promise<WireRecord> {
    const record = await this.next(what);
    if (record.flags !== flags) throw new Error(`${what} was to come, and this came:\n${show([record])}`);
    return record;
  }

  /** Passes over records up to the first that fits, and gives that. */
  async until(fits: (record: WireRecord) => boolean, what: string): Promise<WireRecord> {
    const passed: WireRecord[] = [];
    for (;;) {
      const record = await this.shift(what, passed);
      if (fits(record)) return record;
      passed.push(record);
    }
  }

  private async shift(what: string, passed: readonly WireRecord[]): Promise<WireRecord> {
    this.decode();
    const [record] = this.unread.splice(0, 1);
    if (record) return record;
    if (this.link.isClosed) throw new Error(`The connection was closed before ${what}. What came:\n${show(passed)}`);
    await this.nextWrite(() => `Waited ${PATIENCE} ms for ${what}. What came:\n${show(passed)}`);
    return this.shift(what, passed);
  }

  private nextWrite(complaint: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(complaint())), PATIENCE);
      this.link.onWritten = () => {
        this.link.onWritten = () => undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private decode(): void {
    const chunks = this.link.written.slice(this.decodedChunks);
    this.decodedChunks = this.link.written.length;
    const { records, rest } = decode(Buffer.concat([this.rest, ...chunks]));
    this.unread.push(...records);
    this.rest = rest;
  }
}

function show(records: readonly WireRecord[]): string {
  return records
    .slice(-20)
    .map(({ flags, username, payload }) => `0x${flags.toString(16)} ${username}: ${payload.toString().slice(0, 80)}`)
    .join('\n');
}

/** Text of a record's payload. */
export function wordsOf({ payload }: WireRecord): string {
  return payload.toString();
}
