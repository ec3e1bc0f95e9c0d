/** What each protocol says where a limit is reached: docs/protocols.md, S8 to S12. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { chat10 } from '../../src/protocols/chat10/index.js';
import { Conversation } from '../../src/protocols/conversation.js';
import type { Protocol } from '../../src/protocols/protocol.js';
import { pull } from '../../src/protocols/pull/index.js';
import { raw, rawUdp } from '../../src/protocols/raw/index.js';
import { records } from '../../src/protocols/records/index.js';
import { register } from '../../src/protocols/register/index.js';
import { RoomError } from '../../src/room/errors.js';
import { closeAll } from '../support/cleanup.js';
import { type HouseSettings, TestHouse } from '../support/fake-house.js';
import { FakeLink } from '../support/fake-link.js';
import { encode, FLAG } from '../support/records-peer.js';
import { settle } from '../support/settle.js';

/** One way to speak a protocol, in bytes that are not made by ours. */
interface Way {
  readonly protocol: Protocol;
  readonly join: (name: string) => string | Uint8Array;
  readonly say: (text: string) => string | Uint8Array;
  /** Half a message, which no silence completes. */
  readonly half?: string | Uint8Array;
  /** What a peer that has joined is told, as it is on the wire; nothing where the protocol has no word for it. */
  readonly told: (words: string) => string | undefined;
  /** The same for one that has not. */
  readonly toldBefore?: (words: string) => string | undefined;
}

const frame = (text: string): string => `CHAT/1.0 TEXT\r\nUsername: Server\r\nMsg-len: ${text.length}\r\n\r\n${text}`;
const closing = (words: string): string => `${words} The connection is closed.`;

const WAYS: readonly Way[] = [
  {
    protocol: records(),
    join: (username) => encode({ flags: FLAG.JOIN_REQUEST, username }),
    say: (payload) => encode({ payload }),
    half: encode({ payload: 'half' }).subarray(0, 34),
    told: (words) => words,
  },
  {
    protocol: chat10(),
    join: (name) => `CHAT/1.0 JOIN\r\nUsername: ${name}\r\n\r\n`,
    say: (text) => `CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: ${text.length}\r\n\r\n${text}`,
    half: 'CHAT/1.0 TEXT\r\nUser',
    told: frame,
  },
  {
    protocol: pull(),
    join: (name) => name,
    say: (text) => `PUT: ${text}`,
    told: () => undefined,
    toldBefore: (words) => words,
  },
  { protocol: raw(), join: (name) => `${name}\n`, say: (text) => `${text}\n`, told: (words) => `${words}\n` },
  { protocol: rawUdp(), join: (name) => `${name}:join`, say: (text) => `bob:${text}`, told: (words) => words },
  {
    protocol: register(),
    join: (name) => `REGISTER ${name} CHAT/1.0\n`,
    say: (text) => `@bob: ${text}\n`,
    told: (words) => `@Server: ${words}\n`,
    toldBefore: () => '400 Invalid registration',
  },
];

const ways = (fits: (way: Way) => unknown = () => true): [string, Way][] =>
  WAYS.filter(fits).map((way) => [way.protocol.name, way]);

class Peer {
  readonly link = new FakeLink();
  readonly conversation: Conversation;

  constructor(
    readonly house: TestHouse,
    private readonly way: Way,
  ) {
    this.conversation = new Conversation(way.protocol, house.house, this.link, () => undefined);
    this.link.attach(this.conversation);
  }

  /** Each in a chunk of its own. */
  send(...messages: readonly (string | Uint8Array)[]): void {
    for (const message of messages) this.link.send(Buffer.from(message));
  }

  async join(name = 'bob'): Promise<this> {
    this.send(this.way.join(name));
    // Where nothing else ends a message, silence does.
    await pass(200);
    if (this.way.protocol.name !== 'chat10') this.send();
    return this;
  }

  /** Says `count` texts, so that each is a message; gives them. */
  async say(count: number): Promise<string[]> {
    const texts = Array.from({ length: count }, (_, nth) => `line ${nth}`);
    for (const text of texts) {
      this.send(this.way.say(text));
      // Pull ends a text with a silence, or with the next one.
    }
    await pass(200);
    return texts;
  }

  get heard(): string {
    return this.link.bytes.toString();
  }
}

/** Lets milliseconds pass, and what they bring. */
async function pass(milliseconds: number): Promise<void> {
  await settle();
  await jest.advanceTimersByTimeAsync(milliseconds);
  await settle();
}

async function houseFor({ protocol }: Way, settings: HouseSettings = {}): Promise<TestHouse> {
  return TestHouse.open({ protocol, capacity: 50, ...settings });
}

/** The texts of the history, in order. */
async function textsOf(house: TestHouse): Promise<string[]> {
  const log = await house.history.open('');
  const entries = await log.read({ from: 1, to: log.last });
  return entries.flatMap((entry) => (entry.kind === 'text' ? [entry.text] : []));
}

const eventsOf = (house: TestHouse, event: string): string[] =>
  house.reported.filter((one) => one.event === event).map(({ fields }) => String(fields['reason']));

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] }));

afterEach(async () => {
  await closeAll();
  jest.useRealTimers();
});

describe('messages a second', () => {
  const RATE = { messages: 10, burst: 25 };
  const WARNING = 'You are sending more than 10 messages a second: what follows has to wait.';

  it.each(ways())('are no matter for twenty lines that are pasted, over %s', async (_, way) => {
    const house = await houseFor(way, { door: { rate: RATE } });
    const bob = await new Peer(house, way).join();
    const texts = await bob.say(20);
    expect(await textsOf(house)).toEqual(texts);
    expect(house.events).not.toContain('refused');
  });

  it.each(ways())('beyond the limit are held, in order and complete, over %s', async (_, way) => {
    const house = await houseFor(way, { door: { rate: RATE } });
    const bob = await new Peer(house, way).join();
    const texts = await bob.say(60);
    const first = await textsOf(house);
    expect(first.length).toBeGreaterThanOrEqual(24);
    expect(first.length).toBeLessThan(40);
    expect(bob.link.isPaused).toBe(true);
    await pass(5000);
    expect(await textsOf(house)).toEqual(texts);
    expect(eventsOf(house, 'refused')).toEqual([WARNING]);
    expect(bob.link.isClosed).toBe(false);
  });

  it.each(ways(({ protocol }) => protocol.name !== 'pull'))('are warned of in its words over %s', async (_, way) => {
    const house = await houseFor(way, { door: { rate: RATE } });
    const bob = await new Peer(house, way).join();
    await bob.say(60);
    expect(bob.heard.split(way.told(WARNING)!)).toHaveLength(2);
  });

  it('are warned of in the next answer over pull', async () => {
    const way = WAYS.find(({ protocol }) => protocol.name === 'pull')!;
    const house = await houseFor(way, { door: { rate: RATE } });
    const bob = await new Peer(house, way).join();
    await bob.say(60);
    await pass(5000);
    for (let nth = 0; nth < 4; nth++) {
      bob.send('GET');
      await pass(100);
    }
    expect(bob.heard).toContain(`<Server>${WARNING}`);
  });

  it.each(ways())('without an end close the connection, over %s', async (_, way) => {
    const house = await houseFor(way, { door: { rate: { messages: 1, burst: 5 } } });
    const bob = await new Peer(house, way).join();
    await bob.say(200);
    for (let second = 0; second < 80 && !bob.link.isClosed; second++) await pass(1000);
    const words = 'You kept sending more than 1 message a second.';
    expect(bob.link.isClosed).toBe(true);
    expect(eventsOf(house, 'dropped')).toEqual([words]);
    const told = way.told(way.protocol.name === 'records' ? closing(words) : words);
    if (told !== undefined) expect(bob.heard).toContain(told);
    expect(house.events).toContain('left');
  });

  it('are not the pieces of a file, nor what pull asks for again and again', async () => {
    const [recordsWay, , pullWay] = WAYS;
    const files = await houseFor(recordsWay!, { door: { rate: RATE } });
    const bob = await new Peer(files, recordsWay!).join();
    const piece = { flags: FLAG.ATTACHMENT | FLAG.MORE, filename: 'a.txt', number: 100 };
    for (let nth = 0; nth < 99; nth++) bob.send(encode({ ...piece, payload: 'x' }));
    bob.send(encode({ ...piece, flags: FLAG.ATTACHMENT, payload: 'x' }));
    await pass(200);
    expect(files.events).toContain('shared');
    expect(files.events).not.toContain('refused');

    const house = await houseFor(pullWay!, { door: { rate: RATE } });
    const eve = await new Peer(house, pullWay!).join();
    for (let nth = 0; nth < 50; nth++) eve.send('GET:USERS:');
    await pass(5000);
    expect(eve.heard.split('USERS:')).toHaveLength(51);
    expect(house.events).not.toContain('refused');
  });

  it('are no limit for this machine’s own programs', async () => {
    const [way] = WAYS;
    const house = await houseFor(way!, { door: { rate: RATE } });
    const bob = new Peer(house, way!);
    bob.link.remote = { address: '127.0.0.1', port: 1 };
    const local = new Conversation(way!.protocol, house.house, bob.link, () => undefined);
    bob.link.attach(local);
    await bob.join();
    expect(await bob.say(500)).toEqual(await textsOf(house));
  });

  it('that are held do not hold up the end of the server', async () => {
    const [way] = WAYS;
    const house = await houseFor(way!, { door: { rate: { messages: 1, burst: 1 } } });
    const bob = await new Peer(house, way!).join();
    await bob.say(10);
    const stopped = bob.conversation.stop();
    await pass(0);
    await stopped;
    expect(bob.heard).toContain('The server is shutting down.');
  });
});

describe('joins of one address', () => {
  it.each(ways())('beyond the limit are refused in the words of %s', async (_, way) => {
    const house = await houseFor(way, { door: { joins: 10 } });
    for (let nth = 0; nth < 10; nth++) await new Peer(house, way).join(`bob${nth}`);
    const late = await new Peer(house, way).join('late');
    await pass(600);
    const words = 'There were 10 joins from your address within a minute: try again a little later.';
    const says = { register: '400 Invalid registration' }[way.protocol.name] ?? words;
    expect(late.heard).toContain(says);
    expect(late.conversation.isSeated).toBe(false);
    await pass(60_000);
    const later = await new Peer(house, way).join('later');
    expect(later.conversation.isSeated).toBe(true);
  });
});

describe('a connection for which there is no place', () => {
  it.each(ways(({ protocol }) => protocol.transport !== 'udp'))('is told so, and closed, over %s', async (_, way) => {
    const house = await houseFor(way);
    const bob = new Peer(house, way);
    const words = 'There are 3 connections from your address already, and no more are taken.';
    bob.conversation.decline(new RoomError('too-many-connections', words), false);
    bob.send(way.join('bob'));
    await pass(1000);
    const { name } = way.protocol;
    const expected = { records: closing(words), chat10: frame(words), register: '400 Invalid registration' }[name];
    expect(bob.heard).toContain(expected ?? words);
    expect(bob.link.isClosed).toBe(true);
    expect(house.events).toEqual(['turned-away']);
  });
});

describe('time', () => {
  const times = { silence: 60, unfinished: 60, stalled: 0 };

  it.each(ways(({ protocol }) => !protocol.idle))('to join is limited over %s', async (_, way) => {
    const house = await houseFor(way, { times });
    const [silent, bob] = [new Peer(house, way), await new Peer(house, way).join()];
    await pass(59_000);
    expect(silent.link.isClosed).toBe(false);
    await pass(30_000);
    const words = 'You have not joined, and asked for nothing for 60 seconds.';
    expect(silent.link.isClosed).toBe(true);
    expect(silent.heard).toContain((way.toldBefore ?? way.told)(words)?.trimEnd());
    expect(eventsOf(house, 'dropped')).toEqual([words]);
    await pass(600_000);
    expect(bob.conversation.isSeated).toBe(true);
  });

  it('to join is limited over pull, which says nothing unasked', async () => {
    const house = await houseFor(WAYS[2]!, { times: { ...times, silence: 10 } });
    const silent = new Peer(house, WAYS[2]!);
    await pass(20_000);
    expect([silent.link.isClosed, silent.heard]).toEqual([true, '']);
  });

  it('is given to who stands before the door and asks for a report', async () => {
    const house = await houseFor(WAYS[0]!, { times });
    const bob = new Peer(house, WAYS[0]!);
    for (let nth = 0; nth < 20; nth++) {
      bob.send(encode({ flags: FLAG.REPORT_REQUEST }));
      await pass(50_000);
    }
    expect(bob.link.isClosed).toBe(false);
  });

  it('for a piece of a file is not given by single bytes of it', async () => {
    const house = await houseFor(WAYS[0]!, { times });
    const bob = await new Peer(house, WAYS[0]!).join();
    const piece = encode({ flags: FLAG.ATTACHMENT, number: 1000, filename: 'a', payload: Buffer.alloc(1000) });
    bob.send(piece.subarray(0, 40));
    for (let at = 40; at < 55; at++) {
      await pass(10_000);
      bob.send(piece.subarray(at, at + 1));
    }
    expect(bob.heard).toContain('A message was not complete after 60 seconds.');
    expect(bob.link.isClosed).toBe(true);
  });

  it.each(ways(({ half }) => half))('for a message is limited over %s', async (_, way) => {
    const house = await houseFor(way, { times });
    const bob = await new Peer(house, way).join();
    bob.send(way.half!);
    await pass(59_000);
    expect(bob.link.isClosed).toBe(false);
    await pass(45_000);
    expect(bob.link.isClosed).toBe(true);
    expect(eventsOf(house, 'dropped')).toEqual(['A message was not complete after 60 seconds.']);
    expect(bob.heard).toContain('A message was not complete after 60 seconds.');
  });

  it('for a message is limited for a line that is typed for ever, over raw and register', async () => {
    for (const way of WAYS.filter(({ protocol }) => ['raw', 'register'].includes(protocol.name))) {
      const house = await houseFor(way, { times });
      const bob = await new Peer(house, way).join();
      for (let tenth = 0; tenth < 900 && !bob.link.isClosed; tenth++) {
        bob.send('x');
        await jest.advanceTimersByTimeAsync(100);
      }
      await pass(1000);
      expect([way.protocol.name, eventsOf(house, 'dropped')]).toEqual([
        way.protocol.name,
        ['A message was not complete after 60 seconds.'],
      ]);
    }
  });

  it('ends 10,000 half messages, and leaves nothing of them', async () => {
    const house = await houseFor(WAYS[0]!, { times });
    const peers = Array.from({ length: 10_000 }, () => new Peer(house, WAYS[0]!));
    for (const peer of peers) peer.send(WAYS[0]!.half!);
    await pass(80_000);
    await pass(5000);
    expect(peers.filter(({ link }) => !link.isClosed)).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('to read is limited, and who comes back has lost nothing', async () => {
    const way = WAYS[0]!;
    const house = await houseFor(way, { times: { ...times, stalled: 300 } });
    const [bob, eve] = [await new Peer(house, way).join(), await new Peer(house, way).join('eve')];
    bob.link.stopReading();
    const texts = await eve.say(30);
    await pass(299_000);
    expect(bob.link.isClosed).toBe(false);
    await pass(120_000);
    expect(bob.link.isClosed).toBe(true);
    expect(eventsOf(house, 'dropped')).toEqual(['You have read nothing for 300 seconds.']);
    expect(eve.link.isClosed).toBe(false);
    const back = await new Peer(house, way).join('bob');
    for (const text of texts) expect(back.heard).toContain(text);
  });
});

describe('the length of a message', () => {
  it.each(ways())('is limited, and said so, over %s', async (_, way) => {
    const house = await houseFor(way, { messageLength: 10 });
    const bob = await new Peer(house, way).join();
    for (const text of ['0123456789', '0123456789x', 'äöüäöü', 'ok']) {
      bob.send(way.say(text));
      await pass(600);
    }
    expect(await textsOf(house)).toEqual(['0123456789', 'ok']);
    const words = 'A message has at most 10 bytes.';
    expect(eventsOf(house, 'refused')).toEqual([words, words]);
    if (way.protocol.name === 'pull') bob.send('GET');
    await pass(200);
    expect(bob.heard.split(words)).toHaveLength(3);
  });
});

describe('the length of a name', () => {
  it.each(ways())('is limited, and said so, over %s', async (_, way) => {
    const house = await houseFor(way, { nameLength: 3 });
    const long = await new Peer(house, way).join('bobby');
    expect(long.conversation.isSeated).toBe(false);
    const says = way.protocol.name === 'register' ? '400 Invalid registration' : 'A username has 1 to 3 letters';
    expect(long.heard).toContain(says);
    const short = await new Peer(house, way).join('bob');
    expect(short.conversation.isSeated).toBe(true);
  });

  it('is that of a new room, too; one that is there can be joined', async () => {
    const way = WAYS[0]!;
    const { history } = await houseFor(way);
    const log = await history.open('kitchen');
    await log.append([
      { kind: 'join', author: 'eve' },
      { kind: 'leave', author: 'eve' },
    ]);
    const house = await houseFor(way, { nameLength: 3, history });
    const [one, other] = [new Peer(house, way), new Peer(house, way)];
    one.send(encode({ flags: FLAG.JOIN_REQUEST, username: 'bob', target: 'cellar' }));
    other.send(encode({ flags: FLAG.JOIN_REQUEST, username: 'eve', target: 'kitchen' }));
    await pass(100);
    expect(one.heard).toContain("A room's name has 1 to 3 letters");
    expect(other.conversation.isSeated).toBe(true);
  });
});
