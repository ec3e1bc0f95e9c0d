/** The server's side of the records protocol, clause by clause, seen by peers whose codec is not ours. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FolderStore } from '../../../src/files/folder.js';
import { MemoryStore } from '../../../src/files/memory.js';
import { closeAll } from '../../support/cleanup.js';
import { type FakePeer, type HouseSettings, START, TestHouse, wordsOf } from '../../support/fake-house.js';
import { FakeHistory } from '../../support/fake-history.js';
import { temporaryFolder } from '../../support/folders.js';
import { decode, encode, FLAG, type WireRecord } from '../../support/records-peer.js';
import { gate, settle } from '../../support/settle.js';

const MAX_PAYLOAD = 1_048_576;
/** Bytes from which on nothing more is fed to a peer that does not read, and what may be under way then. */
const FULL = 1_048_576;
const PIECE = 262_144;
const SLACK = 65_536;

afterEach(closeAll);

const quitRequest = { flags: FLAG.QUIT_REQUEST };
const reportRequest = { flags: FLAG.REPORT_REQUEST };
const joinRequest = (username: string, target = ''): Parameters<typeof encode>[0] => ({
  flags: FLAG.JOIN_REQUEST,
  username,
  target,
});

function attachment(
  filename: string,
  contents: string | Buffer,
  more = 0,
  size?: number,
): Parameters<typeof encode>[0] {
  const payload = Buffer.from(contents);
  return { flags: FLAG.ATTACHMENT | more, filename, number: size ?? payload.length, payload };
}

function fetchRequest(sequence: number, offset = 0): Parameters<typeof encode>[0] {
  return { flags: FLAG.FETCH_REQUEST, sequence, number: offset };
}

async function expectNotice(peer: FakePeer, words: string | RegExp, fields: Partial<WireRecord> = {}): Promise<void> {
  const notice = await peer.expect(FLAG.NOTICE, `a notice about "${String(words)}"`);
  expect(wordsOf(notice)).toMatch(words);
  expect(notice).toMatchObject(fields);
}

/** Shows that the connection is of use still. */
async function expectAlive(peer: FakePeer): Promise<void> {
  peer.send(reportRequest);
  await peer.until(({ flags }) => flags === FLAG.REPORT_RESPONSE, 'a report');
  expect(peer.link.isEnded).toBe(false);
}

/** The records in a sequence of payloads, each of which is cut between records. */
function inside(records: readonly WireRecord[]): WireRecord[] {
  return records.flatMap(({ payload }) => {
    const { records, rest } = decode(payload);
    expect(rest).toHaveLength(0);
    return records;
  });
}

/** The answers to one request, up to the first without MORE. */
async function allOf(peer: FakePeer, kind: number): Promise<WireRecord[]> {
  const answers: WireRecord[] = [];
  for (;;) {
    const answer = await peer.next();
    expect(answer.flags & ~FLAG.MORE).toBe(kind);
    answers.push(answer);
    if ((answer.flags & FLAG.MORE) === 0) return answers;
  }
}

async function joinAnswers(peer: FakePeer, name: string): Promise<WireRecord[]> {
  peer.send(joinRequest(name));
  return allOf(peer, FLAG.JOIN_ACCEPT);
}

async function share(peer: FakePeer, ...pieces: Parameters<typeof encode>[0][]): Promise<WireRecord> {
  peer.send(...pieces);
  return peer.until(({ flags }) => (flags & FLAG.ATTACHMENT) !== 0, 'the file');
}

/** A house that keeps its files on disk, as `server.ts` does. */
async function houseWithFolder(settings: HouseSettings = {}): Promise<{ house: TestHouse; folder: string }> {
  const folder = joinPath(temporaryFolder('session'), 'downloads');
  const files = await FolderStore.open(folder);
  return { house: await TestHouse.open({ ...settings, files }), folder };
}

describe('a report', () => {
  it('is empty when nobody is there', async () => {
    const peer = (await TestHouse.open()).connect();
    peer.send(reportRequest);
    expect(await peer.next()).toMatchObject({
      flags: FLAG.REPORT_RESPONSE,
      number: 0,
      payload: Buffer.alloc(0),
      timestamp: START,
      sequence: 0,
      username: '',
    });
  });

  it('has one line for each person, with the address and port from which they joined', async () => {
    const house = await TestHouse.open();
    for (const [name, port] of [['Cool', 5054] as const, ['Fun', 65535] as const]) {
      const peer = house.connect();
      peer.link.remote = { address: '192.168.1.6', port };
      peer.send(joinRequest(name));
    }
    await settle();
    const peer = house.connect();
    peer.send(reportRequest);
    const report = await peer.expect(FLAG.REPORT_RESPONSE);
    expect(report.number).toBe(2);
    expect(wordsOf(report)).toBe(
      '1. Cool at IP: 192.168.1.6 and port: 5054.\n2. Fun at IP: 192.168.1.6 and port: 65535.',
    );
  });

  it('is given to members too', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    cool.send(reportRequest);
    expect(await cool.expect(FLAG.REPORT_RESPONSE)).toMatchObject({ number: 1 });
  });

  it('is about the room that TARGET names', async () => {
    const house = await TestHouse.open();
    await house.joined('Cool', 'Den');
    const peer = house.connect();
    for (const [target, number, shown] of [
      ['den', 1, 'Den'] as const,
      ['zoo', 0, 'zoo'] as const,
      ['', 0, ''] as const,
    ]) {
      peer.send({ ...reportRequest, target });
      expect(await peer.expect(FLAG.REPORT_RESPONSE)).toMatchObject({ number, target: shown });
    }
    peer.send({ ...reportRequest, target: 'not a room', number: 5 });
    await expectNotice(peer, /room's name/, { number: 5 });
    await expectAlive(peer);
  });
});

describe('joining', () => {
  it('is accepted with the name and the history, and announced to everyone', async () => {
    const house = await TestHouse.open();
    const cool = house.connect();
    cool.send(joinRequest('Cool'));
    const accept = await cool.expect(FLAG.JOIN_ACCEPT);
    expect(accept).toMatchObject({ username: 'Cool', target: '', number: 0, sequence: 0, timestamp: START });
    expect(accept.payload).toHaveLength(0);
    const announced = {
      flags: FLAG.NEW_USER,
      username: 'Cool',
      target: '',
      filename: '',
      number: 0,
      timestamp: START,
      sequence: 1,
      payload: Buffer.from('Cool joined the chatroom.'),
    };
    expect(await cool.next()).toEqual(announced);

    house.clock.now += 33_000;
    const fun = house.connect();
    fun.send(joinRequest('Fun'));
    const history = await fun.expect(FLAG.JOIN_ACCEPT);
    expect(history).toMatchObject({ username: 'Fun', timestamp: START + 33_000 });
    expect(inside([history])).toEqual([announced]);
    for (const peer of [cool, fun]) {
      expect(await peer.expect(FLAG.NEW_USER)).toMatchObject({
        username: 'Fun',
        sequence: 2,
        timestamp: START + 33_000,
      });
    }
  });

  it('is rejected to the letter for a fourth person, whatever the name', async () => {
    const house = await TestHouse.open();
    for (const name of ['Cool', 'Fun', 'Fire']) await house.joined(name);
    const sad = house.connect();
    for (const name of ['Sad', 'Cool', 'not a name', '']) {
      sad.send(joinRequest(name));
      expect(wordsOf(await sad.expect(FLAG.JOIN_REJECT))).toBe(
        'The server rejects the join request. The chatroom has reached its maximum capacity.',
      );
    }
    await expectAlive(sad);
  });

  it('is rejected to the letter under a name that somebody has', async () => {
    const house = await TestHouse.open();
    await house.joined('Fun');
    const peer = house.connect();
    for (const name of ['Fun', 'fUN']) {
      peer.send(joinRequest(name));
      expect(wordsOf(await peer.expect(FLAG.JOIN_REJECT))).toBe(
        'The server rejects the join request. Another user is using this username.',
      );
    }
    peer.send(joinRequest('Fire'));
    await peer.expect(FLAG.JOIN_ACCEPT);
  });

  it('is rejected under a name that looks like one that somebody has', async () => {
    const house = await TestHouse.open();
    await house.joined('Fun');
    const peer = house.connect();
    peer.send(joinRequest('Fu\u0578'));
    expect(wordsOf(await peer.expect(FLAG.JOIN_REJECT))).toBe(
      'The server rejects the join request. Another user is using a username that looks like this one.',
    );
    await expectAlive(peer);
  });

  it.each([
    { name: 'Server', room: '', words: 'The username Server is reserved.' },
    { name: 'SERVER', room: '', words: 'The username Server is reserved.' },
    { name: '', room: '', words: 'A username has 1 to 32' },
    { name: 'two words', room: '', words: 'A username has 1 to 32' },
    { name: 'x'.repeat(33), room: '', words: 'A username has 1 to 32' },
    { name: '\x1b[2J', room: '', words: 'A username has 1 to 32' },
    { name: 'Cool', room: '@Fun', words: "A room's name has 1 to 32" },
    { name: 'Cool', room: 'zoo', words: 'There are 1 rooms already' },
  ])('is rejected in words as "$name" in the room "$room"', async ({ name, room, words }) => {
    const house = await TestHouse.open({ rooms: 1 });
    await house.joined('Somebody', 'den');
    const peer = house.connect();
    peer.send(joinRequest(name, room));
    const reject = await peer.expect(FLAG.JOIN_REJECT);
    expect(wordsOf(reject)).toContain(`The server rejects the join request. ${words}`);
    peer.send(joinRequest('Cool'));
    await peer.expect(FLAG.JOIN_ACCEPT);
  });

  it('is rejected under a name that is not valid UTF-8', async () => {
    const peer = (await TestHouse.open()).connect();
    const bytes = encode(joinRequest('Cool'));
    bytes[33] = 0xff;
    peer.link.send(bytes);
    expect(wordsOf(await peer.expect(FLAG.JOIN_REJECT))).toContain('A username has 1 to 32');
  });

  it('is rejected when it cannot be kept, and the seat stays free', async () => {
    const history = new FakeHistory(() => START);
    const house = await TestHouse.open({ history });
    history.failure = new Error('disk full');
    const peer = house.connect();
    peer.send(joinRequest('Cool'));
    expect(wordsOf(await peer.expect(FLAG.JOIN_REJECT))).toContain('could not keep this');
    history.failure = undefined;
    peer.send(joinRequest('Cool'));
    await peer.expect(FLAG.JOIN_ACCEPT);
  });

  it('twice is refused by a notice, and the seat is kept', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    cool.send({ ...joinRequest('Fun'), number: 9, filename: 'three words' });
    // What stands there is a secret, and no name of a file.
    await expectNotice(cool, 'You are in the chatroom already, as Cool.', { number: 9, sequence: 0, filename: '' });
    cool.say('Hi.');
    expect(await cool.expect(0)).toMatchObject({ username: 'Cool', sequence: 2 });
  });

  it('shows the name as composed', async () => {
    const peer = (await TestHouse.open()).connect();
    peer.send(joinRequest('Ju\u0308rg'));
    expect(await peer.expect(FLAG.JOIN_ACCEPT)).toMatchObject({ username: 'J\u00fcrg' });
  });
});

describe('the history that comes with joining', () => {
  it('is every record exactly as it was sent live', async () => {
    const house = await TestHouse.open();
    const cool = house.connect();
    cool.send(joinRequest('Cool'));
    await cool.expect(FLAG.JOIN_ACCEPT);
    const fun = await house.joined('Fun');
    cool.say('Hi.', 77);
    fun.send(attachment('attachments/coolfile1.txt', 'I am on a light diet'), { payload: 'Hahaha' }, quitRequest);
    await fun.until(({ flags }) => flags === FLAG.QUIT_ACCEPT, 'the quit');
    await settle();
    const live = cool.taken();
    expect(live.map(({ flags }) => flags)).toEqual([
      FLAG.NEW_USER,
      FLAG.NEW_USER,
      0,
      FLAG.ATTACHMENT,
      0,
      FLAG.QUIT_ACCEPT,
    ]);
    expect(inside(await joinAnswers(house.connect(), 'Fire'))).toEqual(live);
  });

  it('comes in several records cut between records when it is longer than a payload', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    const texts = Array.from({ length: 7 }, (_, index) => `${index}`.repeat(450_000));
    for (const text of texts) cool.say(text);
    await settle();
    const answers = await joinAnswers(house.connect(), 'Fun');
    expect(answers.length).toBeGreaterThan(3);
    expect(Math.max(...answers.map(({ payload }) => payload.length))).toBeLessThanOrEqual(MAX_PAYLOAD);
    expect(new Set(answers.map(({ username }) => username))).toEqual(new Set(['Fun']));
    expect(inside(answers).slice(1).map(wordsOf)).toEqual(texts);
  });

  it.each([MAX_PAYLOAD, MAX_PAYLOAD - 36, MAX_PAYLOAD - 2048])(
    'keeps nobody out after somebody said a text of %i bytes',
    async (length) => {
      const house = await TestHouse.open();
      const cool = await house.joined('Cool');
      cool.say('x'.repeat(length));
      await settle();
      const answers = await joinAnswers(house.connect(), 'Fun');
      expect(inside(answers)).toHaveLength(cool.taken().filter(({ flags }) => flags === 0).length + 1);
      expect(house.events).not.toContain('failed');
    },
  );

  it('has the contents of small files in it, in pieces when a payload does not hold them', async () => {
    const { house } = await houseWithFolder({ inlineFile: 2 * MAX_PAYLOAD });
    const cool = await house.joined('Cool');
    const contents = Buffer.alloc(1.5 * MAX_PAYLOAD, 'abc');
    const [first, rest] = [contents.subarray(0, MAX_PAYLOAD), contents.subarray(MAX_PAYLOAD)];
    const live = [
      await share(
        cool,
        attachment('a.bin', first, FLAG.MORE, contents.length),
        attachment('a.bin', rest, 0, contents.length),
      ),
    ];
    while ((live.at(-1)?.flags ?? 0) & FLAG.MORE) live.push(await cool.next());
    expect(Buffer.concat(live.map(({ payload }) => payload)).equals(contents)).toBe(true);
    const asText = (records: readonly WireRecord[]): object[] =>
      records.map((record) => ({ ...record, payload: record.payload.toString('base64') }));
    expect(asText(inside(await joinAnswers(house.connect(), 'Fun')).slice(1))).toEqual(asText(live));
  });

  it('is the newest of it that fits the limit, and a notice says how much is older', async () => {
    const house = await TestHouse.open({ replay: 1000 });
    const cool = await house.joined('Cool');
    for (let index = 1; index <= 20; index++) cool.say(`${index} ${'x'.repeat(200)}`);
    await settle();
    const fun = house.connect();
    const shown = inside(await joinAnswers(fun, 'Fun'));
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.at(-1)).toMatchObject({ sequence: 21 });
    expect(shown.reduce((bytes, record) => bytes + encode(record).length, 0)).toBeLessThanOrEqual(1000);
    const older = 21 - shown.length;
    await expectNotice(fun, `There are ${older} older entries of this history`, { number: older });
    expect(await fun.expect(FLAG.NEW_USER)).toMatchObject({ username: 'Fun' });
  });

  it.each([
    { replay: 0, entries: 1, notice: /There is 1 older entry/ },
    { replay: 0, entries: 2, notice: /There are 2 older entries/ },
  ])('may be nothing at all: $entries', async ({ replay, entries, notice }) => {
    const house = await TestHouse.open({ replay });
    const cool = await house.joined('Cool');
    for (let index = 1; index < entries; index++) cool.say('Hi.');
    await settle();
    const fun = house.connect();
    fun.send(joinRequest('Fun'));
    expect((await fun.expect(FLAG.JOIN_ACCEPT)).payload).toHaveLength(0);
    await expectNotice(fun, notice, { number: entries });
  });

  it('waits for a peer that does not read it, and is followed by what was said meanwhile', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    for (let index = 0; index < 20; index++) cool.say(`${index}`.repeat(150_000));
    await settle();
    const fun = house.connect();
    fun.link.stopReading();
    fun.send(joinRequest('Fun'));
    await settle(30);
    expect(fun.link.mostPending).toBeLessThan(FULL + MAX_PAYLOAD + SLACK);
    cool.say('meanwhile');
    await settle();
    fun.link.read();
    const history = inside(await allOf(fun, FLAG.JOIN_ACCEPT));
    expect(history).toHaveLength(21);
    expect(await fun.expect(FLAG.NEW_USER)).toMatchObject({ username: 'Fun', sequence: 22 });
    expect(await fun.expect(0)).toMatchObject({ payload: Buffer.from('meanwhile'), sequence: 23 });
  });
});

describe('older history', () => {
  async function filled(count: number, length: number): Promise<FakePeer> {
    const house = await TestHouse.open({ replay: 0 });
    const cool = await house.joined('Cool');
    for (let index = 0; index < count; index++) cool.say(`${index} ${'x'.repeat(length)}`);
    if (count > 0) await cool.until(({ sequence }) => sequence === count + 1, 'the last text');
    return cool;
  }

  async function page(peer: FakePeer, before: number): Promise<{ entries: WireRecord[]; older: number }> {
    peer.send(fetchRequest(0, before));
    const answers = await allOf(peer, FLAG.FETCH_REQUEST);
    return { entries: inside(answers), older: answers.at(-1)?.number ?? NaN };
  }

  it.each([
    { name: 'many short texts', count: 3000, length: 300 },
    { name: 'texts longer than a page', count: 4, length: 400_000 },
    { name: 'nothing but the joining', count: 0, length: 0 },
  ])('is paged back to the first entry, without gaps: $name', async ({ count, length }) => {
    const cool = await filled(count, length);
    const places: number[] = [];
    let before = 0;
    do {
      const { entries, older } = await page(cool, before);
      expect(entries.length).toBeGreaterThan(0);
      expect(older).toBe((entries[0]?.sequence ?? NaN) - 1);
      places.unshift(...entries.map(({ sequence }) => sequence));
      before = older + 1;
    } while (before > 1);
    expect(places).toEqual(Array.from({ length: count + 1 }, (_, index) => index + 1));
  });

  it('is empty before the first entry', async () => {
    expect(await page(await filled(3, 1), 1)).toEqual({ entries: [], older: 0 });
  });

  it('is the newest page when asked for from beyond the end', async () => {
    const cool = await filled(3, 1);
    expect((await page(cool, 4_294_967_295)).entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect((await page(cool, 3)).entries.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('is for members', async () => {
    const peer = (await TestHouse.open()).connect();
    peer.send(fetchRequest(0, 7));
    await expectNotice(peer, 'Join the chatroom first.', { number: 7 });
  });
});

describe('a text', () => {
  it('goes to everyone, its author too, with the same NUMBER', async () => {
    const house = await TestHouse.open();
    const [cool, fun] = [await house.joined('Cool'), await house.joined('Fun')];
    await cool.expect(FLAG.NEW_USER);
    house.clock.now += 1000;
    cool.say('Hi Fun, are you there? 😀', 4_294_967_295);
    for (const peer of [cool, fun]) {
      expect(await peer.next()).toEqual({
        flags: 0,
        number: 4_294_967_295,
        timestamp: START + 1000,
        sequence: 3,
        username: 'Cool',
        target: '',
        filename: '',
        payload: Buffer.from('Hi Fun, are you there? 😀'),
      });
    }
  });

  it('is that of the seat, whatever USERNAME, TIMESTAMP and SEQUENCE say', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    cool.send({ payload: 'Hi.', username: 'Fun', timestamp: 5, sequence: 99 });
    expect(await cool.expect(0)).toMatchObject({ username: 'Cool', timestamp: START, sequence: 2 });
  });

  it.each([
    ['a byte order mark', '\ufeffHi.'],
    ['NUL and escapes', 'a\0b\x1b[2J'],
    ['line breaks', 'a\r\nb\n'],
    ['almost 1 MiB', 'x'.repeat(MAX_PAYLOAD - 2048)],
  ])('comes back byte by byte as it was sent: %s', async (_, text) => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    cool.say(text);
    expect((await cool.expect(0)).payload.equals(Buffer.from(text))).toBe(true);
  });

  it.each([
    { name: 'not valid UTF-8', payload: Buffer.of(0x48, 0xff, 0x69), words: 'not valid UTF-8' },
    { name: 'cut off inside a character', payload: Buffer.of(0xf0, 0x9f, 0x98), words: 'not valid UTF-8' },
    { name: 'an encoded surrogate', payload: Buffer.of(0xed, 0xa0, 0x80), words: 'not valid UTF-8' },
    { name: 'empty', payload: Buffer.alloc(0), words: 'An empty message is not sent.' },
  ])('that is $name is refused, and nobody sees it', async ({ payload, words }) => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    cool.send({ payload, number: 5 }, { payload: 'next', number: 6 });
    await expectNotice(cool, words, { number: 5, sequence: 0 });
    expect(await cool.expect(0)).toMatchObject({ number: 6, sequence: 2 });
  });

  it.each([
    { target: '@Fun', words: 'Messages to one person are not possible here' },
    { target: 'zoo', words: 'You are not in the room zoo.' },
  ])('to $target is refused', async ({ target, words }) => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool', 'den');
    cool.send({ payload: 'psst', target, number: 8 });
    await expectNotice(cool, words, { number: 8 });
    cool.send({ payload: 'Hi.', target: 'DEN' }, { payload: 'Hi.' });
    for (const sequence of [2, 3]) expect(await cool.expect(0)).toMatchObject({ sequence, target: 'den' });
  });

  it('that could not be kept is refused with its NUMBER, and nobody sees it', async () => {
    const history = new FakeHistory(() => START);
    const house = await TestHouse.open({ history });
    const cool = await house.joined('Cool');
    history.failure = new Error('disk full');
    cool.say('lost', 5);
    await expectNotice(cool, 'could not keep this, so nobody was shown it', { number: 5 });
    history.failure = undefined;
    cool.say('found', 6);
    expect(await cool.expect(0)).toMatchObject({ number: 6, sequence: 2 });
  });
});

describe('without a seat', () => {
  it.each([
    { name: 'a text', record: { payload: 'Hi.', number: 3 } },
    { name: 'a quit', record: { ...quitRequest, number: 3 } },
    { name: 'a file', record: { ...attachment('a.txt', 'abc') } },
    { name: 'a fetch', record: { ...fetchRequest(5), number: 3 } },
  ])('$name is refused and the connection stays', async ({ record }) => {
    const peer = (await TestHouse.open()).connect();
    peer.send(record);
    await expectNotice(peer, 'Join the chatroom first.', {
      number: 3,
      sequence: record.flags === FLAG.FETCH_REQUEST ? 5 : 0,
    });
    peer.send(joinRequest('Cool'));
    await peer.expect(FLAG.JOIN_ACCEPT);
  });

  it.each(['REPORT_RESPONSE', 'JOIN_REJECT', 'JOIN_ACCEPT', 'NEW_USER', 'QUIT_ACCEPT', 'NOTICE'] as const)(
    'and with one, %s is refused as for the server to send',
    async (kind) => {
      const house = await TestHouse.open();
      for (const peer of [house.connect(), await house.joined('Cool')]) {
        peer.send({ flags: FLAG[kind], number: 2, username: 'Cool' });
        await expectNotice(peer, 'Only the server sends records of this kind.', { number: 2 });
        await expectAlive(peer);
      }
    },
  );
});

describe('bytes', () => {
  const ALL = [
    joinRequest('Cool'),
    { payload: 'a', number: 1 },
    { payload: 'b', number: 2 },
    quitRequest,
    reportRequest,
  ];

  function expectAll(records: readonly WireRecord[]): void {
    expect(records.map(({ flags, number, sequence }) => [flags, number, sequence])).toEqual([
      [FLAG.JOIN_ACCEPT, 0, 0],
      [FLAG.NEW_USER, 0, 1],
      [0, 1, 2],
      [0, 2, 3],
      [FLAG.QUIT_ACCEPT, 0, 4],
      [FLAG.REPORT_RESPONSE, 0, 0],
    ]);
  }

  it('may hold all requests at once, which are answered in order', async () => {
    const peer = (await TestHouse.open()).connect();
    peer.send(...ALL);
    await settle(40);
    expectAll(peer.taken());
  });

  it('may come one by one', async () => {
    const peer = (await TestHouse.open()).connect();
    const bytes = Buffer.concat(ALL.map(encode));
    peer.link.send(...Array.from(bytes, (byte) => Uint8Array.of(byte)));
    await settle(40);
    expectAll(peer.taken());
  });

  it('that came before the peer said its last word are obeyed', async () => {
    const house = await TestHouse.open();
    const watcher = await house.joined('Watcher');
    const peer = house.connect();
    peer.send(...ALL.slice(0, 3), attachment('a.txt', 'abc'));
    peer.link.sendEnd();
    await settle(40);
    const seen = watcher.taken().map((record) => [record.flags, record.username]);
    const expected = [FLAG.NEW_USER, 0, 0, FLAG.ATTACHMENT, FLAG.QUIT_ACCEPT];
    expect(seen).toEqual(expected.map((flags) => [flags, 'Cool']));
    expect(peer.link.isEnded).toBe(true);
  });
});

describe('quitting', () => {
  it('is announced to everyone, the person concerned too, and frees the seat', async () => {
    const house = await TestHouse.open({ capacity: 2 });
    const [cool, fun] = [await house.joined('Cool'), await house.joined('Fun')];
    await cool.expect(FLAG.NEW_USER);
    fun.send(quitRequest);
    for (const peer of [cool, fun]) {
      expect(await peer.next()).toMatchObject({
        flags: FLAG.QUIT_ACCEPT,
        username: 'Fun',
        sequence: 3,
        payload: Buffer.from('Fun left the chatroom.'),
      });
    }
    cool.say('Buy Fun.');
    await cool.expect(0);
    expect(fun.taken()).toEqual([]);
    await house.joined('Fire');
  });

  it('leaves the connection open, to report and to join again with all of the history', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    const fire = await house.joined('Fire');
    fire.send(quitRequest);
    await fire.expect(FLAG.QUIT_ACCEPT);
    await expectAlive(fire);
    cool.say('Buy Fire.');
    await settle();
    const history = inside(await joinAnswers(fire, 'Fire'));
    expect(history.map(wordsOf)).toEqual([
      'Cool joined the chatroom.',
      'Fire joined the chatroom.',
      'Fire left the chatroom.',
      'Buy Fire.',
    ]);
    expect(await fire.expect(FLAG.NEW_USER)).toMatchObject({ username: 'Fire', sequence: 5 });
    fire.say('back');
    expect(await fire.expect(0)).toMatchObject({ sequence: 6 });
  });

  it('and joining again in one go works as often as one likes', async () => {
    const house = await TestHouse.open();
    const peer = house.connect();
    for (let round = 0; round < 20; round++) peer.send(joinRequest('Cool'), { payload: `${round}` }, quitRequest);
    await settle(300);
    const entries = peer.taken().filter(({ flags }) => flags !== FLAG.JOIN_ACCEPT);
    expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });
});

describe('somebody who is gone', () => {
  async function watched(
    settings: HouseSettings = {},
  ): Promise<{ house: TestHouse; watcher: FakePeer; cool: FakePeer }> {
    const house = await TestHouse.open(settings);
    const watcher = await house.joined('Watcher');
    const cool = await house.joined('Cool');
    await watcher.expect(FLAG.NEW_USER);
    return { house, watcher, cool };
  }

  async function leavings(watcher: FakePeer): Promise<number> {
    await settle(40);
    return watcher.taken().filter(({ flags }) => flags === FLAG.QUIT_ACCEPT).length;
  }

  it.each([
    { name: 'without a further word', go: (peer: FakePeer) => peer.link.sendEnd() },
    {
      name: 'in the middle of a record',
      go: (peer: FakePeer) => (peer.link.send(Uint8Array.of(1, 0)), peer.link.sendEnd()),
    },
    { name: 'broken off', go: (peer: FakePeer) => peer.link.reset() },
    { name: 'broken off after the last word', go: (peer: FakePeer) => (peer.link.sendEnd(), peer.link.reset()) },
    { name: 'after quitting', go: (peer: FakePeer) => (peer.send(quitRequest), peer.link.sendEnd()) },
    { name: 'broken off while quitting', go: (peer: FakePeer) => (peer.send(quitRequest), peer.link.reset()) },
    {
      name: 'quitting while not reading',
      go: (peer: FakePeer) => (peer.link.stopReading(), peer.send(quitRequest), peer.link.reset()),
    },
    { name: 'not of this protocol any more', go: (peer: FakePeer) => peer.link.send(Uint8Array.of(7)) },
    {
      name: 'quitting and not of this protocol any more',
      go: (peer: FakePeer) => (peer.send(quitRequest), peer.link.send(Uint8Array.of(7))),
    },
  ])('leaves exactly once: $name', async ({ go }) => {
    const { house, watcher, cool } = await watched();
    go(cool);
    expect(await leavings(watcher)).toBe(1);
    watcher.send(reportRequest);
    expect(await watcher.expect(FLAG.REPORT_RESPONSE)).toMatchObject({ number: 1 });
    expect(house.events.filter((event) => event === 'left')).toHaveLength(1);
    expect(house.events).not.toContain('failed');
    expect(cool.link.isEnded).toBe(true);
  });

  it('while joining leaves, too', async () => {
    const history = new FakeHistory(() => START);
    const house = await TestHouse.open({ history });
    const watcher = await house.joined('Watcher');
    const commit = gate();
    history.held = commit.passed;
    const cool = house.connect();
    cool.send(joinRequest('Cool'));
    cool.link.reset();
    await settle();
    commit.open();
    expect(await leavings(watcher)).toBe(1);
  });

  it('with a full outbox leaves, too', async () => {
    const { watcher, cool } = await watched();
    cool.link.stopReading();
    for (let index = 0; index < 30; index++) watcher.say('x'.repeat(100_000));
    await settle();
    cool.send(quitRequest);
    await settle();
    cool.link.reset();
    expect(await leavings(watcher)).toBe(1);
  });
});

describe('a file', () => {
  it('goes to everyone, its author too, under its base name and with its contents', async () => {
    const house = await TestHouse.open();
    const [fire, cool] = [await house.joined('Fire'), await house.joined('Cool')];
    await fire.expect(FLAG.NEW_USER);
    fire.send({ ...attachment('attachments/coolfile1.txt', 'I am on a light diet'), username: 'Cool', sequence: 5 });
    for (const peer of [fire, cool]) {
      expect(await peer.next()).toEqual({
        flags: FLAG.ATTACHMENT,
        number: 20,
        timestamp: START,
        sequence: 3,
        username: 'Fire',
        target: '',
        filename: 'coolfile1.txt',
        payload: Buffer.from('I am on a light diet'),
      });
    }
  });

  it('may come in several records, with texts between them', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    cool.send(
      attachment('a.txt', 'one ', FLAG.MORE, 13),
      { payload: 'wait for it' },
      attachment('a.txt', 'two ', FLAG.MORE, 13),
      attachment('a.txt', 'three', 0, 13),
    );
    expect(await cool.expect(0)).toMatchObject({ sequence: 2 });
    const file = await cool.expect(FLAG.ATTACHMENT);
    expect(file).toMatchObject({ sequence: 3, number: 13, payload: Buffer.from('one two three') });
  });

  it('may be empty', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    expect(await share(cool, attachment('empty.txt', ''))).toMatchObject({ number: 0, payload: Buffer.alloc(0) });
    cool.send(fetchRequest(2));
    expect(await cool.next()).toMatchObject({ flags: FLAG.ATTACHMENT, number: 0, sequence: 2, filename: 'empty.txt' });
    await settle();
    expect(cool.taken()).toEqual([]);
  });

  it('is kept once when it comes twice, and is still shown twice', async () => {
    const files = new MemoryStore();
    const house = await TestHouse.open({ files });
    const cool = await house.joined('Cool');
    for (const text of ['one', 'one', 'two']) {
      expect(await share(cool, attachment('a.txt', text))).toMatchObject({
        filename: 'a.txt',
        payload: Buffer.from(text),
      });
    }
    expect([...files.files.keys()]).toEqual(['a.txt', 'a (2).txt']);
  });

  it.each([
    {
      name: 'less than it says',
      pieces: [attachment('a.txt', 'abc', 0, 4)],
      words: 'NUMBER says 4 bytes, and 3 came.',
    },
    {
      name: 'more than it says',
      pieces: [attachment('a.txt', 'abc', 0, 2)],
      words: 'NUMBER says 2 bytes, and 3 came.',
    },
    {
      name: 'more than it says, in pieces',
      pieces: [
        attachment('a.txt', 'abc', FLAG.MORE, 4),
        attachment('a.txt', 'abc', FLAG.MORE, 4),
        attachment('a.txt', 'abc', 0, 4),
      ],
      words: 'NUMBER says 4 bytes, and 6 came.',
    },
    {
      name: 'taken back',
      pieces: [attachment('a.txt', 'abc', FLAG.MORE, 9), attachment('a.txt', '', 0, 9)],
      words: 'NUMBER says 9 bytes, and 3 came.',
    },
  ])('that is $name is refused once, and leaves nothing', async ({ pieces, words }) => {
    const { house, folder } = await houseWithFolder();
    const cool = await house.joined('Cool');
    cool.send(...pieces);
    await expectNotice(cool, words, { number: pieces[0]?.number ?? 0 });
    expect(readdirSync(folder)).toEqual([]);
    const next = await share(cool, attachment('b.txt', 'next'));
    expect(next).toMatchObject({ filename: 'b.txt', sequence: 2, payload: Buffer.from('next') });
    expect(readdirSync(folder)).toEqual(['b.txt']);
  });

  it('that is refused is swallowed to its end without a further word', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    const piece = attachment('a.txt', 'abcdef', FLAG.MORE, 4);
    cool.send(piece, piece, piece, piece, { ...piece, flags: FLAG.ATTACHMENT }, { payload: 'next' });
    await expectNotice(cool, 'NUMBER says 4 bytes');
    expect(await cool.expect(0)).toMatchObject({ payload: Buffer.from('next') });
  });

  it('in pieces from somebody without a seat is refused once', async () => {
    const peer = (await TestHouse.open()).connect();
    const piece = attachment('a.txt', 'abc', FLAG.MORE, 9);
    peer.send(piece, piece, { ...piece, flags: FLAG.ATTACHMENT }, reportRequest);
    await expectNotice(peer, 'Join the chatroom first.');
    await peer.expect(FLAG.REPORT_RESPONSE);
  });

  it('that is refused is told from another one of its size by its FILENAME', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    cool.send(attachment('one.txt', 'abcdef', 0, 4), attachment('two.txt', 'abcdef', 0, 4));
    for (const filename of ['one.txt', 'two.txt']) {
      await expectNotice(cool, 'NUMBER says 4 bytes', { number: 4, filename });
    }
  });

  it('that the store cannot take is refused, and the connection stays', async () => {
    const { house, folder } = await houseWithFolder();
    const cool = await house.joined('Cool');
    rmSync(folder, { recursive: true });
    cool.send(attachment('a.txt', 'abc', FLAG.MORE, 6), attachment('a.txt', 'def', 0, 6));
    await expectNotice(cool, 'The server could not keep the file a.txt.', { number: 6, filename: 'a.txt' });
    mkdirSync(folder);
    expect(await share(cool, attachment('a.txt', 'abc'))).toMatchObject({ sequence: 2 });
  });

  it.each([
    { name: 'the end of the connection', cut: (peer: FakePeer) => peer.link.sendEnd() },
    { name: 'a break', cut: (peer: FakePeer) => peer.link.reset() },
    { name: 'quitting', cut: (peer: FakePeer) => peer.send(quitRequest) },
    { name: 'a broken record', cut: (peer: FakePeer) => peer.link.send(Uint8Array.of(7)) },
    { name: 'the stop of the server', cut: (peer: FakePeer) => void peer.conversation.stop() },
  ])('that is cut off by $name leaves nothing', async ({ cut }) => {
    const { house, folder } = await houseWithFolder();
    const watcher = await house.joined('Watcher');
    const cool = await house.joined('Cool');
    cool.send(attachment('a.txt', 'abc', FLAG.MORE, 9), reportRequest);
    await cool.expect(FLAG.REPORT_RESPONSE);
    expect(readdirSync(folder)).toHaveLength(1);
    cut(cool);
    await watcher.until(({ flags }) => flags === FLAG.QUIT_ACCEPT, 'the leaving');
    expect(readdirSync(folder)).toEqual([]);
    expect(watcher.taken()).toEqual([]);
  });

  it('that is being opened when the server stops leaves nothing', async () => {
    const { house, folder } = await houseWithFolder();
    const cool = await house.joined('Cool');
    cool.send(attachment('a.txt', 'abc', FLAG.MORE, 9));
    await cool.conversation.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    { target: '@Fun', words: 'Messages to one person' },
    { target: 'zoo', words: 'You are not in the room zoo.' },
  ])('to $target is refused', async ({ target, words }) => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    cool.send({ ...attachment('a.txt', 'abc'), target });
    await expectNotice(cool, words, { number: 3 });
  });
});

describe('a file over the inline limit', () => {
  const INLINE = 10;

  async function shared(contents: string | Buffer): Promise<{ cool: FakePeer; sequence: number; folder: string }> {
    const { house, folder } = await houseWithFolder({ inlineFile: INLINE });
    const cool = await house.joined('Cool');
    const bytes = Buffer.from(contents);
    const pieces = [];
    for (let offset = 0; offset < bytes.length; offset += MAX_PAYLOAD) {
      const more = offset + MAX_PAYLOAD < bytes.length ? FLAG.MORE : 0;
      pieces.push(attachment('large.bin', bytes.subarray(offset, offset + MAX_PAYLOAD), more, bytes.length));
    }
    const announced = await share(cool, ...pieces);
    expect(announced).toMatchObject({ flags: FLAG.ATTACHMENT, number: bytes.length, filename: 'large.bin' });
    return { cool, sequence: announced.sequence, folder };
  }

  async function fetched(peer: FakePeer, sequence: number, offset = 0): Promise<Buffer> {
    peer.send(fetchRequest(sequence, offset));
    const pieces = await allOf(peer, FLAG.ATTACHMENT);
    for (const piece of pieces) expect(piece).toMatchObject({ sequence, filename: 'large.bin', username: 'Cool' });
    return Buffer.concat(pieces.map(({ payload }) => payload));
  }

  it('is announced with its size and without its contents, live and in the history', async () => {
    const { house } = await houseWithFolder({ inlineFile: INLINE });
    const cool = await house.joined('Cool');
    const live = await share(cool, attachment('large.bin', '01234567890'));
    expect(live).toMatchObject({ number: 11, payload: Buffer.alloc(0) });
    expect(inside(await joinAnswers(house.connect(), 'Fun')).at(-1)).toEqual(live);
  });

  it('is sent whole to whoever fetches it', async () => {
    const contents = Buffer.alloc(3 * MAX_PAYLOAD + 5, 'The quick brown fox');
    const { cool, sequence } = await shared(contents);
    expect((await fetched(cool, sequence)).equals(contents)).toBe(true);
  });

  it.each([
    { offset: 1, gives: '1234567890' },
    { offset: 10, gives: '0' },
    { offset: 11, gives: '' },
  ])('is sent from byte $offset on', async ({ offset, gives }) => {
    const { cool, sequence } = await shared('01234567890');
    expect((await fetched(cool, sequence, offset)).toString()).toBe(gives);
  });

  it('is refused from beyond its end', async () => {
    const { cool, sequence } = await shared('01234567890');
    cool.send(fetchRequest(sequence, 12));
    await expectNotice(cool, 'large.bin has only 11 bytes.', { sequence, number: 12 });
  });

  it('is refused where no file was shared', async () => {
    const { cool } = await shared('01234567890');
    for (const sequence of [1, 99]) {
      cool.send(fetchRequest(sequence));
      await expectNotice(cool, `No file was shared at ${sequence}.`, { sequence });
    }
  });

  it('is refused when it is gone, with the SEQUENCE that was asked for', async () => {
    const { cool, sequence, folder } = await shared('01234567890');
    rmSync(joinPath(folder, 'large.bin'));
    cool.send(fetchRequest(sequence, 2));
    await expectNotice(cool, 'large.bin is no longer here as it was shared.', { sequence });
    await expectAlive(cool);
  });

  it('is refused when it is gone, with the NUMBER that was asked for', async () => {
    const { cool, sequence, folder } = await shared('01234567890');
    rmSync(joinPath(folder, 'large.bin'));
    cool.send(fetchRequest(sequence, 2));
    await expectNotice(cool, 'large.bin is no longer here', { number: 2 });
  });

  it('may be one of 16 that are waiting, and not of more', async () => {
    const { cool, sequence } = await shared(Buffer.alloc(2 * MAX_PAYLOAD, 1));
    cool.link.stopReading();
    for (let count = 0; count < 17; count++) cool.send({ ...fetchRequest(sequence), number: count });
    await settle(200);
    cool.link.read();
    const seen: WireRecord[] = [];
    const isLast = ({ flags }: WireRecord): boolean => flags === FLAG.ATTACHMENT;
    for (let whole = 0; whole < 16;) {
      const record = await cool.next();
      seen.push(record);
      if (isLast(record)) whole++;
    }
    const notices = seen.filter(({ flags }) => flags === FLAG.NOTICE);
    expect(notices.map(wordsOf)).toEqual(['At most 16 files can be asked for at a time.']);
    expect(notices[0]).toMatchObject({ sequence, number: 16 });
    await settle();
    expect(cool.taken()).toEqual([]);
  });

  it('lets texts pass, and waits for a peer that does not read', async () => {
    const contents = Buffer.alloc(5 * MAX_PAYLOAD, 'abc');
    const { cool, sequence } = await shared(contents);
    cool.link.stopReading();
    cool.send(fetchRequest(sequence));
    await settle(200);
    cool.say('passing');
    await settle();
    expect(cool.link.mostPending).toBeLessThan(2 * PIECE + SLACK);
    cool.link.read();
    const records = [await cool.next()];
    while (records.at(-1)?.flags !== FLAG.ATTACHMENT) records.push(await cool.next());
    const pieces = records.filter(({ flags }) => flags !== 0);
    expect(records.findIndex(({ flags }) => flags === 0)).toBeLessThan(records.length - 5);
    expect(Buffer.concat(pieces.map(({ payload }) => payload)).equals(contents)).toBe(true);
  });

  it('is sent no further after quitting, and anew after joining again', async () => {
    const contents = Buffer.alloc(5 * MAX_PAYLOAD, 'abc');
    const { cool, sequence } = await shared(contents);
    cool.link.stopReading();
    cool.send(fetchRequest(sequence));
    await settle(100);
    cool.send(quitRequest, joinRequest('Cool'));
    cool.link.read();
    await cool.until(({ flags }) => flags === FLAG.QUIT_ACCEPT, 'the quit');
    await cool.expect(FLAG.JOIN_ACCEPT);
    await cool.expect(FLAG.NEW_USER);
    expect((await fetched(cool, sequence)).equals(contents)).toBe(true);
  });
});

describe('a broken protocol', () => {
  const head = (offset: number, ...bytes: number[]): Buffer => {
    const record = encode({});
    record.set(bytes, offset);
    return record;
  };

  it.each([
    { name: 'two kinds', bytes: head(2, 0, 3), words: 'at most one flag' },
    { name: 'a reserved bit', bytes: head(2, 0x40, 0), words: 'reserved bits' },
    { name: 'a huge payload that has not come', bytes: head(28, 255, 255, 255, 255), words: 'PAYLOAD_LENGTH' },
  ])('is answered by a notice and the end: $name', async ({ bytes, words }) => {
    const house = await TestHouse.open();
    const watcher = await house.joined('Watcher');
    const cool = await house.joined('Cool');
    cool.link.send(Buffer.concat([encode({ payload: 'good', number: 1 }), bytes, encode({ payload: 'bad' })]));
    const notice = await cool.until(({ flags }) => flags === FLAG.NOTICE, 'a notice');
    expect(wordsOf(notice)).toMatch(new RegExp(`${words}.* The connection is closed\\.$`));
    await settle();
    expect(cool.link.isClosed).toBe(true);
    const seen = watcher.taken().map(({ flags }) => flags);
    expect(seen).toEqual([FLAG.NEW_USER, 0, FLAG.QUIT_ACCEPT]);
    expect(house.events).toContain('broke-protocol');
  });

  it.each([
    { name: 'HTTP', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n') },
    { name: 'one byte', bytes: Buffer.of(2) },
    { name: 'zeros', bytes: Buffer.alloc(100) },
  ])('that is another one is not answered at all: $name', async ({ bytes }) => {
    const house = await TestHouse.open();
    const peer = house.connect();
    peer.link.send(bytes);
    await settle();
    expect(peer.link.isClosed).toBe(true);
    expect(peer.link.bytes).toHaveLength(0);
    expect(house.events).toContain('broke-protocol');
  });

  it('is the end of the conversation: what comes afterwards is not looked at', async () => {
    const house = await TestHouse.open();
    const peer = house.connect();
    peer.link.send(Uint8Array.of(7), encode(joinRequest('Cool')));
    await settle();
    expect(house.events).not.toContain('joined');
  });
});

describe('a peer that does not read', () => {
  const TEXT_LENGTH = 65_536;
  const COUNT = 100;

  /** Fun has stopped reading, and Cool has said far more than anyone should hold for Fun. */
  async function flooded(): Promise<{ house: TestHouse; cool: FakePeer; fun: FakePeer }> {
    const house = await TestHouse.open();
    const [cool, fun] = [await house.joined('Cool'), await house.joined('Fun')];
    fun.link.stopReading();
    for (let index = 0; index < COUNT; index++) {
      cool.say(`${index} ${'x'.repeat(TEXT_LENGTH)}`, index);
      await settle(1);
    }
    await cool.until(({ number }) => number === COUNT - 1, 'the last text');
    return { house, cool, fun };
  }

  it('delays nobody, costs a bounded amount, and gets everything once when it reads again', async () => {
    const { fun } = await flooded();
    expect(fun.link.mostPending).toBeLessThan(FULL + TEXT_LENGTH + SLACK);
    fun.link.read();
    for (let index = 0; index < COUNT; index++) expect(await fun.expect(0)).toMatchObject({ number: index });
    await settle();
    expect(fun.taken()).toEqual([]);
  });

  it('gets everything once when it reads a little at a time', async () => {
    const { cool, fun } = await flooded();
    for (let round = 0; round < 30; round++) {
      if (round % 3 === 0) cool.say('meanwhile', 1000 + round);
      fun.link.readOnce();
      await settle(3);
    }
    fun.link.read();
    await settle(40);
    const places = fun.taken().map(({ sequence }) => sequence);
    expect(places).toEqual(Array.from({ length: COUNT + 10 }, (_, index) => index + 3));
    expect(fun.link.mostPending).toBeLessThan(FULL + 2 * MAX_PAYLOAD + SLACK);
  });

  it('is not listened to while it does not read, and is afterwards', async () => {
    const { cool, fun } = await flooded();
    fun.send({ payload: 'first' });
    await settle();
    expect(fun.link.isPaused).toBe(true);
    fun.send({ payload: 'second' }, { payload: 'third' });
    await settle();
    const heard = (): string[] =>
      cool
        .taken()
        .filter(({ flags }) => flags === 0)
        .map(wordsOf);
    expect(heard()).toEqual([]);
    fun.link.read();
    await settle(40);
    expect(heard()).toEqual(['first', 'second', 'third']);
    expect(fun.link.isPaused).toBe(false);
  });

  it.each([
    { name: 'reports', record: reportRequest },
    { name: 'texts without a seat', record: { payload: 'Hi.' } },
    { name: 'files without a seat', record: attachment('a.txt', '') },
    { name: 'joins that are rejected', record: joinRequest('not a name') },
    { name: 'fetches without a seat', record: fetchRequest(1) },
    { name: 'quits without a seat', record: quitRequest },
  ])('cannot make us hold the answers to any number of requests: $name', async ({ record }) => {
    const house = await TestHouse.open();
    const peer = house.connect();
    peer.link.stopReading();
    const count = 50_000;
    const requests = Buffer.concat(Array.from({ length: 1000 }, () => encode(record)));
    for (let sent = 0; sent < count; sent += 1000) peer.link.send(requests);
    await settle(100);
    expect(peer.link.isPaused).toBe(true);
    expect(peer.link.mostPending).toBeLessThan(FULL + SLACK);
    peer.link.read();
    await settle(100);
    expect(peer.taken()).toHaveLength(count);
  });

  it('has its seat freed when it is gone', async () => {
    const { cool, fun } = await flooded();
    fun.link.reset();
    await cool.until(({ flags }) => flags === FLAG.QUIT_ACCEPT, 'the leaving of Fun');
  });
});

describe('rooms', () => {
  it('are apart in their seats, their names and their histories', async () => {
    const house = await TestHouse.open({ capacity: 1 });
    const [lobby, den] = [await house.joined('Cool'), await house.joined('Cool', 'den')];
    lobby.say('in the lobby');
    den.say('in the den');
    expect(await lobby.expect(0)).toMatchObject({ target: '', sequence: 2, payload: Buffer.from('in the lobby') });
    expect(await den.expect(0)).toMatchObject({ target: 'den', sequence: 2, payload: Buffer.from('in the den') });
    await settle();
    expect([...lobby.taken(), ...den.taken()]).toEqual([]);
    const fun = house.connect();
    fun.send(joinRequest('Fun', 'den'));
    await fun.expect(FLAG.JOIN_REJECT);
    den.send(quitRequest);
    await den.expect(FLAG.QUIT_ACCEPT);
    fun.send(joinRequest('Fun', 'DEN'));
    const accept = await fun.expect(FLAG.JOIN_ACCEPT);
    expect(accept.target).toBe('den');
    expect(inside([accept]).map(wordsOf)).toEqual([
      'Cool joined the chatroom.',
      'in the den',
      'Cool left the chatroom.',
    ]);
  });

  it('are apart in their files', async () => {
    const house = await TestHouse.open();
    const [lobby, den] = [await house.joined('Cool'), await house.joined('Cool', 'den')];
    await share(lobby, attachment('a.txt', 'for the lobby'));
    den.say('nothing here');
    await den.expect(0);
    den.send(fetchRequest(2));
    await expectNotice(den, 'No file was shared at 2.');
    await settle();
    expect(den.taken()).toEqual([]);
  });

  it('are left for others over one connection', async () => {
    const house = await TestHouse.open();
    const peer = house.connect();
    peer.send(joinRequest('Cool', 'den'), quitRequest, joinRequest('Cool', 'zoo'), { payload: 'Hi.', target: 'den' });
    await expectNoticeAmong(peer, 'You are not in the room den.');
  });

  async function expectNoticeAmong(peer: FakePeer, words: string): Promise<void> {
    const notice = await peer.until(({ flags }) => flags === FLAG.NOTICE, 'a notice');
    expect(wordsOf(notice)).toBe(words);
  }
});

describe('the stop of the server', () => {
  it('is told by a notice, and everyone leaves', async () => {
    const house = await TestHouse.open();
    const peers = [await house.joined('Cool'), await house.joined('Fun'), house.connect()];
    await settle();
    for (const peer of peers) peer.taken();
    await Promise.all(peers.map((peer) => peer.conversation.stop()));
    expect(await house.history.present()).toEqual([]);
    await settle();
    for (const peer of peers) {
      expect(wordsOf(await peer.expect(FLAG.NOTICE))).toBe('The server is shutting down.');
      expect(peer.link.isClosed).toBe(true);
    }
    const log = await house.history.open('');
    const leavings = (await log.read({ from: 3, to: 9 })).map(({ kind, author }) => `${author} ${kind}`);
    expect(leavings.sort()).toEqual(['Cool leave', 'Fun leave']);
  });

  it.each([
    { name: 'of somebody who is quitting', requests: [joinRequest('Cool'), quitRequest] },
    { name: 'of somebody who has just said something', requests: [joinRequest('Cool'), { payload: 'Hi.' }] },
    { name: 'of somebody who is sharing', requests: [joinRequest('Cool'), attachment('a.txt', 'abc')] },
  ])('records the leaving exactly once: $name', async ({ requests }) => {
    const house = await TestHouse.open();
    const peer = await house.joined('Watcher').then(() => house.connect());
    const [first, ...rest] = requests;
    peer.send(first ?? {});
    await peer.until(({ flags }) => flags === FLAG.NEW_USER, 'the joining');
    peer.send(...rest);
    await peer.conversation.stop();
    await settle(40);
    const log = await house.history.open('');
    const entries = await log.read({ from: 2, to: log.last });
    expect(entries.filter(({ kind, author }) => kind === 'leave' && author === 'Cool')).toHaveLength(1);
    expect(entries.at(-1)).toMatchObject({ kind: 'leave', author: 'Cool' });
  });

  it('records the leaving of somebody who is joining', async () => {
    const house = await TestHouse.open();
    const peer = house.connect();
    peer.send(joinRequest('Cool'));
    await peer.conversation.stop();
    await settle(40);
    const log = await house.history.open('');
    expect((await log.read({ from: 1, to: 9 })).map(({ kind }) => kind)).toEqual(['join', 'leave']);
  });

  it('does not wait for somebody who does not read', async () => {
    const house = await TestHouse.open();
    const [cool, fun] = [await house.joined('Cool'), await house.joined('Fun')];
    fun.link.stopReading();
    for (let index = 0; index < 30; index++) cool.say('x'.repeat(100_000));
    await settle();
    fun.send(quitRequest);
    await settle();
    await fun.conversation.stop();
    await cool.until(({ flags }) => flags === FLAG.QUIT_ACCEPT, 'the leaving of Fun');
    await settle();
    expect(cool.taken().filter(({ flags }) => flags === FLAG.QUIT_ACCEPT)).toEqual([]);
  });
});

describe('what is reported', () => {
  it('has the person, the address and what happened', async () => {
    const house = await TestHouse.open();
    const cool = await house.joined('Cool');
    cool.send(attachment('a.txt', 'abc'), fetchRequest(2), { payload: 'Hi.' }, reportRequest, quitRequest);
    await cool.until(({ flags }) => flags === FLAG.QUIT_ACCEPT, 'the quit');
    await settle();
    expect(house.events).toEqual(['joined', 'shared', 'fetched', 'said', 'reported', 'left']);
    for (const { fields } of house.reported) {
      expect(fields).toMatchObject({ protocol: 'records', name: 'Cool', address: '192.168.1.5', port: 54654 });
    }
  });
});
