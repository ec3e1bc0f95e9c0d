import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { atEnd } from './cleanup.js';

/** The network between a client and a server: it can break, be down, and swallow everything. */
export class Proxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private isDown = false;
  private constructor(
    private readonly server: Server,
    private readonly to: number,
  ) {}

  /** Passes on to that port of this machine. */
  static async start(to: number): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new Proxy(server, to);
    server.on('connection', (socket) => proxy.onConnection(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atEnd(async () => {
      proxy.cut();
      await new Promise((resolve) => server.close(resolve));
    });
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `records://127.0.0.1:${this.port}`;
  }

  /** Breaks all connections, and all further ones until `restore`. */
  cut(): void {
    this.isDown = true;
    for (const sockets of this.pairs) for (const socket of sockets) socket.resetAndDestroy();
    this.pairs.clear();
  }

  restore(): void {
    this.isDown = false;
  }

  /** From now on nothing passes on the connections that there are, and nobody is told: they are half-open. */
  swallow(): void {
    for (const sockets of this.pairs) {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    }
  }

  private onConnection(near: Socket): void {
    near.on('error', () => undefined);
    if (this.isDown) return void near.resetAndDestroy();
    const far = connect({ port: this.to, host: '127.0.0.1', allowHalfOpen: true });
    far.on('error', () => undefined);
    this.pairs.add([near, far]);
    near.pipe(far);
    far.pipe(near);
  }
}
