/**
 * `snug chat --gui`: the page as the client of any server, ours or not, in any of the protocols. A browser speaks
 * WebSocket alone, so this stands between, on this machine's own address, which no other machine can reach.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Connect, DEAF, RefusedError } from '../client/connection.js';
import type { PageSettings } from '../client/page-settings.js';
import { opening } from '../client/terminal/opening.js';
import type { TerminalOutput } from '../client/terminal/paper.js';
import { StoppedError, unless } from '../client/terminal/stop.js';
import { servePage } from '../page.js';
import type { Dialling } from '../protocols/dialling.js';
import type { Protocol } from '../protocols/protocol.js';
import type { Accept, Listener } from '../transports/link.js';
import { listenWebSocket } from '../transports/websocket.js';
import { Bridge } from './bridge.js';
import { Pipes } from './pipe.js';

const HOST = '127.0.0.1';

/** Where the build puts the page. */
const PAGE = fileURLToPath(new URL('../web', import.meta.url));

export interface GatewayOptions {
  readonly protocol: Protocol;
  /** The server, as a URL; for those who read the page. */
  readonly server: string;
  /** Empty for the lobby. */
  readonly room: string;
  /** Needed where the protocol has no menu. */
  readonly username: string | undefined;
  readonly dial: Dialling;
  readonly connect: Connect;
  readonly output: TerminalOutput;
  /** Aborted when the program is to end. */
  readonly signal: AbortSignal;
  /** Shows an address in the person's browser; not there when that is not wanted. */
  readonly browse: ((address: string) => Promise<unknown>) | undefined;
  /** Folder of the built page. */
  readonly page?: string;
}

/** What is behind the page. */
interface Side {
  readonly settings: PageSettings;
  readonly accept: Accept;
  stop(): Promise<void>;
}

/**
 * Serves the page until `signal` is aborted, or the person quits where that ends the client; gives the exit code. Throws
 * UnreachableError when there is no server, RefusedError when it does not let the person in.
 */
export async function gateway(options: GatewayOptions): Promise<number> {
  // Whoever reads our output may be gone; the page stays.
  options.output.on('error', () => {});
  try {
    await serve(options);
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
  }
  return 0;
}

async function serve(options: GatewayOptions): Promise<void> {
  const over = new AbortController();
  const onOver = (): void => over.abort();
  const side = options.protocol.hasMenu ? await openPipes(options) : await openBridge(options, onOver);
  options.signal.addEventListener('abort', onOver, { once: true });
  let listener: Listener | undefined;
  try {
    const listen = listenWebSocket(servePage(options.page ?? PAGE, side.settings));
    listener = await listen({ host: HOST, port: 0 }, side.accept);
    announce(options, listener.address.port);
    if (!over.signal.aborted && !options.signal.aborted) await once(over.signal, 'abort');
    // The terminal shows ^C, and what it shows next begins on a line of its own.
    if (options.output.isTTY) options.output.write('\n');
  } finally {
    await Promise.all([listener?.close(), side.stop()]);
  }
}

async function openPipes({ server, username, dial, connect, signal }: GatewayOptions): Promise<Side> {
  // Who sees the page should not have to learn from it that there is no server.
  (await opening(connect, DEAF, signal)).close();
  const pipes = new Pipes(dial);
  return {
    settings: { server, ...(username !== undefined && { username }) },
    accept: (link) => pipes.accept(link),
    stop: async () => pipes.stop(),
  };
}

async function openBridge(options: GatewayOptions, onQuit: () => void): Promise<Side> {
  const { protocol, server, connect, signal } = options;
  // As rooms spell names (S3): the page has to know its own lines again.
  const username = (options.username ?? '').normalize('NFC');
  if (username === '') throw new RefusedError('A username cannot be empty.');
  const bridge = new Bridge({ connect, username, clock: Date.now, onQuit });
  try {
    await unless(signal, bridge.enter());
  } catch (error) {
    await bridge.stop();
    throw error;
  }
  const { lessThan } = protocol;
  return {
    settings: {
      server,
      username,
      can: { report: bridge.hasReport, files: false, history: false },
      ...(lessThan !== undefined && { lessThan }),
    },
    accept: (link) => bridge.accept(link),
    stop: () => bridge.stop(),
  };
}

function announce({ room, output, browse }: GatewayOptions, port: number): void {
  const address = `http://${HOST}:${port}/${encodeURIComponent(room)}`;
  output.write(`Open ${address} in a browser.\nCtrl-C ends this.\n`);
  // Where there is none that we know of, there may be one all the same: the address stands above.
  if (output.isTTY) void browse?.(address).catch(() => undefined);
}
