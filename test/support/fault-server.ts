/** Servers for the fault tests: real processes, with seats for thousands. */
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
