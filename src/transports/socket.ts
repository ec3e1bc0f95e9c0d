/** What the transports over TCP have in common. */
import type net from 'node:net';
import type { Origin } from './link.js';

/**
 * A machine that vanished without a word is found out by the operating system asking after it: when nothing has been on
 * its way for 30 s, ten times, a second apart (that is libuv's), so within 40 s. While something is on its way nothing is
 * asked, and giving up takes a quarter of an hour; for that protocols have signs of life of their own.
 */
export const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 } as const;
/** Milliseconds that a closing link has to take its last bytes. */
export const LINGER = 2000;
/** Milliseconds until a connection attempt is given up. */
export const DIAL_TIMEOUT = 10_000;

/** Where the socket's peer is. */
export function remoteOf(socket: net.Socket): Origin {
  return { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
}

/** An IPv4 address as people write it, also when the socket is an IPv6 one. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
