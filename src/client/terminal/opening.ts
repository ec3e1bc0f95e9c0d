import type { Connect, Connection, ConnectionListener } from '../connection.js';
import { unless } from './stop.js';

/** Connects. Throws StoppedError when `signal` is aborted first; a connection that opens after that is closed. */
export async function opening(
  connect: Connect,
  listener: ConnectionListener,
  signal: AbortSignal,
): Promise<Connection> {
  const connecting = connect(listener);
  try {
    return await unless(signal, connecting);
  } catch (error) {
    void connecting.then((connection) => connection.close()).catch(() => undefined);
    throw error;
  }
}
