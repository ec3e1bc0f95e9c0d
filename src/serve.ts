/** `snug serve`: runs the server until it is told to stop. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { checkAllClosed, DEFAULTS, listed, type ServerConfig } from './config.js';
import type { Protocol } from './protocols/protocol.js';
import { humanReport, type Paper, type Report, structuredReport, unlessUnread } from './report.js';
import { start, type RunningServer } from './server.js';
import type { Certificate, Origin } from './transports/link.js';

/** Addresses that stand for all those of the machine. */
const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export interface ServeSurroundings {
  /** Where everything is said; a part of what happens is left out while it is not read. */
  readonly output: Paper & Pick<Writable, 'write'>;
  /** Listens for the wish to stop, which aborts the signal, and, if it is given, for the one to `reload`. */
  readonly told: (reload?: () => void) => AbortSignal;
  /** Reads the certificate again. Throws UsageError. */
  readonly certificate?: () => Promise<Certificate | undefined>;
  /** Structured lines instead of sentences. */
  readonly json: boolean;
  readonly version: string;
  /** What to type to open the client. */
  readonly client: string;
}

/** Serves until the signal is aborted; gives the exit code. Throws UsageError, or what `start` throws. */
export async function serve(config: ServerConfig, surroundings: ServeSurroundings): Promise<number> {
  const { json, output, version, client, told, certificate } = surroundings;
  checkAllClosed(config.serve, config);
  const print = (text: string): void => void output.write(text);
  // From before anyone can know that the server is there: a wish to stop that comes early is obeyed in order too.
  let reload = (): void => {};
  const signal = told(config.tls && (() => reload()));
  if (!json) print(`snug ${version}\n`);
  const report = unlessUnread(json ? await jsonReport(print) : humanReport(print, Date.now), output);
  const server = await start(config, report);
  if (certificate) reload = () => void renew(server, certificate, report);
  if (!json) print(welcome(config, server, client));
  if (!signal.aborted) await once(signal, 'abort');
  if (!json) print('\n');
  await server.stop();
  return 0;
}

/** A certificate that is of no use is no reason to go without one. */
async function renew(
  server: RunningServer,
  certificate: () => Promise<Certificate | undefined>,
  report: Report,
): Promise<void> {
  try {
    const renewed = await certificate();
    if (renewed) server.renew(renewed);
    report('renewed', {});
  } catch (error) {
    report('not-renewed', { reason: (error as Error).message });
  }
}

function welcome(config: ServerConfig, server: RunningServer, client: string): string {
  const lines = [
    `The history is kept in ${config.data}, files in ${config.downloads}; a room has ${config.capacity} seats.`,
    howToJoin(config, server, client),
    ...openness(config),
    'Ctrl-C stops the server.',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What to do next: the browser first, where one can join, since it needs nothing but a click. */
function howToJoin({ serve, tls }: ServerConfig, { addresses }: RunningServer, client: string): string {
  const served = serve.map(({ protocol }, index) => ({ protocol, place: placeOf(addresses[index]) }));
  const page = served.find(({ protocol }) => isForBrowsers(protocol));
  const first = served.find(({ protocol }) => !isForBrowsers(protocol)) ?? page;
  const command = first ? joinCommand(first.protocol, first.place, client, tls !== undefined) : client;
  if (!page) return `To join, open another terminal here and type: ${command}`;
  return `To join, open ${tls ? 'https' : 'http'}://${page.place}/ in a browser, or type in another terminal here: ${command}`;
}

function isForBrowsers({ transport }: Protocol): boolean {
  return transport === 'websocket';
}

/** What opens our client: the bare command where that is enough. */
function joinCommand(
  { hasMenu, scheme, tlsScheme }: Protocol,
  place: string,
  client: string,
  isOverTls: boolean,
): string {
  const url = `${(isOverTls && tlsScheme) || scheme}://${place}`;
  if (url === DEFAULTS.url) return client;
  return `${client}${client.startsWith('npm') ? ' --' : ''} ${hasMenu ? '' : 'NAME '}${url}`;
}

/** Host and port, as people on this machine type them; `localhost` is an IPv4 address everywhere, and not an IPv6 one. */
function placeOf({ address, port }: Origin = { address: 'localhost', port: 0 }): string {
  const host = (isLocal(address) && address !== '::1') || ANY.has(address) ? 'localhost' : address;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Plainly, what strangers can do and see. */
function openness(config: ServerConfig): string[] {
  const { host, passphrase } = config;
  if (isLocal(host)) {
    const asked = passphrase === undefined ? [] : ['Whoever joins is asked for the passphrase.'];
    return ['Only programs on this machine can connect; --host 0.0.0.0 opens the room to others.', ...asked];
  }
  return [
    ...(ANY.has(host) ? ["On another machine, this one's name or address stands in place of localhost."] : []),
    ...(passphrase === undefined ? openTo(host, config) : closedTo(host, config)),
  ];
}

function openTo(host: string, { serve, tls }: ServerConfig): string[] {
  const clear = serve.filter(({ protocol }) => !protocol.tlsScheme).map(({ protocol }) => protocol.name);
  const except = clear.length > 0 ? `, except over ${listed(clear)}` : '';
  return [
    `The room is open: ${whoeverCanReach(host)} can join, read the history and share files,`,
    `without a passphrase; what is said is ${tls ? `encrypted on its way${except}` : 'not encrypted on its way'}.`,
  ];
}

function closedTo(host: string, { tls }: ServerConfig): string[] {
  return [
    `Open to ${whoeverCanReach(host)}: to see how many people are here, and to join with the passphrase;`,
    tls ? 'it and what is said are encrypted on their way.' : 'neither it nor what is said is encrypted on its way.',
  ];
}

/** Where it listens on all addresses there is none to name. */
function whoeverCanReach(host: string): string {
  return `whoever can reach this machine${ANY.has(host) ? '' : ` at ${host}`}`;
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

async function jsonReport(write: (text: string) => void): Promise<Report> {
  const { pino } = await import('pino');
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  return structuredReport((fields, message) => log.info(fields, message));
}
