import { afterEach, describe, expect, it } from '@jest/globals';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { atEnd, closeAll } from '../support/cleanup.js';
import { AT_REST, Figures, MIB, peakMemory } from '../support/fault-figures.js';
import { Ledger } from '../support/fault-ledger.js';
import { FaultPeer } from '../support/fault-peer.js';
import { faultServer, LITTLE, loggingServer } from '../support/fault-server.js';
import { Talk } from '../support/fault-talk.js';
import { encode, FLAG } from '../support/records-peer.js';

const TEXTS = 200_000;
const REPORTS = 100_000;
const GARBAGE = 1000;
/** 550 MB of them. */
const LARGE_TEXTS = 500_000;
/** Bytes: from 64 MiB on it begins anew, at the next time that 32 MiB have come, and some come meanwhile. */
const LONGEST_LOG = 256 * MIB;
/** Records in one write. */
const AT_ONCE = 200;
/** MiB of heap. Node reads up to 2 MiB of one connection in one turn, and a quarter of one waits for a commit at most. */
const HEAP = 64;
const BOUND = AT_REST + HEAP * MIB;

describe('a flood', () => {
  afterEach(closeAll);

  it('of texts, reports and garbage is obeyed or refused, and neither reorders nor stops the rest', async () => {
    const figures = new Figures('flood');
    const ledger = new Ledger();
    const server = await loggingServer(HEAP, '--capacity', '10', ...LITTLE);
    const talk = await Talk.start(server, ledger);
    const flooder = await new FaultPeer('flooder', server, ledger).join();
    const asker = new FaultPeer('asker', server, ledger);
    const watcher = await new FaultPeer('watcher', server, ledger).join();
    const before = watcher.tally.last;

    let isOver = false;
    const talking = (async () => {
      while (!isOver) await talk.go(1);
    })();
    const garbage = throwGarbage(server.port);
    await Promise.all([sendTexts(flooder), sendReports(asker)]);
    await watcher.reaches(before + TEXTS + talk.rounds, server.state);
    await asker.isTold(REPORTS - 1);
    const thrown = await garbage;
    isOver = true;
    await talking;

    expect([flooder, asker, watcher].map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
    await watcher.reaches(ledger.last);
    const more = `${TEXTS} texts pipelined, ${REPORTS} reports, garbage ${thrown} times, ${talk.rounds} rounds of talk`;
    figures.hold(ledger.counts(), { peak: peakMemory(server.pid), bound: BOUND }, more);
  });

  it('that does not pause leaves a log of the history that begins anew all the same', async () => {
    const figures = new Figures('flood without a pause');
    const ledger = new Ledger();
    const server = await faultServer({ heap: HEAP }, '--capacity', '10', ...LITTLE);
    const flooder = await new FaultPeer('flooder', server, ledger).join();
    const before = flooder.tally.last;
    let longest = 0;
    const looking = setInterval(() => (longest = Math.max(longest, logSize(server.data))), 20);
    atEnd(() => void clearInterval(looking));
    const some = Buffer.concat(Array.from({ length: AT_ONCE }, () => encode({ payload: 'large text '.repeat(100) })));
    for (let said = 0; said < LARGE_TEXTS; said += AT_ONCE) if (!flooder.write(some)) await flooder.drained();
    await flooder.reaches(before + LARGE_TEXTS);
    expect(longest).toBeLessThan(LONGEST_LOG);
    const more = `${LARGE_TEXTS} texts of 1100 bytes; the log had ${Math.round(longest / MIB)} MiB`;
    // Much of what is under way lies beside the heap.
    figures.hold(ledger.counts(), { peak: peakMemory(server.pid), bound: BOUND + HEAP * MIB }, more);
  });
});

function logSize(data: string): number {
  return statSync(join(data, 'history.sqlite-wal'), { throwIfNoEntry: false })?.size ?? 0;
}

async function sendTexts(peer: FaultPeer): Promise<void> {
  for (let said = 0; said < TEXTS; said += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, index) => encode({ payload: `text ${said + index + 1}` }));
    if (!peer.write(Buffer.concat(some))) await peer.drained();
  }
}

async function sendReports(peer: FaultPeer): Promise<void> {
  const some = Buffer.concat(Array.from({ length: AT_ONCE }, () => encode({ flags: FLAG.REPORT_REQUEST })));
  for (let asked = 0; asked < REPORTS; asked += AT_ONCE) if (!peer.write(some)) await peer.drained();
}

/** Bytes of no protocol, on one connection after the other; gives how often the server closed. */
async function throwGarbage(port: number): Promise<number> {
  let thrown = 0;
  for (; thrown < GARBAGE; thrown += 1) {
    const socket = connect(port, '127.0.0.1');
    atEnd(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(randomFillSync(Buffer.alloc(1000)).fill(2, 0, 1));
    await once(socket, 'close');
  }
  return thrown;
}
