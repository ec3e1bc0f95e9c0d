import { visible } from '../../visible.js';
import type { Capabilities } from '../connection.js';
import { commandsBeginning } from './commands.js';
import type { Completion } from './screen.js';

/** What a message or command that begins with `typed` could become: a command, or the name of someone in the room. */
export function completeLine(typed: string, can: Capabilities, names: readonly string[]): Completion {
  if (/^\/\w*$/.test(typed)) return { word: typed, choices: spaced(commandsBeginning(typed, can)) };
  const word = /\S*$/.exec(typed)?.[0] ?? '';
  if (word === '') return { word, choices: [] };
  // A name that could drive the terminal is never put on the line.
  const people = names.filter((name) => beginsWith(name, word) && visible(name) === name);
  return { word, choices: word === typed ? people.map((name) => `${name}: `) : spaced(people) };
}

function beginsWith(name: string, word: string): boolean {
  return name.toLowerCase().startsWith(word.toLowerCase());
}

function spaced(choices: readonly string[]): readonly string[] {
  return choices.map((choice) => `${choice} `);
}
