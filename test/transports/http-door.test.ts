import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Entrance } from '../../src/transports/http-door.js';
import { dialSecureWebSocket, dialWebSocket, listenWebSocket } from '../../src/transports/websocket.js';
import { selfSigned } from '../support/certificate.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { Party } from '../support/party.js';

const HOST = '127.0.0.1';
const PAGE = 'This is the page.';
const FULL = 'There is no place.';
const CERTIFICATE = selfSigned();

afterEach(closeAll);

/** How many are inside, and what the next ones are told. */
class Door {
  inside = 0;
  refusal: string | undefined;
  /** Further ones are closed without a word. */
  isShut = false;
  /** How many were inside when a WebSocket was accepted. */
  readonly atAccept: number[] = [];

  admit(): Entrance | undefined {
    if (this.isShut) return undefined;
    this.inside++;
    const leave = (): void => void this.inside--;
    return this.refusal === undefined ? { leave } : { leave, refusal: { message: this.refusal } };
  }
}

describe.each([
  {
    over: 'HTTP',
    certificate: undefined,
    connect: (port: number): net.Socket => net.connect(port, HOST),
    dial: dialWebSocket,
  },
  {
    over: 'HTTPS',
    certificate: CERTIFICATE,
    connect: (port: number): net.Socket => tls.connect({ port, host: HOST, ca: CERTIFICATE.cert }),
    dial: dialSecureWebSocket(CERTIFICATE.cert),
  },
])('a connection over $over', ({ certificate, connect, dial }) => {
  async function listen(): Promise<{ door: Door; port: number; open: () => Socket }> {
    const door = new Door();
    const listening = listenWebSocket(
      (_, response) => void response.end(PAGE),
      certificate,
      () => door.admit(),
    );
    const listener = await listening({ host: HOST, port: 0 }, (link) => {
      door.atAccept.push(door.inside);
      return new Party(link);
    });
    atEnd(() => void listener.close());
    const { port } = listener.address;
    return { door, port, open: () => new Socket(connect(port)) };
  }

  it('counts from its beginning to its end, whether it asks for something or not', async () => {
    const { door, open } = await listen();
    const silent = open();
    const asking = open();
    asking.ask();
    await asking.gets(PAGE);
    await eventually(() => door.inside === 2, 'two connections');
    silent.socket.destroy();
    asking.socket.destroy();
    await eventually(() => door.inside === 0, 'their end');
  });

  it('that waits for a further request is closed soon', async () => {
    const { door, open } = await listen();
    const asking = open();
    asking.ask();
    await asking.gets(PAGE);
    await asking.ends();
    await eventually(() => door.inside === 0, 'its end');
  });

  it('that is one too many is told so, and closed', async () => {
    const { door, open } = await listen();
    door.refusal = FULL;
    const refused = open();
    refused.ask();
    await refused.ends();
    expect(refused.text).toMatch(
      /^HTTP\/1\.1 503 Service Unavailable\r\n[^]*\r\nConnection: close\r\n[^]*\r\n\r\nThere/,
    );
    expect(refused.text).toContain(FULL);
    expect(door.inside).toBe(0);
  });

  it('that is one too many and asks for nothing is closed soon', async () => {
    const { door, open } = await listen();
    door.refusal = FULL;
    await open().ends();
    await eventually(() => door.inside === 0, 'its end');
  });

  it('is closed without a word where nobody is told any more', async () => {
    const { door, open } = await listen();
    door.isShut = true;
    const closed = open();
    closed.ask();
    await closed.ends();
    expect(closed.text).toBe('');
  });

  it('counts as a WebSocket alone once it is one', async () => {
    const { door, port } = await listen();
    let party: Party | undefined;
    await dial({ host: HOST, port }, (link) => (party = new Party(link)));
    atEnd(() => party?.link.destroy());
    await eventually(() => door.atAccept.length > 0, 'the WebSocket');
    expect(door.atAccept).toEqual([0]);
  });

  it('may become a WebSocket though it is one too many, to be told so in its own way', async () => {
    const { door, port } = await listen();
    door.refusal = FULL;
    let party: Party | undefined;
    await dial({ host: HOST, port }, (link) => (party = new Party(link)));
    atEnd(() => party?.link.destroy());
    await eventually(() => door.atAccept.length > 0, 'the WebSocket');
    expect(door.atAccept).toEqual([0]);
  });
});

/** A browser's connection. */
class Socket {
  text = '';
  private isOver = false;

  constructor(readonly socket: net.Socket) {
    socket.on('data', (bytes) => (this.text += bytes.toString()));
    socket.on('close', () => (this.isOver = true));
    socket.on('error', () => undefined);
    atEnd(() => void socket.destroy());
  }

  ask(): void {
    this.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  }

  async gets(text: string): Promise<void> {
    await eventually(() => this.text.includes(text), text);
  }

  async ends(): Promise<void> {
    await eventually(() => this.isOver, 'the end of the connection');
  }
}
