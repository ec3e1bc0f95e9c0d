import { fileURLToPath } from 'node:url';

/** The program as it is compiled, to be started as a process of its own. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** The same surroundings for every process, wherever the tests run: times in UTC, no settings of the person who runs them. */
export function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, TZ: 'UTC', LANG: 'C.UTF-8', TERM: 'xterm-256color', ...extra };
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}
