/** `snug chat`: puts a connection, the folders and the terminal together. */
import { type Connect, UnreachableError } from './client/connection.js';
import { chat, type ChatOptions } from './client/terminal/chat.js';
import { parseTarget } from './client/url.js';
import { UsageError } from './config.js';
import { FolderInbox } from './files/inbox.js';
import { allProtocols } from './protocols/index.js';
import { TransportError } from './transports/errors.js';
import { dialTcp } from './transports/tcp.js';

export interface ChatCommand {
  readonly url: string;
  /** Override the URL's host and port. */
  readonly target?: string;
  readonly port?: number;
  readonly username?: string;
  readonly attachments: string;
  readonly downloads: string;
}

type Surroundings = Pick<ChatOptions, 'input' | 'output' | 'color' | 'signal' | 'suspend'>;

/** Runs the menu until the person quits; gives the exit code. Throws UsageError for an address that is none. */
export function runChat(command: ChatCommand, surroundings: Surroundings): Promise<number> {
  const { username, attachments, downloads } = command;
  return chat({
    ...surroundings,
    connect: connector(command),
    attachments,
    inbox: new FolderInbox(downloads),
    clock: Date.now,
    ...(username === undefined ? {} : { username }),
  });
}

function connector({ url, target, port }: ChatCommand): Connect {
  const to = parseTarget(url);
  const protocol = allProtocols().find(({ scheme }) => scheme === to?.scheme);
  if (!to || !protocol) throw new UsageError(`"${url}" is not an address to chat at; one is records://localhost:18000.`);
  const address = { host: target ?? to.host, port: port ?? to.port ?? protocol.defaultPort };
  return async (listener) => {
    try {
      return await protocol.connect((accept) => dialTcp(address, accept), to.room, listener);
    } catch (error) {
      throw error instanceof TransportError ? new UnreachableError(error.message, { cause: error }) : error;
    }
  };
}
