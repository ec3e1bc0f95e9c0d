/** Our clients among themselves, at our server, over links that cut where they like and break. */
import type { Line } from '../../../src/client/connection.js';
import type { Entry } from '../../../src/room/entry.js';
import { Conversation } from '../../../src/protocols/conversation.js';
import type { Protocol } from '../../../src/protocols/protocol.js';
import type { Accept, Link, LinkListener, Origin } from '../../../src/transports/link.js';
import { TestHouse } from '../../support/fake-house.js';
import { connectPair } from '../../support/link-pair.js';
import { cut } from '../engine/mutate.js';
import { Random } from '../engine/random.js';
import { check, checkSame, shown, type Target } from '../engine/target.js';
import type { VirtualTime } from '../engine/virtual-time.js';
import { PROTOCOLS } from '../protocols.js';
import type { Told } from '../sessions/events.js';
import { entriesOf, peopleAfter, staysOf } from '../sessions/history.js';
import { checkTold, type Stay } from '../sessions/plain-check.js';
import { seedOf, timeless } from '../sessions/targets.js';
import { Asked, StrictListener } from './listener.js';
import { User } from './user.js';

const CAPACITY = 3;
/** Clients at most, some of whom find no seat. */
const MOST = 4;
const LONG = 40_000;
/** P4, W5 and W10, G4: what nobody can say there, or only with something else around it. */
const MEANS_MORE: Readonly<Record<string, RegExp>> = {
  pull: /GET|USERS|PUT/i,
  register: /DISCONNECT/,
};

/** A link that hands over what is written in pieces, from an address of its own. */
class CuttingLink implements Link {
  constructor(
    private readonly link: Link,
    private readonly random: Random | undefined,
    readonly remote: Origin,
  ) {}

  get pending(): number {
    return this.link.pending;
  }

  write(bytes: Uint8Array): void {
    for (const piece of this.random?.once(2) ? cut(bytes, this.random) : [bytes]) this.link.write(piece);
  }

  pause(): void {
    this.link.pause();
  }

  resume(): void {
    this.link.resume();
  }

  end(): void {
    this.link.end();
    setTimeout(() => this.link.destroy(), 5000);
  }

  destroy(): void {
    this.link.destroy();
  }
}

class Client {
  readonly listener = new StrictListener();
  readonly asked = new Asked();
  link: Link | undefined;
  isBroken = false;
  user: User | undefined;

  constructor(readonly port: number) {}
}

class Party {
  private readonly clients: Client[] = [];

  private constructor(
    private readonly test: TestHouse,
    private readonly protocol: Protocol,
    private readonly random: Random,
    private readonly time: VirtualTime,
  ) {}

  static async open(protocol: Protocol, random: Random, time: VirtualTime): Promise<Party> {
    const replay = random.pick([0, 300, 8_388_608]);
    return new Party(await TestHouse.open({ capacity: CAPACITY, replay, protocol }), protocol, random, time);
  }

  async step(): Promise<void> {
    const { random, time, clients } = this;
    const client = random.pick(clients);
    if (!client || (clients.length < MOST && random.once(6))) await this.come();
    else if (random.once(25)) this.breakOff(client);
    else client.user?.act();
    if (random.once(2)) await time.pass();
    else if (random.once(2)) await time.advance(random.pick([10, 60, 200, 600, random.below(4000)]));
    for (const { asked } of clients) asked.check();
  }

  async end(): Promise<void> {
    await this.time.advance(LONG);
    const entries = await entriesOf(this.test.history);
    for (const those of entries.values()) peopleAfter(those, CAPACITY);
    const stays = staysOf(this.test.reported, entries);
    for (const client of this.clients) {
      this.checkLines(client, stays.get(client.port) ?? [], (room) => entries.get(room) ?? []);
    }
    for (const { link } of this.clients) link?.destroy();
    await this.time.advance(LONG);
    for (const { asked } of this.clients) asked.checkAnswered();
    const fault = this.test.reported.find(({ event }) => event === 'failed');
    check(fault === undefined, () => `A fault of ours: ${String(fault?.fields['reason'])}`);
    checkSame((await this.test.house.rooms.find(''))?.report().length ?? 0, 0, 'Seats are taken');
    check(this.time.running === 0, () => `${this.time.running} timers are still running.`);
  }

  private async come(): Promise<void> {
    const client = new Client(1000 + this.clients.length);
    this.clients.push(client);
    const connection = await this.protocol.connect((near) => this.dial(client, near), '', client.listener);
    client.user = new User(
      connection,
      client.asked,
      this.random,
      () => client.listener.lines,
      MEANS_MORE[this.protocol.name],
    );
    client.user.join();
  }

  private async dial(client: Client, near: Accept): Promise<void> {
    const { protocol, test, random } = this;
    // Where a write is a message, cutting it is another message.
    const cuts = protocol.name === 'records' || protocol.name === 'chat10' ? random : undefined;
    const wrap = (link: Link): Link => new CuttingLink(link, cuts, { address: '10.0.0.1', port: client.port });
    const far = (link: Link): LinkListener => new Conversation(protocol, test.house, wrap(link), () => undefined);
    connectPair((link) => near((client.link = wrap(link))), far);
  }

  private breakOff(client: Client): void {
    client.isBroken = true;
    client.link?.destroy();
  }

  private checkLines(client: Client, stays: readonly Stay[], of: (room: string) => readonly Entry[]): void {
    const { listener, isBroken } = client;
    const isOpen = !isBroken && !listener.isClosed;
    if (this.protocol.name === 'records') return checkPlaces(listener, stays, of, isOpen);
    const me = client.user?.name.normalize('NFC');
    // What a client shows of itself it shows before the room does.
    const told = listener.lines
      .filter(({ author, kind }) => kind !== 'text' || author.normalize('NFC') !== me)
      .map(toldBy);
    // A registration that was not answered may have been made anew: that stay was never entered.
    const entered = listener.names.length === 0 ? [] : stays.slice(-listener.names.length);
    checkTold({ told, stays: entered, entriesOf: of, echoes: false, isComplete: isOpen && entered.length === 1 });
  }
}

function toldBy({ kind, author, text }: Line): Told {
  if (kind === 'joined' || kind === 'left') return { kind, name: author };
  return { kind: 'text', name: author, text };
}

/** Records: every line has its place, and all of them are there from the first on. */
function checkPlaces(
  { lines, past }: StrictListener,
  stays: readonly Stay[],
  of: (room: string) => readonly Entry[],
  isOpen: boolean,
): void {
  let at = 0;
  for (const [nth, { room, joined, left }] of stays.entries()) {
    const entries = of(room);
    while (past[at]) checkLine(lines[at++]!, entries);
    const before = lines[at - 1]?.sequence;
    check(before === undefined || before === joined - 1 || nth > 0, () => `The history ends with ${before}.`);
    let place = joined;
    for (; lines[at] && !past[at] && place <= left; place++) {
      check(lines[at]!.sequence === place, () => `${place} was to come, not ${shown(lines[at])}`);
      checkLine(lines[at++]!, entries);
    }
    const last = Math.min(left, entries.length);
    check(!isOpen || place > last, () => `It was shown ${place - 1} of ${last} entries.`);
  }
  check(at === lines.length, () => `It was shown ${shown(lines[at])} as well.`);
}

function checkLine(line: Line, entries: readonly Entry[]): void {
  const entry = entries[line.sequence - 1];
  const kinds = { text: 'text', join: 'joined', leave: 'left', file: 'file' } as const;
  const isSo = entry !== undefined && kinds[entry.kind] === line.kind && entry.author === line.author;
  check(isSo && (entry.kind !== 'text' || entry.text === line.text), () => `${shown(entry)} is not ${shown(line)}`);
}

export const CONVERSATIONS: readonly Target[] = PROTOCOLS.map((make) => {
  const run = async (input: Uint8Array): Promise<number> => {
    const steps = input[0] ?? 0;
    await timeless(async (time) => {
      const party = await Party.open(make(), Random.from(input.subarray(1)), time);
      for (let step = 0; step < steps; step++) await party.step();
      await party.end();
    });
    return steps;
  };
  return { name: `conversation-${make().name}`, kind: 'conversation', isGuided: false, make: seedOf(80), run };
});
