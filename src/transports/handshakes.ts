/**
 * The TLS handshakes that are under way (docs/protocols.md, R18). Nobody else knows of those connections: so they are
 * counted here (S9), until they end or are accepted by whoever counts them then, and they have their time: Node tells of a
 * handshake that takes too long, but closes nothing.
 */
import type net from 'node:net';
import type { Admit } from './http-door.js';
import { remoteOf } from './socket.js';

/** Milliseconds that a handshake has. */
const HANDSHAKE_TIME = 10_000;

interface Handshake {
  readonly socket: net.Socket;
  readonly over: () => void;
}

export class Handshakes {
  /** By the address of the peer, since the socket over TLS is another one than that below it. */
  private readonly underWay = new Map<string, Handshake>();

  constructor(
    server: net.Server,
    private readonly admit: Admit,
    private readonly time = HANDSHAKE_TIME,
  ) {
    server.on('connection', (socket: net.Socket) => this.onConnection(socket));
    server.on('secureConnection', (socket: net.Socket) => this.underWay.get(nameOf(socket))?.over());
  }

  /** Ends them: a server that closes waits for them. */
  drop(): void {
    for (const { socket } of this.underWay.values()) socket.destroy();
  }

  private onConnection(socket: net.Socket): void {
    // One that is refused may finish, since it can be told so only then.
    const entrance = this.admit(remoteOf(socket));
    if (!entrance) return void socket.destroy();
    const name = nameOf(socket);
    const timer = setTimeout(() => socket.destroy(), this.time);
    const over = (): void => {
      clearTimeout(timer);
      socket.off('close', over);
      this.underWay.delete(name);
      entrance.leave();
    };
    this.underWay.set(name, { socket, over });
    socket.on('close', over);
  }
}

function nameOf({ remoteAddress, remotePort }: net.Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
