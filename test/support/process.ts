import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { atEnd } from './cleanup.js';
import { eventually } from './eventually.js';
import { CLI, environment, type Exit, ROOT } from './program.js';

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A running `snug ARGS` whose input and output are pipes. */
export class PipedProcess {
  stdout = '';
  stderr = '';
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcessWithoutNullStreams;
  private exit: Exit | undefined;

  constructor(args: readonly string[], { env = {}, cwd = ROOT }: ProcessOptions = {}) {
    this.child = spawn(process.execPath, [CLI, ...args], { cwd, env: environment(env) });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    // A process that is gone takes no more input; what it said before says why.
    this.child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => resolve((this.exit = { code, signal })));
    });
    atEnd(() => this.kill());
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  /** Ends its input, after `text`. */
  end(text = ''): void {
    this.child.stdin.end(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for a line of stdout. */
  async waitForLine(pattern: RegExp, timeout?: number): Promise<string> {
    const look = (): string | undefined => {
      const line = this.lines.find((one) => pattern.test(one));
      if (line === undefined && this.exit) throw new Error(`It ended without a line like ${pattern}.\n${this.show()}`);
      return line;
    };
    return eventually(look, `a line like ${pattern}`, { show: () => this.show(), ...(timeout && { timeout }) });
  }

  /** Waits for the end, but not for ever. */
  async waitForExit(timeout?: number): Promise<Exit> {
    return eventually(() => this.exit, 'the end of the process', {
      show: () => this.show(),
      ...(timeout && { timeout }),
    });
  }

  async kill(): Promise<void> {
    if (!this.exit) this.child.kill('SIGKILL');
    await this.exited;
  }

  show(): string {
    return `stdout:\n${this.stdout}\nstderr:\n${this.stderr}`;
  }
}

/** Runs `snug ARGS` to its end, with `input` as all of its input. */
export async function run(
  args: readonly string[],
  { input = '', ...options }: ProcessOptions & { input?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const running = new PipedProcess(args, options);
  running.end(input);
  const { code } = await running.waitForExit();
  return { code, stdout: running.stdout, stderr: running.stderr };
}
