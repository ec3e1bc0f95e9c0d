/** TCP: bytes in, bytes out. Half-open, since a peer that has said its last word may still wait for the answer. */
import net from 'node:net';
import { describeDialError, describeListenError } from './errors.js';
import type { Accept, Dial, Link, LinkListener, Listen, Listener, Origin } from './link.js';
import { DIAL_TIMEOUT, LINGER, readInto, remoteOf, SOCKET_OPTIONS } from './socket.js';

export const TCP_OPTIONS = { ...SOCKET_OPTIONS, allowHalfOpen: true } as const;

/** Bytes read at a time, into memory that all connections of a listener share. */
const READ_BYTES = 262_144;

export const listenTcp: Listen = (at, accept) => {
  const shared = Buffer.allocUnsafeSlow(READ_BYTES);
  const server = net.createServer({ ...TCP_OPTIONS, pauseOnConnect: true }, (socket) => {
    attach(socket, accept, shared);
    socket.resume();
  });
  return listening(server, at);
};

export const dialTcp: Dial = (to, accept) => {
  const socket = net.connect({ ...to, ...TCP_OPTIONS });
  return connected(socket, 'connect', accept, (error) => describeDialError(error, to));
};

/** Has the server listen. Throws TransportError. */
export function listening(server: net.Server, at: { host: string; port: number }): Promise<Listener> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(describeListenError(error, at)));
    server.listen({ ...at }, () => {
      // A connection that cannot be accepted, for want of descriptors for instance, is no reason to stop.
      server.on('error', () => {});
      const { address, port } = server.address() as net.AddressInfo;
      resolve({ address: { address, port }, close: () => new Promise((closed) => server.close(() => closed())) });
    });
  });
}

/** Attaches the socket once it has told `event`. Throws what `describe` makes of the reason why it does not. */
export function connected(
  socket: net.Socket,
  event: 'connect' | 'secureConnect',
  accept: Accept,
  describe: (error: Error) => Error,
): Promise<void> {
  const timer = setTimeout(() => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })), DIAL_TIMEOUT);
  return new Promise((resolve, reject) => {
    const onFailed = (error: Error): void => reject(describe(error));
    socket.once('close', () => clearTimeout(timer));
    socket.once('error', onFailed);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', onFailed);
      attach(socket, accept);
      resolve();
    });
  });
}

/** Gives the connection to whoever accepts it. Reads into `shared`, if there is that, where Node lets us. */
export function attach(socket: net.Socket, accept: Accept, shared?: Buffer): void {
  let broken: Error | undefined;
  const isShared = shared !== undefined && readInto(socket, shared, (length) => onRead(shared.subarray(0, length)));
  const link = new TcpLink(socket, isShared);
  const listener: LinkListener = accept(link);
  const onRead = (bytes: Buffer): void => listener.received(link.isLending ? bytes : Buffer.from(bytes));
  if (!isShared) socket.on('data', (bytes) => listener.received(bytes));
  socket.on('drain', () => listener.drained());
  socket.on('end', () => listener.ended());
  socket.on('error', (error) => (broken = error));
  socket.on('close', () => listener.closed(broken));
}

class TcpLink implements Link {
  readonly remote: Origin;
  isLending = false;

  constructor(
    private readonly socket: net.Socket,
    private readonly isShared: boolean,
  ) {
    this.remote = remoteOf(socket);
  }

  get pending(): number {
    return this.socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  lend(): boolean {
    return (this.isLending = this.isShared);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    if (this.socket.destroyed) return;
    this.socket.end();
    // A peer that is still talking, or does not read, must not keep the link for ever.
    this.socket.resume();
    const timer = setTimeout(() => this.socket.destroy(), LINGER).unref();
    this.socket.once('close', () => clearTimeout(timer));
  }

  destroy(): void {
    this.socket.destroy();
  }
}
