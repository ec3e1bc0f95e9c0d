/** A client and a server of CHAT/1.0 as a student writes them from seed 000; nothing of ours is in them. */
import net from 'node:net';
import { join } from 'node:path';
import { DEFAULTS } from '../../../src/config.js';
import { chat10 } from '../../../src/protocols/chat10/index.js';
import { type RunningServer, start } from '../../../src/server.js';
import { atEnd } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { temporaryFolder } from '../../support/folders.js';

/** The most that one `recv()` of theirs takes. */
const RECV = 1024;

export interface Running {
  readonly port: number;
  readonly server: RunningServer;
}

export async function startServer(capacity = 3): Promise<Running> {
  const folder = temporaryFolder('chat10');
  const limits = { capacity, rooms: 10, grace: 0, replay: 1_048_576, inline: 1_048_576 };
  const places = { host: '127.0.0.1', data: join(folder, 'data'), downloads: join(folder, 'downloads') };
  const server = await start(
    { ...DEFAULTS, serve: [{ protocol: chat10(), port: 0 }], ...limits, ...places },
    () => undefined,
  );
  atEnd(() => server.stop());
  return { server, port: server.addresses[0]!.port };
}

/** The other end of a socket: what came, one `recv()` at a time. */
export class Peer {
  readonly chunks: string[] = [];
  isEnded = false;

  constructor(readonly socket: net.Socket) {
    socket.setNoDelay(true);
    socket.on('data', (data) => {
      for (let at = 0; at < data.length; at += RECV) this.chunks.push(data.subarray(at, at + RECV).toString());
    });
    socket.on('end', () => (this.isEnded = true));
    socket.on('error', () => undefined);
    atEnd(() => void socket.destroy());
  }

  get all(): string {
    return this.chunks.join('');
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  join(name: string): void {
    this.send(`CHAT/1.0 JOIN\r\nUsername: ${name}\r\n\r\n`);
  }

  say(name: string, text: string): void {
    this.send(textOf(name, text));
  }

  leave(name: string): void {
    this.send(`CHAT/1.0 LEAVE\r\nUsername: ${name}\r\n\r\n`);
  }

  async until(all: string): Promise<void> {
    const show = (): string => `What came: ${JSON.stringify(this.chunks)}`;
    await eventually(() => this.all.includes(all), JSON.stringify(all), { show });
  }

  async end(): Promise<void> {
    await eventually(() => this.isEnded, 'the end of the connection');
  }
}

export function textOf(name: string, text: string): string {
  return `CHAT/1.0 TEXT\r\nUsername: ${name}\r\nMsg-len: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

export async function connect(port: number): Promise<Peer> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  await new Promise((resolve) => socket.once('connect', resolve));
  return new Peer(socket);
}

/** Somebody who is in the room; `others` see that. */
export async function joined(port: number, name: string, ...others: Peer[]): Promise<Peer> {
  const peer = await connect(port);
  peer.join(name);
  for (const other of others) await other.until(`CHAT/1.0 JOIN\r\nUsername: ${name}\r\n\r\n`);
  return peer;
}

/** A server that does what `serve` says with each connection. */
export async function listen(serve: (peer: Peer) => void): Promise<number> {
  const server = net.createServer((socket) => serve(new Peer(socket)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

/** The seed's server: forwards what a client sends to all others, a `recv()` for a message. */
export async function listenAsTheSeed(): Promise<{ port: number; peers: Peer[] }> {
  const peers: Peer[] = [];
  const port = await listen((peer) => {
    peers.push(peer);
    peer.socket.on('data', (data) => peers.forEach((other) => other !== peer && other.send(data.subarray(0, RECV))));
    peer.socket.on('close', () => peers.splice(peers.indexOf(peer), 1));
  });
  return { port, peers };
}
