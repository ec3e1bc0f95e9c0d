import { encode } from '../protocols/raw/codec.js';
import { raw } from '../protocols/raw/index.js';
import { announced, EXIT, JOIN } from '../protocols/raw/words.js';
import type { Accept, Link, Listener } from '../transports/link.js';
import { listenTcp } from '../transports/tcp.js';
import { type Interruptible, interruptible, StopEvent } from './event.js';
import { ANY_ADDRESS, ChatServer, type Guest } from './chat-server.js';

/**
 * This class implements a chatroom server using the TCP protocol (seed 003). A client is served from its connecting on:
 * the methods say what becomes of it, and do what the seed says they do.
 */
export class ServerTCP extends ChatServer<Link> {
  /** An event to control the server's running state. */
  readonly runEvent = new StopEvent();
  /** An event to control the server's message handling state. */
  readonly handleEvent = new StopEvent();
  /** What became of the clients that `acceptClient` has not told of. */
  private readonly answers: boolean[] = [];
  private onAnswer: (() => void) | undefined;
  private readonly handled = new Set<Link>();

  /** Binds to the given server port on the local addresses, or on `host`, and listens for incoming connections. */
  constructor(serverPort: number, host = ANY_ADDRESS) {
    super(serverPort, raw(), host);
  }

  /**
   * This method handles a new client connection; it waits for one. If the name is taken, the client is sent `Name already
   * taken`, and the method returns false, as for a client that goes without a name. Otherwise the client is sent
   * `Welcome` and added to `clients`, a message indicating that the user has joined is broadcast, and it returns true.
   */
  async acceptClient(): Promise<boolean> {
    await this.listening;
    while (this.answers.length === 0 && !this.runEvent.isSet) {
      await Promise.race([new Promise<void>((resolve) => (this.onAnswer = resolve)), this.runEvent.wait()]);
    }
    return !this.runEvent.isSet && this.answers.shift() === true;
  }

  /**
   * This method closes the connection for a given client socket by removing the user from `clients` and closing the socket.
   * It returns true if the client was successfully removed, otherwise false. If the room does not know of it yet, it is
   * told that the user has left.
   */
  closeClient(clientSocket: Link): Promise<boolean> {
    return this.closeGuest(clientSocket);
  }

  /**
   * This method determines the appropriate broadcast message. If `message` is `join`, it is `User {x} joined`. If it's
   * `exit`, it is `User {x} left`, and the room takes it so. For any other message it is `{x}: {message}`. It is sent to
   * all connected clients except for the one who sent it.
   */
  async broadcast(clientSocketSent: Link, message: string): Promise<void> {
    const sender = this.guests.get(clientSocketSent);
    if (sender?.name === undefined || !sender.conversation.isSeated) return;
    if (message === EXIT) {
      await sender.conversation.leave();
      // It is a client still, until it is closed.
      this.clients.set(clientSocketSent, sender.name);
    } else if (message === JOIN) this.sendToOthers(sender, announced(JOIN, sender.name));
    else await sender.conversation.member.say(message, 0);
  }

  /**
   * This method shuts down the server by sending a `server-shutdown` message to all connected clients. It then closes all
   * client sockets, sets `runEvent` and `handleEvent` to stop the server's operation, and finally closes the server socket.
   */
  async shutdown(): Promise<void> {
    this.runEvent.set();
    await this.stop();
    this.handleEvent.set();
  }

  /**
   * This method listens for messages from the given client socket until `handleEvent` is set or the client is gone. What it
   * sends is broadcast to all other clients, and `exit` closes its connection.
   */
  async handleClient(clientSocket: Link): Promise<void> {
    this.handled.add(clientSocket);
    const guest = this.guests.get(clientSocket);
    if (guest) await Promise.race([guest.gone.promise, this.handleEvent.wait()]);
    this.handled.delete(clientSocket);
  }

  /**
   * This method starts the server: it accepts and handles clients at the same time until it receives Ctrl-C or `runEvent`
   * is set, at which point `shutdown` is invoked. Throws TransportError when the port cannot be had.
   */
  async run(interrupt: Interruptible = process): Promise<void> {
    await this.listening;
    await interruptible(interrupt, this.runEvent, async () => {
      while (!this.runEvent.isSet) {
        if (await this.acceptClient()) this.handleNewClients();
      }
      await this.shutdown();
    });
  }

  protected listen(at: { host: string; port: number }, accept: Accept): Promise<Listener> {
    return listenTcp(at, accept);
  }

  protected clientOf(link: Link): Link {
    return link;
  }

  protected override onGuest(guest: Guest): void {
    void guest.answered.promise.then((isIn) => {
      this.answers.push(isIn);
      this.onAnswer?.();
    });
  }

  private handleNewClients(): void {
    for (const client of this.clients.keys()) if (!this.handled.has(client)) void this.handleClient(client);
  }

  private sendToOthers(sender: Guest, text: string): void {
    for (const { conversation } of this.guests.values()) {
      if (conversation !== sender.conversation && conversation.isSeated) conversation.outbox.send(encode(text));
    }
  }
}
