/** What a process and its children cost, as the operating system accounts for it (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

/** Of a tick of `utime` and `stime`, which is a hundredth of a second on every Linux that Node runs on. */
const TICK_NS = 10_000_000;
const UTIME = 11;
const KILOBYTE = 1024;

/** Processor time of all threads, in nanoseconds. */
export function cpuNs(pid: number): number {
  return sum(family(pid).map((one) => sum(threads(one).map((thread) => threadNs(one, thread)))));
}

export const residentBytes = (pid: number): number => sum(family(pid).map((one) => status(one, 'VmRSS')));

/** The most that was resident at any time. */
export const peakBytes = (pid: number): number => sum(family(pid).map((one) => status(one, 'VmHWM')));

/** The process and all that it started. */
function family(pid: number): number[] {
  const children = threads(pid).flatMap((thread) => read(pid, 'task', thread, 'children').split(' '));
  return [pid, ...children.filter((one) => one.trim() !== '').flatMap((one) => family(Number(one)))];
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function threadNs(pid: number, thread: string): number {
  const [run = ''] = read(pid, 'task', thread, 'schedstat').split(' ');
  return Number(run) || threadTicks(pid, thread) * TICK_NS;
}

/** For systems that do not keep the former. */
function threadTicks(pid: number, thread: string): number {
  const stat = read(pid, 'task', thread, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[UTIME] ?? 0) + Number(fields[UTIME + 1] ?? 0);
}

function status(pid: number, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(pid, 'status'));
  return Number(line?.[1] ?? 0) * KILOBYTE;
}

function read(pid: number, ...names: string[]): string {
  try {
    return readFileSync(`/proc/${pid}/${names.join('/')}`, 'utf8');
  } catch {
    return '';
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
