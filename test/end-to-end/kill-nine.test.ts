import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { COOL_FILE, COOL_TEXT, namesIn } from '../support/folders.js';
import { nameOf, PICTURES } from '../support/pictures.js';
import { FLAG, RecordsPeer, type WireRecord } from '../support/records-peer.js';
import { run } from '../support/process.js';
import { ServerProcess } from '../support/server-process.js';

const ROUNDS = 5;
/** Entries that somebody must have been shown before the server is killed. */
const SHOWN = 1500;
/** Messages that a client sends in one turn. */
const BURST = 40;

/** More than the five rounds make. */
const REPLAY_BYTES = 256 * 1024 * 1024;

describe('kill -9 during a flood', () => {
  afterAll(closeAll);

  it('loses nothing that anyone was shown, five times over', async () => {
    let server = await ServerProcess.start({ args: ['--replay', `${REPLAY_BYTES}`] });
    for (let round = 1; round <= ROUNDS; round += 1) {
      const flooders = await Promise.all(['Cool', 'Fun'].map((name) => RecordsPeer.join(server.port, name)));
      const stop = flooders.map(({ peer }, index) => flood(peer, `round ${round} from ${index}`));
      await eventually(() => flooders.every(({ peer }) => peer.received.length >= SHOWN), 'a flood', {
        timeout: 30_000,
        show: () => server.output(),
      });
      await server.kill9();
      stop.forEach((end) => end());
      await Promise.all(flooders.map(({ peer }) => peer.waitForClose()));

      server = await server.restart();
      const nobody = await RecordsPeer.connect(server.port);
      expect((await nobody.report()).number).toBe(0);
      const { peer: reader, history } = await RecordsPeer.join(server.port, 'Reader');

      expect(history.map(({ sequence }) => sequence)).toEqual(history.map((_, index) => index + 1));
      const kept = new Map(history.map((record) => [record.sequence, essence(record)]));
      for (const { peer } of flooders) {
        const shown = peer.received.filter(({ sequence }) => sequence > 0);
        expect(shown.length).toBeGreaterThan(SHOWN - 10);
        const lost = shown.filter((record) => kept.get(record.sequence) !== essence(record));
        expect(lost.slice(0, 5).map(essence)).toEqual([]);
      }
      for (const name of ['Cool', 'Fun']) {
        expect(announcements(history, `${name} joined the chatroom.`)).toBe(round);
        expect(announcements(history, `${name} left the chatroom.`)).toBe(round);
      }
      reader.quit();
      await reader.waitForAnnouncement('Reader left the chatroom.');
    }
  }, 180_000);
});

describe('kill -9 after somebody joined with an avatar', () => {
  afterAll(closeAll);

  it('leaves the avatar with the joining', async () => {
    const server = await ServerProcess.start();
    const cool = await RecordsPeer.connect(server.port);
    cool.send({ flags: FLAG.JOIN_REQUEST, username: 'Cool', payload: PICTURES.webp });
    await cool.waitForAnnouncement('Cool joined the chatroom.');
    await server.kill9();

    const { port } = await server.restart();
    const { peer, history } = await RecordsPeer.join(port, 'Fun');
    expect(history[0]).toMatchObject({ username: 'Cool', filename: nameOf(PICTURES.webp, 'webp'), number: 44 });
    peer.send({ flags: FLAG.FETCH_REQUEST, sequence: 1 });
    const { payload } = await peer.waitFor(({ flags }) => flags === FLAG.ATTACHMENT, 'the avatar');
    expect(payload.equals(PICTURES.webp)).toBe(true);
  });
});

describe('kill -9 between keeping a file and committing its entry', () => {
  afterAll(closeAll);

  it('leaves the whole file and no entry, and the same file shared again takes its place', async () => {
    const server = await ServerProcess.start();
    const { data, downloads } = server;
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    const letCommit = holdCommits(data);
    peer.share(COOL_FILE, Buffer.from(COOL_TEXT));
    await eventually(() => namesIn(downloads).length > 0, 'the file in its place');
    await server.kill9();
    letCommit();

    const { port } = await server.restart();
    const { peer: again, history } = await RecordsPeer.join(port, 'Cool');
    expect(history.filter(({ flags }) => flags & FLAG.ATTACHMENT)).toEqual([]);
    expect(namesIn(downloads)).toEqual([COOL_FILE]);
    again.share(COOL_FILE, Buffer.from(COOL_TEXT));
    const shown = await again.waitFor(({ flags }) => flags === FLAG.ATTACHMENT, 'the file');
    expect(shown.payload.toString()).toBe(COOL_TEXT);
    expect(namesIn(downloads)).toEqual([COOL_FILE]);
    const { stdout } = await run(['check', '--data', data, '--downloads', downloads]);
    expect(stdout).toContain('files: 1. All is as it was written.');
  });
});

/** Nothing is committed to the history until what this gives is called. */
function holdCommits(data: string): () => void {
  const database = new Database(join(data, 'history.sqlite'));
  database.exec('BEGIN IMMEDIATE');
  return () => void database.close();
}

/** Sends messages as fast as they go out; gives what ends it. */
function flood(peer: RecordsPeer, prefix: string): () => void {
  let sent = 0;
  const timer = setInterval(() => {
    for (let count = 0; count < BURST; count += 1) peer.say(`${prefix}, message ${(sent += 1)}`, sent);
  }, 5);
  const stop = (): void => clearInterval(timer);
  atEnd(stop);
  return stop;
}

function essence({ flags, timestamp, username, payload }: WireRecord): string {
  return `${flags} ${timestamp} ${username} ${payload.toString()}`;
}

function announcements(history: readonly WireRecord[], text: string): number {
  return history.filter(({ flags, payload }) => flags !== 0 && payload.toString() === text).length;
}
