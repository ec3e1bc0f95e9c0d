/** CHAT/1.0 without a network: what others do in the room, and what waits for whom. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { chat10 } from '../../../src/protocols/chat10/index.js';
import { Conversation } from '../../../src/protocols/conversation.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { TestHouse } from '../../support/fake-house.js';
import { FakeLink } from '../../support/fake-link.js';
import { FLAG } from '../../support/records-peer.js';
import { gate, settle } from '../../support/settle.js';
import { textOf } from './support.js';

afterEach(closeAll);

class Bob {
  readonly link = new FakeLink();

  private constructor({ house }: TestHouse) {
    const conversation = new Conversation(chat10(), house, this.link, () => undefined);
    this.link.attach(conversation);
    atEnd(() => this.link.destroy());
  }

  static async in(house: TestHouse): Promise<Bob> {
    const bob = new Bob(house);
    bob.send('CHAT/1.0 JOIN\r\nUsername: bob\r\n\r\n');
    await eventually(() => house.events.includes('joined'), 'the joining');
    return bob;
  }

  get all(): string {
    return this.link.bytes.toString();
  }

  send(bytes: string): void {
    this.link.send(Buffer.from(bytes));
  }

  until(all: string): Promise<unknown> {
    return eventually(() => this.all.includes(all), all, { show: () => this.all });
  }
}

describe('a room with others', () => {
  it('is shown as JOIN, TEXT and LEAVE, a file as a line of who shared it', async () => {
    const house = await TestHouse.open();
    const bob = await Bob.in(house);
    const cool = await house.joined('Cool');
    cool.say('Hi\u001b[2J\nHo');
    cool.send({ flags: FLAG.ATTACHMENT, filename: 'attachments/hi.txt', number: 5, payload: 'hello' });
    cool.send({ flags: FLAG.QUIT_REQUEST });
    await bob.until('LEAVE');
    expect(bob.link.written.map((bytes) => Buffer.from(bytes).toString())).toEqual([
      'CHAT/1.0 JOIN\r\nUsername: Cool\r\n\r\n',
      textOf('Cool', 'Hi␛[2J'),
      textOf('Cool', 'Ho'),
      textOf('Cool', 'shared hi.txt (5 bytes)'),
      'CHAT/1.0 LEAVE\r\nUsername: Cool\r\n\r\n',
    ]);
  });

  it('is not held up by a message each when many wait', async () => {
    const house = await TestHouse.open();
    const bob = await Bob.in(house);
    const cool = await house.joined('Cool');
    const texts = Array.from({ length: 700 }, (_, index) => `text ${index}`);
    for (const text of texts) cool.say(text);
    await bob.until('text 699');
    const join = 'CHAT/1.0 JOIN\r\nUsername: Cool\r\n\r\n';
    expect(bob.all).toBe(join + texts.map((text) => textOf('Cool', text)).join(''));
    expect(bob.link.written.length).toBeLessThan(100);
  });

  it('keeps for later what is too much to send, and loses nothing', async () => {
    const house = await TestHouse.open();
    const bob = await Bob.in(house);
    const cool = await house.joined('Cool');
    const texts = Array.from({ length: 400 }, (_, index) => `${index} ${'x'.repeat(900)}`);
    for (const text of texts) cool.say(text);
    await bob.until(`\r\n399 `);
    expect(bob.all).toContain(texts.map((text) => textOf('Cool', text)).join(''));
  });
});

describe('a payload shorter than its length', () => {
  it('is not taken to be complete while we are the ones who wait', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    atEnd(() => void jest.useRealTimers());
    const { rooms } = house.house;
    const door = gate();
    const join = rooms.join.bind(rooms);
    jest.spyOn(rooms, 'join').mockImplementation(async (...who) => {
      await door.passed;
      return join(...who);
    });
    const link = new FakeLink();
    link.attach(new Conversation(chat10(), house.house, link, () => undefined));
    atEnd(() => link.destroy());
    link.send(
      Buffer.from('CHAT/1.0 JOIN\r\nUsername: bob\r\n\r\nCHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 5\r\n\r\nhe'),
    );
    link.send(Buffer.from('llo'));
    jest.advanceTimersByTime(5000);
    door.open();
    await settle();
    expect(cool.taken().map(({ payload }) => payload.toString())).toEqual(['bob joined the chatroom.', 'hello']);
  });
});
