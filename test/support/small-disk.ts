/** A disk so small that a test can fill it: a file system in memory, where whoever runs the tests may mount one. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './cleanup.js';
import { temporaryFolder } from './folders.js';

export class SmallDisk {
  private constructor(readonly folder: string) {}

  static mount(size = '6m'): SmallDisk {
    const folder = temporaryFolder('disk');
    const failure = command('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'none', folder);
    if (failure !== undefined) throw new Error(failure);
    atEnd(() => void command('umount', '-l', folder));
    return new SmallDisk(folder);
  }

  /** Why none can be mounted here, undefined when one can. */
  static get obstacle(): string | undefined {
    const folder = '/tmp/snug-may-mount';
    mkdirSync(folder, { recursive: true });
    const failure = command('mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', folder);
    if (failure === undefined) command('umount', folder);
    rmSync(folder, { recursive: true });
    return failure;
  }

  /** Takes the last byte of it. */
  fill(): void {
    for (const bytes of [65_536, 4096, 64, 1]) {
      try {
        for (;;) appendFileSync(this.ballast, Buffer.alloc(bytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  }

  /** Gives back what `fill` took. */
  free(): void {
    rmSync(this.ballast, { force: true });
  }

  /** From now on nothing can be written to it, or again everything. */
  setReadOnly(isReadOnly: boolean): void {
    const failure = command('mount', '-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, this.folder);
    if (failure !== undefined) throw new Error(failure);
  }

  private get ballast(): string {
    return join(this.folder, 'ballast');
  }
}

/** What went wrong, undefined when nothing did. */
function command(name: string, ...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(name, args, { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}
