import { remembered } from '../plain-session.js';
import type { Protocol } from '../protocol.js';
import { connectChat10 } from './client.js';
import { PACING, QUIET } from './pacing.js';
import { Chat10Session, framesOf } from './session.js';

/** Seed 000 over TCP. */
export function chat10(): Protocol {
  const frames = remembered(framesOf);
  return {
    name: 'chat10',
    transport: 'tcp',
    defaultPort: 8765,
    byDefault: false,
    pacing: PACING,
    quiet: QUIET,
    open: (conversation) => new Chat10Session(conversation, frames),
    scheme: 'chat10',
    hasMenu: false,
    connect: connectChat10,
  };
}
