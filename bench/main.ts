/** `npm run bench`: measures, prints what came of it, and writes it to docs/performance.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { installBaselines } from './baselines.js';
import { command } from './command.js';
import { cores } from './cores.js';
import { machine, openFiles } from './machine.js';
import type { Options } from './options.js';
import { readOptions } from './options.js';
import { peerNamed } from './peers/index.js';
import type { Peer } from './peers/peer.js';
import { tables, writeDocument } from './report.js';
import type { Results } from './results.js';
import { isClean } from './results.js';
import type { Trial } from './trial.js';
import { trial } from './trial.js';
import { WORKLOADS } from './workloads/index.js';

const ENOUGH_FILES = 5500;

const say = (line: string): void => console.error(line);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env.SNUG_BENCH_HOME ?? '.');
  if (!options) return;
  const results = options.again
    ? (JSON.parse(readFileSync(options.results, 'utf8')) as Results)
    : await measure(options);
  console.log(tables(results));
  if (options.write) {
    mkdirSync(path.dirname(options.results), { recursive: true });
    writeFileSync(options.results, JSON.stringify(results, undefined, 1));
    writeDocument(results, options.root);
  }
  if (!isClean(results)) process.exitCode = 1;
}

async function measure(options: Options): Promise<Results> {
  if (openFiles() < ENOUGH_FILES) say(`W4 needs ${ENOUGH_FILES} open files: ulimit -n ${ENOUGH_FILES}`);
  installBaselines(options.tools.baselines, say);
  const peers = options.peers.map(peerNamed).filter((peer) => isThere(peer, options));
  const workloads = WORKLOADS.filter(({ name }) => options.workloads.includes(name));
  const places = cores();
  say(places.note);
  const trials: Trial[] = [];
  for (let run = 1; run <= options.runs; run += 1) {
    for (const workload of workloads) {
      for (const peer of peers) {
        if (!peer.workloads.includes(workload.name)) continue;
        const done = await trial(peer, workload, { ...options, run, cores: places });
        trials.push(done);
        say(`${run}/${options.runs} ${workload.title} ${peer.title}: ${inShort(done)}`);
      }
    }
  }
  const versions = Object.fromEntries(peers.map((peer) => [peer.name, peer.version(options.tools)]));
  const { runs, seconds } = options;
  return { machine: machine(), cores: places.note, runs, seconds, versions, trials };
}

function isThere(peer: Peer, { tools }: Options): boolean {
  const missing = peer.missing(tools);
  if (missing) say(`${peer.title} is not here and is left out. To have it: ${missing}`);
  return !missing;
}

const inShort = ({ failure, counts, figures }: Trial): string =>
  failure ??
  [
    ...Object.entries(figures).map(([name, value]) => `${name} ${Number(value).toPrecision(3)}`),
    ...Object.entries(counts).flatMap(([name, value]) =>
      name === 'copies' || value === 0 ? [] : [`${name} ${value}`],
    ),
  ].join(', ');

await command(main);
