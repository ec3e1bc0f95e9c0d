/** The two broadcasters that come with the bench: the least that Node, and that the system, can do. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Needs, Peer, Wire } from './peer.js';
import { exchange, found, nextLine, roomName } from './peer.js';

const lines: Wire = {
  hello: (who) => [exchange(`${roomName(who)}\n`, '+\n')],
  say: (_who, payload) => Buffer.concat([payload, Buffer.from('\n')]),
  next: (bytes, at, end, frame) => {
    if (!nextLine(bytes, at, end, frame)) return false;
    frame.from = at;
    frame.to = at + frame.length - 1;
    return true;
  },
};

/** A file goes through as it is. */
const bare: Wire = {
  ...lines,
  say: (_who, payload) => payload,
  next: (_bytes, at, end, frame) => end > at && found(frame, end - at, at, end),
};

const relays = ({ workload }: Needs): string[] => (workload.startsWith('w6') ? ['--others'] : []);

const base = {
  wire: () => lines,
  fileWire: bare,
  echoes: () => true,
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4', 'w6', 'w6slow'],
} satisfies Partial<Peer>;

export const node: Peer = {
  ...base,
  name: 'node',
  title: 'Node broadcaster',
  missing: () => undefined,
  version: () => process.version,
  launch: (needs) => ({
    command: [
      process.execPath,
      path.join(needs.tools.baselines, 'node-broadcast.mjs'),
      String(needs.port),
      ...relays(needs),
    ],
  }),
};

export const c: Peer = {
  ...base,
  name: 'c',
  title: 'C broadcaster',
  missing: ({ baselines }) =>
    existsSync(path.join(baselines, 'node_modules', '.broadcast')) ? undefined : 'a C compiler: apt-get install gcc',
  version: () => execFileSync('cc', ['-dumpfullversion']).toString().trim(),
  launch: (needs) => ({
    command: [path.join(needs.tools.baselines, 'node_modules', '.broadcast'), String(needs.port), ...relays(needs)],
  }),
};
