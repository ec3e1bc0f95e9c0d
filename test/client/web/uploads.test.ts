/** Files on their way to the room. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Connection } from '../../../src/client/connection.js';
import { RefusedError } from '../../../src/client/connection.js';
import { Changes } from '../../../src/client/web/model/changes.js';
import { type Upload, Uploads } from '../../../src/client/web/model/uploads.js';
import type { Visit } from '../../../src/client/web/model/visit.js';
import { MemoryStore } from '../../../src/files/memory.js';
import { RoomError } from '../../../src/room/errors.js';
import type { FileStore } from '../../../src/room/ports.js';
import { closeAll } from '../../support/cleanup.js';
import { gate, settle } from '../../support/settle.js';
import { back, confirmed, joined, Server, shown, textsIn, until } from './support.js';

const MEBIBYTE = 1_048_576;

afterEach(closeAll);

function fileOf(size: number, name = 'a.bin'): File {
  return new File([Buffer.alloc(size, 'abc')], name);
}

/** One that was removed since it was picked, behind its first `readable` bytes. */
function goneFile(size: number, readable = 0): File {
  const file = fileOf(size, 'gone.bin');
  const slice = file.slice.bind(file);
  const gone = new Blob();
  gone.arrayBuffer = () => Promise.reject(new Error('A requested file or directory could not be found.'));
  file.slice = (start = 0, end = size) => (start >= readable ? gone : slice(start, end));
  return file;
}

/** A store that takes nothing while there is a failure, and waits with taking while it is held. */
class DifficultStore extends MemoryStore implements FileStore {
  failure: Error | undefined;
  held: Promise<void> | undefined;

  override async receive(name: string): ReturnType<MemoryStore['receive']> {
    if (this.failure) throw this.failure;
    await this.held;
    return super.receive(name);
  }
}

async function posted(visit: Visit): Promise<void> {
  await until(visit, () => visit.uploads.list.length === 0, 'the files');
}

function only(visit: Visit): Upload {
  expect(visit.uploads.list).toHaveLength(1);
  return visit.uploads.list[0]!;
}

async function whenSent(visit: Visit): Promise<void> {
  await until(visit, () => visit.uploads.list.every(({ state }) => state === 'sent'), 'all of it to be out');
}

/** Calls `act` as soon as that many bytes of the first file are out, once. */
function atByte(visit: Visit, count: number, act: () => void): void {
  const unsubscribe = visit.changes.subscribe(() => {
    if ((visit.uploads.list[0]?.sent ?? 0) < count) return;
    unsubscribe();
    act();
  });
}

describe('an upload', () => {
  it('is on the list at once, and until the room shows it', async () => {
    const files = new MemoryStore();
    const server = await Server.start({ files });
    const visit = await joined(server);
    visit.uploads.add(fileOf(5, 'a/b.txt'));
    expect(only(visit)).toMatchObject({ state: 'sending', sent: 0 });
    await posted(visit);
    expect(visit.timeline.files.map(({ file }) => file)).toEqual([
      { name: 'b.txt', size: 5, contents: expect.any(Uint8Array) },
    ]);
    expect([...files.files.values()]).toEqual([Buffer.from('abcab')]);
  });

  it('tells how far it is', async () => {
    const visit = await joined(await Server.start());
    const seen = new Set<number>();
    visit.changes.subscribe(() => visit.uploads.list[0] && seen.add(visit.uploads.list[0].sent));
    visit.uploads.add(fileOf(MEBIBYTE));
    await posted(visit);
    expect(seen.size).toBe(17);
    expect([...seen]).toEqual([...seen].sort((one, other) => one - other));
    expect(Math.max(...seen)).toBe(MEBIBYTE);
  });

  it('comes after the one before it', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    const names = ['one.bin', 'two.bin', 'empty.bin', 'three.bin'];
    let most = 0;
    visit.changes.subscribe(() => {
      most = Math.max(most, visit.uploads.list.filter(({ state }) => state === 'sending').length);
    });
    for (const name of names) visit.uploads.add(fileOf(name === 'empty.bin' ? 0 : 200_000, name));
    expect(visit.uploads.list.map(({ state }) => state)).toEqual(['sending', 'waiting', 'waiting', 'waiting']);
    await posted(visit);
    expect(await server.files()).toEqual(names);
    expect(most).toBe(1);
  });

  it('lets texts pass', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    visit.uploads.add(fileOf(4 * MEBIBYTE));
    atByte(visit, MEBIBYTE, () => visit.say('meanwhile'));
    await posted(visit);
    await confirmed(visit);
    expect(shown(visit)).toEqual(['Cool joined', 'Cool: meanwhile', 'Cool shared a.bin']);
  });

  it('may be of an empty file', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    visit.uploads.add(fileOf(0));
    await posted(visit);
    expect(visit.timeline.files.map(({ file }) => file?.size)).toEqual([0]);
  });

  it('is not taken to be refused by a notice that is about nothing, even when it is empty', async () => {
    const files = new DifficultStore();
    const server = await Server.start({ files });
    const visit = await joined(server);
    const held = gate();
    files.held = held.passed;
    visit.uploads.add(fileOf(0));
    await whenSent(visit);
    const stopped = server.conversations[0]?.stop();
    await until(visit, () => visit.notice !== '', 'the last word');
    expect(only(visit).state).not.toBe('refused');
    held.open();
    await stopped;
    await back(visit);
    await posted(visit);
    expect(await server.files()).toEqual(['a.bin']);
  });

  it('stops when it is removed: the server keeps nothing, and the next one comes', async () => {
    const files = new MemoryStore();
    const server = await Server.start({ files });
    const visit = await joined(server);
    visit.uploads.add(fileOf(3 * MEBIBYTE, 'unwanted.bin'));
    visit.uploads.add(fileOf(5, 'wanted.txt'));
    atByte(visit, 200_000, () => visit.uploads.remove(visit.uploads.list[0]!));
    await posted(visit);
    expect(await server.files()).toEqual(['wanted.txt']);
    expect([...files.files.keys()]).toEqual(['wanted.txt']);
    await settle();
    expect(visit.notice).toBe('');
  });

  it('never begins when it is removed before', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    for (const name of ['one.txt', 'two.txt', 'three.txt']) visit.uploads.add(fileOf(5, name));
    visit.uploads.remove(visit.uploads.list[1]!);
    await posted(visit);
    expect(await server.files()).toEqual(['one.txt', 'three.txt']);
  });

  it('that is empty is not refused by what the server says of something else', async () => {
    const files = new DifficultStore();
    const server = await Server.start({ files });
    const visit = await joined(server);
    const held = gate();
    files.held = held.passed;
    visit.uploads.add(fileOf(0, 'empty.txt'));
    await whenSent(visit);
    const warning = 'You are sending more than 20 messages a second: what follows has to wait.';
    server.conversations[0]!.refuse(new RoomError('too-fast', warning), undefined);
    await until(visit, () => visit.notice !== '', 'the warning');
    held.open();
    await posted(visit);
    expect(visit.notice).toBe(warning);
    expect(await server.files()).toEqual(['empty.txt']);
  });

  it.each([0, 5, MEBIBYTE])('that the server refuses stays on the list with the reason: %i bytes', async (size) => {
    const files = new DifficultStore();
    const server = await Server.start({ files });
    const visit = await joined(server);
    files.failure = new Error('no space left on device');
    visit.uploads.add(fileOf(size, 'a.bin'));
    await until(visit, () => only(visit).state === 'refused', 'the refusal');
    expect(only(visit).reason).toBe('The server could not keep the file a.bin.');
    expect(visit.notice).toBe('');
    files.failure = undefined;
    visit.uploads.add(fileOf(size, 'next.bin'));
    await until(visit, () => visit.uploads.list.length === 1, 'the next one');
    expect(await server.files()).toEqual(['next.bin']);
    visit.uploads.remove(only(visit));
    expect(visit.uploads.list).toEqual([]);
  });

  it('that the server refuses is told from others of its size by its name', async () => {
    const files = new DifficultStore();
    const server = await Server.start({ files });
    const visit = await joined(server);
    const held = gate();
    files.held = held.passed;
    for (const name of ['one.txt', 'two.txt', 'three.txt']) visit.uploads.add(fileOf(5, name));
    await until(visit, () => visit.uploads.list.every(({ state }) => state === 'sent'), 'all of them to be out');
    expect(visit.uploads.refused(5, 'No.', 'two.txt')).toBe(true);
    expect(visit.uploads.list.map(({ state }) => state)).toEqual(['sent', 'refused', 'sent']);
    expect(visit.uploads.refused(5, 'No.', 'four.txt')).toBe(false);
    held.open();
  });

  it.each([0, 262_144])('of a file that cannot be read behind byte %i is refused', async (readable) => {
    const server = await Server.start();
    const visit = await joined(server);
    visit.uploads.add(goneFile(MEBIBYTE, readable));
    visit.uploads.add(fileOf(5, 'next.txt'));
    await until(visit, () => visit.uploads.list.length === 1, 'the next one');
    expect(only(visit)).toMatchObject({ state: 'refused', reason: 'gone.bin cannot be read any more.' });
    expect(await server.files()).toEqual(['next.txt']);
    await settle();
    expect(visit.notice).toBe('');
  });

  it('is refused in the words of the connection when that cannot send it', async () => {
    const uploads = new Uploads(new Changes());
    const share = (): Promise<void> => Promise.reject(new RefusedError('That is too long to be sent.'));
    uploads.connected({ share } as unknown as Connection);
    uploads.add(fileOf(5));
    await settle();
    expect(uploads.list).toMatchObject([{ state: 'refused', reason: 'That is too long to be sent.' }]);
  });

  it('is given up by leaving', async () => {
    const files = new MemoryStore();
    const server = await Server.start({ files });
    const visit = await joined(server);
    visit.uploads.add(fileOf(3 * MEBIBYTE));
    visit.uploads.add(fileOf(5));
    atByte(visit, 200_000, () => void visit.leave());
    await until(visit, () => visit.stage === 'outside' && visit.report !== undefined, 'the door');
    expect(visit.uploads.list).toEqual([]);
    await visit.join('Cool', undefined);
    visit.uploads.add(fileOf(7, 'next.txt'));
    await posted(visit);
    expect(await server.files()).toEqual(['next.txt']);
  });
});

describe('an upload whose connection is lost', () => {
  it('begins again with the next one, and is shown once', async () => {
    const files = new MemoryStore();
    const server = await Server.start({ files });
    const visit = await joined(server);
    visit.uploads.add(fileOf(MEBIBYTE));
    atByte(visit, 300_000, () => server.pair.near.destroy());
    await until(visit, () => visit.stage === 'away', 'the end');
    expect(only(visit)).toMatchObject({ state: 'waiting', sent: 0 });
    await back(visit);
    await posted(visit);
    expect(await server.files()).toEqual(['a.bin']);
    expect([...files.files.values()].map(({ length }) => length)).toEqual([MEBIBYTE]);
  });

  it('waits when it is added without a connection', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    const history = await server.kill();
    visit.uploads.add(fileOf(5));
    expect(only(visit).state).toBe('waiting');
    await server.start({ history });
    await back(visit);
    await posted(visit);
    expect(await server.files()).toEqual(['a.bin']);
  });

  it.each([
    { name: 'what comes with the joining', replay: 8_388_608 },
    { name: 'the gap', replay: 100 },
  ])('is not doubled when it had arrived: it stands in $name', async ({ replay }) => {
    const server = await Server.start({ replay });
    const fun = await server.house.joined('Fun');
    const visit = await joined(server);
    server.pair.near.pause();
    visit.uploads.add(fileOf(5));
    await whenSent(visit);
    await settle();
    expect(await server.files()).toEqual(['a.bin']);
    await server.cut();
    for (let count = 0; count < 8; count++) fun.say('x'.repeat(100_000));
    await settle();
    await back(visit);
    await posted(visit);
    await settle();
    expect(await server.files()).toEqual(['a.bin']);
    expect(visit.timeline.files).toHaveLength(1);
  });

  it('is sent again when all of it was out and it had not arrived', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    server.pair.far.pause();
    visit.uploads.add(fileOf(5));
    await whenSent(visit);
    await server.cut();
    // That it takes two attempts changes nothing.
    visit.wake();
    await settle(1);
    await server.cut();
    await back(visit);
    await posted(visit);
    expect(await server.files()).toEqual(['a.bin']);
  });

  it('is not taken for an earlier one of the same size', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    visit.uploads.add(fileOf(5, 'earlier.txt'));
    await posted(visit);
    server.pair.far.pause();
    visit.uploads.add(fileOf(5, 'later.txt'));
    await whenSent(visit);
    await server.cut();
    await back(visit);
    await posted(visit);
    expect(await server.files()).toEqual(['earlier.txt', 'later.txt']);
  });

  it('is not doubled when it had arrived and the way back takes several attempts', async () => {
    const server = await Server.start();
    const visit = await joined(server);
    server.pair.near.pause();
    visit.uploads.add(fileOf(5));
    await whenSent(visit);
    await settle();
    await server.cut();
    const ghost = await server.house.joined('Cool');
    visit.wake();
    await until(visit, () => visit.problem.includes('username'), 'the refusal');
    ghost.link.reset();
    await settle();
    await back(visit);
    await posted(visit);
    await settle();
    expect(await server.files()).toEqual(['a.bin']);
  });

  it('does not hold up what is added to the next one', async () => {
    const changes = new Changes();
    const uploads = new Uploads(changes);
    const hanging = { share: () => new Promise<void>(() => undefined) } as unknown as Connection;
    uploads.connected(hanging);
    uploads.add(fileOf(5, 'one.txt'));
    uploads.clear();
    uploads.connected(undefined);
    const names: string[] = [];
    const share: Connection['share'] = async ({ name }) => void names.push(name);
    uploads.connected({ share } as unknown as Connection);
    uploads.add(fileOf(5, 'two.txt'));
    await settle();
    expect(names).toEqual(['two.txt']);
  });
});

describe('a file whose size is a number that means something else', () => {
  it('is not taken to be refused with what the server says of the history', async () => {
    const server = await Server.start({ replay: 120 });
    await server.house.joined('Fun');
    await server.house.joined('Fire');
    const visit = await joined(server);
    await server.cut();
    // Behind what comes with the joining there are so many older lines.
    for (const size of [1, 2, 3]) visit.uploads.add(fileOf(size, `${size}.bin`));
    await back(visit);
    await posted(visit);
    expect(await server.files()).toEqual(['1.bin', '2.bin', '3.bin']);
  });
});

describe('texts and files together', () => {
  it('all arrive, whatever is lost in between', async () => {
    const server = await Server.start({ replay: 2000 });
    const visit = await joined(server);
    const [texts, names]: [string[], string[]] = [[], []];
    for (let round = 0; round < 10; round++) {
      texts.push(`text ${round}`);
      names.push(`${round}.bin`);
      visit.say(`text ${round}`);
      // All of one size, so that nothing but their order tells them apart.
      visit.uploads.add(fileOf(100_000, `${round}.bin`));
      await settle(round * 2);
      await server.cut();
      await back(visit);
    }
    await confirmed(visit);
    await posted(visit);
    expect(textsIn(visit)).toEqual(texts);
    expect(await server.files()).toEqual(names);
  });
});
