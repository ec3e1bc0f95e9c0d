import { afterEach, describe, expect, it } from '@jest/globals';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { affordable, AT_REST, Figures, peakMemory } from '../support/fault-figures.js';
import { Ledger } from '../support/fault-ledger.js';
import { randomFrom, SEED } from '../support/fault-random.js';
import { faultServer, LITTLE } from '../support/fault-server.js';
import { openMany } from '../support/fault-sockets.js';
import { Talk } from '../support/fault-talk.js';
import type { ServerProcess } from '../support/server-process.js';

const IDLE = 10_000;
const DRIPPING = 3000;
const ROUNDS = 300;

/** Bytes for a connection that has said nothing, or little: its socket, conversation and decoder. */
const HELD = 8 * 1024;

/** The other protocols, beside records; over UDP there are no connections. */
const OTHERS = ['chat10', 'pull', 'raw', 'register'] as const;

/** Beginnings that never come to an end, byte by byte; of what is none, each byte is looked at too. */
const ENDLESS: Readonly<Record<string, string>> = {
  records: `\x01\x04\x00\x04${'\0'.repeat(24)}\x00\x10\x00\x00${'x'.repeat(2000)}`,
  web: `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(2000)}`,
  chat10: `CHAT/1.0 TEXT\r\nUsername: ${'x'.repeat(2000)}`,
  pull: 'x'.repeat(2000),
  raw: `\xc3\r${'x'.repeat(2000)}`,
  register: `REGISTER ${'x'.repeat(2000)}`,
};

describe('connections by the thousand', () => {
  afterEach(closeAll);

  it('can be idle without holding up those who talk', async () => {
    const figures = new Figures(`idle connections`);
    const ledger = new Ledger();
    const server = await faultServer({}, ...LITTLE);
    const talk = await Talk.start(server, ledger);
    const idle = await openMany([server.port], affordable(IDLE));
    await talk.go(ROUNDS);
    const open = idle.filter(({ isClosed }) => !isClosed).length;
    expect(open).toBe(idle.length);
    const bound = AT_REST + idle.length * HELD;
    figures.hold(
      ledger.counts(),
      { peak: peakMemory(server.pid), bound },
      `${open} idle, ${talk.rounds} rounds of talk`,
    );
  });

  it('can drip a byte now and then, on every port, without holding up those who talk', async () => {
    const figures = new Figures(`slow loris: seed ${SEED}`);
    const ledger = new Ledger();
    const { server, ports } = await everyProtocol();
    const talk = await Talk.start(server, ledger);
    const dripping = await openMany([...ports.values()], affordable(DRIPPING));
    const texts = new Map([...ports].map(([name, port]) => [port, ENDLESS[name]!]));
    const random = randomFrom(SEED);
    let bytes = 0;
    const drip = setInterval(() => {
      for (let count = 0; count < 100; count += 1) {
        const { socket, port } = dripping[Math.floor(random() * dripping.length)]!;
        const text = Buffer.from(texts.get(port)!, 'latin1');
        if (socket.writable) socket.write(text.subarray(socket.bytesWritten, socket.bytesWritten + 1));
        bytes += 1;
      }
    }, 5);
    atEnd(() => clearInterval(drip));
    await eventually(() => bytes > 10_000, 'some drips', { timeout: 60_000 });
    await talk.go(ROUNDS);
    clearInterval(drip);
    const open = dripping.filter(({ isClosed }) => !isClosed).length;
    const bound = AT_REST + dripping.length * HELD;
    const more = `${dripping.length} connections on ${ports.size} ports, ${open} left open, ${bytes} bytes, ${talk.rounds} rounds of talk`;
    figures.hold(ledger.counts(), { peak: peakMemory(server.pid), bound }, more);
  });
});

async function everyProtocol(): Promise<{ server: ServerProcess; ports: Map<string, number> }> {
  const server = await faultServer({ page: true }, ...OTHERS.map((name) => `${name}=0`), '--capacity', '10', ...LITTLE);
  const ports = new Map([
    ['records', server.port],
    ['web', server.pagePort],
  ]);
  for (const name of OTHERS) {
    const { port } = await server.waitForReport({ event: 'listening', protocol: name });
    ports.set(name, Number(port));
  }
  return { server, ports };
}
