import { UNPACED } from '../outbox.js';
import type { Protocol } from '../protocol.js';
import { connectRecords } from './client.js';
import { RecordsSession } from './session.js';

/** Seed 002: over TCP, and for browsers over WebSocket. */
export function recordsProtocols(): readonly Protocol[] {
  return [records(), web()];
}

/** Over TCP. */
export function records(): Protocol {
  return {
    name: 'records',
    transport: 'tcp',
    defaultPort: 18000,
    byDefault: true,
    pacing: UNPACED,
    open: (conversation) => new RecordsSession(conversation),
    scheme: 'records',
    hasMenu: true,
    hasAvatars: true,
    keepsSeats: true,
    hasPassphrase: true,
    tlsScheme: 'records+tls',
    connect: (dial, room, listener, key) => connectRecords(dial, room, listener, undefined, key),
  };
}

/** Over WebSocket: R13. */
function web(): Protocol {
  return {
    ...records(),
    name: 'web',
    transport: 'websocket',
    defaultPort: 18080,
    scheme: 'ws',
    tlsScheme: 'wss',
  };
}
