/** A connection that comes back by itself, with our own server's side at its other end and no network between them. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Connection, Line } from '../../src/client/connection.js';
import { steady } from '../../src/client/steady.js';
import { closeAll } from '../support/cleanup.js';
import { START } from '../support/fake-house.js';
import { settle } from '../support/settle.js';
import { Server } from './web/support.js';

const GRACE = 30_000;
const LOST = 'The connection is lost. What you type is sent when it is back; trying again.';
const BACK = 'The connection is back.';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
});

afterEach(async () => {
  await closeAll();
  jest.useRealTimers();
});

/** Somebody in the room, and everything they were told. */
class Person {
  readonly told: string[] = [];
  connection!: Connection;
  now = START;

  static async join(server: Server, name = 'Cool'): Promise<Person> {
    const person = new Person();
    const connect = steady(server.connect, { clock: () => person.now, random: () => 0.5 });
    person.connection = await connect({
      joined: (name) => person.told.push(`joined as ${name}`),
      line: (line) => person.told.push(inWords(line)),
      notice: (text) => person.told.push(`* ${text}`),
      closed: (reason) => person.told.push(`closed: ${reason}`),
    });
    await person.connection.join(name);
    await settle();
    return person;
  }

  /** What was told since the last look. */
  news(): string[] {
    return this.told.splice(0);
  }

  /** So many milliseconds later. */
  async later(time: number): Promise<void> {
    this.now += time;
    jest.advanceTimersByTime(time);
    await settle();
  }
}

function inWords({ kind, author, text }: Line): string {
  return kind === 'text' ? `${author}: ${text}` : `${author} ${kind}`;
}

describe('a connection that is lost in the room', () => {
  it('is back after a moment, with what was missed, and nobody was told', async () => {
    const server = await Server.start({ grace: GRACE });
    const fun = await server.house.joined('Fun');
    const cool = await Person.join(server);
    expect(cool.news()).toEqual(['joined as Cool', 'Fun joined', 'Cool joined']);
    await server.cut();
    fun.say('meanwhile');
    await settle();
    expect(cool.news()).toEqual([`* ${LOST}`]);
    await cool.later(500);
    fun.say('again');
    await settle();
    expect(cool.news()).toEqual(['Fun: meanwhile', `* ${BACK}`, 'Fun: again']);
    expect((await server.entries()).map(({ kind }) => kind)).toEqual(['join', 'join', 'text', 'text']);
  });

  it('sends what was said meanwhile, once and in order', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    await server.cut();
    for (const text of ['one', 'two', 'two']) await cool.connection.say(text);
    await cool.later(500);
    await cool.connection.say('three');
    await settle();
    expect(await server.texts()).toEqual(['one', 'two', 'two', 'three']);
  });

  it('does not say again what the server has, shown or not', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    server.pair.near.pause();
    await cool.connection.say('once');
    await settle();
    await server.cut();
    await cool.later(500);
    await settle();
    expect(await server.texts()).toEqual(['once']);
    expect(cool.news().filter((line) => line === 'Cool: once')).toHaveLength(1);
  });

  it('is lost again and back again', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    for (let round = 0; round < 3; round++) {
      await server.cut();
      await cool.connection.say(`round ${round}`);
      await cool.later(500);
    }
    expect(await server.texts()).toEqual(['round 0', 'round 1', 'round 2']);
    expect(cool.news().filter((line) => line === `* ${BACK}`)).toHaveLength(3);
  });

  it('is tried with longer and longer pauses', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    const history = await server.kill();
    const { attempts } = server;
    for (const pause of [500, 1000, 2000]) await cool.later(pause);
    expect(server.attempts - attempts).toBe(3);
    await server.start({ history, grace: GRACE });
    await cool.later(4000);
    expect(cool.news().slice(2)).toEqual([`* ${LOST}`, 'Cool left', `* ${BACK}`, 'Cool joined']);
  });

  it('takes a seat anew when the time is over', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    await server.cut();
    server.house.absence.pass();
    await settle();
    await cool.later(500);
    expect(cool.news().slice(2)).toEqual([`* ${LOST}`, 'Cool left', `* ${BACK}`, 'Cool joined']);
  });

  it('is given up when it is refused, and says what was not sent', async () => {
    const server = await Server.start({ grace: GRACE, capacity: 1 });
    const cool = await Person.join(server);
    await server.cut();
    server.house.absence.pass();
    await server.house.joined('Fun');
    await cool.connection.say('unheard');
    await cool.later(500);
    expect(cool.news().slice(3)).toEqual([
      '* 1 message was not sent.',
      'closed: The server rejects the join request. The chatroom has reached its maximum capacity.',
    ]);
    await expect(cool.connection.report()).rejects.toMatchObject({ name: 'UnreachableError' });
  });

  it('is given up after two minutes', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    await server.kill();
    cool.news();
    for (let count = 0; count < 13; count++) await cool.later(10_000);
    expect(cool.news()).toEqual(['closed: The server closed the connection.']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is given up soon where the machine says that no server is there', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    await server.kill();
    server.isAbsent = true;
    for (const pause of [500, 1000, 2000]) await cool.later(pause);
    expect(cool.news().at(-1)).toBe(`* ${LOST}`);
    await cool.later(4000);
    expect(cool.news()).toEqual(['closed: The server closed the connection.']);
  });

  it('can be left, at once', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    await server.cut();
    await cool.connection.leave();
    expect(cool.news().at(-1)).toBe('closed: The connection was lost.');
    const { attempts } = server;
    await cool.later(GRACE);
    expect(server.attempts).toBe(attempts);
  });

  it('can only be spoken to', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    await server.cut();
    const { connection } = cool;
    for (const asked of [connection.report(), connection.history(0)]) {
      await expect(asked).rejects.toMatchObject({ name: 'RefusedError' });
    }
    expect(() => connection.fetch(1, 0)).toThrow('not possible while the connection is lost');
    expect(connection.can.report).toBe(true);
  });

  it('has whoever says very much meanwhile wait', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    await server.cut();
    for (let count = 0; count < 1000; count++) await cool.connection.say(`${count}`);
    let isSaid = false;
    const said = cool.connection.say('more').then(() => (isSaid = true));
    await settle();
    expect(isSaid).toBe(false);
    await cool.later(500);
    await said;
    await settle(100);
    expect(await server.texts()).toHaveLength(1001);
  });

  it('is noticed when nothing comes any more', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    const [dead] = server.pairs;
    dead!.near.pause();
    dead!.far.pause();
    cool.news();
    for (let count = 0; count < 4; count++) await cool.later(15_000);
    expect(cool.news()).toEqual([`* ${LOST}`, `* ${BACK}`]);
    expect((await server.entries()).map(({ kind }) => kind)).toEqual(['join']);
  });
});

describe('a connection that ends for a reason', () => {
  it('is not made anew when the server is shutting down', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    await server.conversations[0]!.stop();
    await settle();
    expect(cool.news().slice(-2)).toEqual([
      '* The server is shutting down.',
      'closed: The server closed the connection.',
    ]);
    expect(server.attempts).toBe(1);
  });

  it('is not made anew when we have left', async () => {
    const server = await Server.start({ grace: GRACE });
    const cool = await Person.join(server);
    await cool.connection.leave();
    cool.connection.close();
    await settle();
    expect(cool.news().slice(-2)).toEqual(['Cool left', 'closed: The server closed the connection.']);
    expect(server.house.absence.count).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });
});
