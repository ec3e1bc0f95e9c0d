/** People who use our client, each a process of its own: in a terminal, or between pipes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { home } from './folders.js';
import { PipedProcess } from './process.js';
import { CLI, type Exit } from './program.js';
import { Terminal } from './terminal.js';

export const WELCOME = 'The server welcomes you to the chatroom.';

const ENTRY = /^\[\d\d:\d\d:\d\d\] (.*)$/;
/** Who came or went, in the words of any of the protocols. */
const ANNOUNCED = /^Server: (?:User )?(\S+) (joined|left)(?: the chatroom\.)?$/;

/** Runs a client as a shell does, and keeps how the terminal was set before and after. */
const IN_A_SHELL = 'stty -a >before; "$@"; code=$?; stty -a >after; exit $code';

export abstract class Person {
  /** Types a line and sends it off. */
  abstract types(line: string): void;
  abstract lines(): string[];
  /** Waits until the client has ended by itself. */
  abstract ends(): Promise<Exit>;
  abstract sees(text: string, count?: number): Promise<void>;

  /** What the room said so far, without the times: `bob: Hi`, `bob joined`, `bob left`. */
  conversation(): string[] {
    return this.lines()
      .map((line) => ENTRY.exec(line)?.[1])
      .filter((line) => line !== undefined)
      .map((line) => line.replace(ANNOUNCED, '$1 $2'));
  }

  /** Waits until the room said this, in the form of `conversation`. */
  async hears(line: string): Promise<void> {
    await eventually(() => this.conversation().includes(line), `"${line}"`, { show: () => this.lines().join('\n') });
  }
}

export class PersonInTerminal extends Person {
  readonly home = home('terminal');
  readonly terminal: Terminal;

  constructor(args: readonly string[]) {
    super();
    const command = ['/bin/sh', '-c', IN_A_SHELL, 'sh', process.execPath, CLI, 'chat', ...args] as const;
    this.terminal = new Terminal([...command], { cols: 120, rows: 40, cwd: this.home.folder });
  }

  types(line: string): void {
    this.terminal.enter(line);
  }

  lines(): string[] {
    return this.terminal.transcript().split('\n');
  }

  ends(): Promise<Exit> {
    return this.terminal.waitForExit();
  }

  /** Once it has ended: whether the terminal is set as it was before, and the cursor at the beginning of a line. */
  isInOrder(): boolean {
    const [before, after] = ['before', 'after'].map((name) => readFileSync(join(this.home.folder, name), 'utf8'));
    return before !== '' && before === after && this.terminal.cursor().column === 0;
  }

  sees(text: string, count = 1): Promise<void> {
    return this.terminal.waitFor(text, { count });
  }
}

export class PersonOnPipes extends Person {
  readonly process: PipedProcess;

  constructor(args: readonly string[]) {
    super();
    this.process = new PipedProcess(['chat', ...args], { cwd: home('pipes').folder });
  }

  types(line: string): void {
    this.process.write(`${line}\n`);
  }

  lines(): string[] {
    return this.process.lines;
  }

  ends(): Promise<Exit> {
    return this.process.waitForExit();
  }

  async sees(text: string, count = 1): Promise<void> {
    const times = (): number => this.process.stdout.split(text).length - 1;
    await eventually(() => times() >= count, `"${text}", ${count} times`, { show: () => this.process.show() });
  }
}

/** Opens our client in a terminal, and waits until it is in the room. */
export async function inTerminal(...args: readonly string[]): Promise<PersonInTerminal> {
  return welcomed(new PersonInTerminal(args));
}

/** The same between pipes. */
export async function onPipes(...args: readonly string[]): Promise<PersonOnPipes> {
  return welcomed(new PersonOnPipes(args));
}

/** Somebody at the menu of the records protocol, in the room. */
export async function atMenu(port: number, name: string, scheme = 'records'): Promise<PersonInTerminal> {
  const person = new PersonInTerminal([`${scheme}://127.0.0.1:${port}`]);
  await person.sees('Your choice:');
  person.types('2');
  await person.sees('Please enter a username:');
  person.types(name);
  await person.hears(`${name} joined`);
  return person;
}

async function welcomed<T extends Person>(person: T): Promise<T> {
  await person.sees(WELCOME);
  return person;
}
