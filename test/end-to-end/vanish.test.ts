import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { home } from '../support/folders.js';
import { PipedProcess } from '../support/process.js';
import { RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { snugInTerminal } from '../support/terminal.js';

describe('a client that vanishes', () => {
  afterEach(closeAll);

  it.each([
    ['is killed', (_: RecordsPeer, killed: PipedProcess) => killed.signal('SIGKILL')],
    ['breaks off the connection', (peer: RecordsPeer) => peer.reset()],
    ['closes the connection without a word', (peer: RecordsPeer) => peer.end()],
    [
      'sends something that is not this protocol',
      (peer: RecordsPeer) => peer.write(Buffer.from('GET / HTTP/1.1\r\n\r\n')),
    ],
  ])('is announced once as having left when it %s, and its seat is free', async (how, vanish) => {
    const server = await ServerProcess.start({ args: ['--grace', '0'] });
    const { peer: witness } = await RecordsPeer.join(server.port, 'Witness');
    const killed = new PipedProcess(['chat', server.url], { cwd: home('cool').folder });
    const peer = await RecordsPeer.connect(server.port);
    if (how === 'is killed') killed.write('2\nCool\n');
    else await peer.join('Cool');
    await witness.waitForAnnouncement('Cool joined the chatroom.');

    vanish(peer, killed);
    await witness.waitForAnnouncement('Cool left the chatroom.');
    const { history } = await RecordsPeer.join(server.port, 'Cool');
    const left = history.filter(({ payload }) => payload.toString() === 'Cool left the chatroom.');
    expect(left).toHaveLength(1);
    expect((await witness.report()).number).toBe(2);
    await server.waitForReport({ event: 'left', name: 'Cool' });
  });

  it('leaves nothing behind when it was never seated', async () => {
    const server = await ServerProcess.start();
    const { peer: witness } = await RecordsPeer.join(server.port, 'Witness');
    const before = witness.received.length;
    const peers = await Promise.all(Array.from({ length: 20 }, () => RecordsPeer.connect(server.port)));
    peers.forEach((peer, index) => (index % 2 === 0 ? peer.reset() : peer.end()));
    await Promise.all(peers.map((peer) => peer.waitForClose()));

    expect((await witness.report()).number).toBe(1);
    expect(witness.received.slice(before)).toHaveLength(1);
  });
});

describe('a server that vanishes', () => {
  afterEach(closeAll);

  it('is missed by a client in a terminal, which goes back to the menu and can join the next one', async () => {
    const server = await ServerProcess.start();
    const client = snugInTerminal(['chat', server.url], { cwd: home('cool').folder });
    await client.waitFor('Your choice:');
    client.enter('2');
    await client.waitFor('Please enter a username:');
    client.enter('Cool');
    await client.waitFor('Server: Cool joined the chatroom.');
    client.type('half a sentence');
    await client.waitFor('half a sentence');

    await server.kill9();
    await client.waitFor('Your choice:', { count: 2 });
    expect(client.transcript()).toContain('The server closed the connection.');

    await server.restart();
    client.enter('2');
    await client.waitFor('Please enter a username:', { count: 2 });
    client.enter('Cool');
    await client.waitFor('Server: Cool left the chatroom.');
    await client.waitFor('Server: Cool joined the chatroom.', { count: 3 });
    client.enter('q');
    await client.waitFor('Your choice:', { count: 3 });
    client.enter('3');
    expect(await client.waitForExit()).toEqual({ code: 0, signal: null });
  });

  it('is missed by a client between pipes, which says so and reads its next line as a choice', async () => {
    const server = await ServerProcess.start();
    const client = new PipedProcess(['chat', server.url], { cwd: home('cool').folder });
    client.write('2\nCool\n');
    await client.waitForLine(/Server: Cool joined the chatroom\./);
    await server.kill9();
    await client.waitForLine(/^The server closed the connection\.$/);
    client.end('3\n');
    expect(await client.waitForExit()).toEqual({ code: 0, signal: null });
  });
});
