/** Bare connections by the thousand, which say what they are told and otherwise nothing. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { atEnd } from './cleanup.js';
import { eventually } from './eventually.js';

/** Connections that are under way at a time: fewer than a server lets wait (its backlog is 511). */
const AT_ONCE = 200;

export interface Bare {
  readonly socket: Socket;
  readonly port: number;
  isConnected: boolean;
  isClosed: boolean;
}

/** Opens `count` connections, spread over the ports. */
export async function openMany(ports: readonly number[], count: number): Promise<Bare[]> {
  const all: Bare[] = [];
  atEnd(() => all.forEach(({ socket }) => socket.destroy()));
  while (all.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - all.length) }, (_, index) =>
      open(ports[(all.length + index) % ports.length]!),
    );
    all.push(...some);
    await eventually(() => some.every((one) => one.isConnected || one.isClosed), `${all.length} connections`, {
      timeout: 60_000,
    });
  }
  return all;
}

export function open(port: number): Bare {
  const socket = connect(port, '127.0.0.1');
  const bare: Bare = { socket, port, isConnected: false, isClosed: false };
  socket.on('connect', () => (bare.isConnected = true));
  socket.on('error', () => undefined);
  socket.on('close', () => (bare.isClosed = true));
  socket.resume();
  return bare;
}

/**
 * Something in between, as a router is: forwards both ways, and can silently drop the line, when what either side sends
 * arrives nowhere and no end is told.
 */
export class Line {
  private isCut = false;
  private readonly pairs: [Socket, Socket][] = [];

  private constructor(readonly port: number) {}

  static async to(server: { port: number }): Promise<Line> {
    const listener = createServer({ allowHalfOpen: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    atEnd(() => void listener.close());
    const line = new Line((listener.address() as AddressInfo).port);
    listener.on('connection', (socket) => line.join(socket, connect(server.port, '127.0.0.1')));
    return line;
  }

  /** From now on nothing gets through, and nobody is told. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.pairs.flat()) socket.pause();
  }

  /** What was sent meanwhile arrives, as what the network sends once more. */
  restore(): void {
    this.isCut = false;
    for (const socket of this.pairs.flat()) socket.resume();
  }

  private join(near: Socket, far: Socket): void {
    this.pairs.push([near, far]);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => {
        if (!to.write(bytes)) from.pause();
      });
      to.on('drain', () => this.isCut || from.resume());
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => this.isCut || to.destroy());
      atEnd(() => void from.destroy());
    }
  }
}
