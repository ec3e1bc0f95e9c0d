/** R15 and R16 of docs/protocols.md: tokens, seats that are kept, and signs of life, seen by peers whose codec is not ours. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { closeAll } from '../../support/cleanup.js';
import { type FakePeer, TestHouse, wordsOf } from '../../support/fake-house.js';
import { decode, type encode, FLAG, type WireRecord } from '../../support/records-peer.js';
import { settle } from '../../support/settle.js';

const GRACE = 30_000;

afterEach(async () => {
  await closeAll();
  jest.useRealTimers();
});

type Fields = Parameters<typeof encode>[0];

const openHouse = (capacity = 3): Promise<TestHouse> => TestHouse.open({ grace: GRACE, capacity });

/** Somebody seated, and the token that came with that. */
async function seated(house: TestHouse, username: string): Promise<{ peer: FakePeer; token: string }> {
  const peer = house.connect();
  peer.send({ flags: FLAG.JOIN_REQUEST, username });
  const { filename } = await peer.expect(FLAG.JOIN_ACCEPT);
  await peer.expect(FLAG.NEW_USER);
  return { peer, token: filename };
}

/** A new connection that asks for a seat; with it, what was answered. */
async function comeBack(house: TestHouse, fields: Fields): Promise<{ peer: FakePeer; accept: WireRecord }> {
  const peer = house.connect();
  peer.send({ flags: FLAG.JOIN_REQUEST, ...fields });
  return { peer, accept: await peer.expect(FLAG.JOIN_ACCEPT) };
}

const inside = ({ payload }: WireRecord): string[] => decode(payload).records.map(inWords);

const inWords = ({ sequence, payload }: WireRecord): string => `${sequence} ${payload.toString()}`;

async function reportOf(peer: FakePeer): Promise<string[]> {
  peer.send({ flags: FLAG.REPORT_REQUEST });
  const report = await peer.until(({ flags }) => flags === FLAG.REPORT_RESPONSE, 'a report');
  return [`${report.number}`, ...wordsOf(report).split('\n')];
}

describe('a token', () => {
  it('comes with every part of the answer to a joining, and is another one for everybody', async () => {
    const house = await openHouse();
    const cool = await seated(house, 'Cool');
    for (const letter of ['a', 'b', 'c']) cool.peer.say(letter.repeat(700_000));
    await settle();
    const fun = house.connect();
    fun.send({ flags: FLAG.JOIN_REQUEST, username: 'Fun' });
    const tokens: string[] = [];
    for (let more = true; more;) {
      const accept = await fun.until(({ flags }) => (flags & FLAG.JOIN_ACCEPT) !== 0, 'a JOIN_ACCEPT');
      tokens.push(accept.filename);
      more = (accept.flags & FLAG.MORE) !== 0;
    }
    expect(tokens.length).toBeGreaterThan(1);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(cool.token);
  });

  it.each([
    ['breaks', (peer: FakePeer) => peer.link.reset()],
    ['ends in order', (peer: FakePeer) => peer.link.sendEnd()],
    ['ends with a record that is none', (peer: FakePeer) => peer.send({ flags: 0x8000 })],
  ])('has the seat again after the connection %s, without anyone being told', async (_, cut) => {
    const house = await openHouse();
    const [cool, fun] = [await seated(house, 'Cool'), await seated(house, 'Fun')];
    cut(cool.peer);
    await settle();
    expect((await reportOf(fun.peer))[1]).toBe('1. Cool at IP: 192.168.1.5 and port: 54654. (away)');
    const { peer, accept } = await comeBack(house, { filename: cool.token, sequence: 2 });
    expect(accept).toMatchObject({ username: 'Cool', filename: cool.token, payload: Buffer.alloc(0) });
    expect((await reportOf(fun.peer))[1]).toBe('1. Cool at IP: 192.168.1.5 and port: 54654.');
    peer.say('Hi');
    expect(inWords(await fun.peer.next())).toBe('3 Hi');
    expect(inWords(await peer.next())).toBe('3 Hi');
    expect(house.absence.count).toBe(0);
    expect(house.events).toEqual(expect.arrayContaining(['away', 'came-back']));
    expect(house.events).not.toContain('left');
  });

  it('has the seat again from a connection that is believed to be there, which is closed', async () => {
    const house = await openHouse(1);
    const cool = await seated(house, 'Cool');
    const { accept } = await comeBack(house, { username: 'Cool', filename: cool.token });
    expect(inside(accept)).toEqual(['1 Cool joined the chatroom.']);
    expect(wordsOf(await cool.peer.expect(FLAG.NOTICE))).toContain('on another connection');
    cool.peer.say('Who says this?');
    await settle();
    expect(cool.peer.link.isClosed).toBe(true);
    expect(await reportOf(house.connect())).toEqual(['1', '1. Cool at IP: 192.168.1.5 and port: 54654.']);
  });

  it('has what was said on the connection before reported as said by its owner', async () => {
    const house = await openHouse(1);
    const cool = await seated(house, 'Cool');
    for (const text of ['Hi.', 'there']) {
      cool.peer.say(text);
      await settle();
    }
    await comeBack(house, { username: 'Cool', filename: cool.token });
    const said = house.reported.filter(({ event }) => event === 'said');
    expect(said.map(({ fields }) => [fields['name'], fields['characters']])).toEqual([
      ['Cool', 3],
      ['Cool', 5],
    ]);
  });

  it('shows what was missed and goes on, nothing twice', async () => {
    const house = await openHouse();
    const [cool, fun] = [await seated(house, 'Cool'), await seated(house, 'Fun')];
    cool.peer.link.reset();
    for (const text of ['a', 'b', 'c']) fun.peer.say(text);
    await settle();
    const { peer, accept } = await comeBack(house, { filename: cool.token, sequence: 2 });
    fun.peer.say('d');
    expect(inside(accept)).toEqual(['3 a', '4 b', '5 c']);
    expect(inWords(await peer.next())).toBe('6 d');
  });

  it('that is no longer of use is one that joins', async () => {
    const house = await openHouse();
    const cool = await seated(house, 'Cool');
    cool.peer.link.reset();
    await settle();
    house.absence.pass();
    await settle();
    const { peer, accept } = await comeBack(house, { username: 'Cool', filename: cool.token, sequence: 1 });
    expect(inside(accept)).toEqual(['2 Cool left the chatroom.']);
    expect(accept.filename).not.toBe(cool.token);
    expect(inWords(await peer.expect(FLAG.NEW_USER))).toBe('3 Cool joined the chatroom.');
    expect(house.events).toEqual(['joined', 'away', 'left', 'joined']);
  });

  it('is of no use after quitting', async () => {
    const house = await openHouse();
    const cool = await seated(house, 'Cool');
    cool.peer.send({ flags: FLAG.QUIT_REQUEST });
    await cool.peer.expect(FLAG.QUIT_ACCEPT);
    const { accept } = await comeBack(house, { username: 'Cool', filename: cool.token });
    expect(accept.filename).not.toBe(cool.token);
  });

  it('lets two have the seat one after the other, and never both', async () => {
    const house = await openHouse(1);
    const cool = await seated(house, 'Cool');
    cool.peer.link.reset();
    await settle();
    const peers = [house.connect(), house.connect()];
    for (const peer of peers) peer.send({ flags: FLAG.JOIN_REQUEST, filename: cool.token, sequence: 1 });
    await settle();
    expect(peers.map(({ link }) => link.isClosed)).toEqual([true, false]);
    expect((await reportOf(peers[1]!))[0]).toBe('1');
  });

  it('does not let anyone else onto the seat or into the name', async () => {
    const house = await openHouse(2);
    const cool = await seated(house, 'Cool');
    cool.peer.link.reset();
    await settle();
    const other = house.connect();
    other.send({ flags: FLAG.JOIN_REQUEST, username: 'Cool', filename: 'guess' });
    expect(wordsOf(await other.expect(FLAG.JOIN_REJECT))).toContain('Another user is using this username.');
    await seated(house, 'Fun');
    other.send({ flags: FLAG.JOIN_REQUEST, username: 'Fire' });
    expect(wordsOf(await other.expect(FLAG.JOIN_REJECT))).toContain('maximum capacity');
  });

  it('does not keep a seat when the server stops', async () => {
    const house = await openHouse();
    const cool = await seated(house, 'Cool');
    await cool.peer.conversation.stop();
    expect(house.absence.count).toBe(0);
    expect(house.events).toEqual(['joined', 'left']);
  });
});

describe('a file that a broken connection cut off', () => {
  it('is forgotten', async () => {
    const house = await openHouse();
    const cool = await seated(house, 'Cool');
    cool.peer.send({ flags: FLAG.ATTACHMENT | FLAG.MORE, filename: 'a.txt', number: 4, payload: 'ab' });
    cool.peer.link.reset();
    await settle();
    const { peer } = await comeBack(house, { filename: cool.token, sequence: 1 });
    peer.send({ flags: FLAG.ATTACHMENT, filename: 'b.txt', number: 2, payload: 'cd' });
    expect(await peer.next()).toMatchObject({ flags: FLAG.ATTACHMENT, filename: 'b.txt', sequence: 2 });
  });
});

describe('a text in doubt', () => {
  it('is said once, however often it is sent again after coming back', async () => {
    const house = await openHouse();
    const cool = await seated(house, 'Cool');
    cool.peer.say('Hi', 7);
    cool.peer.link.reset();
    await settle();
    const { peer, accept } = await comeBack(house, { filename: cool.token, sequence: 1 });
    expect(inside(accept)).toEqual(['2 Hi']);
    peer.say('Hi', 7);
    peer.say('Hi', 7);
    peer.say('Hi', 8);
    expect(inWords(await peer.next())).toBe('3 Hi');
  });

  it.each([0, 1])('is none where all texts have the number %d', async (number) => {
    const house = await openHouse();
    const { peer } = await seated(house, 'Cool');
    for (const text of ['ok', 'ok']) peer.say(text, number);
    expect([inWords(await peer.next()), inWords(await peer.next())]).toEqual(['2 ok', '3 ok']);
  });
});

describe('SEQUENCE of a joining', () => {
  it.each([
    { sequence: 1, shown: ['2 a', '3 b'] },
    { sequence: 3, shown: [] },
    { sequence: 4, shown: ['1 Cool joined the chatroom.', '2 a', '3 b'] },
    { sequence: 0, shown: ['1 Cool joined the chatroom.', '2 a', '3 b'] },
  ])('$sequence asks for what comes behind it', async ({ sequence, shown }) => {
    const house = await openHouse();
    const { peer } = await seated(house, 'Cool');
    for (const text of ['a', 'b']) peer.say(text);
    await settle();
    const { accept } = await comeBack(house, { username: 'Fun', sequence });
    expect(inside(accept)).toEqual(shown);
  });

  it('asks for all of it, however much', async () => {
    const house = await TestHouse.open({ replay: 100 });
    const cool = await house.joined('Cool');
    for (let count = 0; count < 20; count++) cool.say(`text ${count}`);
    await settle();
    const { peer, accept } = await comeBack(house, { username: 'Fun', sequence: 1 });
    expect(inside(accept)).toHaveLength(20);
    await peer.expect(FLAG.NEW_USER, 'the joining, without a word on what is older');
  });
});

describe('a sign of life', () => {
  const PROMISE = 1000;
  const sign = { flags: FLAG.NOTICE, number: PROMISE };

  function stopTheClock(): void {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
  }

  async function wait(time: number): Promise<void> {
    jest.advanceTimersByTime(time);
    await settle();
  }

  it('is answered, with and without a seat', async () => {
    const house = await openHouse();
    const peer = house.connect();
    peer.send(sign);
    expect(await peer.next()).toMatchObject({ ...sign, payload: Buffer.alloc(0) });
    const { peer: cool } = await seated(house, 'Cool');
    cool.send(sign);
    expect(await cool.next()).toMatchObject(sign);
  });

  it('that is the last for longer than was promised has its owner be away', async () => {
    stopTheClock();
    const house = await openHouse();
    const { peer } = await seated(house, 'Cool');
    peer.send(sign);
    await wait(PROMISE - 1);
    peer.say('still here');
    await wait(PROMISE - 1);
    expect(peer.link.isEnded).toBe(false);
    await wait(1);
    expect(peer.link.isClosed).toBe(true);
    expect(house.events.slice(-2)).toEqual(['fell-silent', 'away']);
    expect(house.absence.count).toBe(1);
  });

  it('is not missed of who reads slowly, and is therefore not read from, until that takes too long', async () => {
    stopTheClock();
    const house = await TestHouse.open({ grace: GRACE, times: { stalled: 300 } });
    const { peer } = await seated(house, 'Cool');
    const { peer: fun } = await seated(house, 'Fun');
    const goOn = async (seconds: number): Promise<void> => {
      for (let half = 0; half < 2 * seconds; half++) {
        peer.send(sign);
        await wait(PROMISE / 2);
      }
    };
    await goOn(2);
    peer.link.stopReading();
    for (let count = 0; count < 6; count++) fun.say('x'.repeat(700_000));
    await settle();
    await goOn(290);
    expect(house.events).not.toContain('fell-silent');
    peer.link.readOnce();
    await settle();
    await goOn(290);
    expect(peer.link.isEnded).toBe(false);
    await wait(100_000);
    expect(peer.link.isClosed).toBe(true);
    expect(house.reported.at(-2)).toMatchObject({
      event: 'dropped',
      fields: { reason: 'You have read nothing for 300 seconds.' },
    });
    expect(house.events.at(-1)).toBe('away');
  });

  it('is not expected of who never sent one', async () => {
    stopTheClock();
    const house = await openHouse();
    const { peer } = await seated(house, 'Cool');
    await wait(3_600_000);
    expect(peer.link.isEnded).toBe(false);
  });

  it.each([{ number: 0 }, { payload: 'Hi' }, { username: 'Cool' }, { sequence: 1 }])(
    'is no NOTICE with %p',
    async (fields) => {
      const house = await openHouse();
      const { peer } = await seated(house, 'Cool');
      peer.send({ ...sign, ...fields });
      expect(wordsOf(await peer.expect(FLAG.NOTICE))).toBe('Only the server sends records of this kind.');
    },
  );
});
