/** A visit while the connection holds: before the door, joining, being inside, leaving. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryStore } from '../../../src/files/memory.js';
import { RoomError } from '../../../src/room/errors.js';
import { closeAll } from '../../support/cleanup.js';
import { START } from '../../support/fake-house.js';
import { FakeHistory } from '../../support/fake-history.js';
import { nameOf, PICTURES } from '../../support/pictures.js';
import { gate, settle } from '../../support/settle.js';
import { confirmed, isShown, isWhole, joined, Server, shown, textsIn, UNREACHABLE, until, visitTo } from './support.js';

const LONGEST = 1_046_528;
const ADDRESS = 'at IP: 192.168.1.5 and port: 54654.';
const TAKEN = 'The server rejects the join request. Another user is using this username.';

afterEach(async () => {
  await closeAll();
  jest.useRealTimers();
});

describe('before the door', () => {
  it('is told who is in, and takes no seat', async () => {
    const server = await Server.start({ capacity: 1 });
    await server.house.joined('Fun');
    const visit = visitTo(server);
    await visit.look();
    expect(visit.report).toEqual({ count: 1, text: `1. Fun ${ADDRESS}` });
    expect(visit).toMatchObject({ stage: 'outside', problem: '', refusal: '' });
    expect(await server.entries()).toHaveLength(1);
  });

  it('looks again over the same connection', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.look();
    await server.house.joined('Fun');
    visit.lookAgain();
    await until(visit, () => visit.report?.count === 1, 'the new report');
    expect(server.attempts).toBe(1);
  });

  it('makes one connection, however often it looks and joins meanwhile', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    await Promise.all([visit.look(), visit.look(), visit.join('Cool', undefined), visit.look()]);
    await settle();
    expect(server.attempts).toBe(1);
    expect(visit).toMatchObject({ stage: 'inside', problem: '' });
  });

  it('does not look again when it is inside, or without a connection', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    visit.lookAgain();
    expect(server.attempts).toBe(0);
    await visit.join('Cool', undefined);
    visit.lookAgain();
    await settle();
    expect(visit.report).toBeUndefined();
  });

  it('says that the server is not there, tries again by itself, and then sees who is in', async () => {
    const server = Server.unreachable();
    const visit = visitTo(server);
    await visit.look();
    expect(visit).toMatchObject({ problem: UNREACHABLE, report: undefined, stage: 'outside' });
    await server.start();
    await until(visit, () => visit.report?.count === 0, 'the report');
    expect(visit.problem).toBe('');
  });

  it('tries again at once when it is woken', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    const server = Server.unreachable();
    const visit = visitTo(server);
    await visit.look();
    visit.wake();
    await settle();
    expect(server.attempts).toBe(2);
  });

  it('says that the connection was lost, and looks again by itself', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.look();
    await server.house.joined('Fun');
    await server.cut();
    expect(visit.problem).toBe('The server closed the connection.');
    await until(visit, () => visit.report?.count === 1, 'the new report');
    expect(visit.problem).toBe('');
  });

  it('does not wait for a server that does not answer', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.look();
    server.pair.far.pause();
    visit.lookAgain();
    await settle();
    jest.advanceTimersByTime(10_000);
    await settle();
    expect(visit.problem).toBe('The server does not answer.');
  });
});

describe('before a room that cannot be', () => {
  const NO_NAME = `A room's name has 1 to 32 letters, digits, marks, "_", "-" or ".".`;

  it('is told so at once, as often as it looks or wants to join, and does not try again by itself', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    const server = await Server.start();
    server.room = 'no room';
    const visit = visitTo(server);
    await visit.look();
    expect(visit).toMatchObject({ stage: 'outside', obstacle: NO_NAME, problem: '' });
    await visit.join('Cool', undefined);
    expect(visit).toMatchObject({ stage: 'outside', refusal: NO_NAME, problem: '' });
    const { attempts } = server;
    await jest.advanceTimersByTimeAsync(120_000);
    visit.lookAgain();
    expect(server.attempts).toBe(attempts);
  });

  it('is told what the server says to that, and nothing any more once it reports', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.look();
    const find = jest.spyOn(server.house.house.rooms, 'find');
    find.mockRejectedValueOnce(new RoomError('room-name-invalid', 'That is no name.'));
    await visit.look();
    expect(visit).toMatchObject({ obstacle: 'That is no name.', problem: '', notice: '' });
    await visit.look();
    expect(visit).toMatchObject({ obstacle: '', report: { count: 0 } });
    expect(server.attempts).toBe(1);
  });
});

describe('the beginning of the room', () => {
  it('is known once everything from its first line on is here', async () => {
    const server = await Server.start({ replay: 300 });
    const fun = await server.house.joined('Fun');
    for (let nth = 1; nth <= 20; nth++) fun.say(`text ${nth}`);
    await settle();
    const visit = await joined(server);
    expect(visit.isComplete).toBe(false);
    while (visit.hasOlder) await visit.older();
    expect(visit.isComplete).toBe(true);
  });

  it('is not known where what was before cannot be had', async () => {
    const server = await Server.start();
    const visit = visitTo(server, { report: true, files: false, history: false });
    await visit.join('Cool', undefined);
    await until(visit, () => visit.timeline.lines.length > 0, 'the joining');
    expect(visit).toMatchObject({ hasOlder: false, isComplete: false });
  });

  it('is not there any more where the server has let go of it', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    visit.texts.say('Hi');
    await confirmed(visit);
    expect(visit.isComplete).toBe(true);
    visit.timeline.keepOnly(2, Infinity);
    expect(visit.isComplete).toBe(false);
  });
});

describe('joining', () => {
  it('shows the history in order, and then what happens', async () => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    fun.say('one');
    fun.say('two');
    await settle();
    const visit = await joined(server);
    fun.say('three');
    await until(visit, () => textsIn(visit).includes('three'), 'the live text');
    expect(shown(visit)).toEqual(['Fun joined', 'Fun: one', 'Fun: two', 'Cool joined', 'Fun: three']);
    expect(visit).toMatchObject({ stage: 'inside', me: 'Cool', problem: '', refusal: '', notice: '' });
  });

  it('shows that it is under way, and asks once', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    const both = [visit.join('Cool', undefined), visit.join('Fun', undefined)];
    expect(visit.stage).toBe('joining');
    await Promise.all(both);
    await settle();
    expect((await server.entries()).map(({ author }) => author)).toEqual(['Cool']);
  });

  it('is called what the server calls it', async () => {
    const visit = visitTo(await Server.start());
    await visit.join('Ju\u0308rg', undefined);
    expect(visit.me).toBe('J\u00fcrg');
  });

  it.each([
    { why: 'the name is taken', name: 'cool', reason: TAKEN },
    {
      why: 'the room is full',
      name: 'Fire',
      capacity: 1,
      reason: 'The server rejects the join request. The chatroom has reached its maximum capacity.',
    },
  ])('is refused in the words of the server: $why', async ({ name, capacity = 3, reason }) => {
    const server = await Server.start({ capacity });
    await server.house.joined('Cool');
    const visit = visitTo(server);
    await visit.look();
    await visit.join(name, undefined);
    expect(visit).toMatchObject({ stage: 'outside', refusal: reason, problem: '' });
    expect(visit.report).toEqual({ count: 1, text: `1. Cool ${ADDRESS}` });
    expect(visit.timeline.lines).toEqual([]);
  });

  it('can be tried again after a refusal', async () => {
    const server = await Server.start();
    await server.house.joined('Cool');
    const visit = visitTo(server);
    await visit.join('Cool', undefined);
    await visit.join('Fun', undefined);
    expect(visit).toMatchObject({ stage: 'inside', me: 'Fun', refusal: '' });
    expect(server.attempts).toBe(1);
  });

  it('is refused when the server is not there, and the door is seen when it is', async () => {
    const server = Server.unreachable();
    const visit = visitTo(server);
    await visit.join('Cool', undefined);
    expect(visit).toMatchObject({ stage: 'outside', refusal: UNREACHABLE });
    await settle();
    expect(visit.problem).toBe(UNREACHABLE);
    await server.start();
    await until(visit, () => visit.report !== undefined, 'the report');
    expect(visit.problem).toBe('');
  });

  it('is over when the connection breaks before the answer', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.look();
    server.pair.far.pause();
    const joining = visit.join('Cool', undefined);
    await settle(1);
    server.pair.near.destroy();
    await joining;
    expect(visit).toMatchObject({ stage: 'outside', refusal: 'The server closed the connection.' });
    await settle();
    expect(visit).toMatchObject({ problem: '', report: { count: 0 } });
    await visit.join('Cool', undefined);
    expect(visit).toMatchObject({ stage: 'inside', refusal: '' });
  });

  it('is not taken to be inside when its answer was the last word', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.look();
    server.pair.near.pause();
    const joining = visit.join('Cool', undefined);
    await settle();
    server.pair.far.end();
    await settle();
    server.pair.near.resume();
    await joining;
    await settle();
    expect(visit.stage).not.toBe('inside');
  });

  it('shows who is in', async () => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    await until(visit, () => visit.people.names.length === 2, 'the report');
    expect(visit.people.names).toEqual(['Fun', 'Cool']);
    await server.house.joined('Fire');
    fun.link.reset();
    await until(visit, () => !visit.people.names.includes('Fun'), 'the leaving');
    expect(visit.people.names).toEqual(['Cool', 'Fire']);
  });

  it('does not tell how much more history there is', async () => {
    const server = await Server.start({ replay: 200 });
    const fun = await server.house.joined('Fun');
    for (let count = 0; count < 20; count++) fun.say(`text ${count}`);
    await settle();
    const visit = await joined(server);
    await settle();
    expect(visit.notice).toBe('');
    expect(visit.hasOlder).toBe(true);
  });

  it('passes on what else the server says', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.join('Cool', { name: 'me.txt', contents: Buffer.from('no picture') });
    await until(visit, () => visit.notice !== '', 'the notice');
    expect(visit.notice).toMatch(/^Your avatar was not kept: /);
    visit.dismissNotice();
    expect(visit.notice).toBe('');
  });

  it('knows what the server can do', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    expect(visit.can).toBeUndefined();
    await visit.look();
    expect(visit.can).toEqual({ report: true, files: true, history: true });
  });
});

describe('where there are neither reports nor older lines', () => {
  const can = { report: false, files: false, history: false };

  it('it is the lines that tell who is there, those of the past as well', async () => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    const fire = await server.house.joined('Fire');
    fire.link.reset();
    await settle();
    const visit = visitTo(server, can);
    await visit.join('Cool', undefined);
    await until(visit, () => isShown(visit, ({ author }) => author === 'Cool'), 'the joining');
    expect(visit.people.names).toEqual(['Cool', 'Fun']);
    fun.link.reset();
    await until(visit, () => visit.people.names.length === 1, 'the leaving');
    expect(server.house.events).not.toContain('reported');
  });

  it('nothing is asked for', async () => {
    const server = await Server.start({ replay: 0 });
    await server.house.joined('Fun');
    const visit = visitTo(server, can);
    await visit.look();
    expect(visit).toMatchObject({ can, report: undefined, problem: '' });
    await visit.join('Cool', undefined);
    await settle();
    await visit.older();
    await server.cut();
    await until(visit, () => (visit.wake(), visit.stage === 'inside'), 'the way back');
    expect(visit.hasOlder).toBe(false);
    expect(server.pages).toEqual([]);
    expect(server.house.events).not.toContain('reported');
  });
});

describe('what one says', () => {
  it('stands there at once, is sent, and is confirmed by the line with its number', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    visit.say('Hi');
    expect(visit.timeline.pending).toEqual([
      { id: expect.any(Number), text: 'Hi', time: new Date(START), state: 'sent' },
    ]);
    const [pending] = visit.timeline.pending;
    await confirmed(visit);
    expect(visit.timeline.lines.at(-1)).toMatchObject({ author: 'Cool', text: 'Hi', id: pending?.id });
  });

  it('has a number of its own', async () => {
    const server = await Server.start();
    const visits = [await joined(server, 'Cool'), await joined(server, 'Fun')];
    for (const visit of visits) for (let text = 0; text < 100; text++) visit.say('Hi');
    const numbers = visits.flatMap(({ timeline }) => timeline.pending.map(({ id }) => id));
    expect(new Set(numbers).size).toBe(200);
    expect(numbers.filter((id) => id < 0x8000_0000 || id > 0xffff_ffff)).toEqual([]);
  });

  it('is told from the same words said again', async () => {
    const history = new FakeHistory(() => START);
    const server = await Server.start({ history });
    const visit = await joined(server);
    const held = gate();
    visit.say('Hi');
    await settle();
    history.held = held.passed;
    visit.say('Hi');
    await until(visit, () => visit.timeline.pending.length === 1, 'the first confirmation');
    expect(textsIn(visit)).toEqual(['Hi']);
    held.open();
    await confirmed(visit);
    expect(textsIn(visit)).toEqual(['Hi', 'Hi']);
  });

  it('is not confirmed by a line of somebody else with the same number', async () => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    server.pair.far.pause();
    visit.say('mine');
    fun.say('theirs', visit.timeline.pending[0]!.id);
    await until(visit, () => textsIn(visit).includes('theirs'), 'the other text');
    expect(visit.timeline.pending).toHaveLength(1);
  });

  it.each([
    { name: 'by the server', length: LONGEST + 1, reason: /^A message has at most 1046528 bytes\.$/ },
    { name: 'by the protocol', length: 1_048_577, reason: /^That is too long to be sent: / },
  ])('may be refused $name, and is then marked with the reason', async ({ length, reason }) => {
    const visit = await joined(await Server.start());
    visit.say('x'.repeat(length));
    visit.say('next');
    await until(visit, () => textsIn(visit).includes('next'), 'the next text');
    expect(visit.timeline.pending).toEqual([
      expect.objectContaining({ state: 'refused', reason: expect.stringMatching(reason) }),
    ]);
    expect(visit.notice).toBe('');
  });

  it('may be as long as the server takes it', async () => {
    const visit = await joined(await Server.start());
    visit.say('x'.repeat(LONGEST));
    await confirmed(visit);
    expect(textsIn(visit)[0]).toHaveLength(LONGEST);
  });

  it('can be said again once it was refused', async () => {
    const history = new FakeHistory(() => START);
    const visit = await joined(await Server.start({ history }));
    history.failure = new Error('The disk is full.');
    visit.say('Hi');
    await until(visit, () => visit.timeline.pending[0]?.state === 'refused', 'the refusal');
    expect(visit.timeline.pending[0]?.reason).toBe('The server could not keep this, so nobody was shown it.');
    history.failure = undefined;
    visit.texts.sayAgain(visit.timeline.pending[0]!.id);
    expect(visit.timeline.pending[0]).toMatchObject({ state: 'sent' });
    await confirmed(visit);
    expect(textsIn(visit)).toEqual(['Hi']);
  });

  it('can be taken back once it was refused', async () => {
    const visit = await joined(await Server.start());
    visit.say('');
    await until(visit, () => visit.timeline.pending[0]?.state === 'refused', 'the refusal');
    visit.texts.forget(visit.timeline.pending[0]!.id);
    expect(visit.timeline.pending).toEqual([]);
  });
});

describe('older lines', () => {
  it('come page by page, back to the first', async () => {
    const server = await Server.start({ replay: 300 });
    const fun = await server.house.joined('Fun');
    // A page has about 256 KiB.
    for (let count = 0; count < 12; count++) fun.say(`${count} ${'x'.repeat(60_000)}`);
    await settle();
    const visit = await joined(server);
    expect(visit.timeline.first).toBeGreaterThan(10);
    let pages = 0;
    for (; visit.hasOlder; pages++) await visit.older();
    expect(pages).toBeGreaterThan(2);
    expect(visit.timeline.first).toBe(1);
    expect(isWhole(visit)).toBe(true);
    expect(textsIn(visit).map((text) => Number(text.split(' ')[0]))).toEqual([...Array(12).keys()]);
  });

  it('are asked for once at a time, and not where there are none', async () => {
    const server = await Server.start({ replay: 0 });
    for (const name of ['Fun', 'Fire']) await server.house.joined(name);
    const visit = await joined(server);
    expect(shown(visit)).toEqual(['Cool joined']);
    await Promise.all([visit.older(), visit.older()]);
    expect(shown(visit)).toEqual(['Fun joined', 'Fire joined', 'Cool joined']);
    expect(visit.hasOlder).toBe(false);
    const { version } = visit.changes;
    await visit.older();
    expect(shown(visit)).toHaveLength(3);
    expect(visit.changes.version - version).toBeLessThan(2);
  });

  it('are not looked for in vain when all of them are here', async () => {
    const visit = await joined(await Server.start());
    expect(visit.hasOlder).toBe(false);
  });

  it('do not confirm what is on its way', async () => {
    const store = new MemoryStore();
    const server = await Server.start({ replay: 0, files: store });
    const before = await joined(server);
    before.uploads.add(new File(['12345'], 'old.txt'));
    await until(before, () => isShown(before, ({ kind }) => kind === 'file'), 'the file');
    await before.leave();
    const visit = await joined(server);
    server.pair.far.pause();
    const older = visit.older();
    visit.uploads.add(new File(['abcde'], 'new.txt'));
    server.pair.far.resume();
    await older;
    await until(visit, () => visit.uploads.list.length === 0, 'the upload');
    expect(await server.files()).toEqual(['old.txt', 'new.txt']);
  });
});

describe('avatars', () => {
  const avatar = { name: 'me.png', contents: PICTURES.png };

  it('are known from the history and from live lines', async () => {
    const server = await Server.start();
    const fun = visitTo(server);
    await fun.join('Fun', avatar);
    const visit = await joined(server);
    expect(visit.people.avatarOf('Fun')).toEqual({
      name: nameOf(PICTURES.png, 'png'),
      size: PICTURES.png.length,
      sequence: 1,
    });
    const fire = visitTo(server);
    await fire.join('Fire', avatar);
    await until(visit, () => visit.people.names.includes('Fire'), 'the joining');
    expect(visit.people.avatarOf('Fire')).toBe(visit.people.avatarOf('Fun'));
  });

  it('are brought again on coming back, and not by whoever joins next', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.join('Cool', avatar);
    await server.cut();
    await until(visit, () => (visit.wake(), isShown(visit, ({ sequence }) => sequence === 3)), 'the second joining');
    expect((await server.entries()).map((entry) => entry.kind === 'join' && entry.avatar?.size)).toEqual([
      PICTURES.png.length,
      false,
      PICTURES.png.length,
    ]);
    await visit.leave();
    await visit.join('Fun', undefined);
    await until(visit, () => visit.people.names.includes('Fun'), 'the joining');
    expect(visit.people.avatarOf('Fun')).toBeUndefined();
    expect((await server.entries()).at(-1)).not.toHaveProperty('avatar');
  });
});

describe('leaving', () => {
  it('shows the door at once, and who is in when the server has confirmed it', async () => {
    const server = await Server.start();
    await server.house.joined('Fun');
    const visit = await joined(server);
    const left = visit.leave();
    expect(visit).toMatchObject({ stage: 'outside', report: undefined });
    await left;
    expect(visit).toMatchObject({ stage: 'outside', problem: '', report: { count: 1 } });
    expect((await server.entries()).at(-1)).toMatchObject({ kind: 'leave', author: 'Cool' });
  });

  it('does not wait for a server that does not answer', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    const server = await Server.start();
    const visit = await visitIn(server);
    server.pair.far.pause();
    const left = visit.leave();
    expect(visit.stage).toBe('outside');
    await settle();
    jest.advanceTimersByTime(2000);
    await left;
    expect(visit.report).toBeDefined();
  });

  it('comes behind everything that was said', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    for (const text of ['one', 'two', 'three']) visit.say(text);
    await visit.leave();
    expect((await server.entries()).map((entry) => (entry.kind === 'text' ? entry.text : entry.kind))).toEqual([
      'join',
      'one',
      'two',
      'three',
      'leave',
    ]);
    expect(visit.timeline.pending).toEqual([]);
  });

  it('happens once, however often it is asked for', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    await Promise.all([visit.leave(), visit.leave()]);
    await settle();
    expect(visit).toMatchObject({ stage: 'outside', problem: '', notice: '' });
    expect(await server.entries()).toHaveLength(2);
  });

  it('is no end of it: one may come back at once under the same name', async () => {
    const server = await Server.start({ capacity: 1 });
    const visit = await joined(server);
    void visit.leave();
    await visit.join('Cool', undefined);
    expect(visit).toMatchObject({ stage: 'inside', me: 'Cool', refusal: '' });
  });

  it('leaves nothing behind for a next visit under another name', async () => {
    const server = await Server.start();
    const visit = visitTo(server);
    await visit.join('Cool', { name: 'me.png', contents: PICTURES.png });
    visit.say('x'.repeat(LONGEST + 1));
    await until(visit, () => visit.timeline.pending[0]?.state === 'refused', 'the refusal');
    await visit.leave();
    await visit.join('Fun', undefined);
    await until(visit, () => isShown(visit, ({ author }) => author === 'Fun'), 'the joining');
    await until(visit, () => visit.people.names.length === 1, 'the report');
    expect(visit.timeline.pending).toEqual([]);
    expect(shown(visit)).toEqual(['Cool joined', 'Cool left', 'Fun joined']);
    expect(visit.people.names).toEqual(['Fun']);
    visit.say('Hi');
    await confirmed(visit);
    expect(visit.timeline.lines.at(-1)).toMatchObject({ author: 'Fun', text: 'Hi' });
  });

  it('from outside is nothing', async () => {
    const server = await Server.start();
    await visitTo(server).leave();
    expect(server.attempts).toBe(0);
  });

  async function visitIn(server: Server): ReturnType<typeof joined> {
    const visit = visitTo(server);
    await visit.join('Cool', undefined);
    await settle();
    return visit;
  }
});

describe('a connection that counts no more', () => {
  it('is not heard', async () => {
    const server = await Server.start();
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    const { near } = server.pair;
    near.pause();
    fun.say('to the old connection');
    await settle();
    const left = visit.leave();
    near.resume();
    await left;
    const { version } = visit.changes;
    expect(textsIn(visit)).toEqual([]);
    expect(server.attempts).toBe(2);
    await settle();
    expect(visit.changes.version).toBe(version);
  });

  it('is closed when it comes too late', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    const held = gate();
    server.held = held.passed;
    await server.cut();
    visit.wake();
    await settle();
    const left = visit.leave();
    held.open();
    await left;
    await settle();
    expect(visit).toMatchObject({ stage: 'outside', problem: '' });
    expect(visit.report).toEqual({ count: 0, text: '' });
  });
});
