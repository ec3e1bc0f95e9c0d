/** TLS below the transports over TCP: the same bytes, encrypted, to a server that proves who it is (docs/protocols.md, R18). */
import net from 'node:net';
import tls from 'node:tls';
import { codeOf } from '../error-code.js';
import { describeDialError, TransportError } from './errors.js';
import { Handshakes } from './handshakes.js';
import { ADMIT_ALL } from './http-door.js';
import type { Certificate, Dial, Listen } from './link.js';
import { attach, connected, listening, TCP_OPTIONS } from './tcp.js';

type Address = Parameters<Dial>[0];

/** What OpenSSL says of a server that answers in something else; one that says nothing and hangs up has not understood. */
const NO_TLS = new Set(['ECONNRESET', 'EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

/**
 * Listens over TLS, as the server that `certificate` names. Handshakes are for those whom `admit` lets in, and have
 * `time` milliseconds.
 */
export function listenTls(certificate: Certificate, admit = ADMIT_ALL, time?: number): Listen {
  return async (at, accept) => {
    // Half-open only from then on: whoever says its last word in a handshake cannot finish it.
    const server = tls.createServer({ ...TCP_OPTIONS, allowHalfOpen: false, ...certificate });
    const handshakes = new Handshakes(server, admit, time);
    server.on('secureConnection', (socket) => attach(Object.assign(socket, { allowHalfOpen: true }), accept));
    const listener = await listening(server, at);
    const close = (): Promise<void> => {
      const closed = listener.close();
      handshakes.drop();
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

/** Throws what OpenSSL says when it is not a certificate and the key that belongs to it. */
export function checkCertificate({ cert, key }: Certificate): void {
  tls.createSecureContext({ cert, key });
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
