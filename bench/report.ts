/** What was measured, as tables for the terminal and the document. */
import { replaceSection, writeImage } from './document.js';
import type { Judged } from './goals.js';
import { judge } from './goals.js';
import { PEERS } from './peers/index.js';
import { plot } from './plot.js';
import type { Results } from './results.js';
import { figure } from './results.js';
import { plusMinus, short, table } from './table.js';
import type { Figures } from './workloads/workload.js';
import { WORKLOADS } from './workloads/index.js';

/** A figure of a workload. */
type Column = [heading: string, workload: string, figure: keyof Figures];

const CPU: Column[] = [
  ['W1', 'w1', 'microsecondsPerCopy'],
  ['W2sat', 'w2sat', 'microsecondsPerCopy'],
  ['W2fix', 'w2fix', 'microsecondsPerCopy'],
  ['W3', 'w3', 'microsecondsPerCopy'],
];

const OTHERS: Column[] = [
  ['W2fix p50 ms', 'w2fix', 'p50Ms'],
  ['p99 ms', 'w2fix', 'p99Ms'],
  ['W4 KB', 'w4', 'kilobytesPerConnection'],
  ['W5 ms', 'w5', 'joinMs'],
  ['W6 MB/s', 'w6', 'megabytesPerSecond'],
  ['peak MB', 'w6', 'peakMegabytes'],
  ['one stops: MB/s', 'w6slow', 'megabytesPerSecond'],
  ['peak MB', 'w6slow', 'peakMegabytes'],
];

const SATURATED = ['w1', 'w2sat', 'w3'];
const SHARES: Column[] = SATURATED.flatMap((workload): Column[] => [
  [`${titleOf(workload)} copies/s`, workload, 'copiesPerSecond'],
  ['server', workload, 'serverShare'],
  ['load', workload, 'loadShare'],
]);

/** All there is to say in a terminal. */
export function tables(results: Results): string {
  const parts: [string, string][] = [
    ['Server CPU per delivered copy, µs', figures(results, CPU, true)],
    ['Latency, memory, joining, files', figures(results, OTHERS, true)],
    ['How much there was to do, and how much of its core each side used', figures(results, SHARES, false)],
    ['Goals', goals(results)],
    ['What went wrong', failures(results)],
  ];
  return parts.flatMap(([title, body]) => (body === '' ? [] : [`\n${title}\n\n${body}`])).join('\n');
}

export function writeDocument(results: Results, root: string): void {
  writeImage(root, 'performance.svg', comparison(results));
  replaceSection(root, 'bench', section(results));
}

function section(results: Results): string {
  const { machine, runs, seconds } = results;
  return `
\`npm run bench\` measured this on ${machine.date}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node},
${machine.openFiles} open files at most; ${results.cores}. Repetitions: ${runs}, of ${seconds} s
each, in which all took turns. The figures are medians, with half the distance between the outermost in percent.

${WORKLOADS.map(({ title, about }) => `- **${title}**: ${about}.`).join('\n')}

Snug ran as users run it: records on TCP, history in SQLite, each text on disk before anyone was shown it, limits as they are
(only seats and rooms as many as the workload has). The others keep nothing in W1 to W4. Each copy was counted: a
lost, doubled or misplaced one makes the bench fail.${isWhole(results)}

### Server CPU per delivered copy

In microseconds, from the operating system's own accounting of all threads.

${figures(results, CPU, true)}

![Server CPU per delivered copy of Snug and the others, in powers of ten](images/performance.svg)

### Latency, memory, joining, files

${figures(results, OTHERS, true)}

W5 counts from asking to join, on an open connection, to the last of 1,000 texts: for Redis SUBSCRIBE and a stream, for NATS a
consumer of a stream, for InspIRCd the history of a channel. In W6 Snug takes the file, keeps it, says that it is there, and
has it fetched; the others pass on what they forget. MB/s count what the two who read got.

### The load was not the bottleneck

How many copies a second there were, and how much of its core each side used: 1 is all. Where the load has nearly all
of its core, the server would have gone faster; what it cost per copy is measured all the same.

${figures(results, SHARES, false)}

### Goals

The ratio Snug / other in each repetition, its median, least and most.

${goals(results)}
${failures(results) === '' ? '' : `\n### What went wrong\n\n${failures(results)}\n`}`;
}

const isWhole = ({ trials }: Results): string =>
  trials.every(({ counts: { lost, doubled, foreign } }) => lost + doubled + foreign === 0)
    ? ` Here there was none among ${trials.reduce((sum, { counts }) => sum + counts.copies, 0).toLocaleString('en-US')}.`
    : '';

/** A row a server, as far as anything of it was measured. */
function figures(results: Results, columns: Column[], spread: boolean): string {
  const rows = PEERS.flatMap(({ name, title }) => {
    const cells = columns.map(([, workload, key]) => {
      const one = figure(results, workload, name, key);
      return one ? short(one.median) + (spread && results.runs > 1 ? ` ${plusMinus(one.spread)}` : '') : '';
    });
    return cells.some((cell) => cell !== '') ? [[`${title} ${versionOf(results, name)}`.trim(), ...cells]] : [];
  });
  const used = columns.map((_, i) => rows.some((row) => row[i + 1] !== ''));
  const kept = (row: string[]): string[] => row.filter((_, i) => i === 0 || used[i - 1]);
  return rows.length === 0 ? '' : table([['server', ...columns.map(([heading]) => heading)], ...rows].map(kept));
}

/** Of the others; that of Snug is where the document is. */
const versionOf = (results: Results, peer: string): string =>
  peer.startsWith('snug') || peer === 'node' || peer === 'c' ? '' : (results.versions[peer] ?? '');

function goals(results: Results): string {
  const rows = judge(results).map((one) => [
    goalOf(one),
    short(one.median),
    `${short(one.least)} to ${short(one.most)}`,
    one.isMet ? 'met' : 'not met',
  ]);
  return rows.length === 0 ? '' : table([['goal', 'measured', 'range', ''], ...rows]);
}

function goalOf({ workload, figure: name, peer, limit, atLeast, unit }: Judged): string {
  const what = { p99Ms: ' p99', peakMegabytes: ' peak memory', megabytesPerSecond: ' MB/s' }[name as string] ?? '';
  const bound = limit < 0.1 ? `1/${Math.round(1 / limit)}` : String(limit);
  const against = peer === undefined ? ` ${unit}` : ` x ${titleOfPeer(peer)}`;
  return `${titleOf(workload)}${what} ${atLeast ? 'at least' : 'at most'} ${bound}${against}`;
}

function failures({ trials }: Results): string {
  const lines = trials.flatMap(({ peer, workload, run, failure, counts }) => {
    const wrong = Object.entries(counts).filter(([name, value]) => name !== 'copies' && value > 0);
    const said = failure ?? wrong.map(([name, value]) => `${value} ${name}`).join(', ');
    return said === '' ? [] : [`- ${titleOfPeer(peer)}, ${titleOf(workload)}, repetition ${run}: ${said}`];
  });
  return lines.join('\n');
}

function comparison(results: Results): string {
  const panels = CPU.map(([, workload, key]) => ({
    title: `${titleOf(workload)}: ${WORKLOADS.find(({ name }) => name === workload)?.about ?? ''}`,
    dots: PEERS.flatMap(({ name, title }) => {
      const one = figure(results, workload, name, key);
      return one ? [{ name: title, value: one.median, ours: name.startsWith('snug') }] : [];
    }),
  }));
  return plot('Server CPU per delivered copy, in µs', panels);
}

function titleOf(workload: string): string {
  return WORKLOADS.find(({ name }) => name === workload)?.title ?? workload;
}

const titleOfPeer = (peer: string): string => PEERS.find(({ name }) => name === peer)?.title ?? peer;
