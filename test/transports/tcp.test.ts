import net from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Link, Listener } from '../../src/transports/link.js';
import { readInto } from '../../src/transports/socket.js';
import { dialTcp, listenTcp } from '../../src/transports/tcp.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { Party } from '../support/party.js';

const HOST = '127.0.0.1';
const MEBIBYTE = 1_048_576;

afterEach(closeAll);

async function listen(): Promise<{ listener: Listener; parties: Party[] }> {
  const parties: Party[] = [];
  const listener = await listenTcp({ host: HOST, port: 0 }, (link) => {
    const party = new Party(link);
    parties.push(party);
    return party;
  });
  atEnd(() => void listener.close());
  return { listener, parties };
}

async function dial(port: number, host = HOST): Promise<Party> {
  let party: Party | undefined;
  await dialTcp({ host, port }, (link) => (party = new Party(link)));
  if (!party) throw new Error('Nobody was told of the connection.');
  return party;
}

async function connected(): Promise<{ listener: Listener; near: Party; far: Party }> {
  const { listener, parties } = await listen();
  const near = await dial(listener.address.port);
  const far = await eventually(() => parties[0], 'the connection at the listening end');
  return { listener, near, far };
}

describe('a connection', () => {
  it('moves bytes both ways', async () => {
    const { near, far } = await connected();
    near.say('Hi.');
    await far.untilText('Hi.');
    far.say('Hello ');
    far.say('there');
    await near.untilText('Hello there');
  });

  it('knows where its peer is', async () => {
    const { listener, near, far } = await connected();
    expect(near.link.remote).toEqual({ address: HOST, port: listener.address.port });
    expect(far.link.remote.address).toBe(HOST);
    expect(far.link.remote.port).toBeGreaterThan(0);
    far.link.destroy();
    await far.until('closed');
    expect(far.link.remote.address).toBe(HOST);
  });

  it('loses nothing that was sent before anyone listened', async () => {
    const { listener, parties } = await listen();
    const socket = net.connect(listener.address.port, HOST);
    atEnd(() => void socket.destroy());
    socket.end('first words');
    const far = await eventually(() => parties[0], 'the connection');
    await far.until('ended');
    expect(far.text).toBe('first words');
  });

  it('tells nothing while it is paused, and all of it afterwards', async () => {
    const { near, far } = await connected();
    far.link.pause();
    near.say('Hi.');
    near.link.end();
    far.say('go on');
    await near.untilText('go on');
    expect(far.told).toEqual([]);
    far.link.resume();
    await far.until('ended');
    expect(far.text).toBe('Hi.');
  });
});

describe('bytes that come', () => {
  it('are their receiver’s, as long as it likes', async () => {
    const { near, far } = await connected();
    near.say('one');
    await far.untilText('one');
    near.say('two');
    await far.untilText('onetwo');
  });

  it('are lent to who asks for that, in memory that all of a listener share', async () => {
    const { near, far } = await connected();
    expect([far.link.lend?.(), near.link.lend?.()]).toEqual([true, false]);
    near.say('one');
    await far.untilText('one');
    near.say('two');
    await eventually(() => far.chunks.length === 2, 'the second word');
    expect(far.text).toBe('twotwo');
  });

  it('come as ever where Node cannot have them read into one place', async () => {
    const server = net.createServer();
    atEnd(() => void server.close());
    const far = new Promise<boolean>((resolve) =>
      server.on('connection', (socket) => {
        Object.defineProperty(socket, '_handle', { value: undefined });
        resolve(readInto(socket, Buffer.alloc(1), () => undefined));
        socket.destroy();
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const socket = net.connect((server.address() as net.AddressInfo).port, HOST);
    atEnd(() => void socket.destroy());
    expect(await far).toBe(false);
  });
});

describe('the end of a connection', () => {
  it('of one side leaves the other side to say what it has to say', async () => {
    const { near, far } = await connected();
    near.say('last word');
    near.link.end();
    await far.until('ended');
    expect(far.told).toEqual(['received', 'ended']);
    far.say('answer');
    far.link.end();
    await near.until('closed');
    await far.until('closed');
    expect(near.text).toBe('answer');
    expect(near.told).toEqual(['received', 'ended', 'closed']);
    expect(far.told).toEqual(['received', 'ended', 'closed']);
    expect([near.error, far.error]).toEqual([undefined, undefined]);
  });

  it('comes when everything that was written has gone out', async () => {
    const { near, far } = await connected();
    const bytes = Buffer.alloc(8 * MEBIBYTE, 'The quick brown fox');
    near.link.write(bytes);
    near.link.end();
    await far.until('ended');
    expect(far.bytes.equals(bytes)).toBe(true);
  });

  it('may be asked for twice, and drops what is written afterwards', async () => {
    const { near, far } = await connected();
    near.say('Hi.');
    near.link.end();
    near.link.end();
    near.say('too late');
    await far.until('ended');
    expect(far.text).toBe('Hi.');
    far.link.end();
    await near.until('closed');
    near.say('far too late');
    near.link.end();
    near.link.destroy();
    expect(near.told.filter((what) => what === 'closed')).toHaveLength(1);
  });

  it('is told once and last, with the reason, when it breaks', async () => {
    const { near, far } = await connected();
    const { listener, parties } = await listen();
    const socket = net.connect(listener.address.port, HOST);
    const broken = await eventually(() => parties[0], 'the connection');
    socket.resetAndDestroy();
    await broken.until('closed');
    expect(broken.error?.message).toMatch(/ECONNRESET/);
    expect(broken.told).toEqual(['closed']);
    near.link.destroy();
    near.link.destroy();
    await near.until('closed');
    expect(near.told).toEqual(['closed']);
    await far.until('ended');
    far.link.end();
    far.link.destroy();
    await far.until('closed');
    expect(far.told.filter((what) => what === 'closed')).toHaveLength(1);
    expect(far.told.at(-1)).toBe('closed');
  });

  it('does not wait for ever for a peer that does not close its side', async () => {
    const { near, far } = await connected();
    far.link.pause();
    near.link.end();
    await near.until('closed');
    expect(near.told.at(-1)).toBe('closed');
  });
});

describe('a peer that does not read', () => {
  it('is known by what is pending, and by being told when that has gone', async () => {
    const { near, far } = await connected();
    far.link.pause();
    const bytes = Buffer.alloc(MEBIBYTE, 'abc');
    let written = 0;
    while (near.link.pending < 2 * MEBIBYTE) {
      near.link.write(bytes);
      written += bytes.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(near.told).not.toContain('drained');
    far.link.resume();
    await near.until('drained');
    expect(near.link.pending).toBe(0);
    await eventually(() => far.bytes.length === written, 'all bytes');
  });
});

describe('listening', () => {
  it('tells the port that the system picked', async () => {
    const { listener } = await listen();
    expect(listener.address).toMatchObject({ address: HOST });
    expect(listener.address.port).toBeGreaterThan(0);
  });

  it('ends for newcomers, and goes on for those who are there', async () => {
    const { listener, near, far } = await connected();
    const closed = listener.close();
    await expect(dial(listener.address.port)).rejects.toMatchObject({ name: 'TransportError' });
    near.say('still here');
    await far.untilText('still here');
    far.link.destroy();
    await closed;
  });

  it.each([
    {
      name: 'a port that is in use',
      at: async () => ({ host: HOST, port: (await listen()).listener.address.port }),
      says: /^Port \d+ on 127\.0\.0\.1 is in use already: .+\.$/,
    },
    {
      name: 'an address of another machine',
      at: async () => ({ host: '192.0.2.1', port: 0 }),
      says: '192.0.2.1 is not an address of this machine.',
    },
    {
      name: 'a name that does not exist',
      at: async () => ({ host: 'nowhere.invalid', port: 0 }),
      says: 'The host nowhere.invalid is unknown.',
    },
  ])('is not possible on $name, which is said in one sentence', async ({ at, says }) => {
    const place = await at();
    const failing = listenTcp(place, (link) => new Party(link));
    await expect(failing).rejects.toMatchObject({ name: 'TransportError' });
    await expect(listenTcp(place, (link) => new Party(link))).rejects.toThrow(says);
  });
});

describe('dialling', () => {
  async function freePort(): Promise<number> {
    const { listener } = await listen();
    await listener.close();
    return listener.address.port;
  }

  it('a port where nobody listens is refused in one sentence', async () => {
    const port = await freePort();
    const failing = dial(port);
    await expect(failing).rejects.toMatchObject({ name: 'TransportError' });
    await expect(dial(port)).rejects.toThrow(`There is no server at ${HOST}, port ${port}.`);
  });

  it('a name with several addresses where nobody listens is refused in one sentence', async () => {
    const port = await freePort();
    await expect(dial(port, 'localhost')).rejects.toThrow(`There is no server at localhost, port ${port}.`);
  });

  it('a host that does not exist is refused in one sentence', async () => {
    await expect(dial(18000, 'nowhere.invalid')).rejects.toThrow('The host nowhere.invalid is unknown.');
  });

  it('tells nobody of a connection that was not made', async () => {
    const told: Link[] = [];
    const port = await freePort();
    const failing = dialTcp({ host: HOST, port }, (link) => (told.push(link), new Party(link)));
    await expect(failing).rejects.toThrow('There is no server');
    expect(told).toEqual([]);
  });
});
