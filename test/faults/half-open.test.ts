import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { AT_REST, Figures, MIB, peakMemory } from '../support/fault-figures.js';
import { Ledger } from '../support/fault-ledger.js';
import { FaultPeer, members, namesOf } from '../support/fault-peer.js';
import { LITTLE, MANY, faultServer } from '../support/fault-server.js';
import { Line } from '../support/fault-sockets.js';
import { Talk } from '../support/fault-talk.js';

const CUT = 100;
const TEXTS = 600;
const BYTES = 8192;
const BOUND = AT_REST + CUT * 1.25 * MIB;

describe('peers whose line was cut without a word', () => {
  afterEach(closeAll);

  it('hold up nobody while it is cut, and miss nothing once it is not', async () => {
    const figures = new Figures('half-open');
    const ledger = new Ledger();
    const server = await faultServer({}, ...MANY, ...LITTLE);
    const line = await Line.to(server);
    const far = await members(CUT, line, ledger);
    const talk = await Talk.start(server, ledger);
    const writer = await new FaultPeer('writer', server, ledger).join();
    await Promise.all(far.map((peer) => peer.reaches(ledger.last)));

    line.cut();
    far.forEach((peer, index) => peer.say(`said into the cut line ${index}`));
    const before = writer.tally.last;
    for (let said = 1; said <= TEXTS; said += 1) {
      if (!writer.say(`${said} `.padEnd(BYTES, 'x'))) await writer.drained();
    }
    await writer.reaches(before + TEXTS);
    await talk.go(50);
    const behind = far.filter(({ tally }) => tally.last < ledger.last).length;
    expect(behind).toBe(CUT);

    line.restore();
    // Each line's own text is said now, and comes to everyone.
    await Promise.all([...far, writer].map((peer) => peer.reaches(before + TEXTS + 50 + CUT)));
    expect(far.filter(({ isClosed }) => isClosed)).toEqual([]);
    const more = `${CUT} lines cut and restored, ${TEXTS} texts of ${BYTES} bytes meanwhile`;
    figures.hold(ledger.counts(), { peak: peakMemory(server.pid), bound: BOUND }, more);
  });

  it('leave a server that can stop all the same', async () => {
    const ledger = new Ledger();
    const server = await faultServer({}, ...MANY, ...LITTLE);
    const line = await Line.to(server);
    const writer = await new FaultPeer('writer', server, ledger).join();
    await Promise.all(namesOf('far', CUT).map((name) => new FaultPeer(name, line, ledger).join()));
    line.cut();
    for (let said = 1; said <= TEXTS; said += 1) {
      if (!writer.say(`${said} `.padEnd(BYTES, 'x'))) await writer.drained();
    }
    await writer.reaches(TEXTS);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });
});
