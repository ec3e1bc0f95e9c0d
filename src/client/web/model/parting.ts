import type { Connection } from '../../connection.js';

/** Milliseconds that a server has to confirm that we have left. */
const PATIENCE = 2000;

/** Takes leave and closes the connection, without waiting for ever for a server that may be gone. */
export async function part(connection: Connection): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
  await Promise.race([connection.leave(), enough]);
  clearTimeout(timer);
  connection.close();
}
