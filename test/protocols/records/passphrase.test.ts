/** R17: a room that wants to hear a passphrase, from both sides. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Connection, DEAF, PassphraseError } from '../../../src/client/connection.js';
import { Conversation } from '../../../src/protocols/conversation.js';
import { connectRecords } from '../../../src/protocols/records/client.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { type FakePeer, type HouseSettings, TestHouse, wordsOf } from '../../support/fake-house.js';
import { connectPair, type LinkPair } from '../../support/link-pair.js';
import { FLAG } from '../../support/records-peer.js';

const PASSPHRASE = 'gr\u00fcner Tee';
const REFUSAL = 'The server rejects the join request. The passphrase is missing or wrong.';

afterEach(closeAll);

function closedHouse(settings: HouseSettings = {}): Promise<TestHouse> {
  return TestHouse.open({ passphrase: PASSPHRASE, ...settings });
}

function ask(peer: FakePeer, username: string, filename: string, target = ''): void {
  peer.send({ flags: FLAG.JOIN_REQUEST, username, filename, target });
}

async function rejection(peer: FakePeer): Promise<string> {
  return wordsOf(await peer.expect(FLAG.JOIN_REJECT));
}

async function seated(house: TestHouse, username: string): Promise<FakePeer> {
  const peer = house.connect();
  ask(peer, username, PASSPHRASE);
  await peer.until(({ flags }) => flags === FLAG.NEW_USER, 'the joining');
  return peer;
}

async function connectTo({ house, protocol }: TestHouse, passphrase = ''): Promise<Connection> {
  let pair: LinkPair | undefined;
  const connection = await connectRecords(
    async (accept) => {
      pair = connectPair(accept, (link) => new Conversation(protocol, house, link, () => undefined));
    },
    '',
    DEAF,
    undefined,
    { passphrase },
  );
  atEnd(() => pair?.near.destroy());
  return connection;
}

describe('a JOIN_REQUEST', () => {
  it('is rejected to the letter without the passphrase, and accepted with it on the same connection', async () => {
    const house = await closedHouse();
    const peer = house.connect();
    for (const said of ['', 'green tea', PASSPHRASE.toUpperCase()]) {
      ask(peer, 'Cool', said);
      expect(await rejection(peer)).toBe(REFUSAL);
    }
    ask(peer, 'Cool', PASSPHRASE);
    await peer.expect(FLAG.JOIN_ACCEPT);
    expect(house.events).toEqual(['rejected', 'rejected', 'rejected', 'joined']);
  });

  it('is looked at no further without it: nothing is learnt of the room', async () => {
    const house = await closedHouse({ capacity: 1 });
    await seated(house, 'Fun');
    const peer = house.connect();
    for (const [name, room] of [
      ['Fun', ''],
      ['not a name', ''],
      ['Cool', 'Tea'],
    ] as const) {
      ask(peer, name, 'wrong', room);
      expect(await rejection(peer)).toBe(REFUSAL);
    }
    expect(await house.history.rooms()).toEqual(['']);
  });

  it('is not looked at at all after many wrong ones, for a while', async () => {
    const house = await closedHouse();
    const peer = house.connect();
    for (let count = 0; count < 6; count += 1) {
      ask(peer, 'Cool', `guess ${count}`);
      expect(await rejection(peer)).toBe(REFUSAL);
    }
    const other = house.connect();
    ask(other, 'Cool', PASSPHRASE);
    expect(await rejection(other)).toBe(
      'The server rejects the join request. Too many wrong passphrases came from your address; try again in 1 second.',
    );
    house.clock.now += 1000;
    ask(other, 'Cool', PASSPHRASE);
    await other.expect(FLAG.JOIN_ACCEPT);
  });

  it('needs none with the token of a seat that was kept', async () => {
    const house = await closedHouse({ grace: 30_000 });
    const peer = house.connect();
    ask(peer, 'Cool', PASSPHRASE);
    const { filename: token } = await peer.expect(FLAG.JOIN_ACCEPT);
    peer.link.destroy();
    const again = house.connect();
    ask(again, 'Cool', token);
    expect((await again.expect(FLAG.JOIN_ACCEPT)).username).toBe('Cool');
  });

  it('of who is in already is answered as ever', async () => {
    const house = await closedHouse();
    const peer = await seated(house, 'Cool');
    ask(peer, 'Fun', '');
    expect(wordsOf(await peer.expect(FLAG.NOTICE))).toContain('already, as Cool.');
  });
});

describe('a report', () => {
  it('names people to those who say the passphrase or are in, and counts them for the others', async () => {
    const house = await closedHouse();
    const fun = await seated(house, 'Fun');
    const peer = house.connect();
    for (const [from, filename, names] of [
      [peer, '', ''],
      [peer, 'wrong', ''],
      [peer, PASSPHRASE, '1. Fun at IP: 192.168.1.5 and port: 54654.'],
      [fun, '', '1. Fun at IP: 192.168.1.5 and port: 54654.'],
    ] as const) {
      from.send({ flags: FLAG.REPORT_REQUEST, filename });
      const report = await from.expect(FLAG.REPORT_RESPONSE);
      expect([report.number, wordsOf(report)]).toEqual([1, names]);
    }
  });

  it('is no way to guess', async () => {
    const house = await closedHouse();
    const peer = house.connect();
    for (let count = 0; count < 6; count += 1) peer.send({ flags: FLAG.REPORT_REQUEST, filename: `guess ${count}` });
    for (let count = 0; count < 6; count += 1) await peer.expect(FLAG.REPORT_RESPONSE);
    ask(peer, 'Cool', PASSPHRASE);
    expect(await rejection(peer)).toContain('Too many wrong passphrases');
  });
});

describe('the client', () => {
  it('says what it knows, and knows what is missing', async () => {
    const house = await closedHouse();
    const ignorant = await connectTo(house);
    await expect(ignorant.join('Cool')).rejects.toThrow(new PassphraseError(REFUSAL));
    await expect(ignorant.join('Cool')).rejects.toBeInstanceOf(PassphraseError);
    const knowing = await connectTo(house, PASSPHRASE);
    await knowing.join('Cool');
    expect((await knowing.report()).text).toContain('1. Cool');
    expect((await ignorant.report()).text).toBe('');
  });

  it('says it when it comes back and its seat was not kept', async () => {
    const house = await closedHouse();
    const back = { token: 'of long ago', after: 0 };
    await (await connectTo(house, PASSPHRASE)).join('Cool', undefined, back);
    await expect((await connectTo(house)).join('Fun', undefined, back)).rejects.toThrow(REFUSAL);
  });

  it('is told of other reasons as ever', async () => {
    const house = await closedHouse();
    const client = await connectTo(house, PASSPHRASE);
    const failure: unknown = await client.join('not a name').catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(PassphraseError);
  });
});
