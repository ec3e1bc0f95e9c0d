import { ONE_A_SEGMENT } from '../outbox.js';
import { remembered } from '../plain-session.js';
import type { Protocol } from '../protocol.js';
import { connectPull, LESS_THAN } from './client.js';
import { FORMS, showIn } from './forms.js';
import { PullSession } from './session.js';

/** Milliseconds of silence that end a message (P4). */
const QUIET = 50;
/** Milliseconds without a request after which a client is taken to be gone (P7). */
const IDLE = 30_000;

/** Seed 001 over TCP. */
export function pull(): Protocol {
  const shows = { seed: remembered(showIn(FORMS.seed)), json: remembered(showIn(FORMS.json)) };
  return {
    name: 'pull',
    transport: 'tcp',
    defaultPort: 5000,
    byDefault: false,
    pacing: ONE_A_SEGMENT,
    quiet: QUIET,
    idle: IDLE,
    open: (conversation) => new PullSession(conversation, shows),
    scheme: 'pull',
    hasMenu: false,
    lessThan: LESS_THAN,
    connect: connectPull,
  };
}
