import { afterEach, describe, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { affordable, AT_REST, Figures, MIB, peakMemory } from '../support/fault-figures.js';
import { Ledger } from '../support/fault-ledger.js';
import { FaultPeer, members, namesOf } from '../support/fault-peer.js';
import { LITTLE, MANY, faultServer } from '../support/fault-server.js';

const STALLED = 1000;
const PROMPT = 5;

/**
 * Bytes for each reader. R12: the server holds about 1 MiB for a connection that does not read, and what was under way.
 * Entries that several wait for are the same bytes, but that is no promise. With short texts, what Node keeps of each
 * write, an object of its own, is as much again. The rest lies in the system's buffers and on disk.
 */
const HELD = { long: 1.25 * MIB, short: 2.5 * MIB };

describe('a thousand members who stop reading', () => {
  afterEach(closeAll);

  // More than 1 MiB and what the system holds for a connection: some 2.5 MiB are sent, 0.1 received.
  it.each([
    ['long texts', { readers: STALLED, texts: 700, bytes: 8192, held: HELD.long }],
    ['short texts', { readers: 100, texts: 50_000, bytes: 64, held: HELD.short }],
  ])('cost little, hold up nobody, and miss nothing: %s', async (what, { readers, texts, bytes, held }) => {
    const figures = new Figures(`slow readers: ${what}`);
    const ledger = new Ledger();
    const server = await faultServer({ heap: 512 }, ...MANY, ...LITTLE);
    const stalled = await members(affordable(readers), server, ledger);
    const prompt = await Promise.all(
      namesOf('prompt', PROMPT).map((name) => new FaultPeer(name, server, ledger).join()),
    );
    stalled.forEach((peer) => peer.stopReading());

    const writer = prompt[0]!;
    const before = ledger.last;
    for (let said = 1; said <= texts; said += 1) {
      if (!writer.say(`${said} `.padEnd(bytes, 'x'), said)) await writer.drained();
    }
    await Promise.all(prompt.map((peer) => peer.reaches(before + texts)));
    const behind = stalled.filter((peer) => peer.tally.last < before + texts).length;
    stalled.forEach((peer) => peer.readOn());
    await Promise.all(stalled.map((peer) => peer.reaches(before + texts)));

    const more = `${stalled.length} stalled (${behind} behind when the prompt ones had all), ${texts} texts of ${bytes} bytes`;
    figures.hold(ledger.counts(), { peak: peakMemory(server.pid), bound: AT_REST + stalled.length * held }, more);
  });
});
