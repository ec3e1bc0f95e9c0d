/** `snug serve`: runs the server until it is told to stop. */
import { once } from 'node:events';
import { DEFAULTS, type ServerConfig } from './config.js';
import type { Protocol } from './protocols/protocol.js';
import { humanReport, type Report, structuredReport } from './report.js';
import { start, type RunningServer } from './server.js';
import type { Origin } from './transports/link.js';

/** Addresses that stand for all those of the machine. */
const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export interface ServeSurroundings {
  readonly print: (text: string) => void;
  /** Listens for the wish to stop, which aborts the signal. */
  readonly told: () => AbortSignal;
  /** Structured lines instead of sentences. */
  readonly json: boolean;
  readonly version: string;
  /** What to type to open the client. */
  readonly client: string;
}

/** Serves until the signal is aborted; gives the exit code. Throws what `start` throws. */
export async function serve(config: ServerConfig, surroundings: ServeSurroundings): Promise<number> {
  const { json, print, version, client, told } = surroundings;
  if (!json) print(`snug ${version}\n`);
  // From before anyone can know that the server is there: a wish to stop that comes early is obeyed in order too.
  const signal = told();
  const server = await start(config, json ? await jsonReport(print) : humanReport(print, Date.now));
  if (!json) print(welcome(config, server, client));
  if (!signal.aborted) await once(signal, 'abort');
  if (!json) print('\n');
  await server.stop();
  return 0;
}

function welcome(config: ServerConfig, server: RunningServer, client: string): string {
  const lines = [
    `The history is kept in ${config.data}, files in ${config.downloads}; a room has ${config.capacity} seats.`,
    howToJoin(config, server, client),
    ...openness(config.host),
    'Ctrl-C stops the server.',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What to do next: the browser first, where one can join, since it needs nothing but a click. */
function howToJoin({ serve }: ServerConfig, { addresses }: RunningServer, client: string): string {
  const served = serve.map(({ protocol }, index) => ({ protocol, place: placeOf(addresses[index]) }));
  const page = served.find(({ protocol }) => isForBrowsers(protocol));
  const first = served.find(({ protocol }) => !isForBrowsers(protocol)) ?? page;
  const command = first ? joinCommand(first.protocol, first.place, client) : client;
  if (!page) return `To join, open another terminal here and type: ${command}`;
  return `To join, open http://${page.place}/ in a browser, or type in another terminal here: ${command}`;
}

function isForBrowsers({ transport }: Protocol): boolean {
  return transport === 'websocket';
}

/** What opens our client: the bare command where that is enough. */
function joinCommand({ hasMenu, scheme }: Protocol, place: string, client: string): string {
  const url = `${scheme}://${place}`;
  if (url === DEFAULTS.url) return client;
  return `${client}${client.startsWith('npm') ? ' --' : ''} ${hasMenu ? '' : 'NAME '}${url}`;
}

/** Host and port, as people on this machine type them. */
function placeOf({ address, port }: Origin = { address: 'localhost', port: 0 }): string {
  const host = isLocal(address) || ANY.has(address) ? 'localhost' : address;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function openness(host: string): string[] {
  if (isLocal(host)) return ['Only programs on this machine can connect; --host 0.0.0.0 opens the room to others.'];
  return [
    ...(ANY.has(host) ? ["On another machine, this one's name or address stands in place of localhost."] : []),
    `The room is open: whoever can reach this machine at ${host} can join, read the history and share files,`,
    'without a password, and what is said is not encrypted on its way.',
  ];
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

async function jsonReport(write: (text: string) => void): Promise<Report> {
  const { pino } = await import('pino');
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  return structuredReport((fields, message) => log.info(fields, message));
}
