/** The composition root: puts history, files, rooms, protocols and transports together and runs them. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { ServerConfig } from './config.js';
import { type Admission, Doorkeeper, NO_DOOR } from './doorkeeper.js';
import type { House } from './protocols/conversation.js';
import { Conversations } from './protocols/conversations.js';
import { Passphrase } from './protocols/passphrase.js';
import type { Protocol } from './protocols/protocol.js';
import type { Report } from './report.js';
import type { Absence } from './room/ports.js';
import { Rooms } from './room/rooms.js';
import { Storage } from './storage.js';
import {
  type Certificate,
  DEAF_LISTENER,
  type Link,
  type LinkListener,
  type Listen,
  type Listener,
  type Origin,
} from './transports/link.js';
import { listenTcp } from './transports/tcp.js';
import { listenTls } from './transports/tls.js';
import { listenUdp } from './transports/udp.js';

/** Where the build puts the page. */
const PAGE = fileURLToPath(new URL('web', import.meta.url));

/** Bytes at random that make a token: nobody guesses as many. */
const TOKEN_BYTES = 16;

export interface RunningServer {
  readonly addresses: readonly (Origin & { protocol: string })[];
  /** Over TLS: shows this certificate from now on; those who are connected notice nothing. */
  renew(certificate: Certificate): void;
  /** Says goodbye to everyone, closes in order; nothing is open afterwards. */
  stop(): Promise<void>;
}

/**
 * Starts the server. Throws TransportError when a port cannot be had, and HistoryFileError or FolderInUseError when the
 * data folder cannot be used; nothing is left open then.
 */
export async function start(config: ServerConfig, report: Report, clock = Date.now): Promise<RunningServer> {
  const server = new Server(report);
  try {
    await server.open(config, clock);
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

class Server implements RunningServer {
  private readonly listeners: (Listener & { protocol: string })[] = [];
  private readonly conversations = new Conversations();
  private storage: Storage | undefined;
  private rooms: Rooms | undefined;

  constructor(private readonly report: Report) {}

  get addresses(): readonly (Origin & { protocol: string })[] {
    return this.listeners.map(({ address, protocol }) => ({ ...address, protocol }));
  }

  async open(config: ServerConfig, clock: () => number): Promise<void> {
    this.storage = await Storage.open(config, clock, this.report);
    const house = await this.openHouse(config, this.storage, clock);
    this.storage.startRetention();
    const { host, udpPeers: peers, udpAdvance: advance, tls } = config;
    const listen: Record<Protocol['transport'], Listen> = {
      tcp: listenTcp,
      udp: (at, accept) => listenUdp(at, accept, { peers, advance }),
      websocket: this.listenForBrowsers(house, config),
    };
    for (const { protocol, port } of config.serve) {
      const isOverTls = protocol.transport === 'tcp' && protocol.tlsScheme !== undefined;
      const overTls = isOverTls && tls && listenTls(tls, (from) => this.admitEarly(house, protocol.name, from));
      const how = overTls || listen[protocol.transport];
      await this.listen(house, timed(protocol, config), how, { host, port });
    }
  }

  renew(certificate: Certificate): void {
    for (const listener of this.listeners) listener.renew?.(certificate);
  }

  async stop(): Promise<void> {
    this.report('stopping', { people: this.conversations.seated });
    const closed = this.listeners.map((listener) => listener.close());
    await this.conversations.sayFarewell();
    await this.rooms?.giveUpAbsent();
    await this.conversations.over();
    await Promise.all(closed);
    await this.close();
    this.report('stopped', {});
  }

  async close(): Promise<void> {
    this.conversations.destroy();
    await Promise.all(this.listeners.map((listener) => listener.close()));
    await this.storage?.close();
  }

  private async openHouse(config: ServerConfig, storage: Storage, clock: () => number): Promise<House> {
    const { history, files, avatars } = storage;
    const {
      capacity,
      rooms: most,
      inline: inlineFile,
      replay,
      grace,
      silence,
      unfinished,
      stalled,
      messageLength,
      nameLength,
    } = config;
    const rooms = await Rooms.load(
      history,
      files,
      { capacity, rooms: most, inlineFile, messageLength, nameLength },
      absenceOf(grace),
    );
    this.rooms = rooms;
    for (const { room, names } of await rooms.clearGhosts()) this.report('ghosts', { room, names: names.join(', ') });
    const limits = { replay, silence, unfinished, stalled };
    const passphrase = config.passphrase === undefined ? undefined : new Passphrase(config.passphrase, clock);
    return { rooms, files, avatars, clock, report: this.report, door: new Doorkeeper(config), passphrase, limits };
  }

  private async listen(house: House, protocol: Protocol, listen: Listen, at: Parameters<Listen>[0]): Promise<void> {
    const listener = await listen(at, (link) => this.accept(house, protocol, link));
    this.listeners.push({ ...listener, protocol: protocol.name });
    this.report('listening', { protocol: protocol.name, ...listener.address });
  }

  /** The page, and WebSocket on the same port: loaded only for this, since it takes a sixth of a start. */
  private listenForBrowsers(house: House, { capacity, passphrase, tls }: ServerConfig): Listen {
    return async (at, accept) => {
      const { servePage } = await import('./page.js');
      const { listenWebSocket } = await import('./transports/websocket.js');
      const page = servePage(PAGE, { capacity, passphrase: passphrase !== undefined });
      return listenWebSocket(page, tls, (from) => this.admitEarly(house, 'web', from))(at, accept);
    };
  }

  private accept(house: House, protocol: Protocol, link: Link): LinkListener {
    // UDP addresses are counted where they come in: udp.ts.
    const admission = protocol.transport === 'udp' ? NO_DOOR : house.door.admit(link.remote.address);
    if (!admission) {
      link.destroy();
      return DEAF_LISTENER;
    }
    const conversation = this.conversations.begin(protocol, house, link, () => admission.leave());
    if (admission.refusal) conversation.decline(admission.refusal, !admission.isNews);
    return conversation;
  }

  /** A connection has come that is no conversation yet: a handshake, or HTTP. */
  private admitEarly({ door }: House, protocol: string, from: Origin): Admission | undefined {
    const admission = door.admit(from.address);
    const reason = admission?.isNews && admission.refusal?.message;
    if (reason) this.report('turned-away', { protocol, ...from, reason });
    return admission;
  }
}

/** The protocol, with the time that was set for its silent peers. */
function timed(protocol: Protocol, { udpIdle }: ServerConfig): Protocol {
  return protocol.transport === 'udp' ? { ...protocol, idle: udpIdle * 1000 } : protocol;
}

/** Seats that are kept for so many seconds. */
function absenceOf(seconds: number): Absence {
  return {
    grace: seconds * 1000,
    newToken: () => randomBytes(TOKEN_BYTES).toString('base64url'),
    after: (milliseconds, action) => {
      const timer = setTimeout(action, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}
