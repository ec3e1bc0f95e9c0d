/** One server, one workload, once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text as all } from 'node:stream/consumers';
import type { Cores } from './cores.js';
import { pinned } from './cores.js';
import type { Peer, Tools } from './peers/peer.js';
import { freePort, newFolder, removeFolder, startServer } from './server.js';
import type { Job, Outcome, Workload } from './workloads/workload.js';

/** However long a load takes: nothing here takes a minute. */
const PATIENCE_MS = 90_000;

export interface Trial extends Outcome {
  /** Which repetition, from 1. */
  run: number;
  peer: string;
  workload: string;
  /** Why there are no figures. */
  failure?: string;
}

export async function trial(
  peer: Peer,
  workload: Workload,
  { run, seconds, tools, cores }: { run: number; seconds: number; tools: Tools; cores: Cores },
): Promise<Trial> {
  const { rooms, members, name } = workload;
  const folder = newFolder();
  const ports = { port: await freePort(), secondPort: await freePort() };
  const connections = rooms * members;
  const about = { run, peer: peer.name, workload: name };
  try {
    const launch = peer.launch({ ...ports, workload: name, rooms, capacity: members, connections, folder, tools });
    const listening = peer.onSecondPort ? [ports.port, ports.secondPort] : [ports.port];
    const server = await startServer(launch, folder, listening, cores.server);
    try {
      return {
        ...about,
        ...(await load({ peer: peer.name, workload: name, ...ports, pid: server.pid, seconds }, cores)),
      };
    } finally {
      await server.stop();
    }
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { ...about, figures: {}, counts: { copies: 0, lost: 0, doubled: 0, foreign: 0 }, failure };
  } finally {
    removeFolder(folder);
  }
}

/** Runs the load in a process of its own. */
async function load(job: Job, cores: Cores): Promise<Outcome> {
  const file = path.join(import.meta.dirname, 'load.mjs');
  const [command = '', ...args] = pinned(cores.load, [process.execPath, file, JSON.stringify(job)]);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const [said, complaint, [code]] = await Promise.all([
    all(child.stdout),
    all(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(/Error: (.*)/.exec(complaint)?.[1] ?? (complaint.slice(-300) || 'The load hung.'));
  return JSON.parse(said) as Outcome;
}
