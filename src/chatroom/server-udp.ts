import { encode } from '../protocols/raw/codec.js';
import { rawUdp } from '../protocols/raw/index.js';
import { announced, parseJoin, textPrefix } from '../protocols/raw/words.js';
import type { Entry } from '../room/entry.js';
import { LOBBY } from '../room/rooms.js';
import type { Accept, Link, Origin } from '../transports/link.js';
import { listenUdp, type UdpListener } from '../transports/udp.js';
import { type Interruptible, interruptible, StopEvent } from './event.js';
import { ANY_ADDRESS, ChatServer } from './chat-server.js';

/** Elements that `messages` has at most; the oldest go. */
const MAX_MESSAGES = 1000;

/** A client's address, such as `192.168.1.5:54654`. */
type ClientAddress = string;

/**
 * This class implements a chatroom server using the UDP protocol (seed 003). What clients send is obeyed as it comes: the
 * methods do the same for who calls them.
 */
export class ServerUDP extends ChatServer<ClientAddress, UdpListener> {
  /** What was broadcast to clients: the address of the client who sent the message, and the message content. */
  readonly messages: (readonly [clientAddr: ClientAddress, content: string])[] = [];
  /** An event to control the server's running state; the seed has it for TCP. */
  readonly runEvent = new StopEvent();

  /** Initializes the server socket and binds it to the specified port on the local addresses, or on `host`. */
  constructor(serverPort: number, host = ANY_ADDRESS) {
    super(serverPort, rawUdp(), host);
    void this.history
      .open(LOBBY)
      .then((log) => log.subscribe(({ entries }) => entries.forEach((entry) => this.noteText(entry))));
  }

  /**
   * This method handles a new client connection. The client's name is extracted from `message` (`{name}:join`). If it is
   * in use, the client is sent `Name already taken`, and the method returns false, as it does for any other message.
   * Otherwise the client is sent `Welcome`, added to `clients`, its joining broadcast and put into `messages`, and the
   * method returns true.
   */
  async acceptClient(clientAddr: ClientAddress, message: string): Promise<boolean> {
    await this.listening;
    if (this.clients.has(clientAddr) || !parseJoin(message)) return false;
    this.serverSocket?.receive(parseAddress(clientAddr), encode(message));
    return this.guests.get(clientAddr)?.answered.promise ?? false;
  }

  /**
   * This method removes a client from the chatroom: its leaving is put into `messages` and broadcast to all connected
   * clients. It returns true if the client was successfully removed, otherwise false.
   */
  closeClient(clientAddr: ClientAddress): Promise<boolean> {
    return this.closeGuest(clientAddr);
  }

  /**
   * This method broadcasts the most recent message in `messages` to all connected clients except for the client who sent
   * it. What clients send is broadcast without it; it is for what is put into `messages` otherwise.
   */
  broadcast(): void {
    const [sender, content] = this.messages.at(-1) ?? [];
    if (content === undefined) return;
    for (const [client, { conversation }] of this.guests) {
      if (client !== sender && conversation.isSeated) conversation.outbox.send(encode(content));
    }
  }

  /**
   * This method shuts down the server by sending a `server-shutdown` message to all connected clients and then closing
   * their connections. It then closes the server socket.
   */
  async shutdown(): Promise<void> {
    this.runEvent.set();
    await this.stop();
  }

  /**
   * This method listens for incoming messages, of which `join` adds a client, `exit` removes one, and any other is
   * broadcast if the client is in the chatroom, until it receives Ctrl-C or `runEvent` is set, at which point `shutdown` is
   * invoked. Throws TransportError when the port cannot be had.
   */
  async run(interrupt: Interruptible = process): Promise<void> {
    await this.listening;
    await interruptible(interrupt, this.runEvent, async () => {
      await this.runEvent.wait();
      await this.shutdown();
    });
  }

  protected listen(at: { host: string; port: number }, accept: Accept): Promise<UdpListener> {
    return listenUdp(at, accept);
  }

  protected clientOf({ remote }: Link): ClientAddress {
    return `${remote.address}:${remote.port}`;
  }

  protected override onJoined(client: ClientAddress, name: string): void {
    this.note(client, announced('join', name));
  }

  protected override onLeft(client: ClientAddress, name: string): void {
    this.note(client, announced('leave', name));
  }

  private noteText(entry: Entry): void {
    if (entry.kind !== 'text') return;
    const [client] = [...this.clients].find(([, name]) => name === entry.author) ?? [];
    if (client !== undefined) this.note(client, textPrefix(entry.author) + entry.text);
  }

  private note(client: ClientAddress, content: string): void {
    this.messages.push([client, content]);
    if (this.messages.length > MAX_MESSAGES) this.messages.shift();
  }
}

function parseAddress(address: ClientAddress): Origin {
  const colon = address.lastIndexOf(':');
  return { address: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
