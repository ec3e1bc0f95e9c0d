/** `snug chat`: puts a connection, the folders and the terminal together. */
import { homedir } from 'node:os';
import { basename } from 'node:path';
import {
  type Avatar,
  type Connect,
  type Connection,
  type ConnectionListener,
  DEAF,
  type Key,
  UnreachableError,
} from './client/connection.js';
import { chat, type ChatOptions } from './client/terminal/chat.js';
import { openFile, unquoted, UnusableFileError } from './client/terminal/paths.js';
import { parseTarget, type Target } from './client/url.js';
import { DEFAULTS, UsageError } from './config.js';
import { MAX_AVATAR_BYTES } from './files/avatar.js';
import { FolderInbox } from './files/inbox.js';
import type { Dialling } from './protocols/dialling.js';
import { allProtocols } from './protocols/index.js';
import type { Protocol } from './protocols/protocol.js';
import { TransportError } from './transports/errors.js';
import type { Dial } from './transports/link.js';
import { dialTcp } from './transports/tcp.js';
import { dialTls } from './transports/tls.js';
import { dialUdp } from './transports/udp.js';
import { visible } from './visible.js';

/** Loaded only where it is needed, since it takes a sixth of a start. */
const webSocket = (): Promise<typeof import('./transports/websocket.js')> => import('./transports/websocket.js');

const DIAL: Record<Protocol['transport'], Dial> = {
  tcp: dialTcp,
  udp: dialUdp,
  websocket: async (to, accept) => (await webSocket()).dialWebSocket(to, accept),
};
const DIAL_OVER_TLS: Record<'tcp' | 'websocket', (ca: string | undefined) => Dial> = {
  tcp: dialTls,
  websocket: (ca) => async (to, accept) => (await webSocket()).dialSecureWebSocket(ca)(to, accept),
};

/** Behind a scheme: over TLS. */
const TLS = '+tls';

const NO_PASSPHRASE = 'With this address nobody says a passphrase: --passphrase-file is for records.';
const PAGE_ASKS = 'With --gui the page asks for the passphrase; --passphrase-file is for the terminal.';
const NO_TLS = 'At this address nothing is encrypted; --ca is for records+tls and wss.';

export interface ChatCommand {
  /** A URL, a name, or both, in any order. */
  readonly words: readonly string[];
  /** Override the URL's host and port. */
  readonly target?: string;
  readonly port?: number;
  readonly username?: string;
  readonly name?: string;
  /** Path of a picture to join with. */
  readonly avatar?: string;
  /** What the room wants to hear from who joins, and whether it was meant for this one. */
  readonly passphrase?: string | undefined;
  readonly isAsked?: boolean;
  /** Who vouches for the server over TLS: a certificate, as PEM. */
  readonly ca?: string | undefined;
  readonly attachments: string;
  readonly downloads: string;
  /** In a browser instead of the terminal; `open`: shown there at once. */
  readonly gui?: boolean;
  readonly open?: boolean;
}

interface Surroundings extends Pick<ChatOptions, 'input' | 'output' | 'color' | 'plain' | 'signal' | 'suspend'> {
  /** Shows an address in the person's browser. */
  readonly browse?: (address: string) => Promise<unknown>;
}

/**
 * Runs the menu, or for the protocols without one the room itself, until the person quits; gives the exit code. Throws
 * UsageError for an address that is none, where a name is needed and missing, and for an avatar that cannot be brought
 * along; UnreachableError when no server is there.
 */
export async function runChat(command: ChatCommand, surroundings: Surroundings): Promise<number> {
  const { attachments, downloads } = command;
  const { url, username } = parseWords(command);
  const destination = destinationOf(url, command);
  const { protocol, connect, key } = destination;
  if (command.isAsked && !protocol.hasPassphrase) throw new UsageError(NO_PASSPHRASE);
  const direct = !protocol.hasMenu;
  if (direct && username === undefined) {
    throw new UsageError(`A username is needed: snug chat NAME ${url}.`);
  }
  if (command.gui) return runGateway(command, { ...destination, username }, surroundings);
  const avatar = command.avatar === undefined ? undefined : await readAvatar(command.avatar, protocol, attachments);
  // Who sees the menu should not have to choose from it to learn that there is no server.
  if (!direct) (await connect(DEAF)).close();
  const inbox = new FolderInbox(downloads);
  return chat({ ...surroundings, connect, key, username, avatar, direct, attachments, inbox, clock: Date.now });
}

async function runGateway(
  { avatar, isAsked, open = true }: ChatCommand,
  who: Destination & { username: string | undefined },
  { output, signal, browse }: Surroundings,
): Promise<number> {
  if (avatar !== undefined)
    throw new UsageError('With --gui the page asks for a picture; --avatar is for the terminal.');
  if (isAsked) throw new UsageError(PAGE_ASKS);
  const { gateway } = await import('./gateway/gateway.js');
  return gateway({ ...who, output, signal, browse: open ? browse : undefined });
}

/** Each seed has a way of its own to say who and where: two options, a bare name, a name and a URL. */
function parseWords({ words, username, name }: ChatCommand): { url: string; username: string | undefined } {
  // A name has no colon (S3), so a word with one was meant as an address.
  const urls = words.filter((word) => word.includes(':'));
  const names = [...words.filter((word) => !word.includes(':')), username, name].filter((word) => word !== undefined);
  if (urls.length > 1 || new Set(names).size > 1) throw new UsageError('There can be one address and one username.');
  return { url: urls[0] ?? DEFAULTS.url, username: names[0] };
}

/** The picture at the path that was typed, of whatever kind: that is for the server to say. Throws UsageError. */
async function readAvatar(typed: string, { name, hasAvatars }: Protocol, attachments: string): Promise<Avatar> {
  if (!hasAvatars) throw new UsageError(`Over ${name} there are no avatars: --avatar, or SNUG_AVATAR, is for records.`);
  const path = unquoted(typed);
  const { handle, size } = await openFile(path, { attachments, home: homedir() }).catch(asUsageError);
  try {
    if (size === 0 || size > MAX_AVATAR_BYTES) {
      throw new UsageError(`An avatar has 1 to ${MAX_AVATAR_BYTES} bytes; ${visible(path)} has ${size}.`);
    }
    return { name: basename(path), contents: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

function asUsageError(error: unknown): never {
  throw error instanceof UnusableFileError ? new UsageError(error.message, { cause: error }) : error;
}

interface Destination {
  readonly protocol: Protocol;
  /** The server as a URL, without a room. */
  readonly server: string;
  /** Empty for the lobby. */
  readonly room: string;
  readonly dial: Dialling;
  readonly connect: Connect;
  /** The passphrase, as far as it is known. */
  readonly key: Key;
}

function destinationOf(url: string, command: ChatCommand): Destination {
  const { protocol, isOverTls, to } = addressOf(url);
  if (!isOverTls && command.ca !== undefined) throw new UsageError(NO_TLS);
  const address = { host: command.target ?? to.host, port: command.port ?? to.port ?? protocol.defaultPort };
  if (address.port === 0) throw new UsageError(`"${url}" names no port.`);
  const dial = diallingTo(address, protocol, isOverTls, command.ca);
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const server = `${(isOverTls && protocol.tlsScheme) || protocol.scheme}://${host}:${address.port}`;
  const { room } = to;
  const key = { passphrase: command.passphrase ?? '' };
  return { protocol, server, room, dial, key, connect: (listener) => open(protocol, dial, room, listener, key) };
}

function addressOf(url: string): { protocol: Protocol; isOverTls: boolean; to: Target } {
  // `ws` is a scheme that URLs know, with a port of its own, 80, which they leave out; so it goes by the protocol's name.
  const to = parseTarget(url.replace(/^ws:/i, 'web:').replace(/^wss:/i, `web${TLS}:`));
  const isOverTls = to?.scheme.endsWith(TLS) === true;
  const scheme = isOverTls ? to.scheme.slice(0, -TLS.length) : to?.scheme;
  const protocol = allProtocols().find((one) => one.scheme === scheme || one.name === scheme);
  if (to && protocol && (!isOverTls || protocol.tlsScheme !== undefined)) return { protocol, isOverTls, to };
  throw new UsageError(`"${url}" is not an address to chat at; one is ${DEFAULTS.url}.`);
}

function diallingTo(
  address: { host: string; port: number },
  { transport }: Protocol,
  isOverTls: boolean,
  ca: string | undefined,
): Dialling {
  const dial = isOverTls && transport !== 'udp' ? DIAL_OVER_TLS[transport](ca) : DIAL[transport];
  return (accept) => dial(address, accept);
}

async function open(
  protocol: Protocol,
  dial: Dialling,
  room: string,
  listener: ConnectionListener,
  key: Key,
): Promise<Connection> {
  try {
    return await protocol.connect(dial, room, listener, key);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    throw new UnreachableError(error.message, { cause: error, isAbsent: error.isAbsent });
  }
}
