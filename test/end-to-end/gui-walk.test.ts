/** `snug chat --gui` at servers of every protocol, by real processes; a WebSocket of the test's plays the page. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { temporaryFolder } from '../support/folders.js';
import { chat10 } from '../support/foreign/chat10.js';
import { pull } from '../support/foreign/pull.js';
import { raw, rawUdp } from '../support/foreign/raw.js';
import { register } from '../support/foreign/register.js';
import type { Foreign } from '../support/foreign/wire.js';
import { onPipes } from '../support/people.js';
import { PipedProcess, run } from '../support/process.js';
import { RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { WebPage } from '../support/web-page.js';

const ENDED = { code: 0, signal: null };
/** Numbers that a page gives its texts. */
const [FIRST, SECOND] = [0x9000_0001, 0x9000_0002];

/** How somebody of that name calls the client, as each seed has it. */
const CALLS = {
  chat10: (port: number, name: string) => [
    '--username',
    name,
    '--target',
    '127.0.0.1',
    '--port',
    `${port}`,
    'chat10://localhost',
  ],
  pull: (port: number, name: string) => [name, `pull://127.0.0.1:${port}`],
  raw: (port: number, name: string) => [`raw://127.0.0.1:${port}`, '--name', name],
  'raw-udp': (port: number, name: string) => [`raw-udp://127.0.0.1:${port}`, '--name', name],
  register: (port: number, name: string) => [name, `chat://127.0.0.1:${port}`],
} as const;

/** Servers that other people wrote. */
const FOREIGN: Readonly<Record<keyof typeof CALLS, Foreign>> = {
  chat10,
  pull,
  raw,
  'raw-udp': rawUdp,
  register: register.lengths,
};

type Plain = keyof typeof CALLS;
const PLAIN = Object.keys(CALLS) as Plain[];

function call(protocol: Plain, port: number, name: string): readonly string[] {
  return CALLS[protocol](port, name);
}

/** A server of one protocol, that can be stopped and started again. */
class Server {
  private readonly folder = temporaryFolder('server');
  private process!: PipedProcess;
  port = 0;

  constructor(private readonly protocol: Plain) {}

  static async of(protocol: Plain): Promise<Server> {
    const server = new Server(protocol);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const folders = ['--data', join(this.folder, 'data'), '--downloads', join(this.folder, 'downloads')];
    this.process = new PipedProcess(['serve', `${this.protocol}=${this.port}`, ...folders]);
    const line = await this.process.waitForLine(/"event":"listening"/);
    this.port = (JSON.parse(line) as { port: number }).port;
  }

  async stop(): Promise<void> {
    this.process.signal('SIGTERM');
    expect(await this.process.waitForExit()).toEqual(ENDED);
  }

  /** How often it reported that somebody was seated, left, and so on. */
  count(event: string, name: string): number {
    return this.process.lines.filter((line) => line.includes(`"event":"${event}"`) && line.includes(`"name":"${name}"`))
      .length;
  }
}

/** `snug chat --gui` as a process. */
class Gui {
  private constructor(
    readonly process: PipedProcess,
    /** Where the page is. */
    readonly address: string,
  ) {}

  static async start(...args: readonly string[]): Promise<Gui> {
    const process = new PipedProcess(['chat', '--gui', ...args]);
    const line = await process.waitForLine(/^Open http:\/\/127\.0\.0\.1:\d+\/\S* in a browser\.$/);
    await process.waitForLine(/^Ctrl-C ends this\.$/);
    return new Gui(process, line.split(' ')[1]!);
  }

  async ends(): Promise<void> {
    expect(await this.process.waitForExit()).toEqual(ENDED);
    expect(this.process.stderr).toBe('');
  }
}

describe.each(PLAIN)('the page as a client of %s', (protocol) => {
  afterEach(closeAll);

  it('talks with a client of the protocol until its person quits', async () => {
    const { port } = await Server.of(protocol);
    const bob = await onPipes(...call(protocol, port, 'bob'));
    const gui = await Gui.start(...call(protocol, port, 'alice'));
    await bob.hears('alice joined');
    const page = await WebPage.join(gui.address, 'alice');

    page.say('Hi Bob, héllo €', FIRST);
    await page.waitForOwn('Hi Bob, héllo €', FIRST);
    await bob.hears('alice: Hi Bob, héllo €');
    bob.types('Hi Alice');
    await page.hears('bob: Hi Alice');
    // The page is opened anew, and finds what was there.
    page.close();
    const again = await WebPage.join(gui.address, 'alice');
    expect(again.conversation).toEqual(['alice: Hi Bob, héllo €', 'bob: Hi Alice']);
    again.say('Bye', SECOND);
    await bob.hears('alice: Bye');
    bob.types('q');
    await again.hears('bob left');
    again.quit();
    await gui.ends();
    expect(again.conversation).toEqual([
      'alice: Hi Bob, héllo €',
      'bob: Hi Alice',
      'alice: Bye',
      'bob left',
      'alice left',
    ]);
    expect(bob.conversation()).toEqual(['alice joined', 'alice: Hi Bob, héllo €', 'bob: Hi Alice', 'alice: Bye']);
  });

  it('ends with 1 and a sentence when the name is taken, and with 2 when there is none', async () => {
    const { port } = await Server.of(protocol);
    await onPipes(...call(protocol, port, 'alice'));
    const taken = await run(['chat', '--gui', ...call(protocol, port, 'alice')]);
    expect(taken).toMatchObject({ code: 1, stdout: '' });
    expect(taken.stderr).toMatch(/^snug: [^\n]*(taken|in use|using|already)[^\n]*\n$/);

    const nameless = await run(['chat', '--gui', call(protocol, port, 'x').find((word) => word.includes('://'))!]);
    expect(nameless).toMatchObject({ code: 2, stdout: '' });
    expect(nameless.stderr).toMatch(/^snug: A username is needed: [^\n]*\n$/);
  });

  it('is told that the server is gone, and comes back with it', async () => {
    const server = await Server.of(protocol);
    const gui = await Gui.start(...call(protocol, server.port, 'alice'));
    const page = await WebPage.join(gui.address, 'alice');
    page.say('before', FIRST);
    await page.waitForOwn('before', FIRST);
    await server.stop();
    await page.waitForNotice(/^The server (is shutting down|closed the connection)\.$/);
    await page.waitForClose();

    await server.start();
    const again = await WebPage.joinAtLast(gui.address, 'alice');
    again.say('after', SECOND);
    await again.waitForOwn('after', SECOND);
    expect(again.conversation).toEqual(['alice: before', 'alice: after']);
    expect(server.count('joined', 'alice')).toBe(1);
  });

  it("works with somebody else's server", async () => {
    const server = await FOREIGN[protocol].server();
    const gui = await Gui.start(...call(protocol, server.port, 'ann'));
    const page = await WebPage.join(gui.address, 'ann');
    const ben = await onPipes(...call(protocol, server.port, 'ben'));
    page.say('Hi Ben', FIRST);
    await page.waitForOwn('Hi Ben', FIRST);
    await ben.hears('ann: Hi Ben');
    ben.types('Hi Ann');
    await page.hears('ben: Hi Ann');
    page.quit();
    await gui.ends();
  });

  it('leaves the room in order when it is interrupted', async () => {
    const { port } = await Server.of(protocol);
    const bob = await onPipes(...call(protocol, port, 'bob'));
    const gui = await Gui.start(...call(protocol, port, 'alice'));
    const page = await WebPage.join(gui.address, 'alice');
    gui.process.signal('SIGINT');
    await gui.ends();
    await page.hears('alice left');
    await page.waitForClose();
    await bob.hears('alice left');
    expect(bob.conversation()).toEqual(['alice joined', 'alice left']);
  });
});

describe('the page as a client of any protocol', () => {
  afterEach(closeAll);

  it('is told that there is no server when there is none', async () => {
    const server = await Server.of('chat10');
    await server.stop();
    for (const address of [`chat10://127.0.0.1:${server.port}`, `records://127.0.0.1:${server.port}`]) {
      const { code, stdout, stderr } = await run(['chat', '--gui', 'alice', address]);
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: `snug: There is no server at 127.0.0.1, port ${server.port}.\n`,
      });
    }
  });

  it('may say the word that leaves', async () => {
    const { port } = await Server.of('raw');
    const gui = await Gui.start(...call('raw', port, 'alice'));
    const page = await WebPage.join(gui.address, 'alice');
    page.say('exit', FIRST);
    await gui.ends();
    expect(page.conversation).toEqual(['alice left']);
  });

  it('is served with who is on the other side, and what can be said there', async () => {
    const { port } = await Server.of('pull');
    const gui = await Gui.start(...call('pull', port, 'alice'));
    const answer = await fetch(gui.address);
    const text = (await answer.text()).replaceAll('&quot;', '"');
    expect(answer.status).toBe(200);
    expect(text).toContain(`"server":"pull://127.0.0.1:${port}","username":"alice"`);
    expect(text).toContain('"lessThan":100');
  });

  it('brings its own picture: none can be given along', async () => {
    const refused = await run(['chat', '--gui', '--avatar', 'me.png']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--avatar');
  });
});

describe('the page as a client of records', () => {
  afterEach(closeAll);

  it('joins the room in the address, and has everything that the protocol has', async () => {
    const server = await ServerProcess.start({ args: ['--grace', '0'] });
    const { peer } = await RecordsPeer.join(server.port, 'Fun', 'Tea');
    const gui = await Gui.start(`${server.url}/Tea`, 'Cool');
    expect(new URL(gui.address).pathname).toBe('/Tea');
    const page = await WebPage.join(gui.address, 'Cool', 'Tea');
    page.say('Hi', FIRST);
    await page.waitForOwn('Hi', FIRST);
    await peer.waitForText('Hi');
    peer.share('tea.txt', Buffer.from('Darjeeling'));
    const file = await page.waitFor(({ filename }) => filename === 'tea.txt', 'the file');
    expect(file.payload.toString()).toBe('Darjeeling');
    // The same gateway serves others in the same browser, each with a seat of their own.
    const other = await WebPage.join(gui.address, 'Fire', 'Tea');
    await page.hears('Fire joined');
    other.quit();
    await page.hears('Fire left');
    gui.process.signal('SIGTERM');
    await gui.ends();
    await page.waitForClose();
    await peer.waitForAnnouncement('Cool left the chatroom.');
  });

  it('loses its connection with the server, and gets a new one when the server is back', async () => {
    const server = await ServerProcess.start();
    const gui = await Gui.start(server.url);
    const page = await WebPage.join(gui.address, 'Cool');
    await server.stop();
    await page.waitForNotice(/shutting down/);
    await page.waitForClose();
    const refused = await WebPage.open(gui.address);
    await refused.waitForClose();
    await server.restart();
    const again = await WebPage.joinAtLast(gui.address, 'Cool');
    await again.hears('Cool joined');
  });
});
