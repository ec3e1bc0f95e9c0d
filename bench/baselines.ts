/** Installs what Snug is measured beside, on the first run: packages from npm, and a program in C if there is a compiler. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export function installBaselines(folder: string, say: (line: string) => void): void {
  const modules = path.join(folder, 'node_modules');
  if (!isInstalled(folder)) {
    say('Installing the servers to measure beside (npm ci in bench/baselines). This is done once.');
    const args = ['ci', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
    const { status, stderr } = spawnSync('npm', args, { cwd: folder });
    if (status !== 0) say(`It failed: ${String(stderr).trim()}`);
  }
  const source = path.join(folder, 'broadcast.c');
  const made = path.join(modules, '.broadcast');
  if (existsSync(made) && statSync(made).mtimeMs > statSync(source).mtimeMs) return;
  mkdirSync(modules, { recursive: true });
  const { status, error, stderr } = spawnSync('cc', ['-O2', '-o', made, source]);
  if (!error && status !== 0) say(`cc failed: ${stderr.toString()}`);
}

/** npm leaves behind what it has installed. */
function isInstalled(folder: string): boolean {
  const versions = (file: string): Record<string, string> => {
    if (!existsSync(file)) return {};
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, { version: string }> };
    return Object.fromEntries(Object.entries(packages).map(([name, { version }]) => [name, version]));
  };
  const have = versions(path.join(folder, 'node_modules', '.package-lock.json'));
  const want = versions(path.join(folder, 'package-lock.json'));
  return Object.entries(want).every(([name, version]) => name === '' || have[name] === version);
}
