/** What every conversation has in common, with a protocol made up for it: one line, one message. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Conversation } from '../../src/protocols/conversation.js';
import { ProtocolError } from '../../src/protocols/errors.js';
import type { Protocol, Session } from '../../src/protocols/protocol.js';
import { records } from '../../src/protocols/records/index.js';
import { RoomError } from '../../src/room/errors.js';
import { closeAll } from '../support/cleanup.js';
import { type FakePeer, TestHouse } from '../support/fake-house.js';
import { type Gate, gate, settle } from '../support/settle.js';

afterEach(closeAll);

/** Behaves as the text of each line says, and writes what it does. */
class LineSession implements Session<string> {
  private buffered = '';
  readonly decoder = {
    append: (bytes: Uint8Array): void => void (this.buffered += Buffer.from(bytes).toString()),
    next: (): string | undefined => this.nextLine(),
  };
  readonly held: Gate[] = [];

  constructor(readonly conversation: Conversation) {}

  handle(line: string): void | Promise<void> {
    if (line === 'refuse') throw new RoomError('not-possible', 'no');
    if (line === 'fault') throw new Error('a bug of ours');
    if (line === 'hold') return this.hold();
    if (line.startsWith('join ')) return this.join(line.slice(5));
    if (line === 'leave') return this.conversation.leave();
    if (line.startsWith('say ')) return this.conversation.say(line.slice(4), 0, line);
    this.write(`done ${line}`);
  }

  refuse(error: RoomError, message: unknown): void {
    this.write(`refused ${String(message)}: ${error.message}`);
  }

  decline(error: RoomError): void {
    this.write(`declined: ${error.message}`);
  }

  complain(error: ProtocolError): void {
    this.write(`complaint: ${error.message}`);
  }

  farewell(): void {
    this.write('farewell');
  }

  deliver({ entries }: Parameters<Session<string>['deliver']>[0]): boolean {
    for (const entry of entries) {
      if (entry.kind === 'text' && entry.text === 'poison') throw new Error('a bug of ours');
      this.write(`${entry.author} ${entry.kind}`);
    }
    return true;
  }

  async closed(): Promise<void> {
    for (const { open } of this.held) open();
  }

  private async hold(): Promise<void> {
    const holding = gate();
    this.held.push(holding);
    await holding.passed;
    this.write('let go');
  }

  private async join(name: string): Promise<void> {
    const member = await this.conversation.join('', name);
    member.follow(member.joined.sequence);
  }

  private nextLine(): string | undefined {
    const end = this.buffered.indexOf('\n');
    if (end === -1) return undefined;
    const line = this.buffered.slice(0, end);
    this.buffered = this.buffered.slice(end + 1);
    if (line === 'broken') throw new ProtocolError('that is no line');
    if (line === 'foreign') throw new ProtocolError('what is this', true);
    return line;
  }

  private write(text: string): void {
    this.conversation.outbox.send(Buffer.from(`${text}\n`));
  }
}

const sessions = new Map<Conversation, LineSession>();

function lines(): Protocol {
  return {
    ...records(),
    name: 'lines',
    open: (conversation) => {
      const session = new LineSession(conversation);
      sessions.set(conversation, session);
      return session;
    },
  };
}

async function openHouse(): Promise<TestHouse> {
  sessions.clear();
  return TestHouse.open({ protocol: lines() });
}

function send(peer: FakePeer, ...typed: readonly string[]): void {
  peer.link.send(Buffer.from(typed.map((line) => `${line}\n`).join('')));
}

const answers = (peer: FakePeer): string[] => peer.link.bytes.toString().split('\n').slice(0, -1);

function letGo(peer: FakePeer): void {
  for (const { open } of sessions.get(peer.conversation)?.held ?? []) open();
}

describe('messages', () => {
  it('are obeyed one after the other, and the peer is not listened to meanwhile', async () => {
    const peer = (await openHouse()).connect();
    send(peer, 'one', 'hold', 'two');
    send(peer, 'three');
    await settle();
    expect(answers(peer)).toEqual(['done one']);
    expect(peer.link.isPaused).toBe(true);
    letGo(peer);
    await settle();
    expect(answers(peer)).toEqual(['done one', 'let go', 'done two', 'done three']);
    expect(peer.link.isPaused).toBe(false);
  });

  it('that are refused leave the connection open for the next', async () => {
    const peer = (await openHouse()).connect();
    send(peer, 'refuse', 'leave', 'one');
    await settle();
    expect(answers(peer)).toEqual(['refused refuse: no', 'refused leave: Join the chatroom first.', 'done one']);
    expect(peer.link.isEnded).toBe(false);
  });

  it('that came before the last word are obeyed, also when one takes its time', async () => {
    const peer = (await openHouse()).connect();
    send(peer, 'hold', 'one');
    peer.link.sendEnd();
    await settle();
    expect(peer.link.isEnded).toBe(false);
    letGo(peer);
    await settle();
    expect(answers(peer)).toEqual(['let go', 'done one']);
    expect(peer.link.isClosed).toBe(true);
  });
});

describe('bytes that are no message', () => {
  it.each([
    { line: 'broken', says: ['done one', 'complaint: that is no line'] },
    { line: 'foreign', says: ['done one'] },
  ])('end the conversation: $line', async ({ line, says }) => {
    const house = await openHouse();
    const peer = house.connect();
    send(peer, 'one', line, 'two');
    await settle();
    expect(answers(peer)).toEqual(says);
    expect(peer.link.isClosed).toBe(true);
    expect(house.events).toEqual(['broke-protocol']);
  });
});

describe('a bug of ours', () => {
  it('ends this conversation alone, is reported, and frees the seat', async () => {
    const house = await openHouse();
    const [cool, fun] = [house.connect(), house.connect()];
    send(cool, 'join Cool');
    send(fun, 'join Fun', 'fault', 'one');
    await settle();
    expect(fun.link.isClosed).toBe(true);
    expect(house.reported.find(({ event }) => event === 'failed')?.fields['reason']).toMatch(/a bug of ours/);
    expect(answers(cool)).toEqual(['Cool join', 'Fun join', 'Fun leave']);
    send(cool, 'say Hi.');
    await settle();
    expect(answers(cool).at(-1)).toBe('Cool text');
  });

  it('in showing an entry ends those conversations alone that have it, and the author is answered', async () => {
    const house = await openHouse();
    const [cool, fun] = [house.connect(), house.connect()];
    send(cool, 'join Cool');
    send(fun, 'join Fun');
    await settle();
    const { room } = cool.conversation.member;
    const outside = room.join('Outsider', { address: '192.168.1.9', port: 9 });
    await outside.joined;
    // What is thrown comes out where the history is closed, rather than at nobody.
    const said = room.say(outside, 'poison');
    await expect((async () => house.history.close())()).resolves.toBeUndefined();
    await expect(said).resolves.toBeUndefined();
    await settle();
    expect([cool, fun].map(({ link }) => link.isClosed)).toEqual([true, true]);
    expect(house.events.filter((event) => event === 'failed')).toHaveLength(2);
  });

  it('in letting go at the end is reported, and the seat is freed all the same', async () => {
    const house = await openHouse();
    const [cool, fun] = [house.connect(), house.connect()];
    send(cool, 'join Cool');
    send(fun, 'join Fun');
    await settle();
    const session = sessions.get(fun.conversation);
    if (session) session.closed = () => Promise.reject(new Error('a bug of ours'));
    // Stopping waits for the end, so that what is thrown comes out here rather than at nobody.
    await expect(fun.conversation.stop()).resolves.toBeUndefined();
    await settle();
    expect(answers(cool).at(-1)).toBe('Fun leave');
  });
});

describe('what is said', () => {
  it('is reported together, and at the latest before the leaving', async () => {
    const house = await openHouse();
    const peer = house.connect();
    send(peer, 'join Cool', 'say Hi.', 'say there', 'leave');
    await settle();
    expect(house.events).toEqual(['joined', 'said', 'left']);
    expect(house.reported[1]?.fields).toMatchObject({ name: 'Cool', messages: 2, characters: 8 });
  });

  it('by somebody without a seat is refused', async () => {
    const house = await openHouse();
    const peer = house.connect();
    send(peer, 'say Hi.');
    expect(answers(peer)).toEqual(['refused say Hi.: Join the chatroom first.']);
  });
});

describe('the stop of the server', () => {
  it('says farewell and closes, and waits for the seat to be free', async () => {
    const house = await openHouse();
    const peer = house.connect();
    send(peer, 'join Cool');
    await settle();
    await peer.conversation.stop();
    expect(answers(peer)).toEqual(['Cool join', 'farewell']);
    expect(await house.history.present()).toEqual([]);
    await settle();
    expect(peer.link.isClosed).toBe(true);
    send(peer, 'one');
    expect(answers(peer)).toHaveLength(2);
  });
});
