/**
 * What programs look like that other people write from the seeds: bare sockets, one `recv()` a message, and nothing that
 * ours has. What each protocol makes of it stands beside this file.
 */
import { once } from 'node:events';
import { type AddressInfo, connect as dial, createServer, type Socket } from 'node:net';
import { atEnd } from '../cleanup.js';
import { eventually } from '../eventually.js';

export const HOST = '127.0.0.1';

/** Bytes that one `recv()` takes. */
const RECV = 1024;

/** A client somebody wrote. */
export abstract class ForeignClient {
  /** What it showed its person: `bob: Hi`, `bob joined`, `bob left`; anything else as it came. */
  readonly heard: string[] = [];

  abstract says(text: string): void;
  abstract leaves(): void;
  /** Whether its connection has ended. */
  abstract get isOver(): boolean;

  async hears(line: string): Promise<void> {
    const look = async (): Promise<boolean> => {
      await this.ask();
      return this.heard.includes(line);
    };
    await eventually(look, `"${line}"`, { show: () => this.heard.join('\n') });
  }

  async ends(): Promise<void> {
    await eventually(() => this.isOver, 'the end of the connection', { show: () => this.heard.join('\n') });
  }

  /** For protocols that tell nothing unasked. */
  protected ask(): Promise<void> | void {}
}

/** A server somebody wrote. */
export interface ForeignServer {
  readonly port: number;
  /** What clients sent, message by message, without the framing where that is chosen. */
  readonly received: readonly string[];
  /** As its Ctrl-C. */
  stop(): void;
}

/** A way to write both. */
export interface Foreign {
  client(port: number, name: string): Promise<ForeignClient>;
  server(): Promise<ForeignServer>;
}

/** One end of a TCP connection. */
export class Wire {
  isOver = false;

  constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isOver = true));
    atEnd(() => void socket.destroy());
  }

  static async to(port: number): Promise<Wire> {
    const socket = dial(port, HOST);
    const wire = new Wire(socket);
    await once(socket, 'connect');
    return wire;
  }

  onRecv(listener: (bytes: Buffer) => void): void {
    this.socket.on('data', (chunk) => {
      for (let start = 0; start < chunk.length; start += RECV)
        listener(Buffer.from(chunk.subarray(start, start + RECV)));
    });
  }

  onEnd(listener: () => void): void {
    this.socket.on('close', listener);
  }

  send(bytes: string | Uint8Array): void {
    if (!this.socket.writableEnded) this.socket.write(bytes);
  }

  close(): void {
    this.socket.end();
  }
}

/** Listens on a free port; gives the port and how to stop accepting. */
export async function listen(accept: (wire: Wire) => void): Promise<{ port: number; close(): void }> {
  const server = createServer((socket) => accept(new Wire(socket)));
  server.listen(0, HOST);
  await once(server, 'listening');
  atEnd(() => void server.close());
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}
