/**
 * WebSocket: bytes in, bytes out, for browsers, beside what is served over HTTP on the same port. Where messages are cut
 * means nothing. There is no half-open: a peer that has said its last word gets no further ones. docs/protocols.md, R13.
 */
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import net from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { describeDialError, describeListenError } from './errors.js';
import { Handshakes } from './handshakes.js';
import { ADMIT_ALL, HttpDoor } from './http-door.js';
import type { Accept, Certificate, Dial, Link, LinkListener, Listen, Listener, Origin } from './link.js';
import { type Refusal, refuseHost, refuseOrigin } from './origin.js';
import { DIAL_TIMEOUT, LINGER, remoteOf, SOCKET_OPTIONS } from './socket.js';
import { watch } from './watch.js';
import { connectTls, describeTlsError } from './tls.js';

/** As CommonJS, which it is: what makes an ES module of it has Node read each of its files once more, a tenth of a start. */
const ws = createRequire(import.meta.url)('ws') as typeof import('ws');

/** Bytes of a message: the largest record, of a little over 1 MiB, with room, since a peer may have as many waiting. */
export const MAX_MESSAGE = 2_097_152;

/** No compression: files are compressed already, and it costs memory for each connection. */
const OPTIONS = { perMessageDeflate: false, maxPayload: MAX_MESSAGE, closeTimeout: LINGER };

/** Milliseconds that a peer has for the head of a request, for the whole of it, and between two looks at that. */
const PATIENCE = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 5000,
  /** From an answer to the next request: the page has all it needs by then, and its connections count (S9). */
  keepAliveTimeout: 1000,
};
/** Milliseconds in which an HTTP peer has to take some of the answer. */
const IDLE = 60_000;
/** HTTP requests on one connection, since a peer may send them all at once; a page with its files needs some dozens. */
const MAX_REQUESTS = 100;

/** Close codes: RFC 6455, 7.4.1. */
const NORMAL = 1000;
const UNSUPPORTED = 1003;
/** Not sent: says that the connection ended without one. */
const ABNORMAL = 1006;

const NOT_GET: Refusal = { status: 405, reason: 'A WebSocket is opened by a GET.', headers: { Allow: 'GET' } };
const NOT_WEBSOCKET: Refusal = {
  status: 426,
  reason: 'The only upgrade there is here is the one to websocket.',
  headers: { Upgrade: 'websocket', Connection: 'Upgrade, close' },
};

/**
 * Listens for WebSockets on any path, over TLS if there is a certificate; `onRequest` answers all other requests, of those
 * whom `admit` lets in. A handshake over TLS has `time` milliseconds.
 */
export function listenWebSocket(
  onRequest: http.RequestListener,
  certificate?: Certificate,
  admit = ADMIT_ALL,
  time?: number,
): Listen {
  return ({ host, port }, accept) => {
    const options = { ...SOCKET_OPTIONS, ...PATIENCE };
    const secure = certificate && https.createServer({ ...options, ...certificate });
    const server = secure ?? http.createServer(options);
    server.timeout = IDLE;
    server.maxRequestsPerSocket = MAX_REQUESTS;
    const handshakes = secure && new Handshakes(secure, admit, time);
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(describeListenError(error, { host, port })));
      server.listen({ host, port }, () => {
        // A connection that cannot be accepted, for want of descriptors for instance, is no reason to stop.
        server.on('error', () => {});
        const { address, port } = server.address() as net.AddressInfo;
        handle(server, address, onRequest, accept, new HttpDoor(server, admit));
        resolve({ address: { address, port }, close: () => close(server, handshakes), ...renewing(secure) });
      });
    });
  };
}

function renewing(server: https.Server | undefined): Pick<Listener, 'renew'> {
  return server ? { renew: (renewed) => server.setSecureContext({ ...renewed }) } : {};
}

/** Connects to a WebSocket server, on the path /. Throws TransportError. */
export const dialWebSocket: Dial = (to, accept) => {
  // A socket of our own: it is connected to exactly what was asked for, whatever a URL makes of that.
  const socket = net.connect({ ...to, ...SOCKET_OPTIONS });
  return open(urlOf('ws:', to), socket, accept, (error) => describeDialError(error, to));
};

/** The same over TLS, to a server whose certificate one of `ca` vouches for, as `dialTls` has it. */
export function dialSecureWebSocket(ca: string | undefined): Dial {
  return (to, accept) => open(urlOf('wss:', to), connectTls(to, ca), accept, (error) => describeTlsError(error, to));
}

function urlOf(scheme: 'ws:' | 'wss:', { host, port }: { host: string; port: number }): URL {
  const url = new URL(`${scheme}//localhost`);
  url.hostname = host.includes(':') ? `[${host}]` : host;
  url.port = String(port);
  return url;
}

function open(url: URL, socket: net.Socket, accept: Accept, describe: (error: Error) => Error): Promise<void> {
  const webSocket = new ws.WebSocket(url, { ...OPTIONS, createConnection: () => socket });
  const timer = setTimeout(() => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })), DIAL_TIMEOUT);
  return new Promise((resolve, reject) => {
    const onFailed = (error: Error): void => reject(describe(error));
    webSocket.once('close', () => clearTimeout(timer));
    webSocket.once('error', onFailed);
    webSocket.once('open', () => {
      clearTimeout(timer);
      webSocket.off('error', onFailed);
      connect(webSocket, socket, accept);
      resolve();
    });
  });
}

function handle(
  server: http.Server | https.Server,
  listening: string,
  onRequest: http.RequestListener,
  accept: Accept,
  door: HttpDoor,
): void {
  const webSockets = new ws.WebSocketServer({
    ...OPTIONS,
    noServer: true,
    clientTracking: false,
    handleProtocols: () => false,
  });
  server.on('request', (request, response) => {
    const refusal = door.refusalOf(request.socket) ?? refuseHost(request.headers.host, listening);
    if (!refusal) return onRequest(request, response);
    response.writeHead(refusal.status, headersOf(refusal)).end(refusal.reason);
  });
  server.on('upgrade', (request, _, head) => {
    const { socket } = request;
    // From here on the socket is ours: the HTTP server bounds nothing of it, and ws only once it is a WebSocket.
    socket.on('error', () => {});
    socket.setTimeout(LINGER, () => socket.destroy());
    const refusal = refuseUpgrade(request, listening);
    if (refusal) return refuse(socket, refusal);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      watch(webSocket, socket);
      door.leave(socket);
      connect(webSocket, socket, accept);
    });
  });
}

/** Takes no more connections. What HTTP is under way is cut off: a page is of no use without its server. */
function close(server: http.Server | https.Server, handshakes: Handshakes | undefined): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
    handshakes?.drop();
  });
}

function refuseUpgrade({ method, headers }: http.IncomingMessage, listening: string): Refusal | undefined {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return NOT_WEBSOCKET;
  if (method !== 'GET') return NOT_GET;
  return refuseHost(headers.host, listening) ?? refuseOrigin(headers.origin, headers.host);
}

function refuse(socket: net.Socket, refusal: Refusal): void {
  const lines = Object.entries(headersOf(refusal)).map(([name, value]) => `${name}: ${value}`);
  const first = `HTTP/1.1 ${refusal.status} ${http.STATUS_CODES[refusal.status]}`;
  socket.end([first, ...lines, '', refusal.reason].join('\r\n'), () => socket.destroy());
}

function headersOf({ reason, headers }: Refusal): Record<string, string> {
  return {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(reason)),
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
    ...headers,
  };
}

function connect(webSocket: WebSocket, socket: net.Socket, accept: Accept): void {
  let broken: Error | undefined;
  let hasEnded = false;
  const listener: LinkListener = accept(new WebSocketLink(webSocket, socket));
  const onMessage = (message: RawData, isBinary: boolean): void => {
    // A Buffer, which is what ws gives unless told otherwise.
    if (isBinary) return listener.received(message as Buffer);
    webSocket.off('message', onMessage);
    webSocket.close(UNSUPPORTED, 'Messages here are binary.');
  };
  const onEnd = (): void => {
    if (!hasEnded) listener.ended();
    hasEnded = true;
  };
  webSocket.on('message', onMessage);
  webSocket.on('error', (error) => (broken = error));
  socket.on('error', (error) => (broken = error));
  socket.on('drain', () => listener.drained());
  socket.on('end', onEnd);
  webSocket.once('close', (code) => {
    if (code !== ABNORMAL) onEnd();
    listener.closed(broken);
  });
}

class WebSocketLink implements Link {
  readonly remote: Origin;
  /** Bytes that had come by the last complete message. */
  private heard: number;

  constructor(
    private readonly webSocket: WebSocket,
    private readonly socket: net.Socket,
  ) {
    this.remote = remoteOf(socket);
    this.heard = socket.bytesRead;
    for (const event of ['message', 'ping', 'pong']) webSocket.on(event, () => (this.heard = socket.bytesRead));
  }

  get unfinished(): number {
    return this.socket.bytesRead - this.heard;
  }

  get pending(): number {
    return this.webSocket.bufferedAmount;
  }

  write(bytes: Uint8Array): void {
    if (this.webSocket.readyState !== ws.WebSocket.OPEN) return;
    for (let from = 0; from < bytes.length; from += MAX_MESSAGE) {
      this.webSocket.send(bytes.subarray(from, from + MAX_MESSAGE));
    }
  }

  pause(): void {
    this.webSocket.pause();
  }

  resume(): void {
    this.webSocket.resume();
  }

  end(): void {
    this.webSocket.close(NORMAL);
    // A peer that is still talking, or does not read, must not keep the link for ever: ws gives it LINGER.
    this.webSocket.resume();
  }

  destroy(): void {
    this.webSocket.terminate();
  }
}
