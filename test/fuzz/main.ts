/**
 * `npm run fuzz -- [--seconds N] [--seed S] [--only NAME] [--input HEX]`: fuzzes every target for its share of the time,
 * each in a thread, and says what came of it. NAME is a target's, or how several begin, or a kind: decoder, session,
 * client, conversation. Ends with 1 when something was found.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import type { Summary } from './engine/runner.js';
import type { Target } from './engine/target.js';
import { inThread, runThread } from './engine/thread.js';
import { TARGETS } from './targets.js';

/** Seconds in all, where none are said. */
const SECONDS = 60;
/** Milliseconds from which on one may want to look at an execution. */
const SLOW = 1000;

/** How much of the time a target gets: sessions have more to go through than decoders. */
const SHARE: Readonly<Record<Target['kind'], number>> = { decoder: 1, session: 5, client: 3, conversation: 5 };

const OPTIONS = {
  seconds: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string' },
  input: { type: 'string' },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 0x1_0000_0000));
  const seconds = Number(values.seconds ?? SECONDS);
  const { only = '' } = values;
  const exact = TARGETS.filter(({ name, kind }) => name === only || kind === only);
  const chosen = exact.length > 0 ? exact : TARGETS.filter(({ name }) => name.startsWith(only));
  if (chosen.length === 0) throw new Error(`There are these targets: ${TARGETS.map(({ name }) => name).join(', ')}`);
  const shares = chosen.reduce((sum, { kind }) => sum + SHARE[kind], 0);
  const threads = Math.min(availableParallelism(), chosen.length);
  process.stdout.write(`Seed ${seed}, ${chosen.length} targets, ${threads} threads, ${seconds} s.\n`);
  const summaries: Summary[] = [];
  // The longest first, so that all threads end at about the same time.
  const waiting = [...chosen].sort((one, other) => SHARE[other.kind] - SHARE[one.kind]);
  const work = async (): Promise<void> => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const milliseconds = (1000 * seconds * threads * SHARE[target.kind]) / shares;
      const summary = await inThread({ name: target.name, seed, milliseconds, input: values.input });
      summaries.push(summary);
      tell(summary);
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  tellTotals(summaries);
  process.exitCode = summaries.some(({ finding }) => finding) ? 1 : 0;
}

function tell({ name, executions, steps, milliseconds, finding, ...rest }: Summary): void {
  const rate = Math.round((1000 * executions) / Math.max(1, milliseconds));
  const growth = rest.heapGrowth === undefined ? '' : `, heap ${signed(rest.heapGrowth)} KiB`;
  const made = steps === executions ? '' : `, ${steps} steps`;
  process.stdout.write(
    `${name}: ${executions} executions${made}, ${rate}/s, ${rest.reached} branches, ${rest.corpus} kept, ` +
      `dearest ${rest.dearest.toFixed(1)}, slowest ${rest.slowest.milliseconds.toFixed(1)} ms${growth}\n` +
      (rest.slowest.milliseconds > SLOW ? `  the slowest: --only ${name} --input ${rest.slowest.input}\n` : ''),
  );
  if (!finding) return;
  process.stdout.write(
    `\n${name} FOUND, seed ${rest.seed}:\n${finding.error}\ninput ${finding.input}\n` +
      `again: npm run fuzz -- --only ${name} --input ${finding.input}\n\n`,
  );
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '-' : '+'}${Math.round(Math.abs(bytes) / 1024)}`;
}

function tellTotals(summaries: readonly Summary[]): void {
  for (const kind of Object.keys(SHARE)) {
    const those = summaries.filter((summary) => summary.kind === kind);
    if (those.length === 0) continue;
    const sum = (of: (summary: Summary) => number): number => those.reduce((total, one) => total + of(one), 0);
    const [executions, steps, time] = [
      sum((one) => one.executions),
      sum((one) => one.steps),
      sum((one) => one.milliseconds),
    ];
    process.stdout.write(
      `${kind}: ${executions} executions, ${steps} steps, ${(time / 1000).toFixed(0)} s, ` +
        `${those.filter(({ finding }) => finding).length} findings\n`,
    );
  }
}

await (isMainThread ? main() : runThread(TARGETS));
