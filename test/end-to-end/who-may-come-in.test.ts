/** A passphrase and TLS, with the programs as they are run. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { selfSigned } from '../support/certificate.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { home, temporaryFolder } from '../support/folders.js';
import { PipedProcess, run } from '../support/process.js';
import { encode, FLAG, RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { snugInTerminal } from '../support/terminal.js';

const PASSPHRASE = 'green tea';
const REFUSAL = 'The server rejects the join request. The passphrase is missing or wrong.';
const WELCOME = 'The server welcomes you to the chatroom.';
const ONE_VISIT = '2\nCool\nHi\nq\n3\n';

afterEach(closeAll);

interface Files {
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly args: readonly string[];
}

/** Files with a new certificate and its key, in `folder`. */
function certificateIn(folder: string): Files {
  const { cert, key } = selfSigned();
  const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(tlsCert, cert);
  writeFileSync(tlsKey, key);
  return { tlsCert, tlsKey, args: ['--tls-cert', tlsCert, '--tls-key', tlsKey] };
}

function fileWith(contents: string): string {
  const path = join(temporaryFolder('passphrase'), 'passphrase');
  writeFileSync(path, contents);
  return path;
}

function visit(args: readonly string[], env: Record<string, string> = {}): ReturnType<typeof run> {
  return run(['chat', ...args], { input: ONE_VISIT, env, cwd: home('cool').folder });
}

describe('a passphrase', () => {
  it('is asked for in a terminal, unseen, once it turns out to be wanted, and kept for the next time', async () => {
    const server = await ServerProcess.start({ env: { SNUG_PASSPHRASE: PASSPHRASE } });
    const terminal = snugInTerminal(['chat', server.url], { cwd: home('cool').folder });
    await terminal.waitFor('Your choice:');
    terminal.type('2\rCool\r');
    await terminal.waitFor('Please enter the passphrase:');
    expect(terminal.transcript()).toContain(REFUSAL);
    terminal.type('wrong\r');
    await terminal.waitFor(REFUSAL, { count: 2 });
    await terminal.waitFor('Your choice:', { count: 2 });
    terminal.type('2\rCool\r');
    await terminal.waitFor('Please enter the passphrase:', { count: 2 });
    terminal.type(`${PASSPHRASE}\r`);
    await terminal.waitFor('Server: Cool joined the chatroom.');
    terminal.type('q\r');
    await terminal.waitFor('Your choice:', { count: 3 });
    terminal.type('2\rCool\r');
    await terminal.waitFor(WELCOME, { count: 2 });
    terminal.type('q\r');
    await terminal.waitFor('Your choice:', { count: 4 });
    terminal.type('3\r');
    expect(await terminal.waitForExit()).toEqual({ code: 0, signal: null });
    expect(terminal.transcript()).toContain(`Please enter the passphrase: ${'*'.repeat(PASSPHRASE.length)}`);
    expect(terminal.transcript()).not.toContain(PASSPHRASE);
    expect(server.output()).not.toContain(PASSPHRASE);
  });

  it('comes from the environment, or a file, to programs between pipes, and opens the report', async () => {
    const server = await ServerProcess.start({ args: ['--passphrase-file', fileWith(`${PASSPHRASE}\n`)] });
    expect((await visit([server.url])).stdout).toContain(`${REFUSAL} SNUG_PASSPHRASE or --passphrase-file says it.`);
    for (const { stdout, code } of [
      await visit([server.url], { SNUG_PASSPHRASE: PASSPHRASE }),
      await visit([server.url, '--passphrase-file', fileWith(PASSPHRASE)]),
    ]) {
      expect(stdout).toContain(WELCOME);
      expect(code).toBe(0);
    }
    const inside = new PipedProcess(['chat', server.url], {
      cwd: home('fun').folder,
      env: { SNUG_PASSPHRASE: PASSPHRASE },
    });
    inside.write('2\nFun\n');
    await inside.waitForLine(/Server: Fun joined/);
    const report = { input: '1\n3\n', cwd: home('cool').folder };
    const [stranger, member] = [
      await run(['chat', server.url], report),
      await run(['chat', server.url], { ...report, env: { SNUG_PASSPHRASE: PASSPHRASE } }),
    ];
    expect(stranger.stdout).toContain('There is 1 active user in the chatroom.');
    expect(stranger.stdout).not.toContain('Fun');
    expect(member.stdout).toContain('1. Fun at IP: 127.0.0.1');
  });

  it.each([
    { name: 'in the server', args: ['serve', 'records=0', 'raw=0'], words: 'over raw nobody can say it.' },
    { name: 'in the client', args: ['chat', 'raw://localhost', '--name', 'a', '--passphrase-file'], words: 'records' },
    { name: 'of the page', args: ['chat', '--gui', '--passphrase-file'], words: 'the page asks for the passphrase' },
  ])('is nothing for those who cannot say it: $name', async ({ args, words }) => {
    const file = args.at(-1) === '--passphrase-file' ? [fileWith(PASSPHRASE)] : [];
    const { code, stderr } = await run([...args, ...file], { env: { SNUG_PASSPHRASE: PASSPHRASE } });
    expect(stderr).toContain(words);
    expect(code).toBe(2);
  });
});

describe('TLS', () => {
  it('carries the whole visit, for who trusts the certificate', async () => {
    const { tlsCert, args } = certificateIn(temporaryFolder('tls'));
    const server = await ServerProcess.start({ args, page: true });
    for (const url of [`records+tls://localhost:${server.port}`, `wss://localhost:${server.pagePort}/`]) {
      const { stdout, code } = await visit([url, '--ca', tlsCert]);
      expect(stdout).toContain(WELCOME);
      expect(stdout).toContain('Cool: Hi');
      expect(code).toBe(0);
    }
  });

  it('is refused in one sentence without it, and where there is none', async () => {
    const { tlsCert, args } = certificateIn(temporaryFolder('tls'));
    const server = await ServerProcess.start({ args });
    const url = `records+tls://localhost:${server.port}`;
    const at = `The server at localhost, port ${server.port}`;
    expect(await visit([url])).toMatchObject({
      code: 1,
      stderr: `snug: ${at} has a certificate that nobody known vouches for; if it is one of your own, --ca FILE names it.\n`,
    });
    const plain = await ServerProcess.start();
    expect(await visit([`records+tls://127.0.0.1:${plain.port}`, '--ca', tlsCert])).toMatchObject({
      code: 1,
      stderr: `snug: The server at 127.0.0.1, port ${plain.port} does not speak TLS.\n`,
    });
    expect(await visit([plain.url, '--ca', tlsCert])).toMatchObject({ code: 2 });
    expect(await visit([`chat10+tls://localhost:${plain.port}`])).toMatchObject({ code: 2 });
  });

  it('serves the page', async () => {
    const { args } = certificateIn(temporaryFolder('tls'));
    const server = await ServerProcess.start({ args, page: true });
    const page = await new Promise<string>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: server.pagePort, rejectUnauthorized: false };
      const request = https.get(options, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve(body));
      });
      request.on('error', reject);
    });
    expect(page).toContain('<title>');
  });

  it('takes a new certificate on SIGHUP, drops nobody, and keeps the old one where the new one is broken', async () => {
    const folder = temporaryFolder('tls');
    const first = certificateIn(folder);
    const server = await ServerProcess.start({ args: first.args });
    const url = `records+tls://localhost:${server.port}`;
    const client = new PipedProcess(['chat', url, '--ca', first.tlsCert], { cwd: home('fun').folder });
    client.write('2\nFun\n');
    await client.waitForLine(/Server: Fun joined/);

    const second = certificateIn(folder);
    server.signal('SIGHUP');
    await server.waitForReport({ event: 'renewed' });
    expect(await visit([url, '--ca', second.tlsCert])).toMatchObject({ code: 0 });
    await client.waitForLine(/Cool: Hi/);

    const trusted = join(temporaryFolder('trusted'), 'cert.pem');
    writeFileSync(trusted, selfSigned().cert);
    writeFileSync(second.tlsKey, 'nothing of use');
    server.signal('SIGHUP');
    const { msg } = await server.waitForReport({ event: 'not-renewed' });
    expect(msg).toContain('The certificate stays as it was.');
    expect(await visit([url, '--ca', second.tlsCert])).toMatchObject({ code: 0 });
    client.end('q\n3\n');
    expect(await client.waitForExit()).toEqual({ code: 0, signal: null });
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['half of what it takes', ['--tls-cert', 'cert.pem'], '--tls-cert and --tls-key go together.'],
    ['files that are not there', ['--tls-cert', 'no.pem', '--tls-key', 'no.pem'], 'cannot be read'],
  ])('is not begun with %s', async (_, args, words) => {
    const { code, stderr } = await run(['serve', 'records=0', ...args]);
    expect(stderr).toContain(words);
    expect(code).toBe(2);
  });
});

describe('SIGHUP', () => {
  it('is nothing to a server that never had a terminal', async () => {
    const server = await ServerProcess.start();
    server.signal('SIGHUP');
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    peer.say('still here');
    await peer.waitForText('still here');
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('ends one that has a terminal', async () => {
    const folder = temporaryFolder('server');
    const folders = ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
    const server = snugInTerminal(['serve', 'records=0', ...folders]);
    await server.waitFor('Ctrl-C stops the server.');
    server.kill('SIGHUP');
    expect(await server.waitForExit()).toEqual({ code: 0, signal: null });
    expect(server.transcript()).toContain('Stopped.');
  });

  it('ends one whose terminal is gone, in order, also one that has a certificate to renew', async () => {
    const folder = temporaryFolder('server');
    const folders = ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
    const { args } = certificateIn(folder);
    const server = snugInTerminal(['serve', 'records=0', ...folders, ...args]);
    await server.waitFor('Ctrl-C stops the server.');
    const [, port] = /records on 127\.0\.0\.1:(\d+)/.exec(server.transcript()) ?? [];
    // Not a process of ours: it would inherit the terminal, which would then not be gone.
    const socket = tls.connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false });
    atEnd(() => void socket.destroy());
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    await once(socket, 'secureConnect');
    // Only an answer tells that the server, too, has seen the end of the handshake.
    socket.write(encode({ flags: FLAG.REPORT_REQUEST }));
    await once(socket, 'data');
    server.hangUp();
    await once(socket, 'close');
    expect(received).toContain('The server is shutting down.');
  });
});
