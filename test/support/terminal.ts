import { type IPty, spawn } from '@lydell/node-pty';
import { Terminal as Emulator } from '@xterm/headless';
import { constants } from 'node:os';
import { atEnd } from './cleanup.js';
import { eventually } from './eventually.js';
import { CLI, environment, type Exit, ROOT } from './program.js';

export interface TerminalOptions {
  readonly cols?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const KEYS = {
  enter: '\r',
  tab: '\t',
  escape: '\x1b',
  backspace: '\x7f',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  'ctrl-a': '\x01',
  'ctrl-c': '\x03',
  'ctrl-d': '\x04',
  'ctrl-e': '\x05',
  'ctrl-u': '\x15',
  'ctrl-w': '\x17',
  'ctrl-z': '\x1a',
} as const;

export type Key = keyof typeof KEYS;

/** A command in a real pseudo-terminal, with the screen that a person would see. */
export class Terminal {
  readonly exited: Promise<Exit>;
  protected readonly pty: IPty;
  protected readonly emulator: Emulator;
  private exit: Exit | undefined;
  private written = 0;
  private painted = 0;

  constructor(
    [command, ...args]: readonly [string, ...string[]],
    { cols = 100, rows = 30, env = {}, cwd = ROOT }: TerminalOptions = {},
  ) {
    this.emulator = new Emulator({ cols, rows, scrollback: 10_000, allowProposedApi: true });
    this.pty = spawn(command, args, { cols, rows, cwd, env: environment(env), name: 'xterm-256color' });
    this.pty.onData((data) => this.paint(data));
    // Answers to what a program asks the terminal, such as where the cursor is.
    this.emulator.onData((answer) => this.pty.write(answer));
    this.exited = new Promise((resolve) => {
      this.pty.onExit(({ exitCode, signal }) => resolve((this.exit = toExit(exitCode, signal))));
    });
    atEnd(() => this.close());
  }

  get pid(): number {
    return this.pty.pid;
  }

  type(text: string): void {
    this.pty.write(text);
  }

  press(...keys: readonly Key[]): void {
    for (const key of keys) this.pty.write(KEYS[key]);
  }

  /** Types a line and sends it off. */
  enter(line: string): void {
    this.type(`${line}${KEYS.enter}`);
  }

  resize(cols: number, rows: number): void {
    this.emulator.resize(cols, rows);
    this.pty.resize(cols, rows);
  }

  /** The rows that are visible now, without the space at their ends and below. */
  screen(): string {
    const { viewportY } = this.emulator.buffer.active;
    const rows = Array.from({ length: this.emulator.rows }, (_, row) => this.row(viewportY + row));
    return rows.join('\n').trimEnd();
  }

  /** Everything there was, from the first line on, a line that the terminal had wrapped in one piece. */
  transcript(): string {
    const { active } = this.emulator.buffer;
    let text = '';
    for (let row = 0; row < active.length; row += 1) {
      const goesOn = active.getLine(row + 1)?.isWrapped === true;
      text += active.getLine(row)?.translateToString(!goesOn) ?? '';
      if (!goesOn) text += '\n';
    }
    return text.trimEnd();
  }

  /** Column and row of the cursor on the screen, counted from 0. */
  cursor(): { column: number; row: number } {
    const { cursorX, cursorY } = this.emulator.buffer.active;
    return { column: cursorX, row: cursorY };
  }

  /** Waits until the transcript has `wanted`, `count` times over. */
  async waitFor(
    wanted: string | RegExp,
    { timeout, count = 1 }: { timeout?: number; count?: number } = {},
  ): Promise<void> {
    const look = (): boolean => {
      if (this.isPainted && this.occurrences(wanted) >= count) return true;
      if (this.exit && this.isPainted)
        throw new Error(`The program ended (${JSON.stringify(this.exit)}) without ${wanted}.\n${this.show()}`);
      return false;
    };
    const times = count === 1 ? '' : `, ${count} times,`;
    await eventually(look, `${JSON.stringify(String(wanted))}${times} on the screen`, {
      show: () => this.show(),
      ...(timeout !== undefined && { timeout }),
    });
  }

  occurrences(wanted: string | RegExp): number {
    const text = this.transcript();
    if (typeof wanted === 'string') return text.split(wanted).length - 1;
    return [...text.matchAll(new RegExp(wanted, `${wanted.flags.replace('g', '')}g`))].length;
  }

  async waitForExit(timeout?: number): Promise<Exit> {
    return eventually(() => this.isPainted && this.exit, 'the end of the program', {
      show: () => this.show(),
      ...(timeout !== undefined && { timeout }),
    });
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.exit) this.pty.kill(signal);
  }

  /** Takes the terminal away from under the program, as closing a window does. */
  hangUp(): void {
    // What node-pty has for that, and does not have in its types.
    (this.pty as IPty & { destroy(): void }).destroy();
  }

  private async close(): Promise<void> {
    this.kill('SIGKILL');
    await this.exited;
    this.emulator.dispose();
  }

  private paint(data: string): void {
    this.written += 1;
    this.emulator.write(data, () => (this.painted += 1));
  }

  private get isPainted(): boolean {
    return this.painted === this.written;
  }

  private row(index: number): string {
    return this.emulator.buffer.active.getLine(index)?.translateToString(true) ?? '';
  }

  private show(): string {
    const edge = '-'.repeat(this.emulator.cols);
    return `The screen:\n${edge}\n${this.screen()}\n${edge}`;
  }
}

/** `snug ARGS` in a terminal. */
export function snugInTerminal(args: readonly string[], options?: TerminalOptions): Terminal {
  return new Terminal([process.execPath, CLI, ...args], options);
}

function toExit(code: number, signal: number | undefined): Exit {
  if (!signal) return { code, signal: null };
  const [name = String(signal)] = Object.entries(constants.signals).find(([, number]) => number === signal) ?? [];
  return { code: null, signal: name };
}
