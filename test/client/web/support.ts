/** The page's model and our own server's side, with no network between them: the server can vanish and come back. */
import type { Capabilities, Connect, Line } from '../../../src/client/connection.js';
import { UnreachableError } from '../../../src/client/connection.js';
import { Visit } from '../../../src/client/web/model/visit.js';
import type { Entry } from '../../../src/room/entry.js';
import type { History } from '../../../src/room/ports.js';
import { MemoryHistory } from '../../../src/history/memory.js';
import type { Accept, Link } from '../../../src/transports/link.js';
import { Conversation } from '../../../src/protocols/conversation.js';
import { connectRecords } from '../../../src/protocols/records/client.js';
import { atEnd } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { type HouseSettings, START, testClock, TestHouse } from '../../support/fake-house.js';
import { connectPair, type LinkPair } from '../../support/link-pair.js';
import { settle } from '../../support/settle.js';

export const UNREACHABLE = 'The server cannot be reached.';

/** What a page connects to. It is there until it is killed, and may be started again. */
export class Server {
  readonly pairs: LinkPair[] = [];
  /** The server's side of them. */
  readonly conversations: Conversation[] = [];
  /** What pages of the history were asked for, over any of them: those before these places. */
  readonly pages: number[] = [];
  /** Connections that were asked for. */
  attempts = 0;
  /** Who connects waits for it while it is there. */
  held: Promise<void> | undefined;
  /** Where the page goes. */
  room = '';
  /** While it is not running, its machine says so. */
  isAbsent = false;
  private current: TestHouse | undefined;
  /** The test is over: whoever tries to come back is left waiting. */
  private isOver = false;

  static async start(settings: HouseSettings = {}): Promise<Server> {
    const server = new Server();
    await server.start(settings);
    return server;
  }

  /** One that nobody can reach yet. */
  static unreachable(): Server {
    return new Server();
  }

  get house(): TestHouse {
    if (!this.current) throw new Error('The server is not running.');
    return this.current;
  }

  /** The newest connection. */
  get pair(): LinkPair {
    return this.pairs.at(-1)!;
  }

  /** What the page knows of the passphrase. */
  readonly key = { passphrase: '' };

  readonly connect: Connect = async (listener) => {
    this.attempts++;
    await this.held;
    if (this.isOver) await new Promise(() => undefined);
    const { current } = this;
    if (!current) throw new UnreachableError(UNREACHABLE, { isAbsent: this.isAbsent });
    const accept = (link: Link): Conversation => {
      const conversation = new Conversation(current.protocol, current.house, link, () => undefined);
      this.conversations.push(conversation);
      return conversation;
    };
    const dial = async (near: Accept): Promise<void> => void this.pairs.push(connectPair(oneByOne(near), accept));
    const connection = await connectRecords(dial, this.room, listener, undefined, this.key);
    const history = connection.history.bind(connection);
    return Object.assign(connection, {
      history: (before: number) => (this.pages.push(before), history(before)),
    });
  };

  /** Starts it, with the history that it is given or with a new one, and announces who was there at its last end. */
  async start(settings: HouseSettings = {}): Promise<void> {
    this.current = await TestHouse.open(settings);
    await this.current.house.rooms.clearGhosts();
    atEnd(async () => {
      this.isOver = true;
      for (const { near } of this.pairs) near.destroy();
      await settle();
    });
  }

  /** The newest connection breaks. */
  async cut(): Promise<void> {
    this.pair.near.destroy();
    await settle();
  }

  /** The server is gone, and with it all connections. Gives what it has kept. */
  async kill(): Promise<History> {
    const { history } = this.house;
    this.current = undefined;
    for (const { near } of this.pairs) near.destroy();
    await settle();
    return history;
  }

  /** Everything that happened in the lobby. */
  async entries(): Promise<readonly Entry[]> {
    const log = await this.house.history.open('');
    return log.read({ from: 1, to: log.last });
  }

  /** All texts, in order. */
  async texts(): Promise<readonly string[]> {
    return (await this.entries()).flatMap((entry) => (entry.kind === 'text' ? [entry.text] : []));
  }

  /** Names of all files that were shared, in order. */
  async files(): Promise<readonly string[]> {
    return (await this.entries()).flatMap((entry) => (entry.kind === 'file' ? [entry.file.name] : []));
  }
}

/** Has the client told each thing in a turn of the event loop of its own, as a browser tells of a WebSocket. */
function oneByOne(accept: Accept): Accept {
  return (link) => {
    const owner = accept(link);
    const things: (() => void)[] = [];
    const tell = (thing: () => void): void => {
      things.push(thing);
      setImmediate(() => things.shift()?.());
    };
    return {
      received: (bytes) => tell(() => owner.received(bytes)),
      drained: () => tell(() => owner.drained()),
      ended: () => tell(() => owner.ended()),
      closed: (error) => tell(() => owner.closed(error)),
    };
  };
}

/** A history that is none of those that began at `START`. */
export function otherHistory(): History {
  return new MemoryHistory(testClock(START + 3_600_000));
}

/** `can` where the server can do less. */
export function visitTo(server: Server, can?: Capabilities): Visit {
  return new Visit({ connect: server.connect, can, clock: () => START, random: Math.random });
}

/** A visit to `server`, in the room. */
export async function joined(server: Server, name = 'Cool'): Promise<Visit> {
  const visit = visitTo(server);
  await visit.join(name, undefined);
  await until(visit, () => isShown(visit, ({ kind, author }) => kind === 'joined' && author === name), 'the joining');
  await settle();
  return visit;
}

export function isShown(visit: Visit, fits: (line: Line) => boolean): boolean {
  return visit.timeline.lines.some(fits);
}

/** Waits for something of the visit. */
export async function until(visit: Visit, isSo: () => boolean, what: string): Promise<void> {
  await eventually(isSo, what, { show: () => describeVisit(visit) });
}

/** Waits until the connection is known to be lost, and has the visit try again at once until it is inside. */
export async function back(visit: Visit): Promise<void> {
  await until(visit, () => (visit.wake(), visit.stage === 'inside'), 'the way back');
}

export async function confirmed(visit: Visit): Promise<void> {
  await until(visit, () => visit.timeline.pending.length === 0, 'the confirmation of all texts');
}

/** What stands in the room, as `author: text`. */
export function shown(visit: Visit): string[] {
  return visit.timeline.lines.map(({ kind, author, text, file }) =>
    kind === 'text' ? `${author}: ${text}` : `${author} ${file ? `shared ${file.name}` : kind}`,
  );
}

export function textsIn(visit: Visit): string[] {
  return visit.timeline.lines.filter(({ kind }) => kind === 'text').map(({ text }) => text);
}

/** True when every place from the first on has its line, once. */
export function isWhole({ timeline }: Visit): boolean {
  return timeline.lines.every(({ sequence }, index) => sequence === timeline.first + index);
}

function describeVisit(visit: Visit): string {
  const { stage, problem, refusal, notice, timeline } = visit;
  const pending = timeline.pending.map(({ text, state }) => `${state}: ${text.slice(0, 80)}`);
  return JSON.stringify({ stage, problem, refusal, notice, lines: shown(visit).slice(-20), pending }, undefined, 2);
}
