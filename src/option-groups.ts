/** The options of `snug serve` in the order in which somebody looks for them. */
import type { Command } from 'commander';

const GROUPS: readonly (readonly [heading: string, names: readonly string[]])[] = [
  ['Where it is served:', ['port', 'host', 'tls-cert', 'tls-key', 'log']],
  ['The room:', ['capacity', 'rooms', 'grace', 'passphrase-file', 'replay', 'inline']],
  ['What is kept:', ['data', 'downloads', 'keep-*', 'file-limit', 'files-limit']],
];

/** Puts the options of `command` that are in no group yet into theirs. */
export function grouped(command: Command): Command {
  for (const option of command.options) {
    const [heading] = GROUPS.find(([, names]) => names.some((name) => fits(option.name(), name))) ?? [];
    if (heading !== undefined && option.helpGroupHeading === undefined) option.helpGroup(heading);
  }
  return command;
}

function fits(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
