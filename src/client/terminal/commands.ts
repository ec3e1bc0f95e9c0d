import type { Capabilities } from '../connection.js';

/** What the commands can do to the room; each promise resolves when it is done and said. */
export interface CommandRoom {
  readonly can: Capabilities;
  /** Prints a sentence of ours. */
  tell(text: string): void;
  say(text: string): Promise<void>;
  names(): Promise<void>;
  older(): Promise<void>;
  list(): string;
  get(number: string): Promise<void>;
}

export interface Command {
  /** As it is typed, with its slash. */
  readonly name: string;
  readonly argument?: string;
  readonly help: string;
  /** What the protocol must be able to do. */
  readonly needs?: keyof Capabilities;
  run(room: CommandRoom, argument: string): Promise<void> | void;
}

export const COMMANDS: readonly Command[] = [
  { name: '/help', help: 'lists what can be typed', run: (room) => room.tell(helpText(room.can)) },
  { name: '/names', help: 'says who is in the chatroom', needs: 'report', run: (room) => room.names() },
  { name: '/files', help: 'lists the files shared here', needs: 'files', run: (room) => room.tell(room.list()) },
  { name: '/get', argument: 'N', help: 'saves file number N', needs: 'files', run: (room, n) => room.get(n) },
  { name: '/history', help: 'shows older lines', needs: 'history', run: (room) => room.older() },
  {
    name: '/say',
    argument: 'TEXT',
    help: 'sends TEXT as it is, for example /say q',
    run: (room, text) => (text === '' ? room.tell('/say needs a text to send.') : room.say(text)),
  },
];

/** What can be typed alone, without a slash (seed 002, 5.8). */
const LETTERS: readonly Pick<Command, 'name' | 'help' | 'needs'>[] = [
  { name: 'q', help: 'quits the chatroom' },
  { name: 'a', help: 'uploads an attachment', needs: 'files' },
];

/** Does what `typed`, which begins with a single slash, asks for; anything it cannot do is said in a sentence. */
export async function runCommand(typed: string, room: CommandRoom): Promise<void> {
  const [, name = '', argument = ''] = /^(\S+)(?:\s(.*))?$/s.exec(typed) ?? [];
  const command = COMMANDS.find((each) => each.name === name);
  if (!command) room.tell(`There is no ${name}. /help lists the commands; to send a text that starts with /, type //.`);
  else if (!isOffered(command, room.can)) room.tell(`${name} is not possible on this server.`);
  else await command.run(room, command.name === '/say' ? argument : argument.trim());
}

/** Names of the commands that begin with `typed`. */
export function commandsBeginning(typed: string, can: Capabilities): readonly string[] {
  return COMMANDS.filter((each) => each.name.startsWith(typed) && isOffered(each, can)).map((each) => each.name);
}

function helpText(can: Capabilities): string {
  const rows = [...LETTERS, ...COMMANDS]
    .filter((each) => isOffered(each, can))
    .map((each) => `${usage(each).padEnd(HELP_COLUMN)}${each.help}`);
  return [...rows, `${'//TEXT'.padEnd(HELP_COLUMN)}sends /TEXT`].join('\n');
}

const HELP_COLUMN = 12;

function usage({ name, argument }: Pick<Command, 'name' | 'argument'>): string {
  return argument ? `${name} ${argument}` : name;
}

function isOffered({ needs }: Pick<Command, 'needs'>, can: Capabilities): boolean {
  return needs === undefined || can[needs];
}
