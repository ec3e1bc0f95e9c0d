import { join } from 'node:path';
import { temporaryFolder } from './folders.js';
import type { Exit } from './program.js';
import { snugInTerminal, type Terminal } from './terminal.js';

const LISTENING = /\[\d\d:\d\d:\d\d\] (\S+) on 127\.0\.0\.1:(\d+)/g;

/** `snug serve NAME=0 ...` in a terminal of its own, with its own folders and seats for ten. */
export class Serving {
  private constructor(
    readonly terminal: Terminal,
    private readonly ports: ReadonlyMap<string, number>,
  ) {}

  /** Serves these protocols, each on a port that the system picks. */
  static async start(...names: readonly string[]): Promise<Serving> {
    const folder = temporaryFolder('server');
    const folders = ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
    const args = ['serve', ...names.map((name) => `${name}=0`), '--capacity', '10', ...folders];
    const terminal = snugInTerminal(args, { cols: 200, rows: 50 });
    await terminal.waitFor('Ctrl-C stops the server.');
    const ports = [...terminal.transcript().matchAll(LISTENING)].map(
      ([, name = '', port]) => [name, Number(port)] as const,
    );
    return new Serving(terminal, new Map(ports));
  }

  /** The port that it reported. */
  port(name: string): number {
    const port = this.ports.get(name);
    if (port === undefined) throw new Error(`The server reported no port for ${name}.`);
    return port;
  }

  /** Waits until it has reported, `count` times, that `name` did `what`. */
  async reports(name: string, what: string, count = 1): Promise<void> {
    await this.terminal.waitFor(new RegExp(`\\] ${name} \\(127\\.0\\.0\\.1:\\d+\\) ${what}`), { count });
  }

  /** Ctrl-C, and the end of it. */
  async interrupt(): Promise<Exit> {
    this.terminal.press('ctrl-c');
    return this.terminal.waitForExit();
  }

  /** SIGTERM, and the end of it. */
  async terminate(): Promise<Exit> {
    this.terminal.kill('SIGTERM');
    return this.terminal.waitForExit();
  }
}
