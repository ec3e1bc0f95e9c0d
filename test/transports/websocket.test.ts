import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ClientOptions, WebSocket } from 'ws';
import type { Link, Listener } from '../../src/transports/link.js';
import { dialWebSocket, listenWebSocket, MAX_MESSAGE } from '../../src/transports/websocket.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { Party } from '../support/party.js';

const HOST = '127.0.0.1';
const MEBIBYTE = 1_048_576;
const PAGE = 'This is the page.';

afterEach(closeAll);

async function listen(host = HOST): Promise<{ listener: Listener; parties: Party[] }> {
  const parties: Party[] = [];
  const listening = listenWebSocket((_, response) => void response.end(PAGE));
  const listener = await listening({ host, port: 0 }, (link) => {
    const party = new Party(link);
    parties.push(party);
    return party;
  });
  atEnd(() => void listener.close());
  return { listener, parties };
}

async function dial(port: number, host = HOST): Promise<Party> {
  let party: Party | undefined;
  await dialWebSocket({ host, port }, (link) => (party = new Party(link)));
  if (!party) throw new Error('Nobody was told of the connection.');
  return party;
}

async function connected(): Promise<{ listener: Listener; near: Party; far: Party }> {
  const { listener, parties } = await listen();
  const near = await dial(listener.address.port);
  const far = await eventually(() => parties[0], 'the connection at the listening end');
  return { listener, near, far };
}

/** A WebSocket as somebody else's program or a browser opens it, and how it ended. */
class Foreign {
  readonly received: Buffer[] = [];
  closed: { code: number; reason: string } | undefined;

  private constructor(readonly webSocket: WebSocket) {
    webSocket.on('message', (message) => this.received.push(message as Buffer));
    webSocket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    atEnd(() => webSocket.terminate());
  }

  /** Throws the status and the words of a refusal. */
  static open(port: number, options: ClientOptions = {}, host = HOST): Promise<Foreign> {
    const webSocket = new WebSocket(`ws://${host}:${port}/Tea`, options);
    return new Promise((resolve, reject) => {
      webSocket.on('open', () => resolve(new Foreign(webSocket)));
      webSocket.on('error', reject);
      webSocket.on('unexpected-response', (_, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => reject(new Error(`${response.statusCode} ${body}`)));
      });
    });
  }

  async end(): Promise<{ code: number; reason: string }> {
    return eventually(() => this.closed, 'the end of the WebSocket');
  }
}

async function withForeign(options: ClientOptions = {}): Promise<{ foreign: Foreign; far: Party; listener: Listener }> {
  const { listener, parties } = await listen();
  const foreign = await Foreign.open(listener.address.port, options);
  const far = await eventually(() => parties[0], 'the connection at the listening end');
  return { foreign, far, listener };
}

/** What a connection that sends these bytes gets until it is closed by the other side. */
function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = net.connect(port, HOST);
  atEnd(() => void socket.destroy());
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(bytes);
  return new Promise((resolve) => socket.on('close', () => resolve(answer)));
}

/** An HTTP request, in lines. */
function request(...lines: string[]): string {
  return [...lines, '', ''].join('\r\n');
}

const UPGRADE = [
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** A binary message from a client, masked with zeros. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

async function expectAlive(port: number): Promise<void> {
  const foreign = await Foreign.open(port);
  foreign.webSocket.close();
  await foreign.end();
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
    socket.end(Buffer.concat([Buffer.from(request('GET / HTTP/1.1', ...UPGRADE)), frame('first '), frame('words')]));
    const far = await eventually(() => parties[0], 'the connection');
    await far.until('closed');
    expect(far.text).toBe('first words');
    expect(far.told).toEqual(['received', 'ended', 'closed']);
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

  it('makes one binary message of a write, and more only of one that is too long for that', async () => {
    const { foreign, far } = await withForeign();
    far.say('Hi.');
    far.link.write(Buffer.alloc(MAX_MESSAGE + 1));
    await eventually(() => foreign.received.length === 3, 'three messages');
    expect(foreign.received.map((message) => message.length)).toEqual([3, MAX_MESSAGE, 1]);
  });

  it('takes messages cut anywhere, empty and in fragments', async () => {
    const { foreign, far } = await withForeign();
    foreign.webSocket.send(Buffer.from('H'));
    foreign.webSocket.send(Buffer.alloc(0));
    foreign.webSocket.send(Buffer.from('i'), { fin: false });
    foreign.webSocket.send(Buffer.from('.'), { fin: true });
    await far.untilText('Hi.');
  });

  it('agrees on no compression and on no subprotocol', async () => {
    const { foreign } = await withForeign({ perMessageDeflate: true });
    expect(foreign.webSocket.extensions).toBe('');
    const { listener } = await listen();
    const head = ['GET / HTTP/1.1', ...UPGRADE, 'Sec-WebSocket-Protocol: chat, superchat'];
    const answer = await exchange(listener.address.port, Buffer.concat([Buffer.from(request(...head)), CLOSE]));
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer).not.toMatch(/Sec-WebSocket-Protocol/i);
  });
});

/** A close with code 1000, masked with zeros. */
const CLOSE = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);

describe('the end of a connection', () => {
  it('is told to both sides as an end', async () => {
    const { near, far } = await connected();
    near.say('last word');
    near.link.end();
    await far.until('closed');
    await near.until('closed');
    expect(far.told).toEqual(['received', 'ended', 'closed']);
    expect(near.told).toEqual(['ended', 'closed']);
    expect([near.error, far.error]).toEqual([undefined, undefined]);
  });

  it('has the code of an end in order', async () => {
    const { foreign, far } = await withForeign();
    far.say('last word');
    far.link.end();
    expect(await foreign.end()).toEqual({ code: 1000, reason: '' });
    expect(foreign.received.map(String)).toEqual(['last word']);
  });

  it('comes when everything that was written has gone out', async () => {
    const { near, far } = await connected();
    const bytes = Buffer.alloc(8 * MEBIBYTE, 'The quick brown fox');
    near.link.write(bytes);
    near.link.end();
    await far.until('closed');
    expect(far.bytes.equals(bytes)).toBe(true);
  });

  it('may be asked for twice, and drops what is written afterwards', async () => {
    const { near, far } = await connected();
    near.say('Hi.');
    near.link.end();
    near.link.end();
    near.say('too late');
    await far.until('closed');
    await near.until('closed');
    far.say('far too late');
    near.say('far too late');
    expect([near.link.pending, far.link.pending]).toEqual([0, 0]);
    for (const { link } of [near, far]) {
      link.pause();
      link.resume();
      link.end();
      link.destroy();
    }
    expect(far.text).toBe('Hi.');
    expect(near.told.filter((what) => what === 'closed')).toHaveLength(1);
  });

  it('is told once and last, with the reason, when it breaks', async () => {
    const { listener, parties } = await listen();
    const socket = net.connect(listener.address.port, HOST);
    socket.write(request('GET / HTTP/1.1', ...UPGRADE));
    const broken = await eventually(() => parties[0], 'the connection');
    socket.resetAndDestroy();
    await broken.until('closed');
    expect(broken.error?.message).toMatch(/ECONNRESET/);
    expect(broken.told).toEqual(['closed']);
  });

  it('is told once and last when it is broken off here', async () => {
    const { near, far } = await connected();
    near.link.destroy();
    near.link.destroy();
    await near.until('closed');
    expect(near.told).toEqual(['closed']);
    await far.until('closed');
    expect(far.told).toEqual(['ended', 'closed']);
  });

  it('does not wait for ever for a peer that does not close its side', async () => {
    const { near, far } = await connected();
    far.link.pause();
    near.link.end();
    await near.until('closed');
    expect(near.told.at(-1)).toBe('closed');
  });

  it('does not wait for ever for a peer that has closed and does not read', async () => {
    const { foreign, far } = await withForeign();
    foreign.webSocket.pause();
    while (far.link.pending < 2 * MEBIBYTE) {
      far.link.write(Buffer.alloc(MEBIBYTE));
      await new Promise((resolve) => setImmediate(resolve));
    }
    foreign.webSocket.close();
    await far.until('closed');
    expect(far.told.filter((what) => what !== 'drained')).toEqual(['ended', 'closed']);
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
    near.told.length = 0;
    far.link.resume();
    await near.until('drained');
    expect(near.link.pending).toBe(0);
    await eventually(() => far.bytes.length === written, 'all bytes');
  });

  it('is known at the listening end too', async () => {
    const { foreign, far } = await withForeign();
    foreign.webSocket.pause();
    while (far.link.pending < 2 * MEBIBYTE) {
      far.link.write(Buffer.alloc(MEBIBYTE));
      await new Promise((resolve) => setImmediate(resolve));
    }
    far.told.length = 0;
    foreign.webSocket.resume();
    await far.until('drained');
    expect(far.link.pending).toBe(0);
  });
});

describe('a peer that breaks the rules', () => {
  it('with a text message is told what is wrong, and what it sent before counts', async () => {
    const { foreign, far } = await withForeign();
    foreign.webSocket.send(Buffer.from('Hi.'));
    foreign.webSocket.send('a text');
    foreign.webSocket.send(Buffer.from('too late'));
    expect(await foreign.end()).toEqual({ code: 1003, reason: 'Messages here are binary.' });
    await far.until('closed');
    expect(far.text).toBe('Hi.');
    expect(far.told).toEqual(['received', 'ended', 'closed']);
  });

  it('with a message that is too long is told so', async () => {
    const { foreign, far } = await withForeign();
    foreign.webSocket.send(Buffer.alloc(MAX_MESSAGE));
    await eventually(() => far.bytes.length === MAX_MESSAGE, 'the longest message there may be');
    foreign.webSocket.send(Buffer.alloc(MAX_MESSAGE + 1));
    expect((await foreign.end()).code).toBe(1009);
    await far.until('closed');
    expect(far.bytes).toHaveLength(MAX_MESSAGE);
    expect(far.error?.message).toMatch(/payload/i);
  });

  it.each([
    { name: 'a frame without a mask', bytes: Buffer.from([0x82, 0x02, 0x48, 0x69]) },
    { name: 'a frame of an unknown kind', bytes: Buffer.from([0x83, 0x80, 0, 0, 0, 0]) },
    { name: 'a continuation of nothing', bytes: Buffer.from([0x80, 0x80, 0, 0, 0, 0]) },
    { name: 'a length beyond any', bytes: Buffer.from([0x82, 0xff, ...Array<number>(8).fill(0xff)]) },
    { name: 'a compressed frame', bytes: Buffer.from([0xc2, 0x80, 0, 0, 0, 0]) },
    { name: 'a close with half a code', bytes: Buffer.from([0x88, 0x81, 0, 0, 0, 0, 1]) },
    { name: 'something else altogether', bytes: Buffer.alloc(100_000, 0xff) },
  ])('with $name is closed', async ({ bytes }) => {
    const { listener, parties } = await listen();
    const { port } = listener.address;
    const head = Buffer.from(request('GET / HTTP/1.1', ...UPGRADE));
    const answer = await exchange(port, Buffer.concat([head, frame('Hi.'), bytes]));
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    const far = await eventually(() => parties[0], 'the connection');
    await far.until('closed');
    expect(far.text).toBe('Hi.');
    expect(far.told.filter((what) => what === 'closed')).toHaveLength(1);
    await expectAlive(port);
  });
});

describe('the port', () => {
  it.each([
    { name: 'records', bytes: Buffer.from([1, 0, 0, 1, ...Array<number>(28).fill(0)]) },
    { name: 'noise', bytes: Buffer.alloc(100_000, 0xff) },
    { name: 'TLS', bytes: Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]) },
    { name: 'a header without end', bytes: `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}` },
    { name: 'headers without end', bytes: `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(10_000)}` },
    { name: 'an address without end', bytes: `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n` },
    { name: 'a CONNECT', bytes: request('CONNECT localhost:80 HTTP/1.1', 'Host: localhost') },
  ])('survives $name', async ({ bytes }) => {
    const { listener, parties } = await listen();
    const { port } = listener.address;
    expect(await exchange(port, bytes)).toMatch(/^(HTTP\/1\.1 4\d\d .*)?/);
    expect(parties).toEqual([]);
    await expectAlive(port);
  });

  it.each([
    { name: 'another upgrade', head: ['GET / HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: h2c'] },
    { name: 'an empty upgrade', head: ['GET / HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: ,'] },
  ])('refuses $name', async ({ head }) => {
    const { listener, parties } = await listen();
    const answer = await exchange(listener.address.port, request(...head));
    expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n[^]*\r\nUpgrade: websocket\r\n[^]*\r\n.+\.$/);
    expect(parties).toEqual([]);
  });

  it('refuses a WebSocket by another method than GET', async () => {
    const { listener } = await listen();
    const answer = await exchange(listener.address.port, request('POST / HTTP/1.1', ...UPGRADE));
    expect(answer).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n[^]*\r\nAllow: GET\r\n/);
  });

  it.each([
    { name: 'without a key', head: UPGRADE.filter((line) => !line.includes('Key')) },
    { name: 'with half a key', head: [...UPGRADE.filter((line) => !line.includes('Key')), 'Sec-WebSocket-Key: x'] },
    { name: 'of no version', head: UPGRADE.filter((line) => !line.includes('Version')) },
    { name: 'with a senseless subprotocol', head: [...UPGRADE, 'Sec-WebSocket-Protocol: ,,'] },
  ])('refuses a WebSocket $name', async ({ head }) => {
    const { listener, parties } = await listen();
    const answer = await exchange(listener.address.port, request('GET / HTTP/1.1', ...head));
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(parties).toEqual([]);
  });
});

describe('a foreign page', () => {
  it('does not get a WebSocket', async () => {
    const { listener, parties } = await listen();
    const opening = Foreign.open(listener.address.port, { origin: 'http://evil.example' });
    await expect(opening).rejects.toThrow('403 A page of another site may not connect to this server.');
    expect(parties).toEqual([]);
  });

  it('does not get one under a name of its own that points here', async () => {
    const { listener, parties } = await listen();
    const host = `evil.example:${listener.address.port}`;
    const opening = Foreign.open(listener.address.port, { origin: `http://${host}`, headers: { Host: host } });
    await expect(opening).rejects.toThrow(/^421 .*use localhost/);
    expect(parties).toEqual([]);
  });

  it('does not get our page under such a name either', async () => {
    const { listener } = await listen();
    const answer = await exchange(listener.address.port, request('GET / HTTP/1.1', 'Host: evil.example'));
    expect(answer).toMatch(/^HTTP\/1\.1 421 Misdirected Request\r\n[^]*use localhost/);
    expect(answer).not.toContain(PAGE);
  });

  it('is no concern of programs, which say nothing of a page', async () => {
    await withForeign();
  });

  it('is not our own one', async () => {
    const { listener } = await listen();
    const host = `localhost:${listener.address.port}`;
    await Foreign.open(listener.address.port, { origin: `http://${host}`, headers: { Host: host } });
  });

  it('may be our own one under any name where others can reach the server', async () => {
    const { listener } = await listen('0.0.0.0');
    const host = `snug.example:${listener.address.port}`;
    await Foreign.open(listener.address.port, { origin: `http://${host}`, headers: { Host: host } });
    const opening = Foreign.open(listener.address.port, { origin: 'http://evil.example', headers: { Host: host } });
    await expect(opening).rejects.toThrow('403');
  });
});

describe('listening', () => {
  it('tells the port that the system picked', async () => {
    const { listener } = await listen();
    expect(listener.address).toMatchObject({ address: HOST });
    expect(listener.address.port).toBeGreaterThan(0);
  });

  it('passes on what is no WebSocket', async () => {
    const { listener } = await listen();
    const answer = await fetch(`http://${HOST}:${listener.address.port}/Tea`);
    expect(await answer.text()).toBe(PAGE);
  });

  it('ends for newcomers, and goes on for those who are there', async () => {
    const { listener, near, far } = await connected();
    const closed = listener.close();
    await expect(dial(listener.address.port)).rejects.toMatchObject({ name: 'TransportError' });
    near.say('still here');
    await far.untilText('still here');
    far.link.destroy();
    await closed;
    await listener.close();
  });

  it('ends though HTTP connections are open: one that waits, one in the middle of a request, one that is silent', async () => {
    const { listener } = await listen();
    const { port } = listener.address;
    const agent = new http.Agent({ keepAlive: true });
    atEnd(() => agent.destroy());
    await new Promise<void>((resolve, reject) => {
      const get = http.get({ host: HOST, port, agent }, (response) => response.resume().on('end', resolve));
      get.on('error', reject);
    });
    const open = [net.connect(port, HOST), net.connect(port, HOST)];
    for (const socket of open) socket.on('error', () => undefined);
    await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    open[0]!.write('GET / HT');
    const ends = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await listener.close();
    await Promise.all(ends);
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
    const failing = listenWebSocket(() => undefined)(await at(), (link) => new Party(link));
    await expect(failing).rejects.toMatchObject({ name: 'TransportError', message: expect.stringMatching(says) });
  });
});

describe('dialling', () => {
  async function freePort(): Promise<number> {
    const { listener } = await listen();
    await listener.close();
    return listener.address.port;
  }

  it.each([HOST, 'localhost'])('%s, where nobody listens, is refused in one sentence', async (host) => {
    const port = await freePort();
    const failing = dial(port, host);
    await expect(failing).rejects.toMatchObject({
      name: 'TransportError',
      message: `There is no server at ${host}, port ${port}.`,
    });
  });

  it.each(['nowhere.invalid', 'nowhere.invalid/there', 'no where.invalid', 'user@nowhere.invalid'])(
    'a host that does not exist is refused in one sentence: %s',
    async (host) => {
      await expect(dial(18080, host)).rejects.toThrow(`The host ${host} is unknown.`);
    },
  );

  it('an IPv6 address works', async () => {
    const { listener } = await listen('::1');
    const near = await dial(listener.address.port, '::1');
    expect(near.link.remote).toEqual({ address: '::1', port: listener.address.port });
  });

  it.each([
    { name: 'a server that speaks HTTP alone', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' },
    { name: 'a server that speaks another protocol', answer: 'Hello.\r\n' },
    { name: 'a server that hangs up', answer: '' },
  ])('$name is refused in one sentence', async ({ answer }) => {
    const server = net.createServer((socket) => socket.on('error', () => undefined).end(answer));
    atEnd(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const { port } = server.address() as net.AddressInfo;
    const told: Link[] = [];
    const failing = dialWebSocket({ host: HOST, port }, (link) => (told.push(link), new Party(link)));
    await expect(failing).rejects.toMatchObject({
      name: 'TransportError',
      message: expect.stringMatching(new RegExp(`^It is not possible to connect to ${HOST}, port ${port}: .+\\.$`)),
    });
    expect(told).toEqual([]);
  });
});
