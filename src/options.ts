/** How options of the command line are made: each has a variable of the environment and one sentence for what it cannot be. */
import { InvalidArgumentError, Option } from 'commander';
import { parseWhole, UsageError } from './config.js';

/** Every option can also be given as SNUG_NAME in the environment. */
export function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  return made.env(`SNUG_${made.name().toUpperCase().replaceAll('-', '_')}`);
}

/** An option that is a whole number from `min` to `max`. */
export function whole(flags: string, description: string, min: number, max: number): Option {
  const made = option(flags, description);
  return made.argParser(checked((typed: string) => parseWhole(typed, `--${made.name()}`, min, max)));
}

/** Lets the argument parser name the option in the error. */
export function checked<T>(parse: (typed: string) => T): (typed: string) => T {
  return (typed) => {
    try {
      return parse(typed);
    } catch (error) {
      throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
    }
  };
}
