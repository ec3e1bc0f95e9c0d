/** A server whose output goes into a pipe that is read late, or never. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { MOST_WAITING } from '../../src/report.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder } from '../support/folders.js';
import { CLI, environment, ROOT } from '../support/program.js';
import { FLAG, RecordsPeer } from '../support/records-peer.js';

/** Reports asked for: twice as many lines as may wait, in either form. */
const REPORTS = 40_000;
/** Requests under way at a time. */
const BATCH = 1000;
/** Bytes that the system holds between two processes, and we here, without being read. */
const IN_THE_PIPE = 1_048_576;

describe('a log that nobody reads', () => {
  afterEach(closeAll);

  it.each([
    { log: 'json', lines: /^.*"event":"reported".*$/gm, leftOut: /"event":"left-out","lines":(\d+)/ },
    { log: 'human', lines: /^.* asked for a report: .*$/gm, leftOut: /\] (\d+) lines were left out here/ },
  ])(
    'does not pile up, and says how much was left out once it is read ($log)',
    async ({ log, lines, leftOut }) => {
      const { stdout, port, said } = await serverWith(log);
      const peer = await RecordsPeer.connect(port);
      stdout.pause();
      await askForReports(peer, REPORTS);
      stdout.resume();
      const all = await eventually(() => (leftOut.test(said()) ? said() : undefined), 'a word on what is missing');
      expect(Buffer.byteLength(all)).toBeLessThan(MOST_WAITING + IN_THE_PIPE);
      expect((all.match(lines) ?? []).length + Number(leftOut.exec(all)![1])).toBe(REPORTS);

      await askForReports(peer, 1);
      await eventually(() => said().slice(all.length).match(lines) !== null, 'the next line');
    },
    60_000,
  );

  it('holds nobody up who wants the server to end', async () => {
    const { stdout, port, child } = await serverWith('json');
    const peer = await RecordsPeer.connect(port);
    stdout.pause();
    await askForReports(peer, REPORTS);
    child.kill('SIGTERM');
    await eventually(() => child.exitCode !== null, 'the end of the server');
    expect(child.exitCode).toBe(0);
  }, 60_000);
});

interface UnreadServer {
  readonly child: ChildProcess;
  readonly stdout: Readable;
  readonly port: number;
  readonly said: () => string;
}

async function serverWith(log: string): Promise<UnreadServer> {
  const folder = temporaryFolder('unread');
  const folders = ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
  const args = [CLI, 'serve', 'records=0', '--log', log, ...folders];
  const child = spawn(process.execPath, args, { cwd: ROOT, env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  const place = /"port":(\d+)|records on 127\.0\.0\.1:(\d+)/;
  const [, json, human] = await eventually(() => place.exec(text) ?? undefined, 'the port');
  return { child, stdout: child.stdout, port: Number(json ?? human), said: () => text };
}

async function askForReports(peer: RecordsPeer, count: number): Promise<void> {
  for (let asked = 0; asked < count; asked += BATCH) {
    const [before, now] = [peer.received.length, Math.min(BATCH, count - asked)];
    for (let nth = 0; nth < now; nth++) peer.send({ flags: FLAG.REPORT_REQUEST });
    await eventually(() => peer.received.length >= before + now, 'the reports');
  }
}
