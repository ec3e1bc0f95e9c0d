/** SIGTERM ends the server soon, whatever clients do: each of these would have it wait for ever. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { selfSigned } from '../support/certificate.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder } from '../support/folders.js';
import { PipedProcess } from '../support/process.js';
import { encode, FLAG } from '../support/records-peer.js';

const HOST = '127.0.0.1';
const MEBIBYTE = 1_048_576;
const PROTOCOLS = ['records', 'web', 'chat10', 'pull', 'raw', 'register'] as const;

type Name = (typeof PROTOCOLS)[number];

afterEach(closeAll);

class Server {
  private constructor(
    readonly process: PipedProcess,
    private readonly ports: ReadonlyMap<string, number>,
  ) {}

  static async start(names: readonly string[], ...args: string[]): Promise<Server> {
    const folder = temporaryFolder('server');
    const folders = ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
    const served = names.map((name) => `${name}=0`);
    const process = new PipedProcess(['serve', ...served, '--capacity', '100', ...folders, ...args]);
    const ports = new Map<string, number>();
    for (const name of names) {
      const line = await process.waitForLine(new RegExp(`"event":"listening","protocol":"${name}"`));
      ports.set(name, (JSON.parse(line) as { port: number }).port);
    }
    return new Server(process, ports);
  }

  /** A connection that never reads, unless it is told to, and never ends by itself. */
  async connect(name: string): Promise<Stubborn> {
    const socket = net.connect({ port: this.ports.get(name)!, host: HOST, allowHalfOpen: true });
    const stubborn = new Stubborn(socket);
    await once(socket, 'connect');
    return stubborn;
  }

  async connectTls(name: string): Promise<Stubborn> {
    const port = this.ports.get(name)!;
    const socket = tls.connect({ port, host: HOST, rejectUnauthorized: false });
    const stubborn = new Stubborn(socket);
    await once(socket, 'secureConnect');
    return stubborn;
  }

  /** Waits until it has reported this, so many times. */
  async reported(event: string, count: number): Promise<void> {
    const seen = (): number => this.process.lines.filter((line) => line.includes(`"event":"${event}"`)).length;
    await eventually(() => seen() >= count, `${count} reports of ${event}`, { show: () => this.process.show() });
  }

  async stop(): Promise<unknown> {
    this.process.signal('SIGTERM');
    return this.process.waitForExit();
  }
}

class Stubborn {
  received = '';

  constructor(private readonly socket: net.Socket) {
    socket.on('error', () => undefined);
    socket.pause();
    atEnd(() => void socket.destroy());
  }

  say(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Says its last word, and goes on listening. */
  finish(bytes: string | Uint8Array): void {
    this.socket.end(bytes);
  }

  read(): void {
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    this.socket.resume();
  }

  async gets(words: string): Promise<void> {
    await eventually(() => this.received.includes(words), words, { show: () => this.received.slice(-500) });
  }
}

const joinRequest = (username: string): Buffer => encode({ flags: FLAG.JOIN_REQUEST, username });
const upgrade = (name: string): string =>
  [
    `GET /${name} HTTP/1.1`,
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n');

/** A frame as browsers send it; the mask is zero. */
function frame(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0x82, 0x80 | 126, bytes.length >> 8, bytes.length & 0xff, 0, 0, 0, 0), bytes]);
}

const JOINING: Readonly<Record<Name, (name: string) => readonly (string | Uint8Array)[]>> = {
  records: (name) => [joinRequest(name)],
  web: (name) => [upgrade(''), frame(joinRequest(name))],
  chat10: (name) => [`CHAT/1.0 JOIN\r\nUsername: ${name}\r\n\r\n`],
  pull: (name) => [name],
  raw: (name) => [name],
  register: (name) => [`REGISTER ${name} CHAT/1.0`],
};

describe('a server that is told to stop', () => {
  it('does not wait for members who read nothing, in whatever protocol', async () => {
    const server = await Server.start([...PROTOCOLS]);
    for (const [index, protocol] of PROTOCOLS.entries()) {
      const member = await server.connect(protocol);
      for (const bytes of JOINING[protocol](`deaf${index}x`)) member.say(bytes);
    }
    await server.reported('joined', PROTOCOLS.length);
    const talker = await server.connect('records');
    talker.say(joinRequest('talker'));
    for (let count = 0; count < 12; count += 1) talker.say(encode({ payload: 'x'.repeat(MEBIBYTE - 2048) }));
    await server.reported('said', 1);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('does not wait for what has only begun', async () => {
    const server = await Server.start([...PROTOCOLS]);
    for (const protocol of PROTOCOLS) await server.connect(protocol);
    const uploading = await server.connect('records');
    uploading.say(joinRequest('uploading'));
    const piece = { filename: 'film.mp4', number: 100 * MEBIBYTE, payload: Buffer.alloc(MEBIBYTE / 2) };
    uploading.say(encode({ flags: FLAG.ATTACHMENT | FLAG.MORE, ...piece }));
    const half = joinRequest('half');
    (await server.connect('records')).say(half.subarray(0, 20));
    (await server.connect('web')).say('GET / HTTP/1.1\r\nHost: localh');
    (await server.connect('web')).say('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf');
    (await server.connect('register')).say('REGIST');
    await server.reported('joined', 1);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('does not wait for connections that are kept open, or open on one side', async () => {
    const server = await Server.start([...PROTOCOLS]);
    const idle = await server.connect('web');
    idle.read();
    idle.say('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');
    await idle.gets('HTTP/1.1 ');
    const halfOpen = await server.connect('records');
    halfOpen.finish(Buffer.concat([joinRequest('halfOpen'), encode({ flags: FLAG.REPORT_REQUEST })]));
    // Reads, and yet never answers the end: neither that of a WebSocket nor that of TCP.
    for (const [index, protocol] of PROTOCOLS.entries()) {
      const member = await server.connect(protocol);
      member.read();
      for (const bytes of JOINING[protocol](`stays${index}x`)) member.say(bytes);
    }
    await server.reported('joined', PROTOCOLS.length);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('does not wait for a file that nobody takes', async () => {
    const server = await Server.start(['records']);
    const sharing = await server.connect('records');
    sharing.say(joinRequest('sharing'));
    const size = 8 * MEBIBYTE;
    for (let sent = 0; sent < size; sent += MEBIBYTE) {
      const more = sent + MEBIBYTE < size ? FLAG.MORE : 0;
      const payload = Buffer.alloc(MEBIBYTE);
      sharing.say(encode({ flags: FLAG.ATTACHMENT | more, filename: 'film.mp4', number: size, payload }));
    }
    await server.reported('shared', 1);
    const taking = await server.connect('records');
    taking.say(joinRequest('taking'));
    taking.say(encode({ flags: FLAG.FETCH_REQUEST, sequence: 2 }));
    await server.reported('fetched', 1);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('does not wait for TLS either: neither for handshakes nor for members', async () => {
    const folder = temporaryFolder('tls');
    const { cert, key } = selfSigned();
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    const files = ['--tls-cert', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem')];
    const server = await Server.start(['records', 'web'], ...files);
    for (const protocol of ['records', 'web'] as const) {
      await server.connect(protocol);
      // The beginning of a ClientHello.
      (await server.connect(protocol)).say(Buffer.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01));
      const member = await server.connectTls(protocol);
      for (const bytes of JOINING[protocol](`deaf-${protocol}`)) member.say(bytes);
    }
    await server.reported('joined', 2);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at once on a second %s', async (signal) => {
    const server = await Server.start(['records']);
    const member = await server.connect('records');
    member.say(joinRequest('deaf'));
    for (let count = 0; count < 12; count += 1) member.say(encode({ payload: 'x'.repeat(MEBIBYTE - 2048) }));
    await server.reported('said', 1);
    let exit: unknown;
    void server.process.exited.then((ended) => (exit = ended));
    // Two within a moment are one press (npm passes it on), so it is pressed until it counts.
    await eventually(() => {
      server.process.signal(signal);
      return exit !== undefined;
    }, 'the end of the process');
    expect([
      { code: 130, signal: null },
      { code: 0, signal: null },
    ]).toContainEqual(exit);
  });
});
