import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Conversation } from '../../../src/protocols/conversation.js';
import { register } from '../../../src/protocols/register/index.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { type HouseSettings, TestHouse } from '../../support/fake-house.js';
import { FakeLink } from '../../support/fake-link.js';
import { settle } from '../../support/settle.js';

/** Milliseconds: a message without framing is over after `QUIET`, and `LONG` ends also one that looks unfinished. */
const [QUIET, LONG, GAP, LINGER] = [50, 1000, 20, 500];

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
});

afterEach(async () => {
  jest.useRealTimers();
  await closeAll();
});

/** Somebody at the other end, who writes and reads nothing but text. */
class Peer {
  readonly link = new FakeLink();
  private read = 0;

  constructor({ house, protocol }: TestHouse) {
    this.link.attach(new Conversation(protocol, house, this.link, () => undefined));
    atEnd(() => this.link.destroy());
  }

  /** Sends each chunk by itself, and then lets the server do what it does without waiting. */
  async send(...chunks: string[]): Promise<void> {
    for (const chunk of chunks) this.link.send(Buffer.from(chunk));
    await settle();
  }

  /** Sends, and lets enough time pass that the message is over, whatever the framing. */
  async say(message: string): Promise<void> {
    await this.send(message);
    await wait(QUIET);
  }

  /** What came in single writes since the last look, once all of them had time to go out. */
  async heard(): Promise<string[]> {
    await wait(GAP * 20);
    const writes = this.link.written.slice(this.read).map((bytes) => Buffer.from(bytes).toString());
    this.read = this.link.written.length;
    return writes;
  }
}

async function wait(milliseconds: number): Promise<void> {
  await settle();
  await jest.advanceTimersByTimeAsync(milliseconds);
  await settle();
}

function house(settings: HouseSettings = {}): Promise<TestHouse> {
  return TestHouse.open({ protocol: register(), ...settings });
}

/** A peer without framing who is registered and has heard so. */
async function registered(test: TestHouse, name: string): Promise<Peer> {
  const peer = new Peer(test);
  await peer.say(`REGISTER ${name} CHAT/1.0`);
  expect(await peer.heard()).toEqual(['200 Registration successful']);
  return peer;
}

describe('registering', () => {
  it.each([
    ['lines', 'REGISTER Alice CHAT/1.0\n', '200 Registration successful\n'],
    ['lines as in HTTP', 'REGISTER Alice CHAT/1.0\r\n', '200 Registration successful\n'],
    ['no framing', 'REGISTER Alice CHAT/1.0', '200 Registration successful'],
    ['lengths', '23        REGISTER Alice CHAT/1.0', '27        200 Registration successful'],
  ])('answers in the framing of the client: %s', async (_, sent, answer) => {
    const peer = new Peer(await house());
    await peer.say(sent);
    expect(await peer.heard()).toEqual([answer]);
  });

  it('waits for the silence where there is no framing', async () => {
    const peer = new Peer(await house());
    await peer.send('REGISTER Al');
    await wait(QUIET * 3);
    await peer.send('ice CHAT/1.0');
    await wait(QUIET - 1);
    expect(peer.link.written).toEqual([]);
    await wait(1);
    expect(await peer.heard()).toEqual(['200 Registration successful']);
  });

  it.each([
    'HELLO',
    'REGISTER Alice',
    'REGISTER',
    'REGISTER Alice Smith CHAT/1.0',
    'REGISTER Alice CHAT/2.0',
    'register Alice CHAT/1.0',
    '@Alice: hi',
    'GET / HTTP/1.1\r\n\r\n',
    `REGISTER ${'x'.repeat(33)} CHAT/1.0`,
    'REGISTER Al:ice CHAT/1.0',
    'REGISTER Server CHAT/1.0',
  ])('refuses %j with 400, waits a little, and closes', async (sent) => {
    const peer = new Peer(await house());
    await peer.send(sent);
    await wait(LONG);
    expect((await peer.heard()).map((answer) => answer.trim())).toEqual(['400 Invalid registration']);
    await wait(LINGER);
    expect(peer.link.isEnded).toBe(true);
  });

  it('leaves time to read a refusal before it closes', async () => {
    const peer = new Peer(await house());
    await peer.send('HELLO\n');
    await wait(LINGER - 1);
    expect(peer.link.bytes.toString()).toBe('400 Invalid registration\n');
    expect(peer.link.isEnded).toBe(false);
    await wait(1);
    expect(peer.link.isEnded).toBe(true);
  });

  it('answers 401 where the name is in use, in whatever case, and closes', async () => {
    const test = await house();
    await registered(test, 'Alice');
    const peer = new Peer(test);
    await peer.say('REGISTER alice CHAT/1.0');
    expect(await peer.heard()).toEqual(['401 Client already registered']);
    await wait(LINGER);
    expect(peer.link.isEnded).toBe(true);
  });

  it('answers 400 where the room is full', async () => {
    const test = await house({ capacity: 1 });
    await registered(test, 'Alice');
    const peer = new Peer(test);
    await peer.say('REGISTER Bob CHAT/1.0');
    expect(await peer.heard()).toEqual(['400 Invalid registration']);
  });

  it('answers 401 to a second registration, and the first one stays', async () => {
    const test = await house();
    const [alice, bob] = [await registered(test, 'Alice'), await registered(test, 'Bob')];
    await alice.heard();
    await alice.say('REGISTER Carol CHAT/1.0');
    await alice.say('@Alice: still here');
    expect(await alice.heard()).toEqual(['401 Client already registered']);
    expect(await bob.heard()).toEqual(['@Alice: still here']);
  });

  it('obeys what is sent right behind the registration', async () => {
    const test = await house();
    const bob = await registered(test, 'Bob');
    await new Peer(test).send('REGISTER Alice CHAT/1.0\n@Alice: hi\nDISCONNECT Alice CHAT/1.0\n');
    expect(await bob.heard()).toEqual([
      '@Server: Alice joined the chatroom.',
      '@Alice: hi',
      '@Server: Alice left the chatroom.',
    ]);
  });
});

describe('texts', () => {
  it('go to everyone but their author, each as one write in the framing of its reader', async () => {
    const test = await house();
    const alice = await registered(test, 'Alice');
    const [lines, lengths] = [new Peer(test), new Peer(test)];
    await lines.say('REGISTER Lin CHAT/1.0\n');
    await lengths.say('21        REGISTER Len CHAT/1.0');
    for (const peer of [alice, lines, lengths]) await peer.heard();
    await alice.send('@Alice: héllo €', '@Alice: there');
    await wait(QUIET);
    expect(await alice.heard()).toEqual([]);
    expect(await lines.heard()).toEqual(['@Alice: héllo €\n', '@Alice: there\n']);
    expect(await lengths.heard()).toEqual(['18        @Alice: héllo €', '13        @Alice: there']);
  });

  it.each([
    ['without the colon', '@Alice hi there', '@Alice: hi there'],
    ['without the space', '@Alice:hi there', '@Alice: hi there'],
    ['with a line end that the client did not mean as framing', '@Alice: hi there\r\n', '@Alice: hi there'],
    ['under a name that is not the author`s', '@Bob: hi there', '@Alice: hi there'],
    ['with another name behind it', '@Alice: @Bob: hi there', '@Alice: @Bob: hi there'],
    ['with spaces', '@Alice:   hi  there ', '@Alice:   hi  there '],
  ])('are taken %s', async (_, sent, shown) => {
    const test = await house();
    const [alice, bob] = [await registered(test, 'Alice'), await registered(test, 'Bob')];
    await alice.say(sent);
    expect(await bob.heard()).toEqual([shown]);
  });

  it.each(['hello', 'REGISTER', 'DISCONNECTED', '@Alice: ', '@', ' ', '\n\r\n'])(
    'that are none, as %j, are ignored',
    async (sent) => {
      const test = await house();
      const [alice, bob] = [await registered(test, 'Alice'), await registered(test, 'Bob')];
      await alice.heard();
      await alice.say(sent);
      await alice.say('@Alice: hi');
      expect(await bob.heard()).toEqual(['@Alice: hi']);
      expect(await alice.heard()).toEqual([]);
    },
  );

  it('of several lines, and long ones, come as several complete messages of at most 1024 bytes', async () => {
    const test = await house();
    const [alice, bob] = [new Peer(test), new Peer(test)];
    await alice.say('REGISTER Alice CHAT/1.0\n');
    await bob.say('19        REGISTER b CHAT/1.0');
    await bob.heard();
    await alice.send(`@Alice: ${'é'.repeat(1200)}\n`);
    const writes = await bob.heard();
    const texts = writes.map((write) => write.slice('1024      @Alice: '.length));
    expect(texts.join('')).toBe('é'.repeat(1200));
    for (const write of writes) {
      expect(Buffer.byteLength(write)).toBeLessThanOrEqual(1024);
      expect(write.slice(10)).toHaveLength(Buffer.from(write.slice(10)).toString().length);
      expect(Number(write.slice(0, 10))).toBe(Buffer.byteLength(write) - 10);
    }
  });

  it('are paced, so that each is read by itself', async () => {
    const test = await house();
    const [alice, bob] = [new Peer(test), await registered(test, 'Bob')];
    await alice.say('REGISTER Alice CHAT/1.0\n');
    await bob.heard();
    const before = bob.link.written.length;
    await alice.send('@Alice: 1\n@Alice: 2\n@Alice: 3\n');
    expect(bob.link.written).toHaveLength(before + 1);
    await wait(GAP - 1);
    expect(bob.link.written).toHaveLength(before + 1);
    await wait(1);
    expect(bob.link.written).toHaveLength(before + 2);
  });

  it('that are too long end the conversation with a word', async () => {
    const test = await house();
    const [alice, bob] = [await registered(test, 'Alice'), await registered(test, 'Bob')];
    await alice.heard();
    await alice.say(`@Alice: ${'x'.repeat(70_000)}`);
    expect(await alice.heard()).toEqual(['@Server: A message has at most 65536 bytes.']);
    expect(await bob.heard()).toEqual(['@Server: Alice left the chatroom.']);
  });

  it('that cannot be kept are refused as the server', async () => {
    const test = await house();
    const alice = await registered(test, 'Alice');
    await test.history.close();
    await alice.say('@Alice: hi');
    expect(await alice.heard()).toEqual(['@Server: The server could not keep this, so nobody was shown it.']);
  });
});

describe('other things that happen in the room', () => {
  it('are told as the server: who joins and leaves, but not oneself, and nothing from before', async () => {
    const test = await house();
    const alice = await registered(test, 'Alice');
    const bob = await registered(test, 'Bob');
    await bob.say('DISCONNECT Bob CHAT/1.0');
    expect(await alice.heard()).toEqual(['@Server: Bob joined the chatroom.', '@Server: Bob left the chatroom.']);
    expect(await bob.heard()).toEqual([]);
  });

  it('are told in words where they are files', async () => {
    const test = await house();
    const alice = await registered(test, 'Alice');
    const { room, seat } = await test.house.rooms.join('', 'Cool', { address: '10.0.0.1', port: 1 });
    await room.share(seat, { name: 'a.txt', stored: 'a.txt', size: 1 });
    expect((await alice.heard()).slice(1)).toEqual(['@Cool: shared a.txt (1 byte)']);
  });
});

describe('leaving', () => {
  it.each([
    ['a farewell', 'DISCONNECT Bob CHAT/1.0'],
    ['a farewell in another name', 'DISCONNECT Robert CHAT/1.0'],
    ['a farewell without more', 'DISCONNECT'],
    ['a farewell twice', 'DISCONNECT Bob CHAT/1.0DISCONNECT Bob CHAT/1.0'],
    ['a farewell with line ends', '\r\nDISCONNECT Bob CHAT/1.0\r\n\r\n'],
  ])('by %s has no answer, frees the seat and closes', async (_, farewell) => {
    const test = await house();
    const [alice, bob] = [await registered(test, 'Alice'), await registered(test, 'Bob')];
    await alice.heard();
    await bob.say(farewell);
    await bob.say(farewell);
    expect(await alice.heard()).toEqual(['@Server: Bob left the chatroom.']);
    await wait(LINGER);
    expect(await bob.heard()).toEqual([]);
    expect(bob.link.isEnded).toBe(true);
    await registered(test, 'Bob');
  });

  it.each<[string, (peer: Peer) => void]>([
    ['an end', (peer) => peer.link.sendEnd()],
    ['a break', (peer) => peer.link.reset()],
  ])('by %s of the connection is told once, and what was said before is said', async (_, go) => {
    const test = await house();
    const [alice, bob] = [await registered(test, 'Alice'), await registered(test, 'Bob')];
    await bob.send('@Bob: last words');
    go(bob);
    expect((await alice.heard()).slice(1)).toEqual(['@Bob: last words', '@Server: Bob left the chatroom.']);
  });

  it('by a farewell and then a break is told once', async () => {
    const test = await house();
    const [alice, bob] = [await registered(test, 'Alice'), await registered(test, 'Bob')];
    await bob.say('@Bob: byeDISCONNECT Bob CHAT/1.0');
    bob.link.reset();
    expect((await alice.heard()).slice(1)).toEqual(['@Bob: bye', '@Server: Bob left the chatroom.']);
  });

  it('before registering has no answer', async () => {
    const peer = new Peer(await house());
    await peer.say('DISCONNECT Bob CHAT/1.0');
    await wait(LINGER);
    expect(await peer.heard()).toEqual([]);
    expect(peer.link.isEnded).toBe(true);
  });
});

describe('the end of the server', () => {
  it.each([
    ['lines', 'REGISTER Bob CHAT/1.0\n', 'DISCONNECT CHAT/1.0\n'],
    ['no framing', 'REGISTER Bob CHAT/1.0', 'DISCONNECT CHAT/1.0'],
    ['lengths', '21        REGISTER Bob CHAT/1.0', '19        DISCONNECT CHAT/1.0'],
  ])('is told alone, with time to read it: %s', async (_, sent, farewell) => {
    const test = await house();
    const link = new FakeLink();
    const conversation = new Conversation(test.protocol, test.house, link, () => undefined);
    link.attach(conversation);
    link.send(Buffer.from(sent));
    await wait(QUIET);
    await wait(GAP);
    link.written.length = 0;
    void conversation.stop();
    await wait(LINGER - 1);
    expect(link.written.map((bytes) => Buffer.from(bytes).toString())).toEqual([farewell]);
    expect(link.isEnded).toBe(false);
    await wait(1);
    expect(link.isEnded).toBe(true);
  });
});
