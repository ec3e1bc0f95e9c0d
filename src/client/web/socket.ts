/** A browser's WebSocket as a link: docs/protocols.md, R13. */
import type { Link, LinkListener } from '../../transports/link.js';
import { type Connect, type Key, UnreachableError } from '../connection.js';
import { connectRecords } from '../../protocols/records/client.js';

/** Milliseconds between two looks at what the browser has not sent yet, as often as it lets: it does not tell when it has. */
const LOOK = 4;

/**
 * Milliseconds within which the server hears from us: a browser lets the timers of a page that is not looked at run once
 * a minute. That the page is there the browser answers for by itself, by the pings of WebSocket.
 */
const PROMISE = 150_000;

/** Connects to the room of that name at `url` (ws: or wss:). */
export function dialer(url: string, room: string, key: Key): Connect {
  return (listener) => connectRecords((accept) => dial(url, accept), room, listener, PROMISE, key);
}

function dial(url: string, accept: (link: Link) => LinkListener): Promise<void> {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    socket.onclose = () => reject(new UnreachableError('The server cannot be reached.'));
    socket.onopen = () => {
      const link = new SocketLink(socket);
      listen(socket, link, accept(link));
      resolve();
    };
  });
}

function listen(socket: WebSocket, link: SocketLink, owner: LinkListener): void {
  link.onDrained = () => owner.drained();
  socket.onmessage = ({ data }) => owner.received(new Uint8Array(data as ArrayBuffer));
  socket.onclose = () => {
    link.stop();
    owner.closed();
  };
}

class SocketLink implements Link {
  readonly remote = { address: '', port: 0 };
  onDrained: () => void = () => {};
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly socket: WebSocket) {}

  get pending(): number {
    return this.socket.bufferedAmount;
  }

  write(bytes: Uint8Array): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(bytes as Uint8Array<ArrayBuffer>);
    this.timer ??= setTimeout(() => this.look(), LOOK);
  }

  /** A browser reads whatever comes; whoever asks for a file gets all of it, and keeps it. */
  pause(): void {}

  resume(): void {}

  end(): void {
    this.socket.close();
  }

  /** A browser has no harder way: it gives the server a while to agree, and then closes by itself. */
  destroy(): void {
    this.socket.close();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private look(): void {
    this.timer = undefined;
    if (this.socket.bufferedAmount > 0) this.timer = setTimeout(() => this.look(), LOOK);
    this.onDrained();
  }
}
