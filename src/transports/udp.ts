/** UDP: each address that sends something is a link, each datagram a write. */
import dgram from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { Credit } from './credit.js';
import { describeDialError, describeListenError } from './errors.js';
import type { Accept, Dial, Link, LinkListener, Listener, Origin } from './link.js';
import { isLoopback } from './loopback.js';
import { plainAddress } from './socket.js';

/** Links at a time, unless said otherwise: what further addresses send is dropped, since anyone can forge any number. */
export const MAX_PEERS = 1024;
/** Datagrams of one peer that may wait while it is not being listened to; further ones are lost, as in the network. */
export const MAX_WAITING = 64;

export interface UdpOptions {
  /** Links at a time. */
  readonly peers?: number;
  /** Bytes that an address may be sent beyond those that came from it, before it has shown that it reads. */
  readonly advance?: number;
  /** Addresses to which any number of bytes may be sent: this machine's own, if this is missing. */
  readonly trusts?: (address: string) => boolean;
}

export interface UdpListener extends Listener {
  /** Takes a datagram as if `from` had sent it. */
  receive(from: Origin, bytes: Uint8Array): void;
}

type Address = { readonly host: string; readonly port: number };

/** Listens on `at`. Throws TransportError. */
export async function listenUdp(at: Address, accept: Accept, options: UdpOptions = {}): Promise<UdpListener> {
  const { address, type } = await resolve(at.host).catch((error: unknown) =>
    Promise.reject(describeListenError(error, at)),
  );
  const socket = dgram.createSocket(type);
  const peers = new UdpPeers(socket, accept, options);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => reject(describeListenError(error, at)));
    socket.bind(at.port, address, resolve);
  });
  socket.removeAllListeners('error');
  // That one peer is gone, as its machine may answer, is no fault of the socket that serves them all.
  socket.on('error', () => {});
  const { address: bound, port } = socket.address();
  return {
    address: { address: bound, port },
    receive: (from, bytes) => peers.receive(from, bytes),
    close: () => peers.close(),
  };
}

/** Opens a link to `to`; whether anyone is there shows only once something was sent. Throws TransportError. */
export const dialUdp: Dial = async (to, accept) => {
  const { address, type } = await resolve(to.host).catch((error: unknown) =>
    Promise.reject(describeDialError(error, to)),
  );
  const socket = dgram.createSocket(type);
  try {
    await connect(socket, { address, port: to.port });
  } catch (error) {
    socket.close();
    throw describeDialError(error, to);
  }
  const sender = new Sender(socket);
  const link: UdpLink = new UdpLink(sender, { address, port: to.port }, accept, () => void sender.close());
  socket.removeAllListeners('error');
  socket.on('message', (bytes) => link.deliver(bytes));
  // Nobody is listening there: the answer of the other machine to a datagram that went before.
  const onError = (error: Error): void => link.close(describeDialError(error, to));
  socket.on('error', onError);
  sender.onRefused = onError;
};

/** Sends datagrams, and closes the socket only when none is under way. */
class Sender {
  /** Told of what the system refuses to send, other than a datagram that is too long. */
  onRefused: (error: Error) => void = () => {};
  private underWay = 0;
  private onIdle: (() => void) | undefined;

  constructor(readonly socket: dgram.Socket) {}

  /** Sends to `to`; to the socket's only peer where there is none. */
  send(bytes: Uint8Array, to: Origin | undefined, done: () => void): void {
    this.underWay++;
    const sent = (error: Error | null): void => {
      this.underWay--;
      if (error && !('code' in error && error.code === 'EMSGSIZE')) this.onRefused(error);
      done();
      if (this.underWay === 0) this.onIdle?.();
    };
    if (to) this.socket.send(bytes, to.port, to.address, sent);
    else this.socket.send(bytes, sent);
  }

  async close(): Promise<void> {
    if (this.underWay > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
    await new Promise<void>((resolve) => this.socket.close(resolve));
  }
}

/** The listening end: whoever sends to it, by address. */
class UdpPeers {
  private readonly links = new Map<string, UdpLink>();
  private readonly sender: Sender;
  private closing: Promise<void> | undefined;
  private onLastGone: (() => void) | undefined;

  constructor(
    socket: dgram.Socket,
    private readonly accept: Accept,
    private readonly options: UdpOptions,
  ) {
    this.sender = new Sender(socket);
    socket.on('message', (bytes, from) => this.receive(from, bytes));
  }

  receive(from: Origin, bytes: Uint8Array): void {
    const key = `${from.address} ${from.port}`;
    let link = this.links.get(key);
    if (!link) {
      // Port 0 can only be forged, and nothing can be sent there.
      const { peers = MAX_PEERS, advance, trusts = isLoopback } = this.options;
      if (this.closing || this.links.size >= peers || from.port === 0) return;
      // Nobody elsewhere can have an address of this machine's own, or forge it.
      const credit = trusts(from.address) ? undefined : new Credit(advance);
      link = new UdpLink(this.sender, from, this.accept, (unheard) => this.gone(key, from, unheard), true, credit);
      this.links.set(key, link);
    }
    link.deliver(bytes);
  }

  /** Peers are still told goodbye through the socket, so it closes behind the last of them. */
  close(): Promise<void> {
    this.closing ??= this.closeBehindLast();
    return this.closing;
  }

  private async closeBehindLast(): Promise<void> {
    if (this.links.size > 0) await new Promise<void>((resolve) => (this.onLastGone = resolve));
    await this.sender.close();
  }

  /** What the old link has not listened to any more may be the first word to a new one, such as joining again. */
  private gone(key: string, from: Origin, unheard: readonly Uint8Array[]): void {
    this.links.delete(key);
    for (const bytes of unheard) this.receive(from, bytes);
    if (this.links.size === 0) this.onLastGone?.();
  }
}

class UdpLink implements Link {
  readonly remote: Origin;
  private underWay = 0;
  /** What there is no credit for; nothing more is taken then. */
  private held: Uint8Array | undefined;
  private readonly listener: LinkListener;
  private readonly waiting: Uint8Array[] = [];
  private paused = false;
  private closed = false;
  /** The peer leaves: nothing more is sent there. */
  private isLeaving = false;

  constructor(
    private readonly sender: Sender,
    private readonly to: Origin,
    accept: Accept,
    /** Told at once, with what was still waiting; the address may then be used anew. */
    private readonly onGone: (unheard: readonly Uint8Array[]) => void,
    /** The socket serves many, so that each datagram needs an address. */
    private readonly addressed = false,
    /** What may be sent there; anything where there is none. */
    private readonly credit?: Credit,
  ) {
    this.remote = { address: plainAddress(to.address), port: to.port };
    this.listener = accept(this);
  }

  get pending(): number {
    return this.held ? Infinity : this.underWay;
  }

  /** A datagram from the peer. Those that come while the link is paused wait. */
  deliver(bytes: Uint8Array): void {
    if (this.closed) return;
    this.credit?.came(bytes);
    if (this.repeatsAnswer(bytes)) return;
    if (this.credit && this.listener.isLastWord?.(bytes)) this.dropHeld();
    else this.sendHeld();
    if (!this.paused) this.listener.received(bytes);
    else if (this.waiting.length < MAX_WAITING) this.waiting.push(bytes);
  }

  /** Without credit for it one datagram is held, and further ones are lost: `pending` says that nothing is taken. */
  write(bytes: Uint8Array): void {
    if (this.closed || this.held || this.isLeaving) return;
    if (this.credit?.allows(bytes.length) === false) this.held = bytes;
    else this.send(bytes);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    while (!this.isPaused()) {
      const bytes = this.waiting.shift();
      if (!bytes) return;
      this.listener.received(bytes);
    }
  }

  end(): void {
    this.close();
  }

  destroy(): void {
    this.close();
  }

  /** What was written before still goes out: there is no connection whose end could overtake it. */
  close(error?: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.onGone(this.waiting.splice(0));
    // Later, as with every transport: whoever closes is not told before it is done.
    setImmediate(() => this.listener.closed(error));
  }

  /** W7: the peer has not got our first answer. What is held is for later; the answer goes before it. */
  private repeatsAnswer(bytes: Uint8Array): boolean {
    const answer = this.held && this.credit?.lostAnswerTo(bytes);
    if (answer && this.credit?.allows(answer.length)) this.send(answer);
    return answer !== undefined;
  }

  private sendHeld(): void {
    const { held } = this;
    this.held = undefined;
    if (held) this.write(held);
  }

  /** W12: a joining and a leaving that were forged bring nobody what was said in between. */
  private dropHeld(): void {
    this.isLeaving = true;
    this.held = undefined;
    this.listener.drained();
  }

  private send(bytes: Uint8Array): void {
    this.credit?.spend(bytes);
    this.underWay += bytes.length;
    this.sender.send(bytes, this.addressed ? this.to : undefined, () => {
      this.underWay -= bytes.length;
      if (this.pending === 0 && !this.closed) this.listener.drained();
    });
  }

  /** A method, since `received` changes the state behind the type checker's back. */
  private isPaused(): boolean {
    return this.paused || this.closed;
  }
}

/** An address of `host` and the kind of socket it needs; IPv4 where there are both, since only one can be tried. */
async function resolve(host: string): Promise<{ address: string; type: dgram.SocketType }> {
  const { address, family } = await lookup(host, { order: 'ipv4first' });
  return { address, type: family === 6 ? 'udp6' : 'udp4' };
}

/** Sets the one address that the socket sends to and hears from. */
function connect(socket: dgram.Socket, { address, port }: Origin): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    const connected = (error?: Error): void => (error ? reject(error) : resolve());
    socket.connect(port, address, connected);
  });
}
