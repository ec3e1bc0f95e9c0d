/** What every fault test prints in one line, and asserts. */
import { expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Counts } from './fault-ledger.js';

export const MIB = 1_048_576;

/** Bytes of a server that does nothing in particular: Node, the program, and what is collected late. */
export const AT_REST = 128 * MIB;

/** The most memory that a process has had so far, in bytes. */
export function peakMemory(pid: number): number {
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

/** Connections that a process can hold, this one or a server it starts: both have a few files open beside. */
export function affordable(wanted: number): number {
  const [, soft] = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const most = Number(soft) - 200;
  if (wanted <= most) return wanted;
  process.stderr.write(`Only ${most} connections instead of ${wanted}: a process may have ${soft} files open here.\n`);
  return most;
}

/** Of one test, from its beginning on. */
export class Figures {
  private readonly begun = Date.now();

  constructor(private readonly what: string) {}

  /** Prints the line and asserts what it says. */
  hold(counts: Counts, { peak, bound }: { peak: number; bound: number }, more = ''): void {
    const { shown, lost, doubled, disordered } = counts;
    const seconds = ((Date.now() - this.begun) / 1000).toFixed(1);
    const parts = [
      `${this.what}${more && `, ${more}`}`,
      `shown ${shown}, lost ${lost}, doubled ${doubled}, out of order ${disordered}`,
      `memory ${mebibytes(peak)} of ${mebibytes(bound)} MiB`,
      `${seconds} s`,
    ];
    process.stderr.write(`${parts.join('; ')}\n`);
    expect({ lost, doubled, disordered }).toEqual({ lost: 0, doubled: 0, disordered: 0 });
    expect(shown).toBeGreaterThan(0);
    expect(peak).toBeLessThanOrEqual(bound);
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / MIB);
}
