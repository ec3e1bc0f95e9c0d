/**
 * Counts HTTP connections as all others are (docs/protocols.md, S9): from their beginning, whatever comes over them, until
 * they end or become a WebSocket, which is counted by whoever accepts it.
 */
import type http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import type { Origin } from './link.js';
import type { Refusal } from './origin.js';
import { LINGER, remoteOf } from './socket.js';

/** A connection that was let in, or is to be told why not. */
export interface Entrance {
  readonly refusal?: { readonly message: string } | undefined;
  leave(): void;
}

/** Asked of every connection; nothing is given of one that is closed without a word. */
export type Admit = (from: Origin) => Entrance | undefined;

/** Counts nobody. */
export const ADMIT_ALL: Admit = () => ({ leave: () => {} });

export class HttpDoor {
  private readonly inside = new WeakMap<net.Socket, Entrance>();

  constructor(
    server: http.Server,
    private readonly admit: Admit,
  ) {
    const event = server instanceof https.Server ? 'secureConnection' : 'connection';
    server.on(event, (socket: net.Socket) => this.onConnection(socket));
  }

  /** Why a request that came over `socket` is not answered. */
  refusalOf(socket: net.Socket): Refusal | undefined {
    const refusal = this.inside.get(socket)?.refusal;
    return refusal && { status: 503, reason: refusal.message };
  }

  /** It is no HTTP connection any more. */
  leave(socket: net.Socket): void {
    this.inside.get(socket)?.leave();
    this.inside.delete(socket);
  }

  private onConnection(socket: net.Socket): void {
    const entrance = this.admit(remoteOf(socket));
    if (!entrance) return void socket.destroy();
    this.inside.set(socket, entrance);
    socket.once('close', () => this.leave(socket));
    if (entrance.refusal) socket.setTimeout(LINGER);
  }
}
