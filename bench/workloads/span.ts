/** A span of time in which both sides' processor time is looked at. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuNs } from '../accounting.js';
import type { Crowd } from '../load/crowd.js';
import type { Figures } from './workload.js';

/** Until a server's compiler, caches and buffers have got used to it, as a share of what is measured. */
export const WARM_UP = 1;

export async function measured(crowd: Crowd, pid: number, seconds: number): Promise<Figures> {
  await sleep(seconds * WARM_UP * 1000);
  const before = { cpu: cpuNs(pid), copies: crowd.counts.copies, time: performance.now(), own: process.cpuUsage() };
  await sleep(seconds * 1000);
  const ns = cpuNs(pid) - before.cpu;
  const copies = crowd.counts.copies - before.copies;
  const ms = performance.now() - before.time;
  const { user, system } = process.cpuUsage(before.own);
  crowd.check();
  if (copies === 0) throw new Error('Nothing was delivered.');
  return {
    microsecondsPerCopy: ns / 1000 / copies,
    copiesPerSecond: (copies / ms) * 1000,
    serverShare: ns / 1e6 / ms,
    loadShare: (user + system) / 1000 / ms,
  };
}
