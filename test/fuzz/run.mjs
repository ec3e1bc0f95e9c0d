/**
 * `npm run fuzz`: makes one file of the fuzzer and the sources it runs, with a counter at each branch of the sources, and
 * runs that in a Node of its own, which can be asked to collect garbage. Without Jest, an execution costs microseconds.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundled } from './instrument.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'snug-fuzz-'));
const file = path.join(folder, 'fuzz.mjs');
await bundled(path.join(import.meta.dirname, 'main.ts'), file);
const child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', file, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// Ctrl-C reaches the child as well, which then ends by itself.
process.on('SIGINT', () => undefined);
child.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
