import { UNPACED } from '../outbox.js';
import type { Protocol } from '../protocol.js';
import { connectRecords } from './client.js';
import { BatchEncoder } from './entries.js';
import { RecordsSession } from './session.js';

/** Seed 002: over TCP, and for browsers over WebSocket. What both show is encoded once. */
export function recordsProtocols(): readonly Protocol[] {
  const batches = new BatchEncoder();
  return [records(batches), web(batches)];
}

/** Over TCP. */
export function records(batches = new BatchEncoder()): Protocol {
  return {
    name: 'records',
    transport: 'tcp',
    defaultPort: 18000,
    byDefault: true,
    pacing: UNPACED,
    open: (conversation) => new RecordsSession(conversation, batches),
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
function web(batches: BatchEncoder): Protocol {
  return {
    ...records(batches),
    name: 'web',
    transport: 'websocket',
    defaultPort: 18080,
    scheme: 'ws',
    tlsScheme: 'wss',
  };
}
