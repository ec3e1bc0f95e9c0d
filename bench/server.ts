/** Starts a peer's server in a folder of its own, and stops it again. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pinned } from './cores.js';
import type { Launch } from './peers/peer.js';

const READY_MS = 10_000;
const POLL_MS = 10;
const STOP_MS = 3000;

export interface Server {
  pid: number;
  /** From starting the process to its listening. */
  startMs: number;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();

/** For a bench that is ended by a signal. */
export function killAll(): void {
  running.forEach((child) => child.kill('SIGKILL'));
  folders.forEach(removeFolder);
}

export function newFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'snug-bench-server-'));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Resolves when the server listens on `ports`. What it says goes into a file, and is told if it does not start. */
export async function startServer(
  launch: Launch,
  folder: string,
  ports: number[],
  core: number | undefined,
): Promise<Server> {
  for (const [name, content] of Object.entries(launch.files ?? {})) writeFileSync(path.join(folder, name), content);
  const said = path.join(folder, 'output');
  const output = openSync(said, 'a');
  const [command = '', ...args] = pinned(core, launch.command);
  const started = performance.now();
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', output, output] });
  closeSync(output);
  running.add(child);
  let gone = false;
  const exit = once(child, 'exit').then(() => {
    gone = true;
    running.delete(child);
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} could not be started.`);
  for (const port of ports) {
    while (!(await listens(port))) {
      if (gone || performance.now() - started > READY_MS) {
        child.kill('SIGKILL');
        throw new Error(`${launch.command[0]} does not listen. It said: ${readFileSync(said, 'utf8').slice(-500)}`);
      }
      await sleep(POLL_MS);
    }
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    if (!gone) await exit;
    clearTimeout(timer);
  };
  return { pid, startMs: performance.now() - started, stop };
}

/** A port that nobody uses. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
