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

/** What `readInto` needs of Node, none of it public. */
interface Readable {
  readonly _handle?: { useUserBuffer?(buffer: Uint8Array): void } | null;
}

/**
 * Has an accepted socket that has not read yet read into `buffer` for good, and tell how many bytes came, instead of
 * having memory of 64 KiB made for each read: collecting that costs more than moving the bytes of a large file. Node
 * offers it as `onread`, but for sockets that connect alone; so this does what `onread` does in there. False, and nothing
 * has changed, in a Node that has none of it.
 */
export function readInto(socket: net.Socket, buffer: Uint8Array, onRead: (length: number) => void): boolean {
  const { _handle: handle } = socket as Readable;
  const symbols = Object.getOwnPropertySymbols(socket);
  const [toBuffer, toCallback] = ['kBuffer', 'kBufferCb'].map((name) =>
    symbols.find((one) => one.description === name),
  );
  if (!handle?.useUserBuffer || !toBuffer || !toCallback) return false;
  Object.assign(socket, { [toBuffer]: buffer, [toCallback]: onRead });
  handle.useUserBuffer(buffer);
  return true;
}

/** Where the socket's peer is. */
export function remoteOf(socket: net.Socket): Origin {
  return { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
}

/** An IPv4 address as people write it, also when the socket is an IPv6 one. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
