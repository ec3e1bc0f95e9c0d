import net from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Admit } from '../../src/transports/http-door.js';
import type { Accept, Certificate, Dial, Listen, Listener } from '../../src/transports/link.js';
import { listenTcp } from '../../src/transports/tcp.js';
import { checkCertificate, dialTls, listenTls } from '../../src/transports/tls.js';
import { dialSecureWebSocket, listenWebSocket } from '../../src/transports/websocket.js';
import { selfSigned } from '../support/certificate.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { Party } from '../support/party.js';

const HOST = '127.0.0.1';
const MEBIBYTE = 1_048_576;
const DAY = 86_400_000;

const OWN = selfSigned();

interface Kind {
  readonly listen: (certificate: Certificate, admit?: Admit, time?: number) => Listen;
  readonly dial: (ca: string | undefined) => Dial;
}

const KINDS: readonly (readonly [string, Kind])[] = [
  ['a TLS connection', { listen: listenTls, dial: dialTls }],
  [
    'a WebSocket over TLS',
    {
      listen: (certificate, admit, time) =>
        listenWebSocket((_, response) => void response.end(), certificate, admit, time),
      dial: dialSecureWebSocket,
    },
  ],
];

afterEach(closeAll);

async function open(listen: Listen): Promise<{ listener: Listener; parties: Party[] }> {
  const parties: Party[] = [];
  const listener = await listen({ host: HOST, port: 0 }, (link) => {
    const party = new Party(link);
    parties.push(party);
    return party;
  });
  atEnd(() => void listener.close());
  return { listener, parties };
}

async function dialled(dial: Dial, port: number, host = HOST): Promise<Party> {
  let party: Party | undefined;
  await dial({ host, port }, (link) => (party = new Party(link)));
  if (!party) throw new Error('Nobody was told of the connection.');
  atEnd(() => party?.link.destroy());
  return party;
}

/** A socket of somebody else's that has connected and says nothing by itself. */
async function mute(port: number): Promise<net.Socket> {
  const socket = net.connect(port, HOST);
  socket.on('error', () => undefined);
  atEnd(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

const nobody: Accept = () => {
  throw new Error('There was to be no connection.');
};

describe.each(KINDS)('%s', (_, { listen, dial }) => {
  it('moves bytes both ways, and knows where its peer is', async () => {
    const { listener, parties } = await open(listen(OWN));
    const near = await dialled(dial(OWN.cert), listener.address.port);
    const far = await eventually(() => parties[0], 'the connection at the listening end');
    near.say('Hi.');
    await far.untilText('Hi.');
    far.say('Hello.');
    await near.untilText('Hello.');
    expect(near.link.remote).toEqual({ address: HOST, port: listener.address.port });
    expect(far.link.remote.address).toBe(HOST);
    expect(far.link.remote.port).toBeGreaterThan(0);
  });

  it('ends when everything that was written has gone out', async () => {
    const { listener, parties } = await open(listen(OWN));
    const near = await dialled(dial(OWN.cert), listener.address.port);
    const far = await eventually(() => parties[0], 'the connection at the listening end');
    const bytes = Buffer.alloc(8 * MEBIBYTE, 'The quick brown fox');
    far.link.write(bytes);
    far.link.end();
    await near.until('ended');
    expect(near.bytes.equals(bytes)).toBe(true);
    near.link.end();
    await near.until('closed');
    await far.until('closed');
  });

  it.each([
    ['that nobody vouches for', selfSigned(), undefined, 'a certificate that nobody known vouches for'],
    ['other than the one that was named', selfSigned(), OWN.cert, 'a certificate that nobody known vouches for'],
    ['for another name', selfSigned({ names: ['example.org'] }), 'its own', `a certificate that is not for ${HOST}`],
    ['of yesterday', selfSigned({ from: Date.now() - 3 * DAY, to: Date.now() - DAY }), 'its own', 'has expired'],
    ['of tomorrow', selfSigned({ from: Date.now() + DAY, to: Date.now() + 3 * DAY }), 'its own', 'is not valid yet'],
  ])('is not made with a certificate %s', async (_, certificate, ca, words) => {
    const { listener } = await open(listen(certificate));
    const { port } = listener.address;
    const attempt = dial(ca === 'its own' ? certificate.cert : ca)({ host: HOST, port }, nobody);
    await expect(attempt).rejects.toThrow(words);
    await expect(attempt).rejects.toMatchObject({ name: 'TransportError' });
    await expect(attempt).rejects.toThrow(`The server at ${HOST}, port ${port} has`);
  });

  it('is not made with a server that speaks in the clear', async () => {
    const { listener } = await open(listenTcp);
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => void socket.end('Hello\r\n'));
    });
    atEnd(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const { port } = server.address() as net.AddressInfo;
    await expect(dial(OWN.cert)({ host: HOST, port }, nobody)).rejects.toThrow(
      `The server at ${HOST}, port ${port} does not speak TLS.`,
    );
    await listener.close();
  });

  it('is not made where nobody listens', async () => {
    const { listener } = await open(listenTcp);
    await listener.close();
    const { port } = listener.address;
    await expect(dial(OWN.cert)({ host: HOST, port }, nobody)).rejects.toThrow(
      `There is no server at ${HOST}, port ${port}.`,
    );
  });

  it('stays when the certificate is renewed, which new ones are shown', async () => {
    const { listener, parties } = await open(listen(OWN));
    const near = await dialled(dial(OWN.cert), listener.address.port);
    const far = await eventually(() => parties[0], 'the connection at the listening end');
    const renewed = selfSigned();
    listener.renew?.(renewed);
    await dialled(dial(renewed.cert), listener.address.port);
    await expect(dial(OWN.cert)({ host: HOST, port: listener.address.port }, nobody)).rejects.toThrow('vouches for');
    near.say('Still here.');
    await far.untilText('Still here.');
  });

  it('is for those who finish the handshake: whoever does not is not waited for at the end', async () => {
    const { listener, parties } = await open(listen(OWN));
    const [silent, babbling] = [await mute(listener.address.port), await mute(listener.address.port)];
    babbling.write('This is not TLS.\n');
    await new Promise((resolve) => babbling.once('close', resolve));
    const near = await dialled(dial(OWN.cert), listener.address.port);
    await eventually(() => parties[0], 'the connection at the listening end');
    const gone = new Promise((resolve) => silent.once('close', resolve));
    const closed = listener.close();
    await gone;
    for (const party of [near, ...parties]) party.link.destroy();
    await closed;
    expect(parties).toHaveLength(1);
  });
});

describe.each(KINDS)('a handshake for %s', (_, { listen, dial }) => {
  /** How many are counted at the moment. */
  function counting(): { inside: number; admit: Admit } {
    const count = { inside: 0, admit: () => (count.inside++, { leave: () => void count.inside-- }) };
    return count;
  }

  it.each([
    ['says nothing', (): void => undefined],
    ['begins and goes no further', (socket: net.Socket): void => void socket.write(Buffer.from('1603010200', 'hex'))],
  ])('has its time, and its socket is closed then: of who %s', async (_, begin) => {
    const count = counting();
    const { listener, parties } = await open(listen(OWN, count.admit, 300));
    const socket = await mute(listener.address.port);
    socket.resume();
    begin(socket);
    await eventually(() => count.inside === 0 && socket.closed, 'the end of the handshake');
    expect(parties).toEqual([]);
    // The server's own side is closed too: nothing is left that it would wait for.
    await listener.close();
  });

  it.each([
    ['says its last word', (socket: net.Socket): void => void socket.end()],
    ['begins, and says its last word', (socket: net.Socket): void => void socket.end(Buffer.from('1603010200', 'hex'))],
    ['breaks off', (socket: net.Socket): void => void socket.resetAndDestroy()],
  ])('is over at once with who %s', async (_, leave) => {
    const count = counting();
    const { listener } = await open(listen(OWN, count.admit, 3_600_000));
    const socket = await mute(listener.address.port);
    socket.resume();
    await eventually(() => count.inside === 1, 'one that is counted');
    leave(socket);
    await eventually(() => count.inside === 0 && socket.closed, 'the end of the handshake');
  });

  it('is counted until it is over, and what comes of it may stay', async () => {
    const count = counting();
    const { listener, parties } = await open(listen(OWN, count.admit, 300));
    const silent = await mute(listener.address.port);
    await eventually(() => count.inside === 1, 'one that is counted');
    const near = await dialled(dial(OWN.cert), listener.address.port);
    const far = await eventually(() => parties[0], 'the connection at the listening end');
    await new Promise((resolve) => silent.once('close', resolve));
    near.say('Still here.');
    await far.untilText('Still here.');
    expect(count.inside).toBe(0);
  });

  it('is not begun with who is not let in', async () => {
    const { listener, parties } = await open(listen(OWN, () => undefined));
    const socket = await mute(listener.address.port);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(parties).toEqual([]);
  });
});

describe('one side of a TLS connection', () => {
  it('may end while the other goes on', async () => {
    const { listener, parties } = await open(listenTls(OWN));
    const near = await dialled(dialTls(OWN.cert), listener.address.port);
    const far = await eventually(() => parties[0], 'the connection at the listening end');
    near.say('last word');
    near.link.end();
    await far.until('ended');
    expect(far.text).toBe('last word');
    far.say('answer');
    far.link.end();
    await near.until('closed');
    expect(near.text).toBe('answer');
    expect([near.error, far.error]).toEqual([undefined, undefined]);
  });
});

describe('a certificate', () => {
  it('is one with the key that belongs to it', () => {
    expect(() => checkCertificate(OWN)).not.toThrow();
    expect(() => checkCertificate({ ...OWN, key: selfSigned().key })).toThrow('key values mismatch');
    expect(() => checkCertificate({ ...OWN, cert: 'no certificate' })).toThrow('no start line');
  });
});
