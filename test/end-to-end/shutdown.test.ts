import { afterEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { closeAll } from '../support/cleanup.js';
import { home, temporaryFolder } from '../support/folders.js';
import { FLAG, RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { snugInTerminal } from '../support/terminal.js';

describe('a server that is told to stop', () => {
  afterEach(closeAll);

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'tells every client, closes in order and exits with 0 on %s',
    async (signal) => {
      const server = await ServerProcess.start();
      const { peer: cool } = await RecordsPeer.join(server.port, 'Cool');
      const { peer: fun } = await RecordsPeer.join(server.port, 'Fun');
      const onlooker = await RecordsPeer.connect(server.port);
      await onlooker.report();
      cool.say('last words');

      await fun.waitForText('last words');
      expect(await server.stop(signal)).toEqual({ code: 0, signal: null });
      for (const peer of [cool, fun, onlooker]) {
        await peer.waitForClose();
        expect(peer.received.at(-1)).toMatchObject({ flags: FLAG.NOTICE });
      }
      const events = server.report.map(({ event }) => event);
      expect(events.filter((event) => /stop|left/.test(event))).toEqual(['stopping', 'left', 'left', 'stopped']);
    },
  );

  it('keeps the history, and announces those it was seated with as having left', async () => {
    const server = await ServerProcess.start();
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    peer.say('Hi');
    await peer.waitForText('Hi');
    await server.stop();
    const again = await server.restart();
    const { history } = await RecordsPeer.join(again.port, 'Fun');

    expect(history.map(({ username, payload }) => `${username}: ${payload.toString()}`)).toEqual([
      'Cool: Cool joined the chatroom.',
      'Cool: Hi',
      'Cool: Cool left the chatroom.',
    ]);
  });

  it('does not wait for a client that does not read', async () => {
    const server = await ServerProcess.start();
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    peer.stopReading();
    for (let count = 0; count < 300; count += 1) peer.say('x'.repeat(10_000));
    await server.waitForReport({ event: 'said', name: 'Cool' });

    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('stops on Ctrl-C in its terminal, and clients say so and are back at the menu', async () => {
    const folder = temporaryFolder('server');
    const folders = ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
    const server = snugInTerminal(['serve', 'records=0', ...folders]);
    await server.waitFor(/records on 127\.0\.0\.1:\d+/);
    const [, port] = /records on 127\.0\.0\.1:(\d+)/.exec(server.transcript()) ?? [];
    const client = snugInTerminal(['chat', `records://127.0.0.1:${port}`, '--username', 'Cool'], {
      cwd: home('cool').folder,
    });
    await client.waitFor('Your choice:');
    client.enter('2');
    await client.waitFor('Server: Cool joined the chatroom.');

    server.press('ctrl-c');
    expect(await server.waitForExit()).toEqual({ code: 0, signal: null });
    expect(server.transcript()).toContain('1 person in the room');
    await client.waitFor(/\* .*(stop|clos|shut)/i);
    await client.waitFor('Your choice:', { count: 2 });
    client.enter('3');
    expect(await client.waitForExit()).toEqual({ code: 0, signal: null });
  });
});
