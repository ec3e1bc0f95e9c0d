/** TLS below the transports over TCP: the same bytes, encrypted, to a server that proves who it is (docs/protocols.md, R18). */
import net from 'node:net';
import tls from 'node:tls';
import { codeOf } from '../error-code.js';
import { describeDialError, TransportError } from './errors.js';
import type { Certificate, Dial, Listen } from './link.js';
import { DIAL_TIMEOUT } from './socket.js';
import { attach, connected, listening, TCP_OPTIONS } from './tcp.js';

type Address = Parameters<Dial>[0];

/** What OpenSSL says of a server that answers in something else; one that says nothing and hangs up has not understood. */
const NO_TLS = new Set(['ECONNRESET', 'EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

/** Listens over TLS, as the server that `certificate` names. */
export function listenTls(certificate: Certificate): Listen {
  return async (at, accept) => {
    const server = tls.createServer({ ...TCP_OPTIONS, ...tlsOptions(certificate) });
    const dropHandshakes = handshakesOf(server);
    server.on('secureConnection', (socket) => attach(socket, accept));
    const listener = await listening(server, at);
    const close = (): Promise<void> => {
      const closed = listener.close();
      dropHandshakes();
      return closed;
    };
    return { ...listener, close, renew: (renewed) => server.setSecureContext({ ...renewed }) };
  };
}

/** Connects over TLS to a server whose certificate one of `ca`, as PEM, vouches for; without it, one that Node knows. */
export function dialTls(ca: string | undefined): Dial {
  return (to, accept) => {
    const socket = connectTls(to, ca);
    return connected(socket, 'secureConnect', accept, (error) => describeTlsError(error, to));
  };
}

/** The client's end of a connection over TLS, as yet under way. */
export function connectTls({ host, port }: Address, ca: string | undefined): tls.TLSSocket {
  const servername = net.isIP(host) === 0 ? host : '';
  return tls.connect({ ...TCP_OPTIONS, host, port, servername, ...(ca !== undefined && { ca }) });
}

/** What a server over TLS is made with. */
export function tlsOptions({ cert, key }: Certificate): tls.TlsOptions {
  return { cert, key, handshakeTimeout: DIAL_TIMEOUT };
}

/** Throws what OpenSSL says when it is not a certificate and the key that belongs to it. */
export function checkCertificate({ cert, key }: Certificate): void {
  tls.createSecureContext({ cert, key });
}

/**
 * Keeps an eye on the handshakes that are under way; gives what ends them. Nobody else knows of those connections, and a
 * server that closes waits for them.
 */
export function handshakesOf(server: net.Server): () => void {
  const underWay = new Map<string, net.Socket>();
  const nameOf = ({ remoteAddress, remotePort }: net.Socket): string => `${remoteAddress} ${remotePort}`;
  server.on('connection', (socket: net.Socket) => {
    const name = nameOf(socket);
    underWay.set(name, socket);
    socket.once('close', () => underWay.get(name) === socket && underWay.delete(name));
  });
  server.on('secureConnection', (socket: net.Socket) => underWay.delete(nameOf(socket)));
  return () => {
    for (const socket of underWay.values()) socket.destroy();
  };
}

/** The same as `describeDialError`, where there are more reasons. */
export function describeTlsError(error: unknown, to: Address): TransportError {
  const server = `The server at ${to.host}, port ${to.port}`;
  const code = codeOf(error);
  if (NO_TLS.has(code)) return new TransportError(`${server} does not speak TLS.`, { cause: error });
  if (code === 'CERT_HAS_EXPIRED') return new TransportError(`${server} has a certificate that has expired.`);
  if (code === 'CERT_NOT_YET_VALID') return new TransportError(`${server} has a certificate that is not valid yet.`);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new TransportError(`${server} has a certificate that is not for ${to.host}.`, { cause: error });
  }
  if (!isUnverified(code)) return describeDialError(error, to);
  const way = 'if it is one of your own, --ca FILE names it';
  return new TransportError(`${server} has a certificate that nobody known vouches for; ${way}.`, { cause: error });
}

function isUnverified(code: string): boolean {
  return /SELF_SIGNED|^UNABLE_TO_|^CERT_(UNTRUSTED|REJECTED|SIGNATURE_FAILURE|CHAIN)|^INVALID_(CA|PURPOSE)/.test(code);
}
