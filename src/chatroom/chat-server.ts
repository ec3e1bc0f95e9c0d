/** What `ServerTCP` and `ServerUDP` have in common: a lobby in memory, a transport, and a conversation for each client. */
import { MemoryStore } from '../files/memory.js';
import { Doorkeeper, OPEN_DOOR } from '../doorkeeper.js';
import { MemoryHistory } from '../history/memory.js';
import type { Conversation, House } from '../protocols/conversation.js';
import { Conversations } from '../protocols/conversations.js';
import type { Protocol } from '../protocols/protocol.js';
import { NO_TIME_LIMITS } from '../protocols/watch.js';
import type { Report } from '../report.js';
import { Rooms } from '../room/rooms.js';
import type { Accept, Link, Listener } from '../transports/link.js';
import { Deferred } from './event.js';

/** Every IPv4 address of this machine: the seed's clients look for one of them. */
export const ANY_ADDRESS = '0.0.0.0';
/** Seats: the seed knows no limit, memory does. */
const CAPACITY = 1000;

/** A client's connection, whether it has joined or not. */
export class Guest {
  /** True once it has its seat, false when it was turned away or has gone. */
  readonly answered = new Deferred<boolean>();
  readonly left = new Deferred<void>();
  readonly gone = new Deferred<void>();
  name: string | undefined;
  isBeingClosed = false;

  constructor(readonly conversation: Conversation) {}
}

/** `Client` is what the seed's dictionary has as its keys: a socket or an address. */
export abstract class ChatServer<Client, Socket extends Listener = Listener> {
  /** The socket object used by the server to send and receive messages; there once `listening` has resolved. */
  serverSocket: Socket | undefined;
  /** A dictionary to store the clients and their names. */
  readonly clients = new Map<Client, string>();
  /** Resolves when clients can connect, and `serverPort` is the real one. Throws TransportError. */
  readonly listening: Promise<void>;
  private readonly conversations = new Conversations();
  protected readonly guests = new Map<Client, Guest>();
  protected readonly history = new MemoryHistory(Date.now);
  private stopping: Promise<void> | undefined;

  /** `serverPort` 0 lets the system pick one. */
  constructor(
    public serverPort: number,
    private readonly protocol: Protocol,
    host: string,
  ) {
    this.listening = this.open(host);
    // It is told to whoever waits for it.
    this.listening.catch(() => {});
  }

  protected abstract listen(at: { host: string; port: number }, accept: Accept): Promise<Socket>;
  /** The key of a client in `clients`. */
  protected abstract clientOf(link: Link): Client;
  /** Somebody joined. */
  protected onJoined(_client: Client, _name: string): void {}
  /** Somebody who had joined is gone. */
  protected onLeft(_client: Client, _name: string): void {}
  /** A connection was made; nothing is known of it yet. */
  protected onGuest(_guest: Guest): void {}

  /** This method returns the number of currently connected clients. */
  getClientsNumber(): number {
    return this.clients.size;
  }

  /** True if the client was there; resolves when its leaving was announced. */
  protected async closeGuest(client: Client): Promise<boolean> {
    const guest = this.guests.get(client);
    if (guest?.name === undefined || guest.isBeingClosed) return false;
    guest.isBeingClosed = true;
    guest.conversation.end();
    await guest.left.promise;
    this.forget(client, guest);
    return true;
  }

  /** Says the server's farewell to everyone and closes; all at once when asked twice. */
  protected stop(): Promise<void> {
    this.stopping ??= this.sayFarewells();
    return this.stopping;
  }

  private async open(host: string): Promise<void> {
    const house = await this.openHouse();
    this.serverSocket = await this.listen({ host, port: this.serverPort }, (link) => this.accept(house, link));
    this.serverPort = this.serverSocket.address.port;
  }

  private async openHouse(): Promise<House> {
    const files = new MemoryStore();
    const rooms = await Rooms.load(this.history, files, { capacity: CAPACITY, rooms: 0, inlineFile: 0 });
    const avatars = new MemoryStore();
    // Who can come in, and how fast, is for the program that uses the class.
    const door = new Doorkeeper(OPEN_DOOR);
    const limits = { replay: 0, ...NO_TIME_LIMITS };
    return { rooms, files, avatars, clock: Date.now, report: () => {}, door, limits };
  }

  /** The conversations go their way by themselves; what has become of each is in its reports. */
  private accept(house: House, link: Link): Conversation {
    const client = this.clientOf(link);
    const report: Report = (event, { name }) => this.onReport(client, guest, event, String(name));
    const onClosed = (): void => this.onClosed(client, guest);
    const conversation = this.conversations.begin(this.protocol, { ...house, report }, link, onClosed);
    const guest = new Guest(conversation);
    this.guests.set(client, guest);
    this.onGuest(guest);
    return conversation;
  }

  private onReport(client: Client, guest: Guest, event: string, name: string): void {
    if (event === 'joined') this.joined(client, guest, name);
    else if (event === 'left') this.left(client, guest);
    else if (event === 'rejected') guest.answered.resolve(false);
  }

  private joined(client: Client, guest: Guest, name: string): void {
    guest.name = name;
    this.clients.set(client, name);
    this.onJoined(client, name);
    guest.answered.resolve(true);
  }

  private left(client: Client, guest: Guest): void {
    this.forget(client, guest);
    if (guest.name !== undefined) this.onLeft(client, guest.name);
    guest.left.resolve();
  }

  /** The address of a UDP client may have come back meanwhile. */
  private forget(client: Client, guest: Guest): void {
    if ((this.guests.get(client) ?? guest) === guest) this.clients.delete(client);
  }

  private onClosed(client: Client, guest: Guest): void {
    if (this.guests.get(client) === guest) this.guests.delete(client);
    guest.answered.resolve(false);
    guest.gone.resolve();
  }

  private async sayFarewells(): Promise<void> {
    await this.listening.catch(() => {});
    const closed = this.serverSocket?.close();
    await this.conversations.sayFarewell();
    await this.conversations.over();
    await closed;
    await this.history.close();
  }
}
