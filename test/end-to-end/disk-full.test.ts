import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { connect } from '../protocols/chat10/support.js';
import { closeAll } from '../support/cleanup.js';
import { PICTURES } from '../support/pictures.js';
import { run } from '../support/process.js';
import { FLAG, RecordsPeer, type WireRecord } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { SmallDisk } from '../support/small-disk.js';

const obstacle = SmallDisk.obstacle;
const onSmallDisk = obstacle === undefined ? describe : describe.skip;
const where = obstacle === undefined ? '' : ` (skipped, since no disk can be mounted here: ${obstacle})`;

const NOT_KEPT = 'The server could not keep this, so nobody was shown it.';

afterEach(closeAll);

function check({ data, downloads }: ServerProcess): ReturnType<typeof run> {
  return run(['check', '--data', data, '--downloads', downloads]);
}

/** Waits for the notice about the message of this number. */
async function noticeOf(peer: RecordsPeer, number: number): Promise<string> {
  const isIt = (record: WireRecord): boolean => record.flags === FLAG.NOTICE && record.number === number;
  return (await peer.waitFor(isIt, `a notice about ${number}`)).payload.toString();
}

function eventsOf(server: ServerProcess, event: string): number {
  return server.report.filter((line) => line.event === event).length;
}

/** Names of files that are half-written. */
function halves(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.part'));
}

onSmallDisk(`a disk that is full${where}`, () => {
  it('takes nothing, says so to whoever tried, and all goes on once there is room', async () => {
    const disk = SmallDisk.mount();
    const folders = { data: join(disk.folder, 'data'), downloads: join(disk.folder, 'downloads') };
    const server = await ServerProcess.start({ ...folders, args: ['chat10=0', '--capacity', '9', '--grace', '0'] });
    const { port: chat10 } = await server.waitForReport({ event: 'listening', protocol: 'chat10' });
    const { peer: cool } = await RecordsPeer.join(server.port, 'Cool');
    const { peer: fire } = await RecordsPeer.join(server.port, 'Fire');
    const { peer: gone } = await RecordsPeer.join(server.port, 'Gone');
    const bob = await connect(chat10!);
    bob.join('bob');
    await cool.waitForAnnouncement('bob joined the chatroom.');
    cool.share('before.bin', Buffer.alloc(1000, 1));
    await cool.waitFor(({ flags }) => flags === FLAG.ATTACHMENT, 'the file');

    disk.fill();
    // The first of them would go into SQLite at once, and more of them into a journal.
    for (let number = 1; number <= 100; number++) {
      cool.say(`lost ${number}`, number);
      expect(await noticeOf(cool, number)).toBe(NOT_KEPT);
    }
    bob.say('bob', 'lost too');
    await bob.until(NOT_KEPT);
    cool.share('lost.bin', Buffer.alloc(500_000, 2));
    expect(await noticeOf(cool, 500_000)).toBe('The server could not keep the file lost.bin.');
    await expect(RecordsPeer.join(server.port, 'Late')).rejects.toThrow(`rejects the join request. ${NOT_KEPT}`);
    const pictured = await RecordsPeer.connect(server.port);
    pictured.send({ flags: FLAG.JOIN_REQUEST, username: 'Pictured', payload: PICTURES.png });
    await pictured.waitFor(({ flags }) => flags === FLAG.JOIN_REJECT, 'a rejection');
    fire.quit();
    await fire.waitFor(({ flags }) => flags === FLAG.QUIT_ACCEPT, 'the end of the stay');
    gone.reset();
    await server.waitForReport({ event: 'left', name: 'Gone' });
    expect((await cool.report()).number).toBe(2);
    expect([halves(folders.downloads), halves(join(folders.data, 'avatars'))]).toEqual([[], []]);
    expect(eventsOf(server, 'disk-works')).toBe(0);
    const failing = server.report.filter(({ event }) => event === 'disk-fails').map(({ folder }) => folder);
    expect(failing).toEqual([folders.data, folders.downloads, join(folders.data, 'avatars')]);
    expect(server.report.filter(({ event, reason }) => event === 'refused' && reason === NOT_KEPT)).toEqual([]);

    disk.free();
    for (let number = 1; number <= 100; number++) {
      cool.say(`kept ${number}`, number);
      await cool.waitForText(`kept ${number}`);
    }
    await bob.until('kept 100');
    for (const name of ['Fire', 'Gone']) await cool.waitForAnnouncement(`${name} left the chatroom.`);
    bob.say('bob', 'and mine');
    await cool.waitForText('and mine');
    cool.share('after.bin', Buffer.alloc(500_000, 3));
    await cool.waitFor(({ filename, flags }) => flags === FLAG.ATTACHMENT && filename === 'after.bin', 'the file');
    const { peer: late, history } = await RecordsPeer.join(server.port, 'Late');
    expect(history.filter(({ payload }) => payload.toString().startsWith('lost'))).toEqual([]);
    await server.waitForReport({ event: 'disk-works', folder: folders.data });
    expect(readdirSync(folders.downloads).sort()).toEqual(['after.bin', 'before.bin']);
    expect(await check(server)).toMatchObject({ code: 0 });

    await server.kill9();
    const again = await server.restart();
    const { history: kept } = await RecordsPeer.join(again.port, 'Again');
    expect(kept.map(({ sequence }) => sequence)).toEqual(kept.map((_, index) => index + 1));
    expect(await check(again)).toMatchObject({ code: 0, stderr: '' });
    late.end();
  }, 60_000);

  it('is told of by a sentence at a start after a kill too, and loses nothing', async () => {
    const disk = SmallDisk.mount();
    const folders = { data: join(disk.folder, 'data'), downloads: join(disk.folder, 'downloads') };
    const server = await ServerProcess.start(folders);
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    for (let number = 1; number <= 50; number++) peer.say(`text ${number}`, number);
    await peer.waitForText('text 50');
    await server.kill9();

    disk.fill();
    const args = ['serve', 'records=0', '--data', folders.data, '--downloads', folders.downloads];
    const { code, stderr } = await run(args);
    expect([code, stderr]).toEqual([1, 'snug: The data folder cannot be used: database or disk is full.\n']);

    disk.free();
    const again = await server.restart();
    const { history } = await RecordsPeer.join(again.port, 'Fun');
    const texts = history.filter(({ flags }) => flags === 0).map(({ payload }) => payload.toString());
    expect(texts).toEqual(Array.from({ length: 50 }, (_, index) => `text ${index + 1}`));
    expect(await check(again)).toMatchObject({ code: 0 });
  }, 60_000);

  it('is told of at the start by a sentence, and takes the server once there is room', async () => {
    const disk = SmallDisk.mount();
    const folders = { data: join(disk.folder, 'data'), downloads: join(disk.folder, 'downloads') };
    disk.fill();
    const args = ['serve', 'records=0', '--data', folders.data, '--downloads', folders.downloads];
    const { code, stderr } = await run(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^snug: .*\.\n$/);
    expect(stderr).not.toContain('    at ');

    disk.free();
    const server = await ServerProcess.start(folders);
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    peer.say('kept');
    await peer.waitForText('kept');
  }, 60_000);
});

onSmallDisk(`a folder of files that can only be read${where}`, () => {
  it('takes no file, while the room goes on, and takes files once it can be written', async () => {
    const disk = SmallDisk.mount();
    const server = await ServerProcess.start({ downloads: disk.folder });
    const { peer: cool } = await RecordsPeer.join(server.port, 'Cool');
    disk.setReadOnly(true);
    for (const name of ['one', 'two']) {
      cool.share(name, Buffer.from(name));
      await cool.waitFor(({ payload }) => payload.toString().includes(`could not keep the file ${name}`), 'a no');
    }
    cool.say('the room goes on');
    await cool.waitForText('the room goes on');

    disk.setReadOnly(false);
    cool.share('three', Buffer.from('three'));
    await cool.waitFor(({ flags }) => flags === FLAG.ATTACHMENT, 'the file');
    expect([eventsOf(server, 'disk-fails'), eventsOf(server, 'disk-works')]).toEqual([1, 1]);
    expect(readdirSync(disk.folder)).toEqual(['three']);
    expect(await check(server)).toMatchObject({ code: 0 });
  }, 60_000);
});
