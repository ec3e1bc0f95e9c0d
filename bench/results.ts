/** What was measured, and what can be asked of it. */
import type { Machine } from './machine.js';
import { median, spread } from './statistics.js';
import type { Trial } from './trial.js';
import type { Figures } from './workloads/workload.js';

export interface Results {
  machine: Machine;
  cores: string;
  runs: number;
  seconds: number;
  versions: Record<string, string>;
  trials: Trial[];
}

export interface Figure {
  median: number;
  spread: number;
}

/** The median over the repetitions; undefined if it was not measured. */
export function figure(results: Results, workload: string, peer: string, name: keyof Figures): Figure | undefined {
  const values = results.trials
    .filter((one) => one.workload === workload && one.peer === peer)
    .flatMap(({ figures }) => figures[name] ?? []);
  return values.length === 0 ? undefined : { median: median(values), spread: spread(values) };
}

/** Whether nothing was lost, doubled or changed on the way. */
export const isClean = ({ trials }: Results): boolean =>
  trials.every(({ counts: { lost, doubled, foreign } }) => lost + doubled + foreign === 0);
