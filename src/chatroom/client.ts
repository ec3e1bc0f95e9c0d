import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type Connection, type Line, RefusedError, UnreachableError } from '../client/connection.js';
import type { Protocol } from '../protocols/protocol.js';
import { raw, rawUdp } from '../protocols/raw/index.js';
import { isExit, textPrefix } from '../protocols/raw/words.js';
import { TransportError } from '../transports/errors.js';
import type { Dial } from '../transports/link.js';
import { dialTcp } from '../transports/tcp.js';
import { dialUdp } from '../transports/udp.js';
import { visible } from '../visible.js';
import { type Interruptible, interruptible, StopEvent } from './event.js';

/** Messages that wait for `receive`, at most; the oldest go. */
const MAX_UNREAD = 1000;

/** Where a person sits: this process's terminal, unless it is said otherwise. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Pick<Writable, 'write'>;
  readonly interrupt: Interruptible;
}

/** What `ClientTCP` and `ClientUDP` have in common. */
abstract class ChatClient {
  /** The server's address to which the client will connect; at first the local machine's, by its name. */
  serverAddr: string;
  /** The connection used by the client to send and receive messages; there once it is made. */
  clientSocket: Connection | undefined;
  /** An event to control the main loop's running state. */
  readonly exitRun = new StopEvent();
  /** An event to control the message receiving loop's state. */
  readonly exitReceive = new StopEvent();
  private readonly unread: string[] = [];
  /** Why there is no connection, in a sentence. */
  private ending: string | undefined;
  private wake: () => void = () => {};

  constructor(
    readonly clientName: string,
    readonly serverPort: number,
    serverAddr: string | undefined,
    private readonly terminal: Terminal,
  ) {
    this.serverAddr = serverAddr ?? hostname();
  }

  protected abstract readonly protocol: Protocol;
  protected abstract readonly dial: Dial;

  /**
   * This method connects the client to the server, sends the client's name and waits for a response. If the response
   * contains `Welcome`, it returns true; otherwise, it returns false.
   */
  async connectServer(): Promise<boolean> {
    try {
      const to = { host: await this.resolved(), port: this.serverPort };
      this.clientSocket = await this.protocol.connect((accept) => this.dial(to, accept), '', {
        joined: () => {},
        line: (line) => this.heard(line),
        notice: (text) => this.keep(text),
        closed: (reason) => this.ended(reason),
      });
      await this.clientSocket.join(this.clientName);
      return true;
    } catch (error) {
      if (!(error instanceof TransportError || error instanceof RefusedError || error instanceof UnreachableError))
        throw error;
      this.ending = error.message;
      return false;
    }
  }

  /** This method sends the given `text` to the server as a message. Throws UnreachableError without a connection. */
  async send(text: string): Promise<void> {
    if (!this.clientSocket) throw new UnreachableError(this.ending ?? 'Connect to the server first.');
    await this.clientSocket.say(text);
  }

  /**
   * This method listens for messages from the server until `exitReceive` is set, and displays them. `server-shutdown`,
   * and the end of the connection, set `exitRun` and `exitReceive`.
   */
  async receive(): Promise<void> {
    while (!this.exitReceive.isSet) {
      const message = this.unread.shift();
      if (message !== undefined) this.display(message);
      else if (this.ending === undefined) await this.news();
      else this.stop();
    }
  }

  /**
   * This method is the main loop for the client: it connects to the server, then receives messages and sends what the user
   * types, until `exitRun` is set, the user types `exit`, the input ends or Ctrl-C is pressed; then the client sends `exit`
   * to the server.
   */
  async run(): Promise<void> {
    if (!(await this.connectServer())) return this.display(this.ending ?? '');
    await interruptible(this.terminal.interrupt, this.exitRun, async () => {
      const receiving = this.receive();
      await this.sendTyped();
      this.exitRun.set();
      await this.clientSocket?.leave();
      this.stop();
      await receiving;
    });
  }

  /** Shows a message to the user. */
  protected display(message: string): void {
    this.terminal.output.write(`${visible(message, { newlines: true })}\n`);
  }

  private async sendTyped(): Promise<void> {
    const lines = createInterface({ input: this.terminal.input, terminal: false });
    void this.exitRun.wait().then(() => lines.close());
    for await (const line of lines) {
      if (isExit(line) || this.exitRun.isSet) break;
      if (line.trim() !== '') await this.send(line);
    }
    lines.close();
  }

  private stop(): void {
    this.exitRun.set();
    this.exitReceive.set();
  }

  private heard({ kind, author, text }: Line): void {
    if (kind !== 'text') this.keep(text);
    // The user's own line is where it was typed.
    else if (author !== this.clientName) this.keep(textPrefix(author) + text);
  }

  private keep(message: string): void {
    this.unread.push(message);
    if (this.unread.length > MAX_UNREAD) this.unread.shift();
    this.wake();
  }

  private ended(reason: string): void {
    if (!this.exitRun.isSet) this.keep(reason);
    this.ending = reason;
    this.wake();
  }

  private news(): Promise<void> {
    return Promise.race([new Promise<void>((resolve) => (this.wake = resolve)), this.exitReceive.wait()]);
  }

  /** The local machine's address, where it is the one that is meant. */
  private async resolved(): Promise<string> {
    if (this.serverAddr !== hostname()) return this.serverAddr;
    const local = await lookup(hostname(), { family: 4 }).catch(() => ({ address: LOOPBACK }));
    return this.localAddress(local.address);
  }

  protected localAddress(address: string): string {
    return address;
  }
}

const LOOPBACK = '127.0.0.1';

/** The class `ClientTCP` of seed 003. */
export class ClientTCP extends ChatClient {
  protected readonly protocol = raw();
  protected readonly dial = dialTcp;

  /** `serverAddr` is the local machine unless it is given. */
  constructor(clientName: string, serverPort: number, serverAddr?: string, terminal: Terminal = processTerminal()) {
    super(clientName, serverPort, serverAddr, terminal);
  }
}

/** The class `ClientUDP` of seed 003: what it sends has its name in front, `{client_name}:{text}`. */
export class ClientUDP extends ChatClient {
  protected readonly protocol = rawUdp();
  protected readonly dial = dialUdp;

  /** `serverAddr` is the local machine unless it is given. */
  constructor(clientName: string, serverPort: number, serverAddr?: string, terminal: Terminal = processTerminal()) {
    super(clientName, serverPort, serverAddr, terminal);
  }

  /** Where a machine's name is one of the other loopback addresses, answers come from the first all the same. */
  protected override localAddress(address: string): string {
    return address.startsWith('127.') ? LOOPBACK : address;
  }
}

/** These classes are a program's edge, as its command line is: the seed's `run` reads what the user types. */
function processTerminal(): Terminal {
  // eslint-disable-next-line no-restricted-properties -- see above
  return { input: process.stdin, output: process.stdout, interrupt: process };
}
