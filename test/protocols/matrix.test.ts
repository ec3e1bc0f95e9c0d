/**
 * Every protocol to every protocol: one server with all of them, and one room. In it sits a resident of each protocol.
 * Newcomers of each come, speak and go, first one after the other and then all at once, so that everyone meets everyone;
 * and in the end the server stops. It is played once; each test then looks at what one of them was told.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection, Line } from '../../src/client/connection.js';
import { DEFAULTS } from '../../src/config.js';
import { allProtocols } from '../../src/protocols/index.js';
import type { Protocol } from '../../src/protocols/protocol.js';
import { type RunningServer, start } from '../../src/server.js';
import { dialTcp } from '../../src/transports/tcp.js';
import { dialUdp } from '../../src/transports/udp.js';
import { dialWebSocket } from '../../src/transports/websocket.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually, PATIENCE } from '../support/eventually.js';
import { temporaryFolder } from '../support/folders.js';

const protocols = allProtocols();
const pairs = protocols.flatMap((from) => protocols.map((to) => [from.name, to.name] as const));

const DIAL = { tcp: dialTcp, udp: dialUdp, websocket: dialWebSocket };
const FILE = Buffer.from('I am on a light diet.');
const FAREWELL = 'The server is shutting down.';
/** Where the server never speaks unasked, the end of the connection has to do. */
const WITHOUT_FAREWELL: readonly string[] = ['pull'];
const THE_END = 'That is all.';

/** A person with a client of ours, and what the client showed. */
class Person {
  /** Lines of the room, the live ones. */
  readonly lines: string[] = [];
  /** What was said about the connection. */
  readonly told: string[] = [];
  private connection!: Connection;

  private constructor(readonly name: string) {}

  static async join(server: RunningServer, protocol: Protocol, name: string): Promise<Person> {
    const person = new Person(name);
    const at = server.addresses.find((address) => address.protocol === protocol.name)!;
    const dial = DIAL[protocol.transport];
    person.connection = await protocol.connect((accept) => dial({ host: '127.0.0.1', port: at.port }, accept), '', {
      joined: () => undefined,
      line: (line, past) => void (past || person.lines.push(asText(line))),
      notice: (text) => void person.told.push(text),
      closed: (reason) => void person.told.push(reason),
    });
    atEnd(() => person.connection.close());
    await person.connection.join(name);
    return person;
  }

  get canShare(): boolean {
    return this.connection.can.files;
  }

  async say(text: string): Promise<void> {
    await this.connection.say(text);
  }

  async share(name: string): Promise<void> {
    const contents = (async function* () {
      yield FILE;
    })();
    await this.connection.share({ name, size: FILE.length, contents });
  }

  async leave(): Promise<void> {
    await this.connection.leave();
    this.connection.close();
  }

  async sees(line: string): Promise<void> {
    await eventually(() => this.lines.includes(line), `${this.name} to see "${line}"`, {
      show: () => [...this.lines, ...this.told].join('\n'),
    });
  }

  async isTold(words: string): Promise<void> {
    await eventually(() => this.told.includes(words), `${this.name} to be told "${words}"`, {
      show: () => this.told.join('\n'),
    });
  }

  /** The lines in which somebody of that name did something. */
  linesOf(name: string): string[] {
    return this.lines.filter((line) => line.startsWith(`${name} `));
  }
}

/** A line in words that are the same whatever the protocol. */
function asText({ kind, author, text, file }: Line): string {
  if (kind === 'joined' || kind === 'left') return `${author} ${kind}`;
  return `${author} said ${file ? `shared ${file.name} (${file.size} bytes)` : text}`;
}

/** Letters alone, which every protocol takes for a name. */
function nameOf(who: string, protocol: string): string {
  return who + protocol.replace(/\W/g, '');
}

function textOf(name: string, number: number): string {
  return `héllo € ${number} from ${name}: all's well @home, or [not] "so"`;
}

/** What everyone else has to see of a newcomer who came, spoke, shared where that is possible, and left. */
function visitOf(name: string, fileName?: string): string[] {
  const shared = fileName === undefined ? [] : [`${name} said shared ${fileName} (${FILE.length} bytes)`];
  return [`${name} joined`, `${name} said ${textOf(name, 1)}`, ...shared, `${name} left`];
}

class Play {
  readonly residents = new Map<string, Person>();
  readonly newcomers = new Map<string, Person>();
  readonly crowd: string[] = [];
  /** Files by who shared them. */
  readonly files = new Map<string, string>();

  private constructor(private readonly server: RunningServer) {}

  static async perform(): Promise<Play> {
    const folder = temporaryFolder('matrix');
    const serve = protocols.map((protocol) => ({ protocol, port: 0 }));
    const settings = { ...DEFAULTS, data: join(folder, 'data'), downloads: join(folder, 'downloads'), capacity: 50 };
    const play = new Play(await start({ ...settings, serve }, () => undefined));
    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => (stopped ??= play.server.stop());
    atEnd(stop);
    await play.seatResidents();
    for (const protocol of protocols) await play.visit(protocol);
    await play.gather();
    await play.finish();
    await stop();
    return play;
  }

  resident(protocol: string): Person {
    return this.residents.get(protocol)!;
  }

  private async seatResidents(): Promise<void> {
    for (const protocol of protocols) {
      const resident = await Person.join(this.server, protocol, nameOf('Res', protocol.name));
      this.residents.set(protocol.name, resident);
    }
  }

  /** Somebody comes, speaks and goes, and everyone is waited for at each step. */
  private async visit(protocol: Protocol): Promise<void> {
    const name = nameOf('New', protocol.name);
    const newcomer = await Person.join(this.server, protocol, name);
    this.newcomers.set(protocol.name, newcomer);
    if (newcomer.canShare) this.files.set(name, `${name}.txt`);
    const [joined, said, ...more] = visitOf(name, this.files.get(name));
    await this.allSee(joined!);
    await newcomer.say(textOf(name, 1));
    await Promise.all([this.allSee(said!), newcomer.sees(said!)]);
    if (newcomer.canShare) await newcomer.share(`${name}.txt`);
    for (const line of more.slice(0, -1)) await this.allSee(line);
    await newcomer.leave();
    await this.allSee(more.at(-1)!);
  }

  /** Everyone speaks at once, and leaves at once. */
  private async gather(): Promise<void> {
    const crowd = await Promise.all(
      protocols.map((protocol) => Person.join(this.server, protocol, nameOf('Crowd', protocol.name))),
    );
    this.crowd.push(...crowd.map(({ name }) => name));
    for (const number of [1, 2, 3]) await Promise.all(crowd.map((person) => person.say(textOf(person.name, number))));
    for (const { name } of crowd) await this.allSee(`${name} said ${textOf(name, 3)}`);
    await Promise.all(crowd.map((person) => person.leave()));
    for (const { name } of crowd) await this.allSee(`${name} left`);
  }

  /** When everyone has seen the last line, nothing that came before it can still be on its way. */
  private async finish(): Promise<void> {
    const last = await Person.join(this.server, protocols[0]!, 'Last');
    await last.say(THE_END);
    await this.allSee(`Last said ${THE_END}`);
  }

  private async allSee(line: string): Promise<void> {
    await Promise.all([...this.residents.values()].map((resident) => resident.sees(line)));
  }
}

let play: Play;

beforeAll(async () => {
  play = await Play.perform();
}, PATIENCE * 12);

afterAll(closeAll);

describe('everyone in one room, whatever the protocol', () => {
  it.each(pairs)('someone on %s is seen once on %s: joining, text, file, leaving', (from, to) => {
    const name = nameOf('New', from);
    expect(play.resident(to).linesOf(name)).toEqual(visitOf(name, play.files.get(name)));
  });

  it.each(protocols.map(({ name }) => name))('someone on %s sees an own text once', (protocol) => {
    const newcomer = play.newcomers.get(protocol)!;
    const said = `${newcomer.name} said ${textOf(newcomer.name, 1)}`;
    expect(newcomer.lines.filter((line) => line === said)).toEqual([said]);
  });

  it.each(pairs)('what is said at once on %s is seen once and in order on %s', (from, to) => {
    const name = nameOf('Crowd', from);
    const texts = [1, 2, 3].map((number) => `${name} said ${textOf(name, number)}`);
    expect(play.resident(to).linesOf(name)).toEqual([`${name} joined`, ...texts, `${name} left`]);
  });

  it.each(protocols.map(({ name }) => name))('%s shows everything in the order common to all', (protocol) => {
    const names = [...play.newcomers.values()].map(({ name }) => name).concat(play.crowd, 'Last');
    const orderOf = (person: Person): string[] =>
      person.lines.filter((line) => names.some((name) => line.startsWith(`${name} `)));
    expect(orderOf(play.resident(protocol))).toEqual(orderOf(play.resident(protocols[0]!.name)));
  });

  it.each(protocols.map(({ name }) => name))('someone on %s sees who sat down later', (protocol) => {
    const names = [...play.residents.values()].map(({ name }) => name);
    const later = names.slice(names.indexOf(play.resident(protocol).name) + 1);
    const seen = play.resident(protocol).lines.filter((line) => /^Res\w+ joined$/.test(line));
    expect(seen.filter((line) => line !== `${play.resident(protocol).name} joined`)).toEqual(
      later.map((name) => `${name} joined`),
    );
  });

  it.each(protocols.map(({ name }) => name))('someone on %s is told that the server stops', async (protocol) => {
    await play
      .resident(protocol)
      .isTold(WITHOUT_FAREWELL.includes(protocol) ? 'The server closed the connection.' : FAREWELL);
  });

  it('seats residents of every protocol', () => {
    expect(play.residents.size).toBe(protocols.length);
  });
});
