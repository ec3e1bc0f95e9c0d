import { ONE_A_SEGMENT } from '../outbox.js';
import type { Protocol } from '../protocol.js';
import { connectRaw, connectRawUdp, DATAGRAMS, QUIET } from './client.js';
import { showBothWays, TcpSession, UdpSession } from './session.js';

const PORT = 12345;

/** Milliseconds of silence after which a UDP address is taken to be gone: nothing else tells. */
const IDLE = 600_000;

/** Seed 003 over TCP. */
export function raw(): Protocol {
  const shows = showBothWays();
  return {
    name: 'raw',
    transport: 'tcp',
    defaultPort: PORT,
    byDefault: false,
    pacing: ONE_A_SEGMENT,
    quiet: QUIET,
    open: (conversation) => new TcpSession(conversation, shows),
    scheme: 'raw',
    hasMenu: false,
    connect: connectRaw,
  };
}

/** Seed 003 over UDP. */
export function rawUdp(): Protocol {
  const shows = showBothWays();
  return {
    name: 'raw-udp',
    transport: 'udp',
    defaultPort: PORT,
    byDefault: false,
    pacing: DATAGRAMS,
    idle: IDLE,
    open: (conversation) => new UdpSession(conversation, shows),
    scheme: 'raw-udp',
    hasMenu: false,
    connect: connectRawUdp,
  };
}
