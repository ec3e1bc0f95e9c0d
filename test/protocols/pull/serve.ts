import { join } from 'node:path';
import { DEFAULTS } from '../../../src/config.js';
import { pull } from '../../../src/protocols/pull/index.js';
import type { Protocol } from '../../../src/protocols/protocol.js';
import { start } from '../../../src/server.js';
import { atEnd } from '../../support/cleanup.js';
import { temporaryFolder } from '../../support/folders.js';

/** Our server on a port that the system picks; stopped by `closeAll` unless it was before. */
export async function serve(protocol: Protocol = pull()): Promise<{ port: number; stop: () => Promise<void> }> {
  const folder = temporaryFolder('pull');
  const folders = { data: folder, downloads: join(folder, 'files') };
  const limits = { capacity: 5, rooms: 1, grace: 0, replay: 1024, inline: 1024 };
  const config = { ...DEFAULTS, host: '127.0.0.1', serve: [{ protocol, port: 0 }], ...folders, ...limits };
  const server = await start(config, () => undefined);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= server.stop());
  atEnd(stop);
  return { port: server.addresses[0]!.port, stop };
}
