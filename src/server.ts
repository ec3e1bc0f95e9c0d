/** The composition root: puts history, files, rooms, protocols and transports together and runs them. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fs from 'fs-extra';
import type { ServerConfig } from './config.js';
import { FolderStore } from './files/folder.js';
import { lockFolder } from './history/lock.js';
import { SqliteHistory } from './history/sqlite.js';
import { servePage } from './page.js';
import { Conversation, type House } from './protocols/conversation.js';
import type { Protocol } from './protocols/protocol.js';
import type { Report } from './report.js';
import type { History } from './room/ports.js';
import { Rooms } from './room/rooms.js';
import type { Listen, Listener, Origin } from './transports/link.js';
import { listenTcp } from './transports/tcp.js';
import { listenUdp } from './transports/udp.js';
import { listenWebSocket } from './transports/websocket.js';

/** Where the build puts the page. */
const PAGE = fileURLToPath(new URL('web', import.meta.url));

/** Milliseconds that peers have to take their last bytes when the server stops. */
const FAREWELL_TIME = 3000;

export interface RunningServer {
  readonly addresses: readonly (Origin & { protocol: string })[];
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
  private readonly conversations = new Set<Conversation>();
  private history: History | undefined;
  private unlock: (() => void) | undefined;
  private onEmpty: (() => void) | undefined;

  constructor(private readonly report: Report) {}

  get addresses(): readonly (Origin & { protocol: string })[] {
    return this.listeners.map(({ address, protocol }) => ({ ...address, protocol }));
  }

  async open(config: ServerConfig, clock: () => number): Promise<void> {
    await fs.ensureDir(config.data);
    this.unlock = lockFolder(config.data);
    this.history = new SqliteHistory(join(config.data, 'history.sqlite'), clock);
    const house = await this.openHouse(config, this.history, clock);
    const { host, capacity } = config;
    const listen = { tcp: listenTcp, udp: listenUdp, websocket: listenWebSocket(servePage(PAGE, { capacity })) };
    for (const { protocol, port } of config.serve) {
      await this.listen(house, protocol, listen[protocol.transport], { host, port });
    }
  }

  async stop(): Promise<void> {
    this.report('stopping', { people: [...this.conversations].filter((one) => one.isSeated).length });
    const closed = this.listeners.map((listener) => listener.close());
    await Promise.all([...this.conversations].map((conversation) => conversation.stop()));
    await this.allGone();
    await Promise.all(closed);
    await this.close();
    this.report('stopped', {});
  }

  async close(): Promise<void> {
    for (const conversation of this.conversations) conversation.destroy();
    await Promise.all(this.listeners.map((listener) => listener.close()));
    await this.history?.close();
    this.unlock?.();
  }

  private async openHouse(config: ServerConfig, history: History, clock: () => number): Promise<House> {
    const files = await FolderStore.open(config.downloads);
    const avatars = await FolderStore.open(join(config.data, 'avatars'));
    const { capacity, rooms: most, inline: inlineFile, replay } = config;
    const rooms = await Rooms.load(history, files, { capacity, rooms: most, inlineFile });
    for (const { room, names } of await rooms.clearGhosts()) this.report('ghosts', { room, names: names.join(', ') });
    return { rooms, files, avatars, clock, report: this.report, limits: { replay } };
  }

  private async listen(house: House, protocol: Protocol, listen: Listen, at: Parameters<Listen>[0]): Promise<void> {
    const listener = await listen(at, (link) => {
      const conversation = new Conversation(protocol, house, link, () => this.onConversationClosed(conversation));
      this.conversations.add(conversation);
      return conversation;
    });
    this.listeners.push({ ...listener, protocol: protocol.name });
    this.report('listening', { protocol: protocol.name, ...listener.address });
  }

  private onConversationClosed(conversation: Conversation): void {
    this.conversations.delete(conversation);
    if (this.conversations.size === 0) this.onEmpty?.();
  }

  private async allGone(): Promise<void> {
    if (this.conversations.size === 0) return;
    const timer = setTimeout(() => this.conversations.forEach((conversation) => conversation.destroy()), FAREWELL_TIME);
    await new Promise<void>((resolve) => (this.onEmpty = resolve));
    clearTimeout(timer);
  }
}
