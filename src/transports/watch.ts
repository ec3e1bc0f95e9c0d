import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Milliseconds between two looks at a connection: one whose peer is gone is closed within twice this time. */
export const LOOK_TIME = 20_000;

/**
 * Closes a WebSocket whose peer has vanished: it is asked again and again, and gives no sign of life. One that is not
 * read from, or has not taken what it was sent, is slow and not asked; that it is gone the operating system finds out.
 */
export function watch(webSocket: WebSocket, socket: Duplex, time = LOOK_TIME): void {
  let isAlive = true;
  const onSignOfLife = (): void => void (isAlive = true);
  const timer = setInterval(() => {
    if (webSocket.isPaused || webSocket.bufferedAmount > 0) return onSignOfLife();
    if (!isAlive) return webSocket.terminate();
    isAlive = false;
    webSocket.ping();
  }, time);
  // Pongs too come as bytes.
  socket.on('data', onSignOfLife);
  webSocket.once('close', () => clearInterval(timer));
}
