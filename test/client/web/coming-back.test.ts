/** A visit whose connection is lost inside the room: it says so, keeps what is unsaid, comes back and fills the gap. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Visit } from '../../../src/client/web/model/visit.js';
import { closeAll } from '../../support/cleanup.js';
import type { FakePeer } from '../../support/fake-house.js';
import { gate, settle } from '../../support/settle.js';
import {
  back,
  confirmed,
  isShown,
  isWhole,
  joined,
  otherHistory,
  Server,
  shown,
  textsIn,
  UNREACHABLE,
  until,
  visitTo,
} from './support.js';

const PAGE = 262_144;
const TAKEN = 'The server rejects the join request. Another user is using this username.';

afterEach(async () => {
  await closeAll();
  jest.useRealTimers();
});

function stopTheClock(): void {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
}

/** Everything the server has, as the visit should show it. */
async function expectAll(server: Server, visit: Visit): Promise<void> {
  const last = (await server.entries()).length;
  await until(visit, () => visit.timeline.last === last, `the line ${last}`);
  expect(isWhole(visit)).toBe(true);
  expect(textsIn(visit)).toEqual((await server.texts()).slice(-textsIn(visit).length));
}

/** So much that it takes several pages of history. */
async function sayPages(peer: FakePeer, pages: number): Promise<void> {
  for (let count = 0; count < pages * 4; count++) peer.say(`${count} ${'x'.repeat(PAGE / 4)}`);
  await settle(40);
}

describe('a lost connection', () => {
  it('is said, and made anew by itself', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    await server.cut();
    expect(visit).toMatchObject({ stage: 'away', problem: 'The server closed the connection.' });
    await until(visit, () => visit.stage === 'inside', 'the way back');
    expect(visit.problem).toBe('');
    await until(visit, () => shown(visit).length === 3, 'the joining');
    expect(shown(visit)).toEqual(['Cool joined', 'Cool left', 'Cool joined']);
  });

  it('is tried again and again while the server is not there', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    const history = await server.kill();
    await until(visit, () => visit.problem === UNREACHABLE, 'the first failure');
    visit.wake();
    await settle();
    visit.wake();
    await settle();
    expect(visit).toMatchObject({ stage: 'away', problem: UNREACHABLE });
    expect(server.attempts).toBeGreaterThanOrEqual(4);
    await server.start({ history });
    await back(visit);
    await expectAll(server, visit);
  });

  it('is made anew at once when the network is back', async () => {
    stopTheClock();
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.join('Cool', undefined);
    await server.cut();
    expect(visit.stage).toBe('away');
    visit.wake();
    await settle();
    expect(visit.stage).toBe('inside');
    await settle();
    // Longer than the pause before another attempt, and shorter than that until a connection is taken to be dead.
    jest.advanceTimersByTime(14_000);
    await settle();
    expect(visit.stage).toBe('inside');
    expect(server.attempts).toBe(2);
  });

  it('is found out when the network is back and the server does not answer', async () => {
    stopTheClock();
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.join('Cool', undefined);
    await settle();
    server.pair.far.pause();
    visit.wake();
    await settle();
    expect(visit.stage).toBe('inside');
    jest.advanceTimersByTime(10_000);
    await settle();
    expect(visit).toMatchObject({ stage: 'away', problem: 'The server does not answer.' });
  });

  it('does not change what the server can do, who is there, and what is shown', async () => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    fun.say('Hi');
    const visit = await joined(server);
    const before = shown(visit);
    const { can } = visit;
    await server.kill();
    await until(visit, () => visit.problem === UNREACHABLE, 'the failure');
    expect(visit.can).toEqual(can);
    expect(shown(visit)).toEqual(before);
    expect(visit.people.names).toEqual(['Fun', 'Cool']);
  });

  it('has whoever came and went meanwhile told', async () => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    await server.cut();
    fun.link.reset();
    await server.house.joined('Fire');
    await back(visit);
    await until(visit, () => visit.people.names.includes('Fire'), 'the report');
    expect(visit.people.names).toEqual(['Fire', 'Cool']);
  });

  it('takes the server’s last word along', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    const [conversation] = server.conversations;
    await conversation?.stop();
    await until(visit, () => visit.stage === 'away', 'the end');
    expect(visit.notice).toBe('The server is shutting down.');
    await back(visit);
    expect(visit.notice).toBe('');
  });

  it('is tried again while somebody else has our name, and we are told so', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    await server.cut();
    const ghost = await server.house.joined('Cool');
    visit.wake();
    await until(visit, () => visit.problem === TAKEN, 'the refusal');
    visit.wake();
    await settle();
    expect(visit).toMatchObject({ stage: 'away', problem: TAKEN });
    ghost.link.reset();
    await settle();
    await back(visit);
    expect(visit).toMatchObject({ me: 'Cool', problem: '' });
    await expectAll(server, visit);
  });

  it('need not be waited for: one can leave', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    await server.kill();
    visit.say('never said');
    await visit.leave();
    expect(visit).toMatchObject({ stage: 'outside', problem: UNREACHABLE });
    expect(visit.timeline.pending).toEqual([]);
    await server.start();
    await until(visit, () => visit.report?.count === 0, 'the report');
    expect(visit.problem).toBe('');
    await settle();
    expect(await server.entries()).toEqual([]);
  });

  it('need not be waited for on the way back either', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    await server.cut();
    visit.wake();
    await settle(1);
    expect(visit.stage).toBe('away');
    await visit.leave();
    await until(visit, () => (visit.lookAgain(), visit.report?.count === 0), 'the free seat');
    expect(visit).toMatchObject({ stage: 'outside', problem: '' });
    expect((await server.entries()).at(-1)).toMatchObject({ kind: 'leave' });
  });

  it('does not end the way back of a connection that is already on its way', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    const held = gate();
    server.held = held.passed;
    await server.cut();
    const { attempts } = server;
    visit.wake();
    visit.wake();
    await settle();
    visit.wake();
    expect(server.attempts).toBe(attempts + 1);
    held.open();
    await until(visit, () => visit.stage === 'inside', 'the way back');
    await settle();
    expect((await server.entries()).filter(({ kind }) => kind === 'join')).toHaveLength(2);
  });
});

describe('a seat that is kept', () => {
  const grace = 30_000;

  it('is ours again, and nobody is told', async () => {
    const server = await Server.start({ grace });
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    await server.cut();
    fun.say('meanwhile');
    await settle();
    await back(visit);
    await expectAll(server, visit);
    expect(shown(visit)).toEqual(['Fun joined', 'Cool joined', 'Fun: meanwhile']);
    await until(visit, () => visit.people.names.length === 2, 'the report');
    expect(visit.people.names).toEqual(['Fun', 'Cool']);
    expect(server.pages).toEqual([]);
  });

  it('brings what is missing, however much, without another page', async () => {
    const server = await Server.start({ grace, replay: 100 });
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    await server.cut();
    await sayPages(fun, 3);
    await back(visit);
    await expectAll(server, visit);
    expect(textsIn(visit)).toHaveLength(12);
    expect(server.pages).toEqual([]);
  });

  it('is taken anew when the time is over', async () => {
    const server = await Server.start({ grace });
    const visit = await joined(server);
    await server.cut();
    server.house.absence.pass();
    await settle();
    visit.say('Hi');
    await back(visit);
    await confirmed(visit);
    await expectAll(server, visit);
    expect(shown(visit)).toEqual(['Cool joined', 'Cool left', 'Cool joined', 'Cool: Hi']);
  });

  it('is not that of the visit before', async () => {
    const server = await Server.start({ grace });
    const visit = await joined(server);
    await visit.leave();
    await visit.join('Fun', undefined);
    await server.cut();
    await back(visit);
    await expectAll(server, visit);
    expect(visit.me).toBe('Fun');
    expect(shown(visit)).toEqual(['Cool joined', 'Cool left', 'Fun joined']);
  });

  it('is there, too, for who leaves while away and comes in again', async () => {
    const server = await Server.start({ grace, capacity: 1 });
    const visit = await joined(server);
    await server.cut();
    await visit.leave();
    expect(visit.report?.count).toBe(1);
    await visit.join('Cool', undefined);
    expect(visit).toMatchObject({ stage: 'inside', me: 'Cool', refusal: '' });
    expect(shown(visit)).toEqual(['Cool joined']);
  });

  it('is not there for another name', async () => {
    const server = await Server.start({ grace, capacity: 1 });
    const visit = await joined(server);
    await server.cut();
    await visit.leave();
    await visit.join('Fun', undefined);
    expect(visit.refusal).toBe('The server rejects the join request. The chatroom has reached its maximum capacity.');
    server.house.absence.pass();
    await settle();
    await visit.join('Fun', undefined);
    expect(visit).toMatchObject({ stage: 'inside', me: 'Fun' });
  });
});

describe('texts under way when the connection is lost', () => {
  it.each([0, 30_000])('are said once each, in order, where seats are kept for %i ms', async (grace) => {
    const server = await Server.start({ grace });
    const visit = await joined(server);
    server.pair.near.pause();
    visit.say('one');
    visit.say('two');
    await settle();
    expect(await server.texts()).toEqual(['one', 'two']);
    server.pair.far.pause();
    visit.say('three');
    visit.say('four');
    await settle();
    await server.cut();
    expect(visit.timeline.pending.map(({ text, state }) => `${text} ${state}`)).toEqual([
      'one waiting',
      'two waiting',
      'three waiting',
      'four waiting',
    ]);
    visit.say('five');
    await back(visit);
    await confirmed(visit);
    expect(await server.texts()).toEqual(['one', 'two', 'three', 'four', 'five']);
    await expectAll(server, visit);
  });

  it('wait when they are typed without a connection', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    const history = await server.kill();
    visit.say('one');
    visit.say('two');
    expect(visit.timeline.pending.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    visit.texts.forget(visit.timeline.pending[0]!.id);
    await server.start({ history });
    await back(visit);
    await confirmed(visit);
    expect(await server.texts()).toEqual(['two']);
  });

  it('are not said again when they were refused', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    visit.say('');
    await until(visit, () => visit.timeline.pending[0]?.state === 'refused', 'the refusal');
    await server.cut();
    await back(visit);
    await settle();
    expect(visit.timeline.pending).toMatchObject([{ state: 'refused', reason: 'An empty message is not sent.' }]);
  });

  it('are not doubled when they arrived with a server that was killed and started again', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    server.pair.near.pause();
    visit.say('one');
    await settle();
    const history = await server.kill();
    visit.say('two');
    await server.start({ history });
    await back(visit);
    await confirmed(visit);
    expect(await server.texts()).toEqual(['one', 'two']);
    await expectAll(server, visit);
  });

  it('are not doubled when they stand in the gap', async () => {
    const server = await Server.start({ replay: 300 });
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    server.pair.near.pause();
    visit.say('mine');
    await settle();
    server.pair.far.pause();
    visit.say('mine as well');
    await settle();
    await server.cut();
    await sayPages(fun, 2);
    await back(visit);
    await confirmed(visit);
    expect((await server.texts()).filter((text) => text.startsWith('mine'))).toEqual(['mine', 'mine as well']);
    await expectAll(server, visit);
  });

  it.each([0, 30_000])('survive any number of lost connections, where seats are kept for %i ms', async (grace) => {
    const server = await Server.start({ grace });
    const visit = await joined(server);
    const said: string[] = [];
    for (let round = 0; round < 12; round++) {
      for (const part of ['a', 'b', 'c']) {
        said.push(`${round}${part}`);
        visit.say(`${round}${part}`);
      }
      // Some of them arrive, some of those are seen to.
      await settle(round % 6);
      await server.cut();
      await back(visit);
    }
    await confirmed(visit);
    expect(await server.texts()).toEqual(said);
    await expectAll(server, visit);
  });
});

describe('the gap', () => {
  it.each([
    { name: 'smaller than what comes with a joining', replay: 8_388_608 },
    { name: 'larger than what comes with a joining', replay: 200_000 },
    { name: 'where nothing comes with a joining', replay: 0 },
  ])('is filled: $name', async ({ replay }) => {
    const server = await Server.start({ replay });
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    fun.say('before');
    await until(visit, () => textsIn(visit).includes('before'), 'the text');
    await server.cut();
    await sayPages(fun, 4);
    await back(visit);
    fun.say('after');
    await until(visit, () => textsIn(visit).includes('after'), 'the text');
    await expectAll(server, visit);
    expect(textsIn(visit)).toHaveLength(18);
  });

  it('is none where nothing happened', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    await server.cut();
    await back(visit);
    await expectAll(server, visit);
    expect(server.pages).toEqual([]);
  });

  it('is filled in the end when the connection is lost while it is being filled', async () => {
    const server = await Server.start({ replay: 200_000 });
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    await server.cut();
    await sayPages(fun, 4);
    const stop = visit.changes.subscribe(() => textsIn(visit).length > 0 && server.pair.near.pause());
    visit.wake();
    await until(visit, () => textsIn(visit).length > 0, 'what comes with the joining');
    stop();
    await server.cut();
    expect(visit.stage).toBe('away');
    await back(visit);
    await expectAll(server, visit);
    expect(textsIn(visit)).toHaveLength(16);
  });

  it('shows what happens while it is being filled', async () => {
    const server = await Server.start({ replay: 100 });
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    await server.cut();
    await sayPages(fun, 4);
    visit.wake();
    for (let count = 0; visit.stage !== 'inside'; count++) {
      fun.say(`meanwhile ${count}`);
      await settle(1);
    }
    await expectAll(server, visit);
  });

  it('leaves what is older where it is', async () => {
    const server = await Server.start({ replay: 200 });
    const fun = await server.house.joined('Fun');
    for (let count = 0; count < 20; count++) fun.say(`text ${count}`);
    await settle();
    const visit = await joined(server);
    const { first } = visit.timeline;
    expect(first).toBeGreaterThan(1);
    await server.cut();
    await back(visit);
    await expectAll(server, visit);
    expect(visit.timeline.first).toBe(first);
    expect(visit.hasOlder).toBe(true);
    await visit.older();
    expect(visit.timeline.first).toBe(1);
    await expectAll(server, visit);
  });

  it('does not get lines of a page that was asked for over the old connection', async () => {
    const server = await Server.start({ replay: 200 });
    const fun = await server.house.joined('Fun');
    for (let count = 0; count < 20; count++) fun.say(`text ${count}`);
    await settle();
    const visit = await joined(server);
    server.pair.near.pause();
    const older = visit.older();
    await settle();
    await server.cut();
    await older;
    expect(visit.hasOlder).toBe(true);
    await back(visit);
    await visit.older();
    expect(visit.timeline.first).toBe(1);
    await expectAll(server, visit);
  });
});

describe('a seat that is kept', () => {
  it('is had again without anyone being told, and with every line once', async () => {
    const server = await Server.start({ grace: 30_000 });
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    await server.cut();
    fun.say('meanwhile');
    visit.say('unsaid');
    await settle();
    await back(visit);
    await confirmed(visit);
    await expectAll(server, visit);
    expect(shown(visit)).toEqual(['Fun joined', 'Cool joined', 'Fun: meanwhile', 'Cool: unsaid']);
    expect(server.pages).toEqual([]);
    expect(visit.people.names).toEqual(['Fun', 'Cool']);
    expect(server.house.absence.count).toBe(0);
  });

  it('is another one when the time is over', async () => {
    const server = await Server.start({ grace: 30_000 });
    const visit = await joined(server);
    await server.cut();
    server.house.absence.pass();
    await back(visit);
    await until(visit, () => shown(visit).length === 3, 'the joining');
    expect(shown(visit)).toEqual(['Cool joined', 'Cool left', 'Cool joined']);
  });

  it('has a text said once that was kept without its author having learnt it', async () => {
    const server = await Server.start({ grace: 30_000 });
    const visit = await joined(server);
    server.pair.near.pause();
    visit.say('once');
    await settle();
    expect(await server.texts()).toEqual(['once']);
    await server.cut();
    await back(visit);
    await confirmed(visit);
    expect(await server.texts()).toEqual(['once']);
    expect(textsIn(visit)).toEqual(['once']);
  });
});

describe('another history', () => {
  it.each([
    { name: 'an empty one', texts: 0 },
    { name: 'a shorter one', texts: 3 },
    { name: 'a longer one', texts: 30 },
  ])('takes the place of the one that is known: $name', async ({ texts }) => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    for (let count = 0; count < 10; count++) fun.say(`old ${count}`);
    await settle();
    const visit = await joined(server);
    await server.kill();
    visit.say('unsaid');
    await server.start({ history: otherHistory() });
    const fire = await server.house.joined('Fire');
    for (let count = 0; count < texts; count++) fire.say(`new ${count}`);
    await settle();
    await back(visit);
    await confirmed(visit);
    await expectAll(server, visit);
    while (visit.hasOlder) await visit.older();
    expect(visit.timeline.first).toBe(1);
    expect(textsIn(visit)).toHaveLength(texts + 1);
    await until(visit, () => visit.people.names.length === 2, 'the report');
    expect(visit.people.names).toEqual(['Fire', 'Cool']);
  });

  it('is empty but for ourselves', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    visit.say('old');
    await confirmed(visit);
    await server.kill();
    await server.start({ history: otherHistory() });
    await back(visit);
    await expectAll(server, visit);
    expect(shown(visit)).toEqual(['Cool joined']);
    expect(visit.hasOlder).toBe(false);
  });

  it.each([0, 150, 70_000])('is found out where %i bytes come with a joining', async (replay) => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    for (let count = 0; count < 10; count++) fun.say(`old ${count}`);
    await until(visit, () => textsIn(visit).length === 10, 'the texts');
    await server.kill();
    await server.start({ history: otherHistory(), replay });
    const fire = await server.house.joined('Fire');
    await sayPages(fire, 3);
    await back(visit);
    for (; visit.hasOlder;) await visit.older();
    await expectAll(server, visit);
    expect(visit.timeline.first).toBe(1);
    expect(textsIn(visit).filter((text) => text.startsWith('old'))).toEqual([]);
  });

  it('may begin as the one that is known', async () => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    fun.say('in both');
    await settle();
    const other = otherHistory();
    const log = await other.open('');
    const visit = await joined(server);
    await until(visit, () => isShown(visit, ({ text }) => text === 'in both'), 'the text');
    for (let count = 0; count < 10; count++) fun.say(`lost ${count}`);
    await until(visit, () => textsIn(visit).length === 11, 'the texts');
    await server.kill();
    await log.append([{ kind: 'join', author: 'Fun' }]);
    await server.start({ history: other, replay: 0 });
    await back(visit);
    await expectAll(server, visit);
    expect(textsIn(visit)).toEqual([]);
  });
});
