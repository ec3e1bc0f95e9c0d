/** What a checkout does before its first command, tried in a small checkout of its own. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll } from '../support/cleanup.js';
import { temporaryFolder } from '../support/folders.js';
import { environment, ROOT } from '../support/program.js';

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds; the compiler runs for real, up to two times in a test. */
jest.setTimeout(60_000);

/** Builds a page of nothing where the real one is built. */
const BUILDER = `
  import { mkdirSync, writeFileSync } from 'node:fs';
  mkdirSync('dist/web', { recursive: true });
  writeFileSync('dist/web/index.html', '');
`;

describe('setup.mjs', () => {
  let checkout: string;

  beforeEach(() => {
    checkout = temporaryFolder('checkout');
    mkdirSync(join(checkout, 'src', 'client', 'web'), { recursive: true });
    writeFileSync(join(checkout, 'src', 'client', 'web', 'build.mjs'), BUILDER);
    for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'src/setup.mjs', 'src/tsconfig.json']) {
      copyFileSync(join(ROOT, file), join(checkout, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
    writeSource('cli', "console.log(process.argv.slice(2).join(' ')); process.exitCode = 3;");
  });

  afterEach(closeAll);

  it('compiles and goes on as snug, with its arguments and its exit code, and says so on stderr only', async () => {
    const first = await setup('say', 'two words');
    expect(first).toEqual({ code: 3, stdout: 'say two words\n', stderr: 'Compiling Snug ...\n' });
  });

  it('does nothing the second time', async () => {
    await setup();
    expect(await setup('again')).toEqual({ code: 3, stdout: 'again\n', stderr: '' });
  });

  it('compiles again when a source has changed, and forgets what is gone', async () => {
    writeSource('old', 'export const old = 1;');
    await setup();
    expect(existsSync(join(checkout, 'dist', 'old.js'))).toBe(true);
    rmSync(join(checkout, 'src', 'old.ts'));
    writeSource('cli', "console.log('new');");

    expect(await setup()).toEqual({ code: 0, stdout: 'new\n', stderr: 'Compiling Snug ...\n' });
    expect(existsSync(join(checkout, 'dist', 'old.js'))).toBe(false);
  });

  it('builds the page, and again when it has gone missing', async () => {
    const page = join(checkout, 'dist', 'web', 'index.html');
    await setup();
    expect(existsSync(page)).toBe(true);
    rmSync(page);
    await setup();
    expect(existsSync(page)).toBe(true);
  });

  it('compiles again when the output has gone missing', async () => {
    await setup();
    rmSync(join(checkout, 'dist', 'cli.js'));
    expect((await setup('back')).stdout).toBe('back\n');
  });

  it('shows what the compiler found and fails', async () => {
    writeSource('cli', 'const count: number = "many"; console.log(count);');
    const { code, stdout, stderr } = await setup('--only');
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('src/cli.ts(1,7): error');
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('is done once by several who start at the same time, and all go on', async () => {
    const outcomes = await Promise.all(['1', '2', '3'].map((name) => setup(name)));
    expect(outcomes.map(({ stdout }) => stdout)).toEqual(['1\n', '2\n', '3\n']);
    expect(outcomes.filter(({ stderr }) => stderr.includes('Compiling'))).toHaveLength(1);
  });

  it('takes over from one that died on the way', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    mkdirSync(join(checkout, 'dist', '.setup-lock'), { recursive: true });
    writeFileSync(join(checkout, 'dist', '.setup-lock', 'pid'), `${dead}`);
    expect((await setup('on')).stdout).toBe('on\n');
    expect(existsSync(join(checkout, 'dist', '.setup-lock'))).toBe(false);
  });

  function writeSource(name: string, text: string): void {
    writeFileSync(join(checkout, 'src', `${name}.ts`), `${text}\nexport {};\n`);
  }

  function setup(...args: string[]): Promise<Outcome> {
    const child = spawn(process.execPath, ['src/setup.mjs', ...args], { cwd: checkout, env: environment() });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  }
});
