/** Snug itself, as users run it: the history in SQLite, a text shown only when it is on disk, the limits as they are. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chat10Wire } from './chat10.js';
import type { Needs, Peer } from './peer.js';
import { recordsFileWire, recordsHistory, recordsWire } from './records.js';
import { webFileWire, webHistory, webWire } from './web.js';

/** As `npm start` has it. */
const NODE_OPTIONS = ['--max-semi-space-size=8'];

/** Only what the workload asks for: seats, rooms, and room for the connections beyond 10,000. */
function served(needs: Needs, ...protocols: string[]): { command: [string, ...string[]] } {
  const { folder } = needs;
  const options = {
    capacity: needs.capacity,
    rooms: Math.max(needs.rooms, 100),
    'max-connections': Math.max(needs.connections + 100, 10_000),
    data: path.join(folder, 'data'),
    downloads: path.join(folder, 'downloads'),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return { command: [process.execPath, ...NODE_OPTIONS, needs.tools.snug, 'serve', ...protocols, ...args] };
}

const base = {
  missing: ({ snug }) => (existsSync(snug) ? undefined : 'npm run build'),
  version: ({ snug }) => execFileSync(process.execPath, [snug, '--version']).toString().trim(),
  echoes: () => true,
} satisfies Partial<Peer>;

export const snug: Peer = {
  ...base,
  name: 'snug',
  title: 'Snug, records',
  launch: (needs) => served(needs, `records=${needs.port}`),
  wire: () => recordsWire(),
  fileWire: recordsFileWire,
  history: recordsHistory,
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4', 'w5', 'w6', 'w6slow'],
};

export const snugWeb: Peer = {
  ...base,
  name: 'snug-web',
  title: 'Snug, WebSocket',
  launch: (needs) => served(needs, `web=${needs.port}`),
  wire: () => webWire(),
  fileWire: webFileWire,
  history: webHistory,
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4', 'w5', 'w6', 'w6slow'],
};

export const snugChat10: Peer = {
  ...base,
  name: 'snug-chat10',
  title: 'Snug, chat10',
  launch: (needs) => served(needs, `chat10=${needs.port}`),
  wire: () => chat10Wire,
  echoes: () => false,
  // It knows one room, the lobby.
  workloads: ['w1', 'w3'],
};

const odd = (seat: number): boolean => seat % 2 === 1;

export const snugMixed: Peer = {
  ...base,
  name: 'snug-mixed',
  title: 'Snug, half on WebSocket',
  launch: (needs) => served(needs, `records=${needs.port}`, `web=${needs.secondPort}`),
  wire: (seat) => (odd(seat) ? webWire() : recordsWire()),
  onSecondPort: odd,
  workloads: ['w1', 'w2sat', 'w2fix', 'w3'],
};

export const snugMixedChat10: Peer = {
  ...base,
  name: 'snug-mixed-chat10',
  title: 'Snug, half on chat10',
  launch: (needs) => served(needs, `records=${needs.port}`, `chat10=${needs.secondPort}`),
  wire: (seat) => (odd(seat) ? chat10Wire : recordsWire({ lobby: true })),
  onSecondPort: odd,
  echoes: (seat) => !odd(seat),
  workloads: ['w1', 'w3'],
};
