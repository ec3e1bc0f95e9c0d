import { ONE_A_SEGMENT } from '../outbox.js';
import type { Protocol } from '../protocol.js';
import { connectRegister, QUIET } from './client.js';
import { RegisterSession, showInEachFraming } from './session.js';

/** Seed 004 over TCP. */
export function register(): Protocol {
  const shows = showInEachFraming();
  return {
    name: 'register',
    transport: 'tcp',
    /** The seed: "picks a random port to listen for clients on, and then reports this port number". */
    defaultPort: 0,
    byDefault: false,
    pacing: ONE_A_SEGMENT,
    quiet: QUIET,
    open: (conversation) => new RegisterSession(conversation, shows),
    scheme: 'chat',
    hasMenu: false,
    connect: connectRegister,
  };
}
