/** Clients as other people wrote them for the assignment, against our server over real sockets. */
import net from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pull } from '../../../src/protocols/pull/index.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { serve } from './serve.js';

afterEach(closeAll);

/** A student's socket: what one `recv(1024)` gives is one message, and an empty one is the end. */
class Socket {
  private readonly chunks: string[] = [];
  isOver = false;

  private constructor(readonly socket: net.Socket) {
    socket.on('data', (bytes) => {
      for (let from = 0; from < bytes.length; from += 1024)
        this.chunks.push(bytes.subarray(from, from + 1024).toString());
    });
    socket.on('close', () => (this.isOver = true));
    socket.on('error', () => undefined);
    atEnd(() => void socket.destroy());
  }

  static async connect(port: number): Promise<Socket> {
    const socket = net.connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    return new Socket(socket);
  }

  send(text: string): void {
    this.socket.write(text);
  }

  recv(): Promise<string> {
    return eventually(() => this.chunks.shift() ?? (this.isOver ? '' : undefined), 'an answer');
  }

  async ask(text: string): Promise<string> {
    this.send(text);
    return this.recv();
  }
}

async function connected(port: number, first: string): Promise<Socket> {
  const socket = await Socket.connect(port);
  expect(await socket.ask(first)).toBe('connected');
  return socket;
}

/** Polls, as such a client does once a second, until it has seen `text`; gives everything it was answered. */
async function pollFor(socket: Socket, request: string, text: string): Promise<string> {
  let seen = '';
  await eventually(
    async () => (seen += await socket.ask(request)).includes(text),
    `"${text}" in an answer to ${request}`,
  );
  return seen;
}

describe('a client of the seed’s family', () => {
  it('talks, and each sees what each said, his own too', async () => {
    const { port } = await serve();
    const [cindy, ethan] = [await connected(port, 'cindy'), await connected(port, 'ethan')];
    cindy.send('PUT: We had pizza last night.');
    await pollFor(ethan, 'GET', '<cindy>We had pizza last night.');
    ethan.send('PUT: How about spaghetti?');
    const seen = await pollFor(cindy, 'GET', '<ethan>How about spaghetti?');
    expect(seen.match(/<cindy>We had pizza last night\./g)).toHaveLength(1);
    expect(await cindy.ask('USERS')).toBe('USERS: cindy ethan');
    expect(await cindy.ask('GET')).toBe('MSGS:');
  });

  it('is told that the name is in use, and then the connection ends', async () => {
    const { port } = await serve();
    await connected(port, 'cindy');
    const other = await Socket.connect(port);
    expect(await other.ask('cindy')).toBe('username in use');
    expect(await other.recv()).toBe('');
  });

  it('may glue its requests together', async () => {
    const { port } = await serve();
    const cindy = await Socket.connect(port);
    cindy.send('cindyGETUSERS');
    expect([await cindy.recv(), await cindy.recv(), await cindy.recv()]).toEqual([
      'connected',
      'MSGS:',
      'USERS: cindy',
    ]);
    expect(await cindy.ask('PUT: HiGET')).toMatch(/^MSGS:/);
  });

  it('may be nc: lines, all at once, and the end right behind them', async () => {
    const { port } = await serve();
    const ethan = await connected(port, 'ethan');
    const socket = await Socket.connect(port);
    socket.socket.end('cindy\nPUT: Hi\nUSERS\n');
    expect([await socket.recv(), await socket.recv()]).toEqual(['connected', 'USERS: ethan cindy']);
    const seen = await pollFor(ethan, 'GET', 'left');
    expect(seen).toContain('<Server>cindy joined the chatroom. <cindy>Hi <Server>cindy left the chatroom.');
  });

  it.each(['end', 'resetAndDestroy', 'destroy'] as const)('may go by %s and is announced once', async (way) => {
    const { port } = await serve();
    const [cindy, ethan] = [await connected(port, 'cindy'), await connected(port, 'ethan')];
    ethan.socket[way]();
    const seen = await pollFor(cindy, 'GET', 'left');
    expect((seen + (await cindy.ask('GET'))).match(/ethan left/g)).toHaveLength(1);
    expect(await cindy.ask('USERS')).toBe('USERS: cindy');
  });

  it('that no longer polls loses its seat', async () => {
    const { port } = await serve({ ...pull(), idle: 400 });
    const silent = await connected(port, 'cindy');
    const ethan = await connected(port, 'ethan');
    await pollFor(ethan, 'GET', 'cindy left the chatroom.');
    expect(await silent.recv()).toBe('');
  });

  it('sees the connection end when the server stops, and nothing else', async () => {
    const { port, stop } = await serve();
    const cindy = await connected(port, 'cindy');
    await stop();
    expect(await cindy.recv()).toBe('');
  });
});

describe('a client of the other family', () => {
  it('talks, draws and lists, with answers that are JSON', async () => {
    const { port } = await serve();
    const cindy = await connected(port, 'USERNAME:cindy');
    const ethan = await connected(port, 'ethan');
    ethan.send('PUT: How about "spaghetti"?');
    await pollFor(cindy, 'GET:', 'ethan: How about');
    cindy.send('PUT:Okay');
    cindy.send('CPUT:10 20 5 red CPUT:11 20 5 red ');
    expect(JSON.parse(await cindy.ask('CGET:'))).toEqual([]);
    expect(JSON.parse(await cindy.ask('USERS:'))).toEqual(['cindy', 'ethan']);
    await pollFor(ethan, 'GET', '<cindy>Okay');
  });

  it('may glue a text and a request', async () => {
    const { port } = await serve();
    const cindy = await connected(port, 'USERNAME:cindy');
    expect(await cindy.ask('PUT:textGET:')).toMatch(/^\[.*\]$/);
    await pollFor(cindy, 'GET:', '');
  });

  it('is told that the name is in use, and then the connection ends', async () => {
    const { port } = await serve();
    await connected(port, 'cindy');
    const other = await Socket.connect(port);
    expect(await other.ask('USERNAME:cindy')).toBe('username in use');
    expect(await other.recv()).toBe('');
  });
});
