/** Links that drop, over real sockets: seats wait for their owners, and nothing is lost or doubled (S2, R15, R16). */
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { home } from '../support/folders.js';
import { PipedProcess } from '../support/process.js';
import { Proxy } from '../support/proxy.js';
import { FLAG, RecordsPeer, type WireRecord } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { snugInTerminal, type Terminal } from '../support/terminal.js';

const LOST = 'The connection is lost.';
const BACK = 'The connection is back.';

afterEach(closeAll);

async function tokenOf(peer: RecordsPeer): Promise<string> {
  return (await peer.waitFor(({ flags }) => flags === FLAG.JOIN_ACCEPT, 'a token')).filename;
}

async function inRoom(url: string, name: string): Promise<Terminal> {
  const terminal = snugInTerminal(['chat', url, '--username', name], { cwd: home(name).folder });
  await terminal.waitFor('Your choice:');
  terminal.enter('2');
  await terminal.waitFor(`Server: ${name} joined the chatroom.`);
  return terminal;
}

function texts(records: readonly WireRecord[]): string[] {
  return records.filter(({ flags }) => flags === 0).map(({ payload }) => payload.toString());
}

/** What was printed of the room, without times. */
function linesOf(terminal: Terminal): string[] {
  return [...terminal.transcript().matchAll(/^\[\d\d:\d\d:\d\d\] (.*)$/gm)].map(([, line = '']) => line.trimEnd());
}

describe('a client that is killed', () => {
  it('is away for the time that is given, and then has left', async () => {
    const server = await ServerProcess.start({ args: ['--grace', '1'] });
    const { peer: witness } = await RecordsPeer.join(server.port, 'Witness');
    const client = new PipedProcess(['chat', server.url], { cwd: home('cool').folder });
    client.write('2\nCool\n');
    await witness.waitForAnnouncement('Cool joined the chatroom.');
    await client.kill();
    await server.waitForReport({ event: 'away', name: 'Cool' });
    const report = await witness.report();
    expect(report.number).toBe(2);
    expect(report.payload.toString()).toMatch(/\n2\. Cool at IP: 127\.0\.0\.1 and port: \d+\. \(away\)$/);
    await expect(RecordsPeer.join(server.port, 'Cool')).rejects.toThrow('Another user is using this username.');
    await witness.waitForAnnouncement('Cool left the chatroom.');
    expect((await witness.report()).number).toBe(1);
    await RecordsPeer.join(server.port, 'Cool');
  });
});

describe('a server that stops', () => {
  it('announces those who are away as having left, and waits for nobody', async () => {
    const server = await ServerProcess.start({ args: ['--grace', '3600'] });
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    peer.reset();
    await server.waitForReport({ event: 'away', name: 'Cool' });
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    const again = await server.restart();
    const { history } = await RecordsPeer.join(again.port, 'Fun');
    expect(history.map(({ payload }) => payload.toString())).toEqual([
      'Cool joined the chatroom.',
      'Cool left the chatroom.',
    ]);
    expect(again.report.map(({ event }) => event)).not.toContain('ghosts');
  });
});

describe('a peer whose link is cut and restored', () => {
  it('is shown everything once, and says everything once', async () => {
    const server = await ServerProcess.start({ args: ['--grace', '60'] });
    const proxy = await Proxy.start(server.port);
    const { peer: fun } = await RecordsPeer.join(server.port, 'Fun');
    let { peer: cool } = await RecordsPeer.join(proxy.port, 'Cool');
    const token = await tokenOf(cool);
    const seen: WireRecord[] = [];
    const said: string[] = [];
    for (let round = 1; round <= 5; round++) {
      for (let count = 0; count < 20; count++) {
        fun.say(`Fun ${round}.${count}`);
        cool.say(`Cool ${round}.${count}`, said.push(`Cool ${round}.${count}`));
      }
      proxy.cut();
      await cool.waitForClose();
      seen.push(...cool.received.filter(({ sequence, flags }) => sequence > 0 && flags !== FLAG.JOIN_ACCEPT));
      proxy.restore();
      cool = await RecordsPeer.connect(proxy.port);
      const after = Math.max(0, ...seen.map(({ sequence }) => sequence));
      seen.push(...(await cool.comeBack(token, after)));
      const shown = new Set(texts(seen));
      said.forEach((text, index) => shown.has(text) || cool.say(text, index + 1));
    }
    cool.say('the end', said.push('the end'));
    await cool.waitForText('the end');
    fun.say('really');
    await cool.waitForText('really');
    seen.push(...cool.received.filter(({ sequence, flags }) => sequence > 0 && flags !== FLAG.JOIN_ACCEPT));

    const { history } = await RecordsPeer.join(server.port, 'Reader');
    expect(texts(history.filter(({ username }) => username === 'Cool'))).toEqual(said);
    expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_, index) => seen[0]!.sequence + index));
    expect(texts(seen)).toEqual(texts(history));
  }, 60_000);

  it('has the seat again although the server knows nothing of the break', async () => {
    const server = await ServerProcess.start({ args: ['--capacity', '1'] });
    const proxy = await Proxy.start(server.port);
    const { peer: cool } = await RecordsPeer.join(proxy.port, 'Cool');
    const token = await tokenOf(cool);
    proxy.swallow();
    const back = await RecordsPeer.connect(proxy.port);
    expect(await back.comeBack(token, 1)).toEqual([]);
    const report = await back.report();
    expect(report.number).toBe(1);
    expect(report.payload.toString()).not.toContain('away');
  });

  it('is away once it is silent for longer than it promised', async () => {
    const server = await ServerProcess.start();
    const proxy = await Proxy.start(server.port);
    const { peer: cool } = await RecordsPeer.join(proxy.port, 'Cool');
    cool.send({ flags: FLAG.NOTICE, number: 500 });
    await cool.waitFor(({ flags, number }) => flags === FLAG.NOTICE && number === 500, 'an answer');
    proxy.swallow();
    await server.waitForReport({ event: 'away', name: 'Cool' });
  });
});

describe('the menu client in a terminal', () => {
  it('comes back by itself, with what was typed meanwhile, once', async () => {
    const server = await ServerProcess.start();
    const proxy = await Proxy.start(server.port);
    const { peer: fun } = await RecordsPeer.join(server.port, 'Fun');
    const cool = await inRoom(proxy.url, 'Cool');
    cool.enter('before');
    await fun.waitForText('before');

    proxy.cut();
    await cool.waitFor(LOST);
    cool.enter('typed meanwhile');
    cool.type('half a sentence');
    fun.say('said meanwhile');
    await cool.waitFor('half a sentence');
    await fun.waitForText('said meanwhile');
    proxy.restore();
    await cool.waitFor(BACK);
    await fun.waitForText('typed meanwhile');
    cool.enter(', and the rest');
    await fun.waitForText('half a sentence, and the rest');
    await cool.waitFor('Cool: half a sentence, and the rest');

    expect(linesOf(cool)).toEqual([
      'Server: Fun joined the chatroom.',
      'Server: Cool joined the chatroom.',
      'Cool: before',
      'Fun: said meanwhile',
      'Cool: typed meanwhile',
      'Cool: half a sentence, and the rest',
    ]);
    expect(texts(fun.received)).toHaveLength(4);
    cool.enter('q');
    await cool.waitFor('Your choice:', { count: 2 });
    await fun.waitForAnnouncement('Cool left the chatroom.');
    cool.enter('3');
    expect(await cool.waitForExit()).toEqual({ code: 0, signal: null });
  });

  it('goes to the menu on q while it is away', async () => {
    const server = await ServerProcess.start();
    const proxy = await Proxy.start(server.port);
    const cool = await inRoom(proxy.url, 'Cool');
    proxy.cut();
    await cool.waitFor(LOST);
    cool.enter('q');
    await cool.waitFor('Your choice:', { count: 2 });
    cool.enter('3');
    expect(await cool.waitForExit()).toEqual({ code: 0, signal: null });
  });
});
