/** Server and load on cores of their own. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Cores {
  /** Undefined where processes cannot be kept on a core. */
  server: number | undefined;
  load: number | undefined;
  note: string;
}

export function cores(): Cores {
  const nowhere = { server: undefined, load: undefined };
  if (spawnSync('taskset', ['--version']).error) {
    return { ...nowhere, note: 'not kept on cores of their own: there is no taskset (apt-get install util-linux)' };
  }
  const [server, load] = allowed();
  if (server === undefined || load === undefined) {
    return { ...nowhere, note: 'not kept on cores of their own: there is only one' };
  }
  return { server, load, note: 'server and load each on a core of its own' };
}

/** `0-3,6` and the like. */
function allowed(): number[] {
  const line = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return line.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

export const pinned = (core: number | undefined, command: string[]): string[] =>
  core === undefined ? command : ['taskset', '-c', String(core), ...command];
