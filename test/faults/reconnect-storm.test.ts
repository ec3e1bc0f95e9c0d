import { afterEach, describe, expect, it } from '@jest/globals';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { affordable, AT_REST, Figures, MIB, peakMemory } from '../support/fault-figures.js';
import { Ledger } from '../support/fault-ledger.js';
import { FaultPeer, members, PATIENT, type Return } from '../support/fault-peer.js';
import { faultServer, LITTLE, MANY } from '../support/fault-server.js';
import type { ServerProcess } from '../support/server-process.js';

const MEMBERS = 1000;
const STORMS = 5;

/** Bytes for a member: its connection, the history it is shown on joining, and a page of what it is behind. */
const HELD = 0.5 * MIB;

describe('a thousand members who are cut off at once and come back at once', () => {
  afterEach(closeAll);

  it.each([
    ['without a seat that was kept', 0],
    ['to their seats', 60],
  ])('miss nothing of what is said meanwhile, five times over, %s', async (how, grace) => {
    const figures = new Figures(`reconnect storm ${how}`);
    const ledger = new Ledger();
    const server = await faultServer({ grace }, ...MANY, ...LITTLE);
    const writer = await new FaultPeer('writer', server, ledger).join();
    let people = await members(affordable(MEMBERS), server, ledger);
    const stop = keepSaying(writer);
    let resumed = 0;
    for (let storm = 1; storm <= STORMS; storm += 1) {
      const before = people.map(({ token, tally }): Return => ({ token, tally }));
      people.forEach((peer) => peer.reset());
      people = await Promise.all(people.map((peer, index) => comeBack(peer.name, before[index]!, server, ledger)));
      resumed += people.filter(({ token }, index) => token !== '' && token === before[index]!.token).length;
      await Promise.all(people.map((peer) => peer.reaches(ledger.last)));
    }
    stop();
    await Promise.all(people.map((peer) => peer.reaches(writer.tally.last)));
    expect(people.every(({ isClosed }) => !isClosed)).toBe(true);
    if (grace > 0 && writer.token !== '') expect(resumed).toBe(people.length * STORMS);
    const bound = AT_REST + people.length * HELD;
    const more = `${people.length} members, ${STORMS} times, ${resumed} times to a kept seat`;
    figures.hold(ledger.counts(), { peak: peakMemory(server.pid), bound }, more);
  });
});

/** Tries until there is a seat: the server may not have heard yet that the old connection is gone. */
async function comeBack(name: string, back: Return, server: ServerProcess, ledger: Ledger): Promise<FaultPeer> {
  let peer = new FaultPeer(name, server, ledger);
  peer.askToJoin(back);
  await eventually(
    () => {
      if (peer.isSeated) return true;
      if (peer.isClosed || peer.rejection !== undefined) {
        peer.destroy();
        peer = new FaultPeer(name, server, ledger);
        peer.askToJoin(back);
      }
      return false;
    },
    `the seat of ${name}`,
    { timeout: PATIENT, show: () => peer.rejection ?? '' },
  );
  return peer;
}

/** Says something again and again until told to stop. */
function keepSaying(peer: FaultPeer): () => void {
  let said = 0;
  const timer = setInterval(() => peer.say(`still here, ${(said += 1)}`, said), 20);
  const stop = (): void => clearInterval(timer);
  atEnd(stop);
  return stop;
}
