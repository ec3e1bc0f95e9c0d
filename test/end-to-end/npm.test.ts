/** The program as people start it in a checkout: through npm, which stands between it and the terminal. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { closeAll } from '../support/cleanup.js';
import { home, temporaryFolder } from '../support/folders.js';
import { environment, ROOT } from '../support/program.js';
import { RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { Terminal } from '../support/terminal.js';

describe('npm run', () => {
  afterEach(closeAll);

  it('snug passes arguments, output and exit code through', async () => {
    const version = await npm(['run', '--silent', 'snug', '--', '--version']);
    expect(version).toEqual({ code: 0, stdout: expect.stringMatching(/^snug 1\.0\S*\n$/) as unknown });
    expect(await npm(['run', '--silent', 'snug', '--', 'serve', '--nope'])).toEqual({ code: 2, stdout: '' });
  });

  it('client is a client in this terminal', async () => {
    const server = await ServerProcess.start();
    const own = home('cool');
    const folders = ['--attachments', own.attachments, '--downloads', own.downloads];
    const client = inTerminal(['run', 'client', '--', server.url, ...folders]);
    await client.waitFor('Your choice:');
    client.enter('2');
    await client.waitFor('Please enter a username:');
    client.enter('Cool');
    await client.waitFor('Server: Cool joined the chatroom.');
    client.press('ctrl-c');
    await server.waitForReport({ event: 'left', name: 'Cool' });
    expect(await client.waitForExit()).toEqual({ code: 0, signal: null });
  });

  it('server stops in order on Ctrl-C, though npm passes it on as well', async () => {
    const server = inTerminal(['run', 'server', '--', 'records=0', ...serverFolders()]);
    await server.waitFor(/records on 127\.0\.0\.1:\d+/);
    server.press('ctrl-c');
    expect(await server.waitForExit()).toEqual({ code: 0, signal: null });
    expect(server.transcript()).toContain('Stopped.');
  });

  it('start stops in order when npm is told to stop', async () => {
    const server = inTerminal(['start', '--', 'records=0', ...serverFolders()]);
    await server.waitFor(/records on 127\.0\.0\.1:\d+/);
    server.kill('SIGTERM');
    expect(await server.waitForExit()).toEqual({ code: 0, signal: null });
    expect(server.transcript()).toContain('Stopped.');
  });
});

/** npm stands between: what it passes on comes when it comes. */
describe('a second Ctrl-C', () => {
  afterEach(closeAll);

  /** Milliseconds: longer than one press takes, and shorter than the server takes to stop with somebody who hangs. */
  const LATE = 800;
  const BY_NPM = { npm_lifecycle_event: 'start' };

  it.each([
    { name: 'is none when npm passes the first one on late', env: BY_NPM, signals: 2, code: 0 },
    { name: 'ends the server at once, with npm', env: BY_NPM, signals: 3, code: 130 },
    { name: 'ends the server at once, without npm', env: {}, signals: 2, code: 130 },
  ])('$name', async ({ env, signals, code }) => {
    const server = await ServerProcess.start({ env });
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    peer.stopReading();
    server.signal('SIGINT');
    await server.waitForReport({ event: 'stopping' });
    await pause(LATE);
    for (let sent = 1; sent < signals; sent++) {
      server.signal('SIGINT');
      await pause(100);
    }
    expect(await server.waitForExit()).toEqual({ code, signal: null });
  });

  it('is none when npm passes the first one on while the server is on its way out', async () => {
    const server = await ServerProcess.start({ env: BY_NPM });
    server.signal('SIGINT');
    const again = setInterval(() => server.signal('SIGINT'), 1);
    // What comes later would be another press.
    setTimeout(() => clearInterval(again), 300);
    expect(await server.waitForExit()).toEqual({ code: 0, signal: null });
  });
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function serverFolders(): string[] {
  const folder = temporaryFolder('server');
  return ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
}

function inTerminal(args: readonly string[]): Terminal {
  return new Terminal(['npm', ...args], { cols: 160 });
}

function npm(args: readonly string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile('npm', args, { cwd: ROOT, env: environment() }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout });
    });
  });
}
