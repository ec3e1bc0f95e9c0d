import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Conversation } from '../../../src/protocols/conversation.js';
import { pull } from '../../../src/protocols/pull/index.js';
import { Member } from '../../../src/room/member.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { type HouseSettings, TestHouse } from '../../support/fake-house.js';
import { FakeLink } from '../../support/fake-link.js';
import { settle } from '../../support/settle.js';

/** Milliseconds, as docs/protocols.md has them. */
const [QUIET, GAP, LINGER, IDLE] = [50, 20, 500, 30_000];

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
});

afterEach(async () => {
  jest.useRealTimers();
  await closeAll();
});

async function wait(milliseconds: number): Promise<void> {
  await settle();
  await jest.advanceTimersByTimeAsync(milliseconds);
  await settle();
}

/** Somebody at the other end, who writes and reads nothing but text. */
class Peer {
  readonly link = new FakeLink();
  readonly conversation: Conversation;
  private read = 0;

  constructor({ house, protocol }: TestHouse) {
    this.conversation = new Conversation(protocol, house, this.link, () => undefined);
    this.link.attach(this.conversation);
    atEnd(() => this.link.destroy());
  }

  async send(...chunks: string[]): Promise<void> {
    for (const chunk of chunks) this.link.send(Buffer.from(chunk));
    await wait(QUIET);
  }

  /** What comes in single writes when one sends this. */
  async ask(...chunks: string[]): Promise<string[]> {
    await this.send(...chunks);
    return this.heard();
  }

  async heard(): Promise<string[]> {
    await wait(GAP * 10);
    const writes = this.link.written.slice(this.read).map((bytes) => Buffer.from(bytes).toString());
    this.read = this.link.written.length;
    return writes;
  }
}

function house(settings: HouseSettings = {}): Promise<TestHouse> {
  return TestHouse.open({ protocol: pull(), ...settings });
}

/** Somebody with a seat who has heard so. */
async function joined(test: TestHouse, name: string): Promise<Peer> {
  const peer = new Peer(test);
  expect(await peer.ask(name)).toEqual(['connected']);
  return peer;
}

/** A member that speaks no protocol. */
async function guest(test: TestHouse, name: string): Promise<Member> {
  const { room, seat, joined } = await test.house.rooms.join('', name, { address: '192.168.1.9', port: 1 });
  return new Member(room, seat, joined, {
    deliver: () => true,
    failed: () => undefined,
    taken: () => undefined,
  });
}

describe('in the seed’s family', () => {
  it('has the walk of the seed', async () => {
    const test = await house();
    const [cindy, ethan] = [await joined(test, 'cindy'), await joined(test, 'ethan')];
    expect(await cindy.ask('GET')).toEqual(['MSGS: <Server>ethan joined the chatroom.']);
    expect(await cindy.ask('PUT: We had pizza last night.')).toEqual([]);
    expect(await ethan.ask('PUT: How about spaghetti?')).toEqual([]);
    expect(await ethan.ask('USERS')).toEqual(['USERS: cindy ethan']);
    const both = 'MSGS: <cindy>We had pizza last night. <ethan>How about spaghetti?';
    expect(await ethan.ask('GET')).toEqual([both]);
    expect(await cindy.ask('GET')).toEqual([both]);
    expect(await cindy.ask('GET')).toEqual(['MSGS:']);
  });

  it('never says anything unasked', async () => {
    const test = await house();
    const cindy = await joined(test, 'cindy');
    const ethan = await joined(test, 'ethan');
    await ethan.send('PUT: Hi');
    ethan.link.sendEnd();
    expect(await cindy.heard()).toEqual([]);
    expect(await cindy.ask('GET')).toEqual([
      'MSGS: <Server>ethan joined the chatroom. <ethan>Hi <Server>ethan left the chatroom.',
    ]);
  });

  it('answers what is glued, one write each', async () => {
    const test = await house();
    const cindy = new Peer(test);
    expect(await cindy.ask('cindyGETUSERS')).toEqual(['connected', 'MSGS:', 'USERS: cindy']);
    expect(await cindy.ask('PUT: HiUSERS')).toEqual(['USERS: cindy']);
    expect(await cindy.ask('GET')).toEqual(['MSGS: <cindy>Hi']);
  });

  it('is silent to noise, and stays', async () => {
    const test = await house();
    const cindy = await joined(test, 'cindy');
    expect(await cindy.ask('\n')).toEqual([]);
    expect(await cindy.ask('HELO there')).toEqual([]);
    expect(await cindy.ask('PUT:   ')).toEqual([]);
    expect(await cindy.ask('GET\n')).toEqual(['MSGS:']);
  });

  it('lets no text pass for another message', async () => {
    const test = await house();
    const cindy = await joined(test, 'cindy');
    await cindy.send('PUT: i <3 you <bob>I owe you 5 < 6 > 4');
    expect(await cindy.ask('GET')).toEqual(['MSGS: <cindy>i <3 you ‹bob>I owe you 5 < 6 > 4']);
  });
});

describe('in the other family', () => {
  it('has the walk of it', async () => {
    const test = await house();
    const [cindy, ethan] = [await joined(test, 'USERNAME:cindy'), await joined(test, 'USERNAME:ethan')];
    expect(await cindy.ask('GET:')).toEqual(['["Server: ethan joined the chatroom."]']);
    expect(await cindy.ask('PUT:Say "Hi"')).toEqual([]);
    expect(await ethan.ask('USERS:')).toEqual(['["cindy","ethan"]']);
    expect(await ethan.ask('GET:')).toEqual(['["cindy: Say \\"Hi\\""]']);
    expect(await cindy.ask('GET:')).toEqual(['["cindy: Say \\"Hi\\""]']);
    expect(await cindy.ask('GET:')).toEqual(['[]']);
    expect(await cindy.ask('CGET:')).toEqual(['[]']);
    expect(await cindy.ask('CPUT:10 20 5 red ')).toEqual([]);
    expect(await cindy.ask('CGET:')).toEqual(['[]']);
  });

  it('answers what is glued, one write each', async () => {
    const cindy = await joined(await house(), 'USERNAME:cindy');
    expect(await cindy.ask('PUT:textUSERS:')).toEqual(['["cindy"]']);
    expect(await cindy.ask('GET:USERS:')).toEqual(['["cindy: text"]', '["cindy"]']);
  });

  it('shares the room with the seed’s', async () => {
    const test = await house();
    const [cindy, ethan] = [await joined(test, 'cindy'), await joined(test, 'USERNAME:ethan')];
    await cindy.send('PUT: Hi <you>');
    await ethan.send('PUT:Ho');
    expect(await cindy.ask('GET')).toEqual(['MSGS: <Server>ethan joined the chatroom. <cindy>Hi ‹you> <ethan>Ho']);
    expect(await ethan.ask('GET:')).toEqual(['["cindy: Hi <you>","ethan: Ho"]']);
  });
});

describe('turning away', () => {
  it.each([
    ['cindy', 'username in use'],
    ['CINDY', 'username in use'],
    ['USERNAME:cindy', 'username in use'],
    ['\u0441indy', 'username in use'],
    ['Server', 'The username Server is reserved.'],
  ])('says why and closes: %s', async (sent, answer) => {
    const test = await house();
    await joined(test, 'cindy');
    const other = new Peer(test);
    expect(await other.ask(sent, 'GET')).toEqual([answer]);
    await wait(LINGER);
    expect(other.link.isClosed).toBe(true);
  });

  it('says that the room is full', async () => {
    const test = await house({ capacity: 1 });
    await joined(test, 'cindy');
    expect(await new Peer(test).ask('ethan')).toEqual(['The chatroom has reached its maximum capacity.']);
  });
});

describe('what is shown', () => {
  it('is one line for each line of a text', async () => {
    const test = await house();
    const cindy = await joined(test, 'cindy');
    await cindy.send('PUT: one\n\ntwo\u001b[2J');
    expect(await cindy.ask('GET')).toEqual(['MSGS: <cindy>one <cindy>two␛[2J']);
  });

  it('is a line that names a file, as its author’s', async () => {
    const test = await house();
    const cindy = await joined(test, 'cindy');
    const bob = await guest(test, 'bob');
    const incoming = await test.house.files.receive('film.mp4');
    await incoming.write(Buffer.alloc(5));
    await bob.share(await incoming.keep());
    await settle();
    expect(await cindy.ask('GET')).toEqual(['MSGS: <Server>bob joined the chatroom. <bob>shared film.mp4 (5 bytes)']);
  });

  it.each([
    ['the seed’s', 'cindy', 'GET'],
    ['the other', 'USERNAME:cindy', 'GET:'],
  ])('comes in answers of 1024 bytes at most, complete and in order: %s family', async (_, name, get) => {
    const test = await house();
    const cindy = await joined(test, name);
    const bob = await guest(test, 'bob');
    const words = Array.from({ length: 600 }, (_, index) => `w"${index}€`);
    for (let index = 0; index < 600; index += 200) await bob.say(words.slice(index, index + 200).join(' '), 0);
    await settle();
    const answers: string[] = [];
    for (;;) {
      const [answer = ''] = await cindy.ask(get);
      if (answer === 'MSGS:' || answer === '[]') break;
      expect(Buffer.byteLength(answer)).toBeLessThanOrEqual(1024);
      answers.push(answer);
    }
    expect(
      answers
        .join(' ')
        .match(/w\\?"\d+€/g)
        ?.map((word) => word.replace('\\', '')),
    ).toEqual(words);
  });

  it('has the names of as many as fit', async () => {
    const test = await house({ capacity: 100 });
    const cindy = await joined(test, 'cindy');
    for (let index = 0; index < 60; index++) await guest(test, `${index}`.padEnd(32, 'é'));
    const [answer = ''] = await cindy.ask('USERS');
    expect(Buffer.byteLength(answer)).toBeLessThanOrEqual(1024);
    expect(answer.split(' ').length).toBeGreaterThan(15);
  });
});

describe('who does not fetch', () => {
  it('costs a bounded buffer and misses nothing', async () => {
    const test = await house();
    const cindy = await joined(test, 'cindy');
    const bob = await guest(test, 'bob');
    const many = 1500;
    for (let index = 0; index < many; index++) await bob.say(`${index} `.padEnd(90, 'x'), 0);
    await settle();
    const room = await test.house.rooms.find('');
    const read = jest.spyOn(room!.log, 'page');
    const seen: string[] = [];
    for (let empty = 0; empty < 2;) {
      const [answer = ''] = await cindy.ask('GET');
      empty = answer === 'MSGS:' ? empty + 1 : 0;
      seen.push(...[...answer.matchAll(/<bob>(\d+)/g)].map(([, number]) => number!));
    }
    expect(seen).toEqual(Array.from({ length: many }, (_, index) => `${index}`));
    expect(read).toHaveBeenCalled();
  });

  it('loses the seat after half a minute without a request', async () => {
    const test = await house();
    const [cindy, ethan] = [await joined(test, 'cindy'), await joined(test, 'ethan')];
    await wait(IDLE - 1000);
    await ethan.send('GET');
    await wait(IDLE - 1000);
    await ethan.send('GET');
    await wait(LINGER);
    expect(cindy.link.isClosed).toBe(true);
    await ethan.heard();
    expect(await ethan.ask('USERS')).toEqual(['USERS: ethan']);
  });
});

describe('the end', () => {
  it('is announced once, however it comes', async () => {
    const test = await house();
    const ethan = await joined(test, 'ethan');
    for (const leave of ['sendEnd', 'reset'] as const) {
      const cindy = await joined(test, 'cindy');
      cindy.link[leave]();
      await wait(LINGER);
    }
    expect(await ethan.ask('GET')).toEqual([
      `MSGS:${' <Server>cindy joined the chatroom. <Server>cindy left the chatroom.'.repeat(2)}`,
    ]);
  });

  it('lets a last word be heard', async () => {
    const test = await house();
    const [cindy, ethan] = [await joined(test, 'cindy'), await joined(test, 'ethan')];
    ethan.link.send(Buffer.from('PUT: bye'));
    ethan.link.sendEnd();
    await wait(LINGER);
    expect(await cindy.ask('GET')).toEqual([
      'MSGS: <Server>ethan joined the chatroom. <ethan>bye <Server>ethan left the chatroom.',
    ]);
  });

  it('comes without a word when the server stops', async () => {
    const cindy = await joined(await house(), 'cindy');
    void cindy.conversation.stop();
    await wait(LINGER);
    expect(await cindy.heard()).toEqual([]);
    expect(cindy.link.isClosed).toBe(true);
  });

  it('comes without a word to who sends a text without an end', async () => {
    const cindy = await joined(await house(), 'cindy');
    await cindy.send(`PUT: ${'x'.repeat(20_000)}`);
    await wait(LINGER);
    expect(await cindy.heard()).toEqual([]);
    expect(cindy.link.isClosed).toBe(true);
  });

  it('leaves nothing running', async () => {
    const cindy = await joined(await house(), 'cindy');
    cindy.link.reset();
    await wait(LINGER);
    expect(jest.getTimerCount()).toBe(0);
  });
});
