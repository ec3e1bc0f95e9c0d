import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { AT_REST, Figures, MIB, peakMemory } from '../support/fault-figures.js';
import { Ledger } from '../support/fault-ledger.js';
import { Cable, whyNoNetworks } from '../support/fault-netns.js';
import { FaultPeer } from '../support/fault-peer.js';
import { faultServer, LITTLE } from '../support/fault-server.js';
import { Talk } from '../support/fault-talk.js';
import type { ServerProcess } from '../support/server-process.js';

const TEXTS = 600;
const BYTES = 8192;
const BOUND = AT_REST + 32 * MIB;

const why = whyNoNetworks();

(why === '' ? describe : describe.skip)(`a network that fails${why && ` (skipped: ${why})`}`, () => {
  afterEach(closeAll);

  it('for a while costs nobody a message, and for good costs the others nothing', async () => {
    const figures = new Figures('network of one cut');
    const ledger = new Ledger();
    const server = await faultServer({ grace: 60 }, '--host', '0.0.0.0', '--capacity', '10', ...LITTLE);
    const cable = Cable.lay();
    const relay = await cable.relay(server.port);
    const far = await new FaultPeer('far', relay, ledger).join();
    const talk = await Talk.start(server, ledger);

    cable.pull();
    far.say('into the dark');
    const before = ledger.last;
    await sayMuch(server, ledger);
    await talk.go(50);
    expect(far.tally.last).toBeLessThanOrEqual(before);
    cable.plug();
    // What the systems on both ends had not got rid of they send again by themselves.
    await far.reaches(ledger.last);
    expect(far.isClosed).toBe(false);

    cable.pull();
    await talk.go(50);
    // Whoever was cut off for good comes back by another way.
    const back = await comeBack(far, server, ledger);
    await talk.go(1);
    await back.reaches(ledger.last);
    const more = `cut and restored with ${TEXTS} texts of ${BYTES} bytes meanwhile, then cut for good`;
    figures.hold(ledger.counts(), { peak: peakMemory(server.pid), bound: BOUND }, more);
  });
});

async function sayMuch(server: ServerProcess, ledger: Ledger): Promise<void> {
  const writer = await new FaultPeer('writer', server, ledger).join();
  const before = writer.tally.last;
  for (let said = 1; said <= TEXTS; said += 1) {
    if (!writer.say(`${said} `.padEnd(BYTES, 'x'))) await writer.drained();
  }
  await writer.reaches(before + TEXTS);
}

/** To the same seat, where the server keeps seats; otherwise under another name, since the old one is still seated. */
async function comeBack(far: FaultPeer, server: ServerProcess, ledger: Ledger): Promise<FaultPeer> {
  const name = far.token === '' ? 'far-again' : far.name;
  return new FaultPeer(name, server, ledger).join(far);
}
