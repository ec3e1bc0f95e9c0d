import { UNPACED } from '../outbox.js';
import type { Protocol } from '../protocol.js';
import { connectRecords } from './client.js';
import { BatchEncoder } from './entries.js';
import { RecordsSession } from './session.js';

/** Seed 002 over TCP. */
export function records(): Protocol {
  const batches = new BatchEncoder();
  return {
    name: 'records',
    transport: 'tcp',
    defaultPort: 18000,
    byDefault: true,
    pacing: UNPACED,
    open: (conversation) => new RecordsSession(conversation, batches),
    scheme: 'records',
    hasMenu: true,
    connect: connectRecords,
  };
}
