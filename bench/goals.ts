/** What Snug is to reach. A goal against a peer is a ratio, taken in each repetition, so that a machine that drifts matters less. */
import type { Results } from './results.js';
import { median } from './statistics.js';
import type { Figures } from './workloads/workload.js';

interface Goal {
  workload: string;
  figure: keyof Figures;
  /** Undefined where the goal is a figure of Snug's own, in `unit`. */
  peers: string[] | undefined;
  limit: number;
  atLeast?: boolean;
  unit?: string;
}

const CPU = 'microsecondsPerCopy';
const TWENTIETH = 1 / 20;
const FORTIETH = 1 / 40;

const GOALS: Goal[] = [
  { workload: 'w1', figure: CPU, peers: ['inspircd'], limit: 0.4 },
  { workload: 'w1', figure: CPU, peers: ['ws', 'socketio', 'aedes', 'mosquitto'], limit: TWENTIETH },
  { workload: 'w1', figure: CPU, peers: ['redis'], limit: 1 },
  { workload: 'w2sat', figure: CPU, peers: ['ws'], limit: 0.6 },
  { workload: 'w2sat', figure: CPU, peers: ['socketio', 'aedes'], limit: 0.4 },
  { workload: 'w2sat', figure: CPU, peers: ['mosquitto'], limit: 0.8 },
  { workload: 'w2sat', figure: CPU, peers: ['nats'], limit: 0.9 },
  { workload: 'w2sat', figure: CPU, peers: ['c'], limit: 2.4 },
  { workload: 'w2fix', figure: CPU, peers: ['socketio', 'nats', 'aedes'], limit: 1 },
  { workload: 'w2fix', figure: CPU, peers: ['c'], limit: 2.2 },
  { workload: 'w2fix', figure: 'p99Ms', peers: undefined, limit: 3, unit: 'ms' },
  { workload: 'w3', figure: CPU, peers: ['redis'], limit: 0.6 },
  { workload: 'w3', figure: CPU, peers: ['nats'], limit: 0.5 },
  { workload: 'w3', figure: CPU, peers: ['ws', 'socketio', 'aedes', 'mosquitto'], limit: FORTIETH },
  { workload: 'w4', figure: 'kilobytesPerConnection', peers: undefined, limit: 8, unit: 'KB' },
  { workload: 'w5', figure: 'joinMs', peers: undefined, limit: 1.2, unit: 'ms' },
  { workload: 'w6', figure: 'megabytesPerSecond', peers: ['ws', 'nats'], limit: 1.5, atLeast: true },
  { workload: 'w6', figure: 'peakMegabytes', peers: undefined, limit: 90, unit: 'MB' },
  { workload: 'w6slow', figure: 'peakMegabytes', peers: undefined, limit: 90, unit: 'MB' },
];

export interface Judged {
  workload: string;
  figure: keyof Figures;
  /** Undefined for a figure of Snug's own. */
  peer: string | undefined;
  limit: number;
  atLeast: boolean;
  unit: string;
  median: number;
  least: number;
  most: number;
  isMet: boolean;
}

/** All goals of which something was measured. */
export function judge(results: Results): Judged[] {
  return GOALS.flatMap(({ peers, ...goal }) =>
    (peers ?? [undefined]).flatMap((peer) => {
      const values = valuesOf(results, goal, peer);
      if (values.length === 0) return [];
      const atLeast = goal.atLeast ?? false;
      const middle = median(values);
      const isMet = atLeast ? middle >= goal.limit : middle <= goal.limit;
      const range = { least: Math.min(...values), most: Math.max(...values) };
      return [{ ...goal, unit: goal.unit ?? 'x', peer, atLeast, median: middle, ...range, isMet }];
    }),
  );
}

/** Of each repetition in which both were measured. */
function valuesOf(results: Results, { workload, figure }: Omit<Goal, 'peers'>, peer: string | undefined): number[] {
  const of = (name: string, run: number): number | undefined =>
    results.trials.find((one) => one.run === run && one.peer === name && one.workload === workload)?.figures[figure];
  const runs = [...new Set(results.trials.map(({ run }) => run))];
  return runs.flatMap((run) => {
    const ours = of('snug', run);
    const theirs = peer === undefined ? 1 : of(peer, run);
    return ours === undefined || theirs === undefined ? [] : [ours / theirs];
  });
}
