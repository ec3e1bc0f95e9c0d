/** What `snug chat --gui` runs, with a real browser's side and a server of the test's. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { gateway, type GatewayOptions } from '../../src/gateway/gateway.js';
import { chat10 } from '../../src/protocols/chat10/index.js';
import { pull } from '../../src/protocols/pull/index.js';
import { records } from '../../src/protocols/records/index.js';
import { TransportError } from '../../src/transports/errors.js';
import { dialTcp, listenTcp } from '../../src/transports/tcp.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder } from '../support/folders.js';
import { gate } from '../support/settle.js';
import { WebPage } from '../support/web-page.js';
import { FakeServer } from './support.js';

afterEach(closeAll);

/** A gateway that runs, and what can be seen of it. */
class Running {
  readonly server = new FakeServer();
  readonly stop = new AbortController();
  readonly browsed: string[] = [];
  readonly output = Object.assign(new PassThrough(), { isTTY: false });
  said = '';
  end: Promise<number> | undefined;

  constructor() {
    this.output.on('data', (text: Buffer) => (this.said += text.toString()));
    atEnd(async () => {
      this.stop.abort();
      await this.end?.catch(() => undefined);
    });
  }

  /** Runs until it is stopped, on chat10 unless told otherwise. */
  run(options: Partial<GatewayOptions> = {}): Promise<number> {
    const { output, server } = this;
    return (this.end = gateway({
      protocol: chat10(),
      server: 'chat10://example:1',
      room: '',
      username: 'alice',
      dial: () => Promise.reject(new Error('Nobody dials.')),
      connect: server.connect,
      output,
      signal: this.stop.signal,
      browse: (address) => Promise.resolve(this.browsed.push(address)),
      page: page(),
      ...options,
    }));
  }

  /** The address that it says. */
  async address(): Promise<string> {
    const look = (): string | undefined => /^Open (\S+) in a browser\.\nCtrl-C ends this\.\n/.exec(this.said)?.[1];
    return eventually(look, 'the address');
  }
}

/** A page as it is built. */
function page(): string {
  const folder = join(temporaryFolder('page'), 'web');
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.html'), '<meta name="snug-settings" content="{}" />');
  return folder;
}

async function settingsAt(address: string): Promise<unknown> {
  const text = await (await fetch(address)).text();
  const [, content = ''] = /content="(.*)"/.exec(text) ?? [];
  return JSON.parse(content.replaceAll('&quot;', '"'));
}

describe('a gateway', () => {
  it('says where the page is, on this machine alone, and serves it with what the protocol can do', async () => {
    const running = new Running();
    const end = running.run();
    const address = await running.address();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await settingsAt(address)).toEqual({
      server: 'chat10://example:1',
      username: 'alice',
      can: { report: false, files: false, history: false },
    });
    running.stop.abort();
    expect(await end).toBe(0);
    expect(running.server.connection.hasLeft).toBe(true);
  });

  it('says how long a text may be', async () => {
    const running = new Running();
    void running.run({ protocol: pull() });
    expect(await settingsAt(await running.address())).toMatchObject({ lessThan: 100 });
  });

  it('lets pages in, and ends when one quits', async () => {
    const running = new Running();
    const end = running.run();
    const address = await running.address();
    const page = await WebPage.join(address, 'alice');
    page.say('Hi', 0x9000_0001);
    await page.waitForOwn('Hi', 0x9000_0001);
    page.quit();
    expect(await end).toBe(0);
    expect(page.conversation).toEqual(['alice: Hi', 'alice left']);
    await page.waitForClose();
    await expect(fetch(address)).rejects.toThrow();
  });

  it('spells the name as rooms do', async () => {
    const running = new Running();
    void running.run({ username: 'Zoe\u0308' });
    expect(await settingsAt(await running.address())).toMatchObject({ username: 'Zo\u00eb' });
  });

  it('opens the browser in a terminal, unless that is not wanted or there is none', async () => {
    const shown = new Running();
    shown.output.isTTY = true;
    void shown.run();
    expect(shown.browsed).toEqual([]);
    const address = await shown.address();
    expect(shown.browsed).toEqual([address]);

    const [piped, unwanted, without] = [new Running(), new Running(), new Running()];
    void piped.run();
    unwanted.output.isTTY = without.output.isTTY = true;
    void unwanted.run({ browse: undefined });
    void without.run({ browse: () => Promise.reject(new Error('There is no browser.')) });
    for (const running of [piped, unwanted, without]) await settingsAt(await running.address());
    expect(piped.browsed).toEqual([]);
  });

  it('says nothing when it cannot get in', async () => {
    const [taken, away, nameless] = [new Running(), new Running(), new Running()];
    taken.server.refusal = 'Another user is using this username.';
    await expect(taken.run()).rejects.toMatchObject({ name: 'RefusedError', message: taken.server.refusal });
    away.server.isThere = false;
    await expect(away.run()).rejects.toMatchObject({ name: 'UnreachableError' });
    await expect(nameless.run({ username: '' })).rejects.toMatchObject({ message: 'A username cannot be empty.' });
    expect([taken.said, away.said, nameless.said]).toEqual(['', '', '']);
  });

  it('ends while it is still on the way in', async () => {
    const running = new Running();
    const { passed, open } = gate();
    running.server.door = passed;
    const end = running.run();
    running.stop.abort();
    expect(await end).toBe(0);
    expect(running.said).toBe('');
    open();
    await eventually(() => running.server.connection.isClosed, 'the end of the connection that came too late');
  });

  it('goes on when nobody reads what it says', async () => {
    const running = new Running();
    void running.run();
    const address = await running.address();
    running.output.destroy(new Error('write EPIPE'));
    await WebPage.join(address, 'alice');
  });
});

describe('a gateway to a server of the records protocol', () => {
  it('is a pipe, with the room in the address and the name in the page', async () => {
    const dialled: string[] = [];
    const server = await listenTcp({ host: '127.0.0.1', port: 0 }, (link) => ({
      received: (bytes) => {
        dialled.push(Buffer.from(bytes).toString());
        link.write(Buffer.from([1]));
      },
      drained: () => undefined,
      ended: () => link.end(),
      closed: () => undefined,
    }));
    atEnd(() => server.close());
    const running = new Running();
    const end = running.run({
      protocol: records(),
      server: 'records://example:1',
      room: 'Tea & cake',
      dial: (accept) => dialTcp({ host: '127.0.0.1', port: server.address.port }, accept),
    });
    const address = await running.address();
    expect(new URL(address).pathname).toBe('/Tea%20%26%20cake');
    expect(await settingsAt(address)).toEqual({ server: 'records://example:1', username: 'alice' });
    const page = await WebPage.open(address);
    page.say('Hi');
    await eventually(() => dialled.length > 0, 'what the page says');
    expect(dialled[0]).toMatch(/Hi$/);
    running.stop.abort();
    expect(await end).toBe(0);
    await page.waitForClose();
  });

  it('needs no name', async () => {
    const running = new Running();
    void running.run({ protocol: records(), username: undefined });
    expect(await settingsAt(await running.address())).toEqual({ server: 'chat10://example:1' });
  });

  it('says at once when there is no server', async () => {
    const running = new Running();
    running.server.isThere = false;
    await expect(running.run({ protocol: records() })).rejects.toMatchObject({ name: 'UnreachableError' });
    expect(running.said).toBe('');
  });

  it('closes a page whose server is gone by then', async () => {
    const running = new Running();
    void running.run({ protocol: records(), dial: () => Promise.reject(new TransportError('There is no server.')) });
    const page = await WebPage.open(await running.address());
    await page.waitForClose();
  });
});
