/** The command line. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PEERS } from './peers/index.js';
import type { Tools } from './peers/peer.js';
import { WORKLOADS } from './workloads/index.js';

const HELP = `npm run bench -- [options]     measures Snug and others; some 35 minutes
npm run bench -- growth ...    how Snug's cost grows with size (--help says more)

  --only NAMES      workloads: ${WORKLOADS.map(({ name }) => name).join(',')}
  --peers NAMES     ${PEERS.map(({ name }) => name).join(',')}
  --runs N          repetitions, in which all take turns (default 3)
  --seconds N       of measuring in each (default 4, in which Snug's journals go into SQLite twice)
  --server FILE     the compiled cli.js of Snug; or SNUG_BENCH_SERVER (default dist/cli.js)
  --results FILE    what was measured, as JSON (default bench/results/bench.json)
  --no-write        only says what it found; docs/performance.md and the results stay as they are
  --again           writes docs/performance.md from the results of last time`;

export interface Options {
  workloads: string[];
  peers: string[];
  runs: number;
  seconds: number;
  results: string;
  write: boolean;
  again: boolean;
  tools: Tools;
  /** The project's folder. */
  root: string;
}

/** Throws if they make no sense; undefined if help was asked for, which it then has given. */
export function readOptions(args: string[], home: string): Options | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    options: {
      only: text,
      peers: text,
      runs: { ...text, default: '3' },
      seconds: { ...text, default: '4' },
      server: text,
      results: text,
      'no-write': flag,
      again: flag,
      help: flag,
    },
  });
  if (values.help) {
    console.log(HELP);
    return undefined;
  }
  const root = path.dirname(home);
  const own = path.join(root, 'dist', 'cli.js');
  return {
    workloads: chosen(values.only, WORKLOADS),
    peers: chosen(values.peers, PEERS),
    runs: positive('runs', values.runs),
    seconds: positive('seconds', values.seconds),
    results: path.resolve(values.results ?? path.join(home, 'results', 'bench.json')),
    write: !values['no-write'],
    again: values.again,
    tools: {
      snug: path.resolve(values.server ?? process.env.SNUG_BENCH_SERVER ?? own),
      baselines: path.join(home, 'baselines'),
    },
    root,
  };
}

function chosen(names: string | undefined, all: readonly { name: string }[]): string[] {
  const known = all.map(({ name }) => name);
  const wanted = names?.split(',') ?? known;
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`There is no ${unknown.join(', ')}. There are: ${known.join(', ')}`);
  return known.filter((name) => wanted.includes(name));
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`--${name} takes a number above 0, not ${value}.`);
  return number;
}
