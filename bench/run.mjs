/**
 * `npm run bench`: makes one file each of the bench, of its load and of the curves, and runs the first or the last of
 * them. What it measures is compiled before, unless SNUG_BENCH_SERVER names another `cli.js`.
 */
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const here = import.meta.dirname;
const args = process.argv.slice(2);
const entry = args[0] === 'growth' ? 'growth' : 'main';
const folder = mkdtempSync(path.join(os.tmpdir(), 'snug-bench-'));
await build({
  entryPoints: ['main', 'load', 'growth'].map((name) => path.join(here, `${name}.ts`)),
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
});
const child = spawn(process.execPath, [path.join(folder, `${entry}.mjs`), ...args.slice(entry === 'growth' ? 1 : 0)], {
  stdio: 'inherit',
  env: { ...process.env, SNUG_BENCH_HOME: here },
});
// The child then ends its servers and itself.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
