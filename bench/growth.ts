/** `npm run bench -- growth`: what Snug costs as it grows. This process is the load itself. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { command } from './command.js';
import { cores } from './cores.js';
import type { Row } from './growth/curve.js';
import { connections, members, rooms } from './growth/crowds.js';
import { files } from './growth/files.js';
import { history } from './growth/history.js';
import { growthTables, writeGrowth } from './growth/report.js';
import { starts } from './growth/starts.js';
import { machine, openFiles } from './machine.js';

const CURVES = [history, members, rooms, connections, files, starts];
const ENOUGH_FILES = 10_200;

const HELP = `npm run bench -- growth [options]     what Snug costs as it grows; some 5 minutes

  --only NAMES      ${CURVES.map(({ name }) => name).join(',')}
  --most N          no size beyond this: entries, members, rooms, connections, bytes
  --server FILE     the compiled cli.js of Snug; or SNUG_BENCH_SERVER (default dist/cli.js)
  --no-write        only says what it found; docs/performance.md stays as it is`;

const say = (line: string): void => console.error(line);

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values: options } = parseArgs({
    options: { only: text, most: text, server: text, 'no-write': flag, help: flag },
  });
  if (options.help) return console.log(HELP);
  const home = process.env.SNUG_BENCH_HOME ?? '.';
  const root = path.dirname(home);
  const snug = path.resolve(options.server ?? process.env.SNUG_BENCH_SERVER ?? path.join(root, 'dist', 'cli.js'));
  const most = Number(options.most ?? Infinity);
  const wanted = options.only?.split(',') ?? CURVES.map(({ name }) => name);
  if (openFiles() < ENOUGH_FILES) say(`10,000 connections need ${ENOUGH_FILES} open files: ulimit -n ${ENOUGH_FILES}`);
  const places = cores();
  if (places.load !== undefined) spawnSync('taskset', ['-a', '-c', '-p', String(places.load), String(process.pid)]);
  const context = { tools: { snug, baselines: '' }, cores: places };

  const drawn = [];
  for (const curve of CURVES.filter(({ name }) => wanted.includes(name))) {
    const rows: Row[] = [];
    const tell = (row: Row): void => {
      rows.push(row);
      const values = Object.entries(row.values).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
      say(`${curve.title}, ${row.size.toLocaleString('en-US')} ${curve.across}: ${values.join(', ')}`);
    };
    try {
      await curve.run(
        context,
        curve.sizes.filter((size) => size <= most),
        tell,
      );
    } catch (error) {
      say(`${curve.title} ends here: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
    drawn.push({ curve, rows });
  }
  console.log(growthTables(drawn));
  if (options['no-write']) return;
  const results = path.join(home, 'results');
  mkdirSync(results, { recursive: true });
  const figures = Object.fromEntries(drawn.map(({ curve, rows }) => [curve.name, rows]));
  writeFileSync(path.join(results, 'growth.json'), JSON.stringify({ machine: machine(), figures }, undefined, 1));
  writeGrowth(drawn, machine(), root);
}

await command(main);
process.exit();
