import { afterAll, describe, expect, it } from '@jest/globals';
import { createHash, randomFillSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { atEnd, closeAll } from '../support/cleanup.js';
import { AT_REST, Figures, MIB, peakMemory } from '../support/fault-figures.js';
import { type Counts, Ledger, noCounts } from '../support/fault-ledger.js';
import { FaultPeer, namesOf } from '../support/fault-peer.js';
import { run } from '../support/process.js';
import { randomFrom, SEED } from '../support/fault-random.js';
import { LITTLE, faultServer } from '../support/fault-server.js';
import { decode, FLAG, RecordsPeer } from '../support/records-peer.js';
import type { ServerProcess } from '../support/server-process.js';

const ROUNDS = Number(process.env['SNUG_ROUNDS'] ?? 100);
/** Milliseconds between which the moment of a kill lies, from when everyone is seated. */
const [SOONEST, LATEST] = [1, 400];
/** Rooms, and until when they are killed: journals go into SQLite after two seconds. */
const ROOMS = 40;
const LATEST_OF_MANY = 4000;
/** Bytes of a piece of a file, and the most of one. */
const PIECE = 65_536;
const LONGEST_FILE = 2 * MIB;
/** A piece and a batch under way for each of four, and what SQLite keeps of its pages. */
const BOUND = AT_REST + 32 * MIB;

describe('kill -9 at a random moment', () => {
  afterAll(closeAll);

  it('loses nothing that anyone was shown, and leaves no half file', async () => {
    const figures = new Figures(`kill -9: ${ROUNDS} times, seed ${SEED}`);
    const random = randomFrom(SEED);
    const ledger = new Ledger();
    const uploads = new Uploads();
    let server = await faultServer({}, '--capacity', '10', ...LITTLE);
    let peak = 0;
    let kept = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const people = await Promise.all(
        ['ann', 'ben', 'eve', 'reader'].map((name) => new FaultPeer(name, server, ledger).join()),
      );
      people.slice(0, 2).forEach((peer, index) => babble(peer, `${round}.${index}`));
      void uploads.keepSending(people[2]!, random);
      await wait(SOONEST + random() * (LATEST - SOONEST));
      peak = Math.max(peak, peakMemory(server.pid));
      await server.kill9();
      people.forEach((peer) => peer.destroy());

      server = await server.restart();
      await readBack(server, ledger, kept);
      kept = ledger.last;
    }
    await readBack(server, ledger, 0);
    expect(ledger.holes()).toBe(0);
    const files = uploads.check(server, ledger);
    checkTexts(ledger, ['ann', 'ben', 'eve', 'reader'], ROUNDS);
    figures.hold(ledger.counts(), { peak: Math.max(peak, peakMemory(server.pid)), bound: BOUND }, files);
  }, 3_600_000);
});

describe('kill -9 while many rooms speak', () => {
  afterAll(closeAll);

  it('loses nothing that anyone was shown, wherever it was kept by then', async () => {
    const rounds = Math.ceil(ROUNDS / 10);
    const figures = new Figures(`kill -9, ${ROOMS} rooms: ${rounds} times, seed ${SEED}`);
    const random = randomFrom(SEED);
    const rooms = namesOf('room', ROOMS).map((name) => ({ name, ledger: new Ledger(), kept: 0 }));
    let server = await faultServer({}, ...LITTLE);
    let [peak, journals] = [0, 0];
    for (let round = 1; round <= rounds; round += 1) {
      const people = await Promise.all(
        rooms.map(({ name, ledger }) => new FaultPeer('ann', server, ledger, name).join()),
      );
      people.forEach((peer, index) => babble(peer, `${round}.${index}`));
      await wait(random() * LATEST_OF_MANY);
      peak = Math.max(peak, peakMemory(server.pid));
      await server.kill9();
      people.forEach((peer) => peer.destroy());
      journals += readdirSync(server.data).filter((name) => name.includes('-recent-')).length;
      const { stdout } = await run(['check', '--data', server.data, '--downloads', server.downloads]);
      expect(stdout).toContain('All is as it was written.');

      server = await server.restart();
      await Promise.all(rooms.map(({ name, ledger, kept }) => readBack(server, ledger, kept, name)));
      for (const room of rooms) room.kept = room.ledger.last;
    }
    expect(journals).toBeGreaterThan(rounds / 2);
    for (const { name, ledger } of rooms) {
      await readBack(server, ledger, 0, name);
      expect(ledger.holes()).toBe(0);
      checkTexts(ledger, ['ann'], rounds);
    }
    const counts = noCounts();
    for (const { ledger } of rooms) add(counts, ledger.counts());
    const found = `journals left behind ${journals}`;
    figures.hold(counts, { peak: Math.max(peak, peakMemory(server.pid)), bound: BOUND }, found);
  }, 3_600_000);
});

function add(sum: Counts, { shown, lost, doubled, disordered }: Counts): void {
  sum.shown += shown;
  sum.lost += lost;
  sum.doubled += doubled;
  sum.disordered += disordered;
}

/** Says one text after the other, each with a number of its own, until the connection is over. */
function babble(peer: FaultPeer, prefix: string): void {
  let said = 0;
  const timer = setInterval(() => {
    if (peer.isClosed) clearInterval(timer);
    for (let count = 0; count < 5; count += 1) peer.say(`${peer.name} ${prefix} says ${(said += 1)}`, said);
  }, 5);
  atEnd(() => clearInterval(timer));
}

/** Pages back through the history to behind `from`, and has the ledger compare each entry with what was shown. */
async function readBack(server: ServerProcess, ledger: Ledger, from: number, room = ''): Promise<void> {
  const { peer } = await RecordsPeer.join(server.port, 'checker', room);
  const pages: Buffer[][] = [];
  for (let before = 0, first = Infinity; first > from + 1; before = first) {
    const start = peer.received.length;
    peer.send({ flags: FLAG.FETCH_REQUEST, number: before });
    const isLast = ({ flags }: { flags: number }): boolean => flags === FLAG.FETCH_REQUEST;
    await peer.waitFor(isLast, 'a page of the history', start);
    const parts = peer.received.slice(start).filter(({ flags }) => flags & FLAG.FETCH_REQUEST);
    const page = recordsIn(Buffer.concat(parts.map(({ payload }) => payload)));
    pages.unshift(page);
    first = Number(page[0]?.readBigUInt64BE(16) ?? 0);
    if (parts.at(-1)!.number === 0) break;
  }
  const tally = ledger.tally();
  for (const record of pages.flat()) tally.see(Number(record.readBigUInt64BE(16)), record);
  peer.quit();
  await peer.waitForAnnouncement('checker left the chatroom.');
  peer.end();
}

function recordsIn(bytes: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const end = 32 + rest[1]! + rest[24]! + rest.readUInt16BE(26) + rest.readUInt32BE(28);
    records.push(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  return records;
}

/** Nothing was said twice, and everyone was announced as often as leaving as as coming. */
function checkTexts(ledger: Ledger, names: readonly string[], rounds: number): void {
  const texts = new Set<string>();
  const announced = new Map<string, number>();
  let said = 0;
  for (let place = 1; place <= ledger.last; place += 1) {
    const [{ flags, username, payload } = { flags: 0, username: '', payload: '' }] = decode(ledger.at(place)!).records;
    if (flags === 0) {
      said += 1;
      texts.add(payload.toString());
    } else if (flags !== FLAG.ATTACHMENT) {
      const key = `${username} ${flags === FLAG.NEW_USER ? 'joined' : 'left'}`;
      announced.set(key, (announced.get(key) ?? 0) + 1);
    }
  }
  expect(texts.size).toBe(said);
  for (const name of names) {
    expect([announced.get(`${name} joined`), announced.get(`${name} left`)]).toEqual([rounds, rounds]);
  }
}

/** Files that were sent, by name, with what they were. */
class Uploads {
  private readonly sums = new Map<string, string>();

  /** Sends one file after the other, until the connection is over. */
  async keepSending(peer: FaultPeer, random: () => number): Promise<void> {
    while (!peer.isClosed) {
      const contents = randomFillSync(Buffer.alloc(1 + Math.floor(random() * LONGEST_FILE)));
      const filename = `file-${this.sums.size}.bin`;
      this.sums.set(filename, sha256(contents));
      for (let from = 0; from < contents.length; from += PIECE) {
        const more = from + PIECE < contents.length ? FLAG.MORE : 0;
        const payload = contents.subarray(from, from + PIECE);
        peer.send({ flags: FLAG.ATTACHMENT | more, filename, number: contents.length, payload });
        await peer.drained();
      }
    }
  }

  /** Every confirmed file is there as it was sent, and no file is there that is not all of one that was sent. */
  check(server: ServerProcess, ledger: Ledger): string {
    const confirmed = new Set<string>();
    for (let place = 1; place <= ledger.last; place += 1) {
      const [record] = decode(ledger.at(place)!).records;
      if (record && record.flags === FLAG.ATTACHMENT) confirmed.add(record.filename);
    }
    const kept = readdirSync(server.downloads);
    for (const name of kept) {
      expect([name, sha256(readFileSync(join(server.downloads, name)))]).toEqual([name, this.sums.get(name)]);
    }
    expect([...confirmed].filter((name) => !kept.includes(name))).toEqual([]);
    const unannounced = kept.filter((name) => !confirmed.has(name)).length;
    return `files sent ${this.sums.size}, confirmed ${confirmed.size}, all intact, half files 0, whole but not announced ${unannounced}`;
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
