/** Avatars (docs/protocols.md, R14): the server's side seen by peers whose codec is not ours, and our client's side. */
import { readdirSync, rmSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Connection, Line } from '../../../src/client/connection.js';
import { DEFAULTS } from '../../../src/config.js';
import { FolderStore } from '../../../src/files/folder.js';
import { MemoryStore } from '../../../src/files/memory.js';
import { Conversation } from '../../../src/protocols/conversation.js';
import { connectRecords } from '../../../src/protocols/records/client.js';
import { records } from '../../../src/protocols/records/index.js';
import { type RunningServer, start } from '../../../src/server.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { type FakePeer, type HouseSettings, START, TestHouse, wordsOf } from '../../support/fake-house.js';
import { FakeHistory } from '../../support/fake-history.js';
import { namesIn, temporaryFolder } from '../../support/folders.js';
import { connectPair } from '../../support/link-pair.js';
import { nameOf, PICTURES, png } from '../../support/pictures.js';
import { decode, type encode, FLAG, RecordsPeer, type WireRecord } from '../../support/records-peer.js';
import { gate, settle } from '../../support/settle.js';

type Sent = Parameters<typeof encode>[0];

const PICTURE = PICTURES.png;
const NAME = nameOf(PICTURE, 'png');

afterEach(closeAll);

function joinRequest(username: string, payload: Buffer | string = PICTURE, more: Sent = {}): Sent {
  return { flags: FLAG.JOIN_REQUEST, username, filename: 'me.png', payload, ...more };
}

/** Joins and gives the answers: the history, what else came, and the announcement. */
async function join(
  peer: FakePeer,
  request: Sent,
): Promise<{ accept: WireRecord; notices: WireRecord[]; own: WireRecord }> {
  peer.send(request);
  const accept = await peer.expect(FLAG.JOIN_ACCEPT);
  const notices: WireRecord[] = [];
  for (;;) {
    const record = await peer.next('the announcement');
    if (record.flags === FLAG.NEW_USER) return { accept, notices, own: record };
    notices.push(record);
  }
}

async function fetched(peer: FakePeer, sequence: number, number = 0): Promise<WireRecord> {
  peer.send({ flags: FLAG.FETCH_REQUEST, sequence, number });
  return peer.expect(FLAG.ATTACHMENT);
}

/** A house that keeps its avatars on disk, as `server.ts` does. */
async function houseWithFolder(settings: HouseSettings = {}): Promise<{ house: TestHouse; folder: string }> {
  const folder = joinPath(temporaryFolder('avatars'), 'avatars');
  return { house: await TestHouse.open({ ...settings, avatars: await FolderStore.open(folder) }), folder };
}

describe('joining with an avatar', () => {
  it('announces its name and its size to everyone, live and in the history', async () => {
    const house = await TestHouse.open();
    const fun = await house.joined('Fun');
    const { notices, own } = await join(house.connect(), joinRequest('Cool'));
    expect(notices).toEqual([]);
    expect(own).toEqual({
      flags: FLAG.NEW_USER,
      username: 'Cool',
      target: '',
      filename: NAME,
      number: PICTURE.length,
      timestamp: START,
      sequence: 2,
      payload: Buffer.from('Cool joined the chatroom.'),
    });
    expect(await fun.next()).toEqual(own);
    const { accept } = await join(house.connect(), joinRequest('Fire', ''));
    expect(decode(accept.payload).records[1]).toEqual(own);
  });

  it.each(Object.entries(PICTURES))('keeps a picture of the kind %s', async (extension, picture) => {
    const house = await TestHouse.open();
    const peer = house.connect();
    const { own } = await join(peer, joinRequest('Cool', picture));
    expect(own).toMatchObject({ filename: nameOf(picture, extension), number: picture.length });
    expect((await fetched(peer, 1)).payload.equals(picture)).toBe(true);
  });

  it('is not tried without a PAYLOAD, whatever FILENAME says', async () => {
    const { house, folder } = await houseWithFolder();
    const { notices, own } = await join(house.connect(), joinRequest('Cool', ''));
    expect(notices).toEqual([]);
    expect(own).toMatchObject({ filename: '', number: 0 });
    expect(namesIn(folder)).toEqual([]);
  });

  it.each([
    { name: 'that is empty', filename: '' },
    { name: 'that is a path', filename: '../../../etc/passwd' },
    { name: 'that is a path of Windows', filename: 'C:\\me.png' },
    { name: 'with control characters', filename: 'a\0b\x1b[2J\n.svg' },
    { name: 'that turns the direction', filename: '\u202egnp.exe' },
    { name: 'as long as can be', filename: 'x'.repeat(1024) },
  ])('does not look at a FILENAME $name', async ({ filename }) => {
    const { house, folder } = await houseWithFolder();
    const { own } = await join(house.connect(), joinRequest('Cool', PICTURE, { filename }));
    expect(own.filename).toBe(NAME);
    expect(readdirSync(folder)).toEqual([NAME]);
  });

  it('keeps the same picture of two people once, and gives it to both', async () => {
    const { house, folder } = await houseWithFolder();
    const [cool, fun] = [house.connect(), house.connect()];
    const joins = await Promise.all([join(cool, joinRequest('Cool')), join(fun, joinRequest('Fun'))]);
    expect(joins.map(({ own }) => own.filename)).toEqual([NAME, NAME]);
    expect(readdirSync(folder)).toEqual([NAME]);
    await settle();
    for (const peer of [cool, fun]) peer.taken();
    for (const { own } of joins) {
      const picture = await fetched(own.username === 'Cool' ? fun : cool, own.sequence);
      expect(picture).toMatchObject({ username: own.username, payload: PICTURE });
    }
  });

  it('counts for this joining alone: who comes back without has none', async () => {
    const house = await TestHouse.open();
    const peer = house.connect();
    await join(peer, joinRequest('Cool'));
    peer.send({ flags: FLAG.QUIT_REQUEST });
    await peer.until(({ flags }) => flags === FLAG.QUIT_ACCEPT, 'the quit');
    expect((await join(peer, joinRequest('Cool', ''))).own).toMatchObject({ sequence: 3, filename: '', number: 0 });
    expect((await fetched(peer, 1)).payload.equals(PICTURE)).toBe(true);
  });

  it('obeys what was sent behind it only when it is through', async () => {
    const house = await TestHouse.open();
    const peer = house.connect();
    peer.send(joinRequest('Cool'), { payload: 'Hi.' }, { flags: FLAG.QUIT_REQUEST });
    await peer.until(({ flags }) => flags === FLAG.QUIT_ACCEPT, 'the quit');
    const page = await (await house.house.rooms.find(''))!.read({ from: 1, to: 9 });
    expect(page?.entries.map(({ kind }) => kind)).toEqual(['join', 'text', 'leave']);
  });
});

describe('an avatar that is none', () => {
  it.each([
    { name: 'no image', payload: Buffer.from('I am on a light diet.'), words: 'it is not a PNG, JPEG, GIF or WebP' },
    { name: 'SVG', payload: Buffer.from('<svg width="9" height="9"></svg>'), words: 'it is not a PNG, JPEG, GIF or' },
    { name: '65,537 bytes', payload: png(1, 1, 65_537), words: 'it has more than 65536 bytes.' },
    { name: 'all that a record holds', payload: png(1, 1, 1_048_576), words: 'it has more than 65536 bytes.' },
    { name: 'huge, it says', payload: png(100_000, 100_000), words: 'it has more than 1024 x 1024 pixels.' },
  ])('is told of, and its owner is in the room without it: $name', async ({ payload, words }) => {
    const { house, folder } = await houseWithFolder();
    const peer = house.connect();
    const { notices, own } = await join(peer, joinRequest('Cool', payload, { number: 9 }));
    expect(notices).toMatchObject([{ flags: FLAG.NOTICE, number: 9, sequence: 0 }]);
    expect(notices.map(wordsOf).join()).toContain(`Your avatar was not kept: ${words}`);
    expect(own).toMatchObject({ username: 'Cool', filename: '', number: 0, sequence: 1 });
    expect(readdirSync(folder)).toEqual([]);
    peer.send({ flags: FLAG.FETCH_REQUEST, sequence: 1 });
    expect(wordsOf(await peer.expect(FLAG.NOTICE))).toBe('No file was shared at 1.');
    expect(house.events).toEqual(['joined', 'refused', 'refused']);
  });

  it('is told of behind the whole history, and behind the notice of older entries', async () => {
    const house = await TestHouse.open({ replay: 100 });
    const fun = await house.joined('Fun');
    for (let index = 0; index < 5; index++) fun.say(`${index}`);
    await settle();
    const { notices } = await join(house.connect(), joinRequest('Cool', 'no image'));
    expect(notices.map(wordsOf)).toEqual([expect.stringContaining('older'), expect.stringContaining('Your avatar')]);
  });

  it('is the same to its owner as one that the server could not store', async () => {
    const avatars = new MemoryStore();
    avatars.receive = () => Promise.reject(new Error('The disk is on fire.'));
    const house = await TestHouse.open({ avatars });
    const { notices, own } = await join(house.connect(), joinRequest('Cool'));
    expect(notices.map(wordsOf)).toEqual(['Your avatar was not kept: the server could not store it.']);
    expect(own).toMatchObject({ filename: '', number: 0 });
  });
});

describe('a joining that is refused', () => {
  it.each([
    { name: 'in a full room', username: 'Fire', words: 'maximum capacity' },
    { name: 'under a name that somebody has', username: 'cool', capacity: 3, words: 'Another user' },
    { name: 'under no name', username: 'not a name', capacity: 3, words: 'A username has' },
    { name: 'in a room that cannot be', username: 'Fire', target: '@Cool', words: "A room's name has" },
    { name: 'in one room too many', username: 'Fire', target: 'zoo', words: 'rooms already' },
  ])('leaves no file behind: $name', async ({ username, target = '', capacity = 2, words }) => {
    const { house, folder } = await houseWithFolder({ capacity, rooms: 0 });
    for (const name of ['Cool', 'Fun']) await house.joined(name);
    const peer = house.connect();
    peer.send(joinRequest(username, PICTURE, { target }));
    expect(wordsOf(await peer.expect(FLAG.JOIN_REJECT))).toContain(words);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('because one is in the room already leaves no file behind', async () => {
    const { house, folder } = await houseWithFolder();
    const cool = await house.joined('Cool');
    cool.send(joinRequest('Fun'));
    expect(wordsOf(await cool.expect(FLAG.NOTICE))).toContain('already');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('because it could not be kept leaves the seat free', async () => {
    const history = new FakeHistory(() => START);
    const house = await TestHouse.open({ history });
    history.failure = new Error('disk full');
    const peer = house.connect();
    peer.send(joinRequest('Cool'));
    expect(wordsOf(await peer.expect(FLAG.JOIN_REJECT))).toContain('could not keep this');
    history.failure = undefined;
    expect((await join(peer, joinRequest('Cool'))).own).toMatchObject({ sequence: 1, filename: NAME });
  });
});

describe('while an avatar is being stored', () => {
  /** A house whose avatars wait for the gate. */
  async function held(settings: HouseSettings = {}): Promise<{ house: TestHouse; open: () => void }> {
    const avatars = new MemoryStore();
    const [waiting, receive] = [gate(), avatars.receive.bind(avatars)];
    avatars.receive = (name) => waiting.passed.then(() => receive(name));
    return { house: await TestHouse.open({ ...settings, avatars }), open: () => waiting.open() };
  }

  it('its owner has the seat and the name already', async () => {
    const { house, open } = await held({ capacity: 2 });
    const cool = house.connect();
    cool.send(joinRequest('Cool'));
    const fun = house.connect();
    fun.send(joinRequest('Cool', ''));
    expect(wordsOf(await fun.expect(FLAG.JOIN_REJECT))).toContain('Another user');
    await join(fun, joinRequest('Fun', ''));
    const fire = house.connect();
    fire.send(joinRequest('Fire', ''));
    expect(wordsOf(await fire.expect(FLAG.JOIN_REJECT))).toContain('maximum capacity');
    expect(cool.taken()).toEqual([]);
    open();
    expect(await fun.expect(FLAG.NEW_USER)).toMatchObject({ username: 'Cool', sequence: 2, filename: NAME });
    expect(decode((await cool.expect(FLAG.JOIN_ACCEPT)).payload).records).toMatchObject([{ username: 'Fun' }]);
  });

  it('its owner may go, and is announced as having come and gone', async () => {
    const { house, open } = await held();
    const fun = await house.joined('Fun');
    const cool = house.connect();
    cool.send(joinRequest('Cool'));
    await settle();
    cool.link.destroy();
    await settle();
    open();
    expect(await fun.expect(FLAG.NEW_USER)).toMatchObject({ username: 'Cool', filename: NAME });
    expect(await fun.expect(FLAG.QUIT_ACCEPT)).toMatchObject({ username: 'Cool' });
  });
});

describe('fetching an avatar', () => {
  it('gives it as a file is given, to whoever asked and to nobody else', async () => {
    const house = await TestHouse.open();
    const cool = house.connect();
    await join(cool, joinRequest('Cool'));
    const fun = await house.joined('Fun');
    await settle();
    cool.taken();
    expect(await fetched(fun, 1)).toEqual({
      flags: FLAG.ATTACHMENT,
      username: 'Cool',
      target: '',
      filename: NAME,
      number: PICTURE.length,
      timestamp: START,
      sequence: 1,
      payload: PICTURE,
    });
    await settle();
    expect([...cool.taken(), ...fun.taken()]).toEqual([]);
  });

  it('goes on from a byte on, up to the end and not beyond', async () => {
    const house = await TestHouse.open();
    const peer = house.connect();
    await join(peer, joinRequest('Cool'));
    expect((await fetched(peer, 1, 8)).payload.equals(PICTURE.subarray(8))).toBe(true);
    expect((await fetched(peer, 1, PICTURE.length)).payload).toHaveLength(0);
    peer.send({ flags: FLAG.FETCH_REQUEST, sequence: 1, number: PICTURE.length + 1 });
    expect(wordsOf(await peer.expect(FLAG.NOTICE))).toContain(`has only ${PICTURE.length} bytes`);
  });

  it('is refused when the server has it no longer', async () => {
    const { house, folder } = await houseWithFolder();
    const peer = house.connect();
    await join(peer, joinRequest('Cool'));
    rmSync(joinPath(folder, NAME));
    peer.send({ flags: FLAG.FETCH_REQUEST, sequence: 1 });
    const notice = await peer.expect(FLAG.NOTICE);
    expect(notice.sequence).toBe(1);
    expect(wordsOf(notice)).toContain('no longer here');
  });

  it('does not mistake a file that was shared under the name of an avatar for it', async () => {
    const house = await TestHouse.open({ inlineFile: 0 });
    const peer = house.connect();
    await join(peer, joinRequest('Cool'));
    peer.send({ flags: FLAG.ATTACHMENT, filename: NAME, number: 5, payload: 'hello' });
    await peer.expect(FLAG.ATTACHMENT);
    expect((await fetched(peer, 2)).payload.toString()).toBe('hello');
    expect((await fetched(peer, 1)).payload.equals(PICTURE)).toBe(true);
  });
});

describe('a server that starts again', () => {
  async function serve(folder: string): Promise<{ server: RunningServer; port: number }> {
    const folders = { data: joinPath(folder, 'data'), downloads: joinPath(folder, 'downloads') };
    const served = [{ protocol: records(), port: 0 }];
    const server = await start({ ...DEFAULTS, ...folders, serve: served }, () => undefined);
    atEnd(() => server.stop());
    return { server, port: server.addresses[0]!.port };
  }

  it('has the avatars still, in its data folder', async () => {
    const folder = temporaryFolder('server');
    const before = await serve(folder);
    const cool = await RecordsPeer.connect(before.port);
    cool.send(joinRequest('Cool'));
    await cool.waitForAnnouncement('Cool joined the chatroom.');
    await before.server.stop();
    expect(namesIn(joinPath(folder, 'data', 'avatars'))).toEqual([NAME]);
    expect(namesIn(joinPath(folder, 'downloads'))).toEqual([]);

    const after = await serve(folder);
    const { peer, history } = await RecordsPeer.join(after.port, 'Fun');
    expect(history[0]).toMatchObject({ username: 'Cool', sequence: 1, filename: NAME, number: PICTURE.length });
    peer.send({ flags: FLAG.FETCH_REQUEST, sequence: 1 });
    const picture = await peer.waitFor(({ flags }) => flags === FLAG.ATTACHMENT, 'the avatar');
    expect(picture.payload.equals(PICTURE)).toBe(true);
  });
});

describe('our client', () => {
  interface Client {
    readonly connection: Connection;
    readonly lines: Line[];
    readonly past: Line[];
    readonly notices: string[];
  }

  async function connectTo({ house, protocol }: TestHouse): Promise<Client> {
    const [lines, past, notices]: [Line[], Line[], string[]] = [[], [], []];
    const connection = await connectRecords(
      async (accept) => void connectPair(accept, (link) => new Conversation(protocol, house, link, () => undefined)),
      '',
      {
        joined: () => undefined,
        line: (line, isPast) => void (isPast ? past : lines).push(line),
        notice: (text) => void notices.push(text),
        closed: () => undefined,
      },
    );
    atEnd(() => connection.close());
    return { connection, lines, past, notices };
  }

  async function joinedWith(house: TestHouse, name: string, contents?: Uint8Array): Promise<Client> {
    const client = await connectTo(house);
    await client.connection.join(name, contents && { name: '/home/me/me.png', contents });
    await eventually(() => client.lines.some(({ author }) => author === name), `the joining of ${name}`);
    return client;
  }

  async function fetchedBy({ connection }: Client, sequence: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of connection.fetch(sequence, 0)) pieces.push(Uint8Array.from(piece));
    return Buffer.concat(pieces);
  }

  it('brings an avatar, and gets those of others, whether they came before or after', async () => {
    const house = await TestHouse.open();
    const cool = await joinedWith(house, 'Cool', PICTURE);
    const fun = await joinedWith(house, 'Fun', PICTURES.gif);
    const avatars = {
      Cool: { name: NAME, size: PICTURE.length },
      Fun: { name: nameOf(PICTURES.gif, 'gif'), size: PICTURES.gif.length },
    };
    await eventually(() => cool.lines.length === 2, 'the joining of Fun');
    expect(cool.lines.map(({ avatar }) => avatar)).toEqual([avatars.Cool, avatars.Fun]);
    expect(fun.past.map(({ avatar }) => avatar)).toEqual([avatars.Cool]);
    expect((await fetchedBy(fun, 1)).equals(PICTURE)).toBe(true);
    expect((await fetchedBy(cool, 2)).equals(PICTURES.gif)).toBe(true);
    const page = await fun.connection.history(2);
    expect(page.map(({ avatar }) => avatar)).toEqual([avatars.Cool]);
  });

  it('does not show an avatar that it fetched as a file that somebody shared', async () => {
    const house = await TestHouse.open();
    const cool = await joinedWith(house, 'Cool', PICTURE);
    const fun = await joinedWith(house, 'Fun');
    await Promise.all([fetchedBy(fun, 1), fetchedBy(fun, 1), fetchedBy(cool, 1)]);
    await settle();
    for (const { lines, past } of [cool, fun]) {
      expect([...lines, ...past].filter(({ kind, file }) => kind === 'file' || file)).toEqual([]);
    }
  });

  it('has a line without an avatar of who has none, and is refused one', async () => {
    const house = await TestHouse.open();
    const cool = await joinedWith(house, 'Cool');
    expect(cool.lines[0]).not.toHaveProperty('avatar');
    await expect(fetchedBy(cool, 1)).rejects.toThrow('No file was shared at 1.');
  });

  it('is told why its avatar was not kept', async () => {
    const house = await TestHouse.open();
    const cool = await joinedWith(house, 'Cool', png(2000, 1));
    expect(cool.notices).toEqual(['Your avatar was not kept: it has more than 1024 x 1024 pixels.']);
    expect(cool.lines[0]).not.toHaveProperty('avatar');
  });
});
