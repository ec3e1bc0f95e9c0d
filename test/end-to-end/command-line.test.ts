import { afterAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { closeAll } from '../support/cleanup.js';
import { home, namesIn, temporaryFolder } from '../support/folders.js';
import { PipedProcess, run } from '../support/process.js';
import { RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';

describe('the command line', () => {
  afterAll(closeAll);

  it('prints its version', async () => {
    const { code, stdout } = await run(['--version']);
    expect(stdout).toMatch(/^snug 1\.0(\.\d+)?\n$/);
    expect(code).toBe(0);
  });

  it('prints help on stdout for itself and for each command', async () => {
    for (const args of [['--help'], ['serve', '--help'], ['chat', '--help']]) {
      const { code, stdout, stderr } = await run(args);
      expect(stdout).toMatch(/^Usage: snug/);
      expect(stderr).toBe('');
      expect(code).toBe(0);
    }
  });

  it('groups the limits in the help of the server, each with its default', async () => {
    const { stdout } = await run(['serve', '--help']);
    const [, limits = ''] = stdout.replace(/\s+/g, ' ').split('Limits (');
    for (const shown of ['--rate <n[/burst]>', '(default: 20/100', '--connections', '--stalled', '--udp-peers']) {
      expect(limits).toContain(shown);
    }
    expect(limits).not.toContain('--capacity');
  });

  it('says in the help which environment variable stands for each option', async () => {
    for (const command of ['serve', 'chat']) {
      const { stdout } = await run([command, '--help']);
      // An option's description may go on in further lines, up to the next option.
      const options = stdout
        .split(/\n {2}(?=--)/)
        .slice(1)
        .map((text) => text.replace(/\s+/g, ' '));
      const others = options.filter((option) => !option.startsWith('--help'));
      expect(others.length).toBeGreaterThan(3);
      for (const option of others) {
        const [, name = ''] = /^--(\S+)/.exec(option) ?? [];
        expect(option).toContain(`env: SNUG_${name.toUpperCase().replaceAll('-', '_')}`);
      }
    }
  });

  it.each([
    ['an unknown option', ['serve', '--nope'], {}, '--nope'],
    ['an unknown option of the client', ['chat', '--nope'], {}, '--nope'],
    ['an unknown option of snug itself', ['--nope'], {}, '--nope'],
    ['an unknown command', ['frob'], {}, 'frob'],
    ['an unknown protocol', ['serve', 'nope'], {}, 'nope'],
    ['a protocol named twice', ['serve', 'records=0', 'records=0'], {}, 'once'],
    ['a port that is none', ['serve', '--port', '12x'], {}, '12x'],
    ['a port beyond the last', ['serve', 'records=65536'], {}, '65536'],
    ['a room without seats', ['serve', '--capacity', '0'], {}, '"0"'],
    ['an option without its value', ['serve', '--data'], {}, '--data'],
    ['a rate that is none', ['serve', '--rate', '20/'], {}, '--rate is N or N/BURST'],
    ['a rate without a burst', ['serve'], { SNUG_RATE: '5/0' }, 'SNUG_RATE'],
    ['a text longer than there can be', ['serve', '--message-length', '1046529'], {}, '1046528'],
    ['a name longer than there can be', ['serve', '--name-length', '33'], {}, '"33"'],
    ['less than no connection', ['serve', '--max-connections', '-1'], {}, '"-1"'],
    ['a time that is none', ['serve', '--silence', '-1'], {}, '"-1"'],
    ['UDP addresses that never leave', ['serve', '--udp-idle', '0'], {}, '"0"'],
    ['a senseless environment variable', ['serve'], { SNUG_CAPACITY: 'many' }, 'SNUG_CAPACITY'],
    ['an address that is none', ['chat', 'records://'], {}, 'records://'],
    ['a protocol that the client does not speak', ['chat', 'http://localhost'], {}, 'http://localhost'],
    ['an avatar that is not there', ['chat', '--avatar', 'nowhere.png'], {}, 'nowhere.png'],
    ['an avatar where there are none', ['chat', 'Cool', 'raw://localhost'], { SNUG_AVATAR: 'me.png' }, 'SNUG_AVATAR'],
    ['a port without room for the page', ['serve', '--port', '65500'], {}, '65580'],
    ['two addresses', ['chat', 'records://localhost', 'records://127.0.0.1'], {}, 'one address'],
  ])('refuses %s in a sentence', async (_, args, env, named) => {
    const { code, stdout, stderr } = await run(args, { env: env });
    expect(stderr).toContain(named);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('snug serve', () => {
  afterAll(closeAll);

  it('takes a free port for 0 and says which', async () => {
    const server = await ServerProcess.start();
    expect(server.port).toBeGreaterThan(0);
    const peer = await RecordsPeer.connect(server.port);
    expect((await peer.report()).number).toBe(0);
  });

  it('listens on the one port that --port gives', async () => {
    const { port } = await ServerProcess.start();
    await closeAll();
    const server = new PipedProcess(['serve', 'records', '--port', `${port}`, ...folders()]);
    expect(await server.waitForLine(/"event":"listening"/)).toContain(`"port":${port}`);
  });

  it('serves programs and browsers when nothing is named, and says first what to do in a browser', async () => {
    const server = new PipedProcess(['serve', '--port', '0', '--log', 'human', ...folders()]);
    const line = await server.waitForLine(/^To join/);
    expect(server.lines.join('\n')).toMatch(/records on 127\.0\.0\.1:\d+\n\S+ web on 127\.0\.0\.1:\d+\n/);
    const [, page = ''] = /^To join, open (http:\/\/localhost:\d+\/) in a browser, or /.exec(line) ?? [];
    const answer = await fetch(page);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('can be set up by environment variables alone', async () => {
    const folder = temporaryFolder('server');
    const [data, downloads] = [join(folder, 'd'), join(folder, 'f')];
    const env = {
      SNUG_PORT: '0',
      SNUG_HOST: '127.0.0.1',
      SNUG_CAPACITY: '1',
      SNUG_DATA: data,
      SNUG_DOWNLOADS: downloads,
      SNUG_LOG: 'human',
      SNUG_INLINE: '3',
    };
    const server = new PipedProcess(['serve'], { env });
    const line = await server.waitForLine(/records on 127\.0\.0\.1:\d+/);
    const { peer } = await RecordsPeer.join(Number(/:(\d+)$/.exec(line)?.[1]), 'Cool');
    peer.share('four.txt', Buffer.from('four'));

    const announced = await peer.waitFor(({ filename }) => filename === 'four.txt', 'the file');
    expect(announced).toMatchObject({ number: 4, payload: Buffer.alloc(0) });
    await expect(RecordsPeer.join(Number(/:(\d+)$/.exec(line)?.[1]), 'Fun')).rejects.toThrow('maximum capacity');
    expect(namesIn(downloads)).toEqual(['four.txt']);
    expect(namesIn(data)).not.toEqual([]);
  });

  it('listens for this machine only unless told otherwise, and says what opening it means', async () => {
    const args = ['serve', 'records=0', '--log', 'human', ...folders()];
    const closed = new PipedProcess(args);
    expect(await closed.waitForLine(/--host/)).toContain('Only programs on this machine');

    const open = new PipedProcess([...args.slice(0, 4), ...folders(), '--host', '0.0.0.0']);
    expect(await open.waitForLine(/without a passphrase/)).toContain('not encrypted');
  });

  it('says in a sentence that its port is taken', async () => {
    const first = await ServerProcess.start();
    const { code, stderr } = await run(['serve', `records=${first.port}`, ...folders()]);
    expectOneSentence(stderr, `${first.port}`);
    expect(code).toBe(1);
  });

  it('says in a sentence that its data folder is in use', async () => {
    const first = await ServerProcess.start();
    const { code, stderr } = await run(['serve', 'records=0', '--data', first.data, '--downloads', temporaryFolder()]);
    expectOneSentence(stderr, first.data);
    expect(code).toBe(1);
  });

  it('says in a sentence that its data folder cannot be one', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { code, stderr } = await run(['serve', 'records=0', '--data', file, '--downloads', temporaryFolder()]);
    expectOneSentence(stderr, file);
    expect(code).toBe(1);
  });

  it('says in a sentence that it cannot have the address', async () => {
    const { code, stderr } = await run(['serve', 'records=0', '--host', 'no-such-host.invalid', ...folders()]);
    expectOneSentence(stderr, 'no-such-host.invalid');
    expect(code).toBe(1);
  });
});

describe('snug chat', () => {
  afterAll(closeAll);

  it('can be set up by environment variables alone', async () => {
    const server = await ServerProcess.start();
    const own = home('cool');
    const env = {
      SNUG_TARGET: '127.0.0.1',
      SNUG_PORT: `${server.port}`,
      SNUG_USERNAME: 'Cool',
      SNUG_ATTACHMENTS: own.attachments,
      SNUG_DOWNLOADS: own.downloads,
    };
    const { code, stdout } = await run(['chat'], { input: '2\na\ncoolfile1.txt\nq\n3\n', env });

    expect(stdout).toContain('Server: Cool joined the chatroom.');
    expect(namesIn(own.downloads)).toEqual(['coolfile1.txt']);
    expect(code).toBe(0);
  });

  it('prefers what the command line says', async () => {
    const server = await ServerProcess.start();
    const env = { SNUG_PORT: '1', SNUG_USERNAME: 'Fun' };
    const args = ['chat', 'records://localhost', '--port', `${server.port}`, '--username', 'Cool'];
    const { stdout } = await run(args, { input: '2\nq\n3\n', env, cwd: home('cool').folder });
    expect(stdout).toContain('Server: Cool joined the chatroom.');
  });

  it('goes to the room in the address', async () => {
    const server = await ServerProcess.start();
    const { peer } = await RecordsPeer.join(server.port, 'Fun', 'kitchen');
    await run(['chat', `${server.url}/kitchen`], { input: '2\nCool\nq\n3\n', cwd: home('cool').folder });
    await peer.waitForAnnouncement('Cool left the chatroom.');
  });

  it('goes over WebSocket to the room in the address', async () => {
    const server = new PipedProcess(['serve', 'web=0', ...folders()]);
    const { port } = JSON.parse(await server.waitForLine(/"event":"listening"/)) as { port: number };
    const { stdout } = await run(['chat', `ws://localhost:${port}/kitchen`, 'Cool'], {
      input: '2\nHi.\nq\n3\n',
      cwd: home('cool').folder,
    });
    expect(stdout).toContain('Cool: Hi.');
    expect(await server.waitForLine(/"event":"joined"/)).toContain('"room":"kitchen"');
  });

  it('says in a sentence that a room cannot be called so, and ends with 1', async () => {
    const server = await ServerProcess.start();
    const { code, stdout, stderr } = await run(['chat', `${server.url}/two%20words`], { input: '1\n3\n' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expectOneSentence(stderr, "A room's name has 1 to 32 letters");
  });

  it('says in a sentence that there is no server, and ends with 1', async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await run(['chat', `records://127.0.0.1:${port}`], { input: '1\n3\n' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expectOneSentence(stderr, String(port));
  });

  it('says in a sentence that a host is unknown, and ends with 1', async () => {
    const { code, stdout, stderr } = await run(['chat', 'records://no-such-host.invalid'], { input: '2\nCool\n3\n' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expectOneSentence(stderr, 'no-such-host.invalid');
  });
});

function folders(): string[] {
  const folder = temporaryFolder('server');
  return ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
}

/** A port that a server had a moment ago. */
async function freePort(): Promise<number> {
  const server = await ServerProcess.start();
  await server.stop();
  await new Promise((resolve) => connect(server.port, '127.0.0.1').on('error', resolve));
  return server.port;
}

function expectOneSentence(stderr: string, named: string): void {
  expect(stderr).toMatch(/^[^\n]+\.\n$/);
  expect(stderr).toContain(named);
  expect(stderr).not.toMatch(/^ {4}at /m);
}
