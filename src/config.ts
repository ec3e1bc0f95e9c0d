/** What can be set, its defaults, and the one validation of it. */
import { type Limits, LIMITS } from './limits.js';
import { allProtocols } from './protocols/index.js';
import type { Protocol } from './protocols/protocol.js';
import type { Certificate } from './transports/link.js';
import { STORAGE, type StorageConfig } from './storage-config.js';

export interface ServerConfig extends Limits, StorageConfig, Secrets {
  readonly serve: readonly Served[];
  readonly host: string;
  /** Seats in a room. */
  readonly capacity: number;
  /** Rooms beside the lobby. */
  readonly rooms: number;
  /** Seconds that a seat is kept for someone whose link dropped; 0 frees it at once. */
  readonly grace: number;
  /** Bytes of history shown on joining. */
  readonly replay: number;
  /** Bytes up to which a file is shown with its contents. */
  readonly inline: number;
}

/** What not everyone may know; nothing of it is on the command line. */
export interface Secrets {
  /** What whoever joins has to say; everyone may join when there is none. */
  readonly passphrase?: string | undefined;
  /** With it, what can be is served over TLS. */
  readonly tls?: Certificate | undefined;
}

export interface Served {
  readonly protocol: Protocol;
  /** 0: the system picks one. */
  readonly port: number;
}

export const DEFAULTS = {
  host: '127.0.0.1',
  /** Seed 002, 5.2: "at most 3 active users". */
  capacity: 3,
  rooms: 100,
  grace: 30,
  data: 'data',
  downloads: 'downloads',
  attachments: 'attachments',
  /** Where the client goes. */
  url: 'records://localhost:18000',
  replay: 8_388_608,
  inline: 1_048_576,
  ...LIMITS,
  ...STORAGE,
} as const;

const LAST_PORT = 65_535;

/** Something that was asked for on the command line or by an environment variable is not possible. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * The protocols that `snug serve NAME[=PORT] ...` names; the usual ones when it names none. `port` is that of the one
 * that is named, or of the first of the usual ones. Throws UsageError.
 */
export function parseServed(names: readonly string[], port: number | undefined): readonly Served[] {
  const all = allProtocols();
  if (names.length === 0) return usual(all, port);
  const chosen = names.flatMap((name) => parseOne(name, all));
  if (new Set(chosen.map(({ protocol }) => protocol)).size < chosen.length) {
    throw new UsageError('Each protocol can be named once.');
  }
  if (port === undefined) return chosen;
  const [only, second] = chosen;
  if (!only || second) throw new UsageError('--port goes with one protocol; with several, name each as NAME=PORT.');
  return [{ ...only, port }];
}

/** Throws UsageError when somebody could come in over one of them without the passphrase. */
export function checkAllClosed(served: readonly Served[], { passphrase }: Secrets): void {
  const open = served.filter(({ protocol }) => !protocol.hasPassphrase).map(({ protocol }) => protocol.name);
  if (passphrase === undefined || open.length === 0) return;
  const can = allProtocols().filter((one) => one.hasPassphrase);
  throw new UsageError(
    `While a passphrase is set, only ${listed(can.map(({ name }) => name))} can be served: ` +
      `over ${listed(open)} nobody can say it.`,
  );
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** Those that are served when none is named; on ports that lie from `port` as theirs lie from the first's. */
function usual(all: readonly Protocol[], port: number | undefined): readonly Served[] {
  const chosen = all.filter((one) => one.byDefault);
  const [first] = chosen;
  if (port === undefined || !first) return chosen.map(atDefault);
  return chosen.map((protocol) => {
    const own = port === 0 ? 0 : port + protocol.defaultPort - first.defaultPort;
    if (own <= LAST_PORT) return { protocol, port: own };
    throw new UsageError(
      `With --port ${port}, ${protocol.name} would be on ${own}, and the last port is ${LAST_PORT}; name each as NAME=PORT.`,
    );
  });
}

/** A port as typed. Throws UsageError. */
export function parsePort(typed: string): number {
  return parseWhole(typed, 'A port', 0, LAST_PORT);
}

/** A whole number as typed, from `min` to `max`. Throws UsageError that starts with `what`. */
export function parseWhole(typed: string, what: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(typed) ? Number(typed) : NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`${what} is a whole number from ${min} to ${max}, not "${typed}".`);
  }
  return value;
}

function parseOne(typed: string, all: readonly Protocol[]): readonly Served[] {
  const [, name = '', port] = /^([^=]*)(?:=(.*))?$/s.exec(typed) ?? [];
  // Only "any free port" is a port for all of them.
  if (name === 'all' && port === undefined) return all.map(atDefault);
  if (name === 'all' && port === '0') return all.map((protocol) => ({ protocol, port: 0 }));
  const protocol = all.find((one) => one.name === name);
  if (!protocol)
    throw new UsageError(`There is no protocol "${name}": there are ${all.map((one) => one.name).join(', ')} and all.`);
  return [port === undefined ? atDefault(protocol) : { protocol, port: parsePort(port) }];
}

function atDefault(protocol: Protocol): Served {
  return { protocol, port: protocol.defaultPort };
}
