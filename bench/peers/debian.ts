/** Servers from Debian. */
import { spawnSync } from 'node:child_process';
import type { Peer } from './peer.js';

const VERSION = /\d+(\.\d+)+/;

/** `asked` is the command that tells the version. */
export function debian(name: string, asked: [string, ...string[]]): Pick<Peer, 'missing' | 'version'> {
  const [command, ...args] = asked;
  const said = (): string | undefined => {
    const { error, stdout, stderr } = spawnSync(command, args);
    return error ? undefined : (VERSION.exec(`${stdout.toString()} ${stderr.toString()}`)?.[0] ?? '');
  };
  return {
    missing: () => (said() === undefined ? `apt-get install ${name}` : undefined),
    version: () => said() ?? '',
  };
}
