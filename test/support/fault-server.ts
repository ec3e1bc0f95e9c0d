/** Servers for the fault tests: real processes, with seats for thousands. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './cleanup.js';
import { eventually } from './eventually.js';
import { temporaryFolder } from './folders.js';
import { CLI, environment } from './program.js';
import { run } from './process.js';
import { ServerProcess } from './server-process.js';

/** Seats for a thousand, and those who look on. */
export const MANY = ['--capacity', '1200'];
/** A file is announced and not shown with its contents; of the history little is shown to whoever joins. */
export const LITTLE = ['--inline', '0', '--replay', '65536'];

/**
 * MiB of JavaScript objects that a server may have before it has to collect. Without it a roomy machine lets them lie for
 * long, and what a server has is not what it needs.
 */
const HEAP = 128;

let help: Promise<string> | undefined;

/** The option with its value if this server has it. */
export async function ifKnown(option: string, value: string): Promise<string[]> {
  help ??= run(['serve', '--help']).then(({ stdout }) => stdout);
  return (await help).includes(`${option} `) ? [option, value] : [];
}

/** A server that takes as many connections as come, and keeps seats for `grace` seconds; for 0, not at all. */
export async function faultServer(
  { grace = 0, page = false, heap = HEAP }: { grace?: number; page?: boolean; heap?: number },
  ...args: string[]
): Promise<ServerProcess> {
  const known = [...(await ifKnown('--grace', `${grace}`)), ...(await ifKnown('--max-connections', '100000'))];
  const env = { NODE_OPTIONS: `--max-old-space-size=${heap}` };
  return ServerProcess.start({ args: [...args, ...known], page, env });
}

/**
 * One whose log goes to a file. A pipe to here would be read only as fast as this process comes to it, and what a server
 * has to say beyond that waits in its memory.
 */
export async function loggingServer(
  heap: number,
  ...args: string[]
): Promise<{ pid: number; port: number; state: () => string }> {
  const folder = temporaryFolder('server');
  const folders = ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
  const [log, errors] = [join(folder, 'log'), join(folder, 'errors')];
  const files = [openSync(log, 'w'), openSync(errors, 'w')] as const;
  const child = spawn(process.execPath, [CLI, 'serve', 'records=0', '--log', 'json', ...folders, ...args], {
    env: environment({ NODE_OPTIONS: `--max-old-space-size=${heap}` }),
    stdio: ['ignore', ...files],
  });
  files.forEach((file) => closeSync(file));
  const over = once(child, 'close');
  atEnd(async () => {
    child.kill('SIGKILL');
    await over;
  });
  const listening = (): RegExpExecArray | undefined =>
    /"event":"listening".*"port":(\d+)/.exec(readFileSync(log, 'utf8')) ?? undefined;
  const [, port] = await eventually(listening, 'a server that listens');
  const end = (): string => String(child.exitCode ?? child.signalCode ?? 'nothing yet');
  const state = (): string => `The server ended with ${end()}. ${readFileSync(errors, 'utf8')}`;
  return { pid: child.pid!, port: Number(port), state };
}
