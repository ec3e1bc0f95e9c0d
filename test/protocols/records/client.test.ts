/** The client's side of the records protocol: against our own server over a pair of links, and against made-up ones. */
import { rmSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Connection, ConnectionListener, Line } from '../../../src/client/connection.js';
import { FolderStore } from '../../../src/files/folder.js';
import { Conversation } from '../../../src/protocols/conversation.js';
import { connectRecords } from '../../../src/protocols/records/client.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { type HouseSettings, START, TestHouse } from '../../support/fake-house.js';
import { FakeLink } from '../../support/fake-link.js';
import { temporaryFolder } from '../../support/folders.js';
import { connectPair, type LinkPair } from '../../support/link-pair.js';
import { decode, encode, FLAG, type WireRecord } from '../../support/records-peer.js';
import { settle } from '../../support/settle.js';

const MEBIBYTE = 1_048_576;

afterEach(closeAll);

class Heard implements ConnectionListener {
  readonly lines: Line[] = [];
  readonly past: Line[] = [];
  readonly notices: string[] = [];
  readonly names: string[] = [];
  readonly endings: string[] = [];
  /** Everything in the order in which it was told. */
  readonly order: string[] = [];

  joined(name: string): void {
    this.names.push(name);
    this.order.push(`joined ${name}`);
  }

  line(line: Line, past: boolean): void {
    (past ? this.past : this.lines).push(line);
    this.order.push(`${past ? 'past ' : ''}${line.author} ${line.kind}`);
  }

  notice(text: string): void {
    this.notices.push(text);
    this.order.push('notice');
  }

  closed(reason: string): void {
    this.endings.push(reason);
    this.order.push('closed');
  }

  untilLine(fits: (line: Line) => boolean, what: string): Promise<Line> {
    return eventually(() => this.lines.find(fits), what, { show: () => this.order.slice(-20).join('\n') });
  }
}

interface Client {
  readonly connection: Connection;
  readonly heard: Heard;
  readonly pair: LinkPair;
  readonly conversation: Conversation;
}

async function connectTo({ house, protocol }: TestHouse, room = ''): Promise<Client> {
  const heard = new Heard();
  let pair: LinkPair | undefined;
  let conversation: Conversation | undefined;
  const connection = await connectRecords(
    async (accept) => {
      pair = connectPair(accept, (link) => (conversation = new Conversation(protocol, house, link, () => undefined)));
    },
    room,
    heard,
  );
  if (!pair || !conversation) throw new Error('The client did not dial.');
  atEnd(() => pair?.near.destroy());
  return { connection, heard, pair, conversation };
}

async function joined(house: TestHouse, name: string, room = ''): Promise<Client> {
  const client = await connectTo(house, room);
  await client.connection.join(name);
  await client.heard.untilLine(({ kind, author }) => kind === 'joined' && author === name, `the joining of ${name}`);
  return client;
}

async function houseWithFolder(settings: HouseSettings = {}): Promise<{ house: TestHouse; folder: string }> {
  const folder = joinPath(temporaryFolder('client'), 'downloads');
  return { house: await TestHouse.open({ ...settings, files: await FolderStore.open(folder) }), folder };
}

/** A client whose server is the test itself. */
async function connectToTest(): Promise<{ connection: Connection; heard: Heard; link: FakeLink }> {
  const heard = new Heard();
  const link = new FakeLink();
  const connection = await connectRecords(async (accept) => link.attach(accept(link)), '', heard);
  atEnd(() => link.destroy());
  return { connection, heard, link };
}

function answer(link: FakeLink, ...records: Parameters<typeof encode>[0][]): void {
  link.send(Buffer.concat(records.map(encode)));
}

const asked = (link: FakeLink): WireRecord[] => decode(link.bytes).records;

async function* pieces(...texts: readonly (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* unreadable(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('The disk is on fire.');
}

async function bytesOf(contents: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of contents) all.push(Uint8Array.from(piece));
  return Buffer.concat(all);
}

/** What became of a promise by now: `pending` is what must not happen. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  let state = 'pending';
  void promise.then(
    () => (state = 'resolved'),
    (error: unknown) => (state = error instanceof Error ? error.name : 'rejected'),
  );
  await settle();
  return state;
}

describe('a client', () => {
  it('can do everything that the protocol can', async () => {
    const { connection } = await connectTo(await TestHouse.open());
    expect(connection.can).toEqual({ report: true, files: true, history: true });
  });

  it('reports who is there', async () => {
    const house = await TestHouse.open();
    const { connection } = await connectTo(house);
    expect(await connection.report()).toEqual({ count: 0, text: '' });
    await joined(house, 'Cool');
    expect(await connection.report()).toEqual({
      count: 1,
      text: '1. Cool at IP: 192.168.1.5 and port: 54654.',
    });
  });

  it('asks several things at once and gets each answer', async () => {
    const { connection } = await connectTo(await TestHouse.open());
    const answers = await Promise.all([connection.report(), connection.join('Cool'), connection.report()]);
    expect(answers.map((answered) => answered?.count)).toEqual([0, undefined, 1]);
  });

  it('is told that it is in, then the history, then what happens', async () => {
    const house = await TestHouse.open();
    const cool = await joined(house, 'Cool');
    await cool.connection.say('Hi.');
    await cool.connection.share({ name: 'a/b.txt', size: 3, contents: pieces('abc') });
    await cool.heard.untilLine(({ kind }) => kind === 'file', 'the file');
    const fun = await joined(house, 'Fun');
    expect(fun.heard.order).toEqual([
      'joined Fun',
      'past Cool joined',
      'past Cool text',
      'past Cool file',
      'Fun joined',
    ]);
    const time = new Date(START);
    expect(fun.heard.past).toEqual([
      { kind: 'joined', sequence: 1, time, author: 'Cool', text: 'Cool joined the chatroom.' },
      { kind: 'text', sequence: 2, time, author: 'Cool', text: 'Hi.', id: 1 },
      {
        kind: 'file',
        sequence: 3,
        time,
        author: 'Cool',
        text: '',
        file: { name: 'b.txt', size: 3, contents: new Uint8Array(Buffer.from('abc')) },
      },
    ]);
  });

  it('is told of a history in several records as one', async () => {
    const house = await TestHouse.open();
    const cool = await joined(house, 'Cool');
    const texts = Array.from({ length: 9 }, (_, index) => `${index}`.repeat(300_000));
    for (const text of texts) await cool.connection.say(text);
    await cool.heard.untilLine(({ sequence }) => sequence === 10, 'the last text');
    const fun = await joined(house, 'Fun');
    expect(fun.heard.names).toEqual(['Fun']);
    expect(fun.heard.past.map(({ text }) => text)).toEqual(['Cool joined the chatroom.', ...texts]);
  });

  it.each([
    { name: 'Cool', reason: 'The server rejects the join request. Another user is using this username.' },
    { name: 'two words', reason: 'The server rejects the join request. A username has' },
  ])('is told why it is not let in as $name, and may try again', async ({ name, reason }) => {
    const house = await TestHouse.open();
    await joined(house, 'Cool');
    const { connection, heard } = await connectTo(house);
    await expect(connection.join(name)).rejects.toMatchObject({ name: 'RefusedError' });
    await expect(connection.join(name)).rejects.toThrow(reason);
    await connection.join('Fun');
    expect(heard.names).toEqual(['Fun']);
  });

  it('sees the own line as everyone does', async () => {
    const house = await TestHouse.open();
    const [cool, fun] = [await joined(house, 'Cool'), await joined(house, 'Fun')];
    await cool.connection.say('Hi. 😀');
    for (const { heard } of [cool, fun]) {
      const line = await heard.untilLine(({ kind }) => kind === 'text', 'the text');
      expect(line).toMatchObject({
        kind: 'text',
        sequence: 3,
        time: new Date(START),
        author: 'Cool',
        text: 'Hi. 😀',
        id: 1,
      });
    }
  });

  it('is told in words of what the server refuses', async () => {
    const { connection, heard } = await connectTo(await TestHouse.open());
    await connection.say('Hi.');
    await settle();
    expect(heard.notices).toEqual(['Join the chatroom first.']);
  });

  it('takes a word without a number for the refusal of a report, before it has a seat', async () => {
    const { connection, heard, link } = await connectToTest();
    const report = expect(connection.report()).rejects.toMatchObject({ name: 'RefusedError', message: 'No.' });
    answer(link, { flags: FLAG.NOTICE, payload: 'No.' });
    await report;
    expect(heard.notices).toEqual([]);

    const other = connection.report();
    answer(link, { flags: FLAG.NOTICE, number: 7, payload: 'Of something else.' });
    answer(link, { flags: FLAG.REPORT_RESPONSE, number: 2 });
    expect(await other).toMatchObject({ count: 2 });
    answer(link, { flags: FLAG.NOTICE, payload: 'Of nothing.' });
    expect(heard.notices).toEqual(['Of something else.', 'Of nothing.']);
  });

  it('takes no word for that in the room', async () => {
    const { connection, heard, link } = await connectToTest();
    answer(link, { flags: FLAG.JOIN_ACCEPT, username: 'Cool' });
    const report = connection.report();
    answer(link, { flags: FLAG.NOTICE, payload: 'You are too fast.' }, { flags: FLAG.REPORT_RESPONSE, number: 1 });
    expect(await report).toMatchObject({ count: 1 });
    expect(heard.notices).toEqual(['You are too fast.']);
  });

  it.each(['two words', '@Fun', 'x'.repeat(33), '\u202e'])('asks for no room that can never be: %j', async (room) => {
    const house = await TestHouse.open();
    const refusal = await house.house.rooms.find(room).catch((error: Error) => error.message);
    const dial = jest.fn(() => Promise.reject(new Error('It dialled.')));
    await expect(connectRecords(dial, room, new Heard())).rejects.toMatchObject({
      name: 'RefusedError',
      message: refusal,
    });
    expect(dial).not.toHaveBeenCalled();
  });

  it('joins the room that was named, by its name', async () => {
    const house = await TestHouse.open();
    await joined(house, 'Cool', 'den');
    const { connection } = await connectTo(house, 'den');
    expect(await connection.report()).toMatchObject({ count: 1 });
    expect(await (await connectTo(house)).connection.report()).toMatchObject({ count: 0 });
  });

  it('leaves, sees that as the last line, and may join again', async () => {
    const house = await TestHouse.open();
    const cool = await joined(house, 'Cool');
    const fun = await joined(house, 'Fun');
    await fun.connection.leave();
    expect(fun.heard.lines.at(-1)).toMatchObject({ kind: 'left', author: 'Fun', text: 'Fun left the chatroom.' });
    await cool.connection.say('Buy Fun.');
    await settle();
    expect(fun.heard.lines.at(-1)).toMatchObject({ kind: 'left' });
    await fun.connection.join('Fun');
    expect(fun.heard.past.at(-1)).toMatchObject({ text: 'Buy Fun.' });
    await fun.connection.leave();
  });

  it('has nothing to leave without a seat', async () => {
    const { connection, heard } = await connectTo(await TestHouse.open());
    await connection.leave();
    await settle();
    expect(heard.notices).toEqual([]);
  });

  it('is told once, and last, that it has closed', async () => {
    const house = await TestHouse.open();
    const { connection, heard } = await joined(house, 'Cool');
    connection.close();
    connection.close();
    await settle();
    expect(heard.order.at(-1)).toBe('closed');
    expect(heard.endings).toHaveLength(1);
    expect(await house.history.present()).toEqual([]);
  });
});

describe('older history', () => {
  it('is got page by page, oldest first, to its beginning', async () => {
    const house = await TestHouse.open({ replay: 0 });
    const cool = await joined(house, 'Cool');
    for (let index = 0; index < 600; index++) await cool.connection.say(`${index} ${'x'.repeat(1000)}`);
    const last = await cool.heard.untilLine(({ sequence }) => sequence === 601, 'the last text');
    const got: number[] = [];
    for (let before = last.sequence + 1; before > 1; before = got[0] ?? 0) {
      const lines = await cool.connection.history(before);
      expect(lines.length).toBeGreaterThan(0);
      got.unshift(...lines.map(({ sequence }) => sequence));
    }
    expect(got).toEqual(Array.from({ length: 601 }, (_, index) => index + 1));
    expect(await cool.connection.history(1)).toEqual([]);
  });

  it('is told apart when several pages are asked for at once', async () => {
    const house = await TestHouse.open();
    const cool = await joined(house, 'Cool');
    for (const text of ['a', 'b']) await cool.connection.say(text);
    await cool.heard.untilLine(({ sequence }) => sequence === 3, 'the last text');
    const pages = await Promise.all([2, 3, 4].map((before) => cool.connection.history(before)));
    expect(pages.map((page) => page.map(({ sequence }) => sequence))).toEqual([[1], [1, 2], [1, 2, 3]]);
  });

  it('is refused without a seat, rather than never answered', async () => {
    const { connection } = await connectTo(await TestHouse.open());
    expect(await stateOf(connection.history(0))).toBe('RefusedError');
  });
});

describe('sharing a file', () => {
  it('sends it in small pieces and says how far it is', async () => {
    const { house } = await houseWithFolder();
    const cool = await joined(house, 'Cool');
    const contents = Buffer.alloc(150_000, 'abc');
    const progress: number[] = [];
    await cool.connection.share({
      name: 'a.bin',
      size: contents.length,
      contents: pieces(contents.subarray(0, 100_000), contents.subarray(100_000)),
      sent: (bytes) => progress.push(bytes),
    });
    const { file } = await cool.heard.untilLine(({ kind }) => kind === 'file', 'the file');
    expect(file).toMatchObject({ name: 'a.bin', size: 150_000 });
    expect(contents.equals(file?.contents ?? Buffer.alloc(0))).toBe(true);
    expect(progress).toEqual([65_536, 100_000, 150_000]);
  });

  it('sends an empty one', async () => {
    const cool = await joined(await TestHouse.open(), 'Cool');
    await cool.connection.share({ name: 'empty.txt', size: 0, contents: pieces() });
    const { file } = await cool.heard.untilLine(({ kind }) => kind === 'file', 'the file');
    expect(file).toEqual({ name: 'empty.txt', size: 0, contents: new Uint8Array(0) });
  });

  it('sends several one after the other, whole', async () => {
    const { house } = await houseWithFolder();
    const cool = await joined(house, 'Cool');
    const all = ['a', 'b', 'c'].map((letter) => ({ name: `${letter}.txt`, contents: Buffer.alloc(200_000, letter) }));
    await Promise.all(
      all.map(({ name, contents }) =>
        cool.connection.share({ name, size: contents.length, contents: pieces(contents) }),
      ),
    );
    for (const { name, contents } of all) {
      const { file } = await cool.heard.untilLine((line) => line.file?.name === name, name);
      expect(contents.equals(file?.contents ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it('lets what is said pass', async () => {
    const { connection, link } = await connectToTest();
    link.stopReading();
    const sharing = connection.share({ name: 'a.bin', size: MEBIBYTE, contents: pieces(Buffer.alloc(MEBIBYTE)) });
    await settle();
    void connection.say('meanwhile');
    link.read();
    await sharing;
    const kinds = asked(link).map(({ flags }) => flags & ~FLAG.MORE);
    expect(kinds.indexOf(0)).toBeGreaterThan(0);
    expect(kinds.indexOf(0)).toBeLessThan(kinds.length - 1);
  });

  it('waits for a server that does not read', async () => {
    const { connection, link } = await connectToTest();
    link.stopReading();
    const sharing = connection.share({
      name: 'a.bin',
      size: 4 * MEBIBYTE,
      contents: pieces(Buffer.alloc(4 * MEBIBYTE)),
    });
    await settle();
    expect(link.mostPending).toBeLessThan(MEBIBYTE);
    link.read();
    await sharing;
    expect(asked(link).reduce((bytes, { payload }) => bytes + payload.length, 0)).toBe(4 * MEBIBYTE);
  });

  it('stops early when it is aborted, and tells the server so', async () => {
    const { house } = await houseWithFolder();
    const cool = await joined(house, 'Cool');
    const abort = new AbortController();
    await cool.connection.share({
      name: 'a.bin',
      size: 300_000,
      contents: pieces(Buffer.alloc(300_000)),
      sent: () => abort.abort(),
      signal: abort.signal,
    });
    await eventually(() => cool.heard.notices.length > 0, 'the refusal');
    expect(cool.heard.notices).toEqual([expect.stringContaining('NUMBER says 300000 bytes, and 65536 came.')]);
    await cool.connection.share({ name: 'b.txt', size: 4, contents: pieces('next') });
    const { file } = await cool.heard.untilLine(({ kind }) => kind === 'file', 'the next file');
    expect(file?.name).toBe('b.txt');
  });

  it('throws what reading it throws, and does not spoil the next one', async () => {
    const cool = await joined(await TestHouse.open(), 'Cool');
    const failing = cool.connection.share({ name: 'a.txt', size: 9, contents: unreadable() });
    await expect(failing).rejects.toThrow('The disk is on fire.');
    await cool.connection.share({ name: 'b.txt', size: 5, contents: pieces('next!') });
    const { file } = await cool.heard.untilLine(({ kind }) => kind === 'file', 'the next file');
    expect({ name: file?.name, text: Buffer.from(file?.contents ?? []).toString() }).toEqual({
      name: 'b.txt',
      text: 'next!',
    });
  });

  it.each([
    { name: 'shorter', contents: 'abc' },
    { name: 'longer', contents: 'abcdef' },
  ])('keeps to the protocol when the file becomes $name meanwhile', async ({ contents }) => {
    const cool = await joined(await TestHouse.open(), 'Cool');
    await cool.connection.share({ name: 'a.txt', size: 4, contents: pieces(contents) });
    await cool.connection.share({ name: 'b.txt', size: 4, contents: pieces('next') });
    const { file } = await cool.heard.untilLine((line) => line.file?.name === 'b.txt', 'the next file');
    expect(file?.size).toBe(4);
    expect(cool.heard.endings).toEqual([]);
  });

  it('shortens a path that is too long for its field from its front', async () => {
    const { connection, link } = await connectToTest();
    const name = `${'ü/'.repeat(600)}cool file.txt`;
    await connection.share({ name, size: 1, contents: pieces('x') });
    const [{ filename } = { filename: '' }] = asked(link);
    expect(Buffer.byteLength(filename)).toBeLessThanOrEqual(1024);
    expect(filename).toMatch(/^[^\ufffd]*cool file\.txt$/);
  });
});

describe('fetching a file', () => {
  const INLINE = 10;

  async function shared(bytes: Buffer): Promise<{ cool: Client; sequence: number; folder: string }> {
    const { house, folder } = await houseWithFolder({ inlineFile: INLINE });
    const cool = await joined(house, 'Cool');
    await cool.connection.share({ name: 'large.bin', size: bytes.length, contents: pieces(bytes) });
    const { sequence, file } = await cool.heard.untilLine(({ kind }) => kind === 'file', 'the file');
    expect(file).toEqual({ name: 'large.bin', size: bytes.length });
    return { cool, sequence, folder };
  }

  it.each([0, 1, 3 * MEBIBYTE])('gets its bytes from byte %i on', async (offset) => {
    const bytes = Buffer.alloc(3 * MEBIBYTE, 'The quick brown fox');
    const { cool, sequence } = await shared(bytes);
    const got = await bytesOf(cool.connection.fetch(sequence, offset));
    expect(got.equals(bytes.subarray(offset))).toBe(true);
    expect(cool.heard.lines.filter(({ kind }) => kind === 'file')).toHaveLength(1);
  });

  it('gets several at once', async () => {
    const { house } = await houseWithFolder({ inlineFile: INLINE });
    const cool = await joined(house, 'Cool');
    const all = ['a', 'b', 'c'].map((letter) => Buffer.alloc(300_000, letter));
    for (const contents of all) {
      await cool.connection.share({ name: 'a.bin', size: contents.length, contents: pieces(contents) });
    }
    await cool.heard.untilLine(({ sequence }) => sequence === 4, 'the last file');
    const got = await Promise.all([4, 2, 3].map((sequence) => bytesOf(cool.connection.fetch(sequence, 0))));
    expect(got.map((bytes) => String.fromCharCode(bytes[0] ?? 0))).toEqual(['c', 'a', 'b']);
    expect(got.map(({ length }) => length)).toEqual([300_000, 300_000, 300_000]);
  });

  it('gets the same one twice at once', async () => {
    const bytes = Buffer.alloc(300_000, 'abc');
    const { cool, sequence } = await shared(bytes);
    const both = [1, 2].map(() => bytesOf(cool.connection.fetch(sequence, 0)));
    const first = await Promise.race([Promise.all(both), new Promise<Buffer[]>((end) => setTimeout(end, 1500, []))]);
    expect(first.map(({ length }) => length)).toEqual([bytes.length, bytes.length]);
  });

  it('ends with the stay, and can be begun again in the next one', async () => {
    const bytes = Buffer.alloc(5 * MEBIBYTE, 'abc');
    const { cool, sequence } = await shared(bytes);
    const given = expect(bytesOf(cool.connection.fetch(sequence, 0))).rejects.toThrow('You have left the chatroom.');
    await cool.connection.leave();
    await given;
    await cool.connection.join('Cool');
    expect(await bytesOf(cool.connection.fetch(sequence, 0))).toHaveLength(bytes.length);
  });

  it('is refused with the words of the server', async () => {
    const { cool, sequence, folder } = await shared(Buffer.alloc(11));
    rmSync(joinPath(folder, 'large.bin'));
    const failing = bytesOf(cool.connection.fetch(sequence, 0));
    await expect(failing).rejects.toMatchObject({
      name: 'RefusedError',
      message: 'large.bin is no longer here as it was shared.',
    });
    await expect(bytesOf(cool.connection.fetch(99, 0))).rejects.toThrow('No file was shared at 99.');
    expect(cool.heard.notices).toEqual([]);
  });

  it('lets no more in than is taken', async () => {
    const bytes = Buffer.alloc(8 * MEBIBYTE, 'abc');
    const { cool, sequence } = await shared(bytes);
    const contents = cool.connection.fetch(sequence, 0)[Symbol.asyncIterator]();
    const first = await contents.next();
    await eventually(() => cool.pair.near.isPaused, 'the pause');
    const rest: Uint8Array[] = [first.value as Uint8Array];
    for (let next = await contents.next(); !next.done; next = await contents.next()) rest.push(next.value);
    expect(Buffer.concat(rest).equals(bytes)).toBe(true);
    expect(cool.pair.near.isPaused).toBe(false);
  });

  it('may be given up half-way, and holds up nothing', async () => {
    const { cool, sequence } = await shared(Buffer.alloc(8 * MEBIBYTE, 'abc'));
    for await (const piece of cool.connection.fetch(sequence, 0)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    // Enough for all the rest of the file to come in between.
    for (let round = 0; round < 60; round++) {
      await cool.connection.say(`still here ${round}`);
      await cool.heard.untilLine(({ text }) => text === `still here ${round}`, `text ${round}`);
    }
    expect(cool.pair.near.isPaused).toBe(false);
  });

  it('ends when the server does', async () => {
    const { cool, sequence } = await shared(Buffer.alloc(8 * MEBIBYTE, 'abc'));
    const got = bytesOf(cool.connection.fetch(sequence, 0));
    const outcome = expect(got).rejects.toMatchObject({ name: 'UnreachableError' });
    cool.pair.far.destroy();
    await outcome;
    await expect(bytesOf(cool.connection.fetch(sequence, 0))).rejects.toMatchObject({ name: 'UnreachableError' });
  });
});

describe('a server that vanishes', () => {
  it.each([
    { name: 'breaks off', vanish: (link: FakeLink) => link.reset() },
    { name: 'says its last word', vanish: (link: FakeLink) => link.sendEnd() },
  ])('is the end of everything that is waiting for it: $name', async ({ vanish }) => {
    const { connection, heard, link } = await connectToTest();
    answer(link, { flags: FLAG.JOIN_ACCEPT, username: 'Cool' });
    const waiting = [
      connection.report(),
      connection.join('Fun'),
      connection.history(0),
      bytesOf(connection.fetch(5, 0)),
    ];
    const outcomes = Promise.allSettled(waiting);
    const left = connection.leave();
    await settle(1);
    vanish(link);
    const reasons = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as unknown) : undefined,
    );
    for (const reason of reasons) {
      expect(reason).toMatchObject({ name: 'UnreachableError', message: 'The server closed the connection.' });
    }
    await left;
    expect(heard.endings).toEqual(['The server closed the connection.']);
    expect(heard.order.at(-1)).toBe('closed');
  });

  it('lets go of whoever waits for it to read', async () => {
    const { connection, link } = await connectToTest();
    link.stopReading();
    const sharing = connection.share({ name: 'a', size: MEBIBYTE, contents: pieces(Buffer.alloc(MEBIBYTE)) });
    const saying = connection.say('x'.repeat(MEBIBYTE - 100));
    await settle();
    link.reset();
    await Promise.all([sharing, saying]);
    expect(link.isClosed).toBe(true);
  });

  it('is asked for nothing any more', async () => {
    const { connection, link } = await connectToTest();
    link.reset();
    const gone = { name: 'UnreachableError' };
    await expect(connection.report()).rejects.toMatchObject(gone);
    await expect(connection.join('Cool')).rejects.toMatchObject(gone);
    await expect(connection.history(0)).rejects.toMatchObject(gone);
    await connection.say('Hi.');
    await connection.leave();
    await connection.share({ name: 'a', size: 3, contents: pieces('abc') });
    expect(link.written).toEqual([]);
  });

  it('is told in its own words when it is our server that stops', async () => {
    const house = await TestHouse.open();
    const { heard, conversation } = await joined(house, 'Cool');
    await conversation.stop();
    await settle();
    expect(heard.order.slice(-2)).toEqual(['notice', 'closed']);
    expect(heard.notices).toEqual(['The server is shutting down.']);
  });
});

describe('a server that does not answer', () => {
  afterEach(() => void jest.useRealTimers());

  function stopTheClock(): void {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
  }

  it.each([
    { name: 'a report', ask: (connection: Connection) => connection.report() },
    { name: 'a join', ask: (connection: Connection) => connection.join('Cool') },
  ])('is given up after a while: $name', async ({ ask }) => {
    stopTheClock();
    const { connection, heard } = await connectToTest();
    const outcome = expect(ask(connection)).rejects.toMatchObject({
      name: 'UnreachableError',
      message: 'The server does not answer.',
    });
    jest.advanceTimersByTime(60_000);
    await outcome;
    expect(heard.endings).toEqual(['The server does not answer.']);
  });

  it('is not given up while a long history is on its way', async () => {
    stopTheClock();
    const { connection, heard, link } = await connectToTest();
    const joining = connection.join('Cool');
    for (let part = 0; part < 4; part++) {
      jest.advanceTimersByTime(6_000);
      answer(link, { flags: FLAG.JOIN_ACCEPT | FLAG.MORE, username: 'Cool' });
    }
    answer(link, { flags: FLAG.JOIN_ACCEPT, username: 'Cool' });
    await settle();
    expect(heard.endings).toEqual([]);
    await joining;
  });

  it('leaves no clock running once it has answered', async () => {
    stopTheClock();
    const { connection, link } = await connectToTest();
    const report = connection.report();
    answer(link, { flags: FLAG.REPORT_RESPONSE });
    await report;
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a server that does not keep to the protocol', () => {
  const inside = Buffer.concat([encode({ payload: 'good' }), Buffer.of(7)]);

  it.each([
    { name: 'is another one', bytes: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') },
    { name: 'sets two kinds', bytes: encode({ flags: FLAG.NOTICE | FLAG.NEW_USER }) },
    { name: 'sends garbage inside a history', bytes: encode({ flags: FLAG.JOIN_ACCEPT, payload: inside }) },
    { name: 'sends garbage inside a page', bytes: encode({ flags: FLAG.FETCH_REQUEST, payload: inside }) },
  ])('is left, and the person is told why: $name', async ({ bytes }) => {
    const { connection, heard, link } = await connectToTest();
    const joining = connection.join('Cool');
    const outcome = expect(joining).rejects.toMatchObject({ name: 'UnreachableError' });
    link.send(bytes);
    await outcome;
    expect(heard.endings).toEqual([expect.stringMatching(/^The server does not keep to the protocol: .+\.$/)]);
    expect(link.isClosed).toBe(true);
  });

  it('but answers what was not asked, is listened to all the same', async () => {
    const { connection, heard, link } = await connectToTest();
    answer(
      link,
      { flags: FLAG.REPORT_RESPONSE, number: 3 },
      { flags: FLAG.JOIN_REJECT, payload: 'no' },
      { flags: FLAG.FETCH_REQUEST },
      { flags: FLAG.REPORT_REQUEST },
      { flags: FLAG.NOTICE, payload: 'Hi.' },
    );
    expect(heard.order).toEqual(['notice']);
    const report = connection.report();
    answer(link, { flags: FLAG.REPORT_RESPONSE, number: 1 });
    expect(await report).toEqual({ count: 1, text: '' });
  });

  it('cannot make us hold any amount of a file that never ends', async () => {
    const { heard, link } = await connectToTest();
    const piece = encode({
      flags: FLAG.ATTACHMENT | FLAG.MORE,
      sequence: 1,
      number: 5,
      payload: Buffer.alloc(MEBIBYTE),
    });
    for (let count = 0; count < 80 && !link.isClosed; count++) {
      link.send(piece);
      await settle(1);
    }
    expect(heard.endings).toEqual([expect.stringContaining('A file is too large to be shown with its contents.')]);
  });

  it('shows a text that begins with U+FEFF to the byte', async () => {
    const { heard, link } = await connectToTest();
    answer(link, { sequence: 1, username: 'ann', payload: '\ufeffHi' });
    expect(heard.lines.map(({ text }) => text)).toEqual(['\ufeffHi']);
  });
});
