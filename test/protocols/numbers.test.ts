/** A text's number, from whoever says it back to who said it, in every protocol of ours at a server of ours. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection, Line } from '../../src/client/connection.js';
import { DEFAULTS } from '../../src/config.js';
import { allProtocols } from '../../src/protocols/index.js';
import type { Protocol } from '../../src/protocols/protocol.js';
import { type RunningServer, start } from '../../src/server.js';
import { dialTcp } from '../../src/transports/tcp.js';
import { dialUdp } from '../../src/transports/udp.js';
import { dialWebSocket } from '../../src/transports/websocket.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder } from '../support/folders.js';

const DIAL = { tcp: dialTcp, udp: dialUdp, websocket: dialWebSocket };
const protocols = allProtocols();

let server: RunningServer;

beforeAll(async () => {
  const folder = temporaryFolder('numbers');
  const serve = protocols.map((protocol) => ({ protocol, port: 0 }));
  const settings = { ...DEFAULTS, data: join(folder, 'data'), downloads: join(folder, 'downloads'), capacity: 50 };
  server = await start({ ...settings, serve }, () => undefined);
  atEnd(() => server.stop());
});

afterAll(closeAll);

/** Joins under a name of letters; `own` gets this person's texts. */
async function joined({ name, transport, connect }: Protocol, own: Line[]): Promise<Connection> {
  const { port } = server.addresses.find(({ protocol }) => protocol === name)!;
  const me = `Me${name.replace(/\W/g, '')}`;
  const connection = await connect((accept) => DIAL[transport]({ host: '127.0.0.1', port }, accept), '', {
    joined: () => undefined,
    line: (line) => void (line.kind === 'text' && line.author === me && own.push(line)),
    notice: () => undefined,
    closed: () => undefined,
  });
  atEnd(() => connection.close());
  await connection.join(me);
  return connection;
}

describe('the number of a text', () => {
  it.each(protocols)('comes back with it over $name', async (protocol) => {
    const own: Line[] = [];
    const connection = await joined(protocol, own);
    await connection.say('one', 0x9000_0001);
    await connection.say('two\nthree', 0x9000_0002);
    await connection.say('four', 0x9000_0003);
    await eventually(() => own.at(-1)?.text === 'four', 'the last text', { show: () => JSON.stringify(own) });

    const numbers = own.map(({ id = 0 }) => id).filter((id) => id !== 0);
    expect(numbers).toEqual([0x9000_0001, 0x9000_0002, 0x9000_0003]);
    expect(own.map(({ text }) => text).join('\n')).toBe('one\ntwo\nthree\nfour');
  });
});
