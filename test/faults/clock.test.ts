import { afterEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { DEFAULTS, parseServed, type ServerConfig } from '../../src/config.js';
import { type RunningServer, start } from '../../src/server.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { Figures, MIB } from '../support/fault-figures.js';
import { Ledger } from '../support/fault-ledger.js';
import { FaultPeer } from '../support/fault-peer.js';
import { randomFrom, SEED } from '../support/fault-random.js';
import { temporaryFolder } from '../support/folders.js';

const TEXTS = 3000;
/** Milliseconds of the widest jump, in either direction. */
const DAY = 86_400_000;
/** This server runs in the process of the test, with all that a test brings along: less than that is no news. */
const BOUND = 1024 * MIB;

describe('a clock that is set back and forth', () => {
  afterEach(closeAll);

  it('neither turns the times of the history back nor changes its order, live or after a restart', async () => {
    const figures = new Figures(`clock: seed ${SEED}`);
    const random = randomFrom(SEED);
    const ledger = new Ledger();
    const now = Date.now();
    let jumps = 0;
    const clock = (): number => {
      jumps += 1;
      return now + Math.round((random() - 0.5) * DAY);
    };
    const config = inFolder(temporaryFolder('clock'));
    let server = await running(config, clock);
    for (const lasting of [clock, () => now - DAY]) {
      await server.stop();
      server = await running(config, lasting);
      const at = { port: server.addresses[0]!.port };
      const [writer, reader] = ['writer', 'reader'].map((name) => new FaultPeer(name, at, ledger));
      await Promise.all([writer!.join(), reader!.join()]);
      const before = ledger.last;
      for (let said = 1; said <= TEXTS; said += 1) {
        writer!.say(`${said}`, said);
        // One at a time, now and then, so that they are not all of one batch with one time.
        if (said % 10 === 0) await writer!.reaches(before + said - 10);
      }
      await Promise.all([writer!.reaches(before + TEXTS), reader!.reaches(before + TEXTS)]);
    }
    const peak = process.memoryUsage().rss;
    const counts = ledger.counts();
    expect(jumps).toBeGreaterThan(10);
    figures.hold(counts, { peak, bound: BOUND }, `${jumps} jumps, set back a day at the restart, ${2 * TEXTS} texts`);
  });
});

function inFolder(folder: string): ServerConfig {
  const [data, downloads] = [join(folder, 'data'), join(folder, 'downloads')];
  return { ...DEFAULTS, data, downloads, capacity: 10, serve: parseServed(['records=0'], undefined) };
}

async function running(config: ServerConfig, clock: () => number): Promise<RunningServer> {
  const server = await start(config, () => undefined, clock);
  atEnd(() => server.stop());
  return server;
}
