import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { type ClientTCP, type ClientUDP, ServerTCP, ServerUDP } from '../../src/chatroom.js';
import { atEnd } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';

export const HOST = '127.0.0.1';

export async function serverTCP(): Promise<ServerTCP> {
  const server = new ServerTCP(0, HOST);
  atEnd(() => server.shutdown());
  await server.listening;
  return server;
}

export async function serverUDP(): Promise<ServerUDP> {
  const server = new ServerUDP(0, HOST);
  atEnd(() => server.shutdown());
  await server.listening;
  return server;
}

/** Where the person of a test types and reads. */
export class Desk {
  readonly input = new PassThrough();
  readonly interrupt = new EventEmitter();
  readonly shown: string[] = [];
  readonly output = { write: (text: string): boolean => this.shown.push(text.replace(/\n$/, '')) > 0 };

  type(line: string): void {
    this.input.write(`${line}\n`);
  }

  async saw(...lines: string[]): Promise<void> {
    const show = (): string => JSON.stringify(this.shown);
    await eventually(() => this.shown.length >= lines.length, JSON.stringify(lines), { show });
    if (show() !== JSON.stringify(lines)) throw new Error(`${JSON.stringify(lines)} was to be shown, not ${show()}`);
  }
}

export function client(
  kind: typeof ClientTCP | typeof ClientUDP,
  name: string,
  { serverPort }: { serverPort: number },
): { client: ClientTCP | ClientUDP; desk: Desk } {
  const desk = new Desk();
  const client = new kind(name, serverPort, HOST, desk);
  atEnd(() => client.clientSocket?.close());
  return { client, desk };
}
