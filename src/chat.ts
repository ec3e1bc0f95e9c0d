/** `snug chat`: puts a connection, the folders and the terminal together. */
import { type Connect, type Connection, type ConnectionListener, DEAF, UnreachableError } from './client/connection.js';
import { chat, type ChatOptions } from './client/terminal/chat.js';
import { parseTarget } from './client/url.js';
import { UsageError } from './config.js';
import { FolderInbox } from './files/inbox.js';
import { allProtocols } from './protocols/index.js';
import type { Protocol } from './protocols/protocol.js';
import { TransportError } from './transports/errors.js';
import { dialTcp } from './transports/tcp.js';
import { dialUdp } from './transports/udp.js';

const DIAL = { tcp: dialTcp, udp: dialUdp };
const DEFAULT_URL = 'records://localhost:18000';

export interface ChatCommand {
  /** A URL, a name, or both, in any order. */
  readonly words: readonly string[];
  /** Override the URL's host and port. */
  readonly target?: string;
  readonly port?: number;
  readonly username?: string;
  readonly name?: string;
  readonly attachments: string;
  readonly downloads: string;
}

type Surroundings = Pick<ChatOptions, 'input' | 'output' | 'color' | 'plain' | 'signal' | 'suspend'>;

/**
 * Runs the menu, or for the protocols without one the room itself, until the person quits; gives the exit code. Throws
 * UsageError for an address that is none, and where a name is needed and missing; UnreachableError when no server is there.
 */
export async function runChat(command: ChatCommand, surroundings: Surroundings): Promise<number> {
  const { attachments, downloads } = command;
  const { url, username } = parseWords(command);
  const { protocol, connect } = connector(url, command);
  const direct = !protocol.hasMenu;
  if (direct && username === undefined) {
    throw new UsageError(`A username is needed: snug chat NAME ${url}.`);
  }
  // Who sees the menu should not have to choose from it to learn that there is no server.
  if (!direct) (await connect(DEAF)).close();
  const inbox = new FolderInbox(downloads);
  return chat({ ...surroundings, connect, username, direct, attachments, inbox, clock: Date.now });
}

/** Each seed has a way of its own to say who and where: two options, a bare name, a name and a URL. */
function parseWords({ words, username, name }: ChatCommand): { url: string; username: string | undefined } {
  // A name has no colon (S3), so a word with one was meant as an address.
  const urls = words.filter((word) => word.includes(':'));
  const names = [...words.filter((word) => !word.includes(':')), username, name].filter((word) => word !== undefined);
  if (urls.length > 1 || new Set(names).size > 1) throw new UsageError('There can be one address and one username.');
  return { url: urls[0] ?? DEFAULT_URL, username: names[0] };
}

function connector(url: string, { target, port }: ChatCommand): { protocol: Protocol; connect: Connect } {
  const to = parseTarget(url);
  const protocol = allProtocols().find(({ scheme, name }) => scheme === to?.scheme || name === to?.scheme);
  if (!to || !protocol) throw new UsageError(`"${url}" is not an address to chat at; one is ${DEFAULT_URL}.`);
  const address = { host: target ?? to.host, port: port ?? to.port ?? protocol.defaultPort };
  if (address.port === 0) throw new UsageError(`"${url}" names no port.`);
  return { protocol, connect: (listener) => open(protocol, address, to.room, listener) };
}

async function open(
  protocol: Protocol,
  address: Address,
  room: string,
  listener: ConnectionListener,
): Promise<Connection> {
  try {
    return await protocol.connect((accept) => DIAL[protocol.transport](address, accept), room, listener);
  } catch (error) {
    throw error instanceof TransportError ? new UnreachableError(error.message, { cause: error }) : error;
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}
