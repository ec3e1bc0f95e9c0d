import { afterEach, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { home, temporaryFolder } from '../support/folders.js';
import { playHostile } from '../support/hostile-show.js';
import { DECEIVING_TEXTS, HOSTILE_FILE_NAMES, HOSTILE_LINES, HOSTILE_TEXTS, UNSAFE } from '../support/hostile-texts.js';
import { FLAG, RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { snugWatched, stateAfter, type WatchedTerminal } from '../support/watched-terminal.js';

/** Longer than for one text: there are some seventy. */
const PATIENT = 60_000;

describe('a terminal that hostile text is written to as it is', () => {
  it.each(HOSTILE_TEXTS)('is not what it was, or the text is not what it looks like: $what', async ({ text }) => {
    const [plain, hostile] = await Promise.all([stateAfter('a plain b'), stateAfter(`a ${text} b`)]);
    expect(JSON.stringify(hostile) !== JSON.stringify(plain) || UNSAFE.test(text)).toBe(true);
  });
});

describe('hostile text in a room', () => {
  afterEach(closeAll);

  it('leaves the terminal of a reader as plain text does when it is a message', async () => {
    const { eve, terminal } = await inRoom();
    await playHostile({ terminal, show: (text) => eve.say(text) }, HOSTILE_TEXTS);
  });

  it('leaves it so when it is the name of a file', async () => {
    const { eve, terminal } = await inRoom();
    // What stands before these is no part of the name.
    const texts = HOSTILE_TEXTS.map(({ what, text }) => ({ what, text: text.replaceAll(/[/\\]/g, '') }));
    await playHostile({ terminal, show: (text) => eve.share(text, Buffer.from([0, 1, 2])) }, texts);
  });

  it('leaves it so when it is in a file that is shown, and such with control characters are not', async () => {
    const { eve, terminal } = await inRoom();
    for (const { text } of HOSTILE_TEXTS) eve.share('note.txt', Buffer.from(text));
    await playHostile({ terminal, show: (text) => eve.share('note.txt', Buffer.from(text)) }, DECEIVING_TEXTS);
  });

  it('cannot begin a line of its own', async () => {
    const { eve, terminal } = await inRoom();
    for (const { text } of HOSTILE_LINES) {
      eve.say(text);
      eve.share('note.txt', Buffer.from(text));
    }
    eve.say('the end');
    await terminal.waitFor('the end');
    expect(terminal.transcript()).not.toMatch(/^\[00:00:00\]/m);
    expect(terminal.transcript()).toMatch(/^ +\[00:00:00\] Server: root joined/m);
    expect(await stateAfter(terminal.raw)).toMatchObject({ asked: [] });
  });

  it('is read from the history as it was read live', async () => {
    const { eve, server } = await inRoom();
    const texts = [...HOSTILE_TEXTS, ...HOSTILE_LINES];
    for (const { text } of texts) eve.say(text);
    eve.share('note.txt', Buffer.from(HOSTILE_TEXTS.map(({ text }) => text).join('\n')));
    await eve.waitFor(({ flags }) => flags === FLAG.ATTACHMENT, 'the file');
    const { terminal: late } = await reader(server.port, 'late');
    expect(late.transcript()).toContain('click');
    expect(await stateAfter(late.raw)).toMatchObject({ asked: [] });
    expect(late.answers).toEqual([]);
  });

  it('is no name: whoever brings it is refused, and nobody is shown it', async () => {
    const { eve, terminal } = await inRoom();
    eve.quit();
    await terminal.waitFor('eve left the chatroom.');
    for (const { text } of [...HOSTILE_TEXTS, ...HOSTILE_LINES]) {
      await expect(eve.join(`a${text}`)).rejects.toThrow(/A username has 1 to 32/);
      await expect(eve.join('eve', `a${text}`)).rejects.toThrow(/A room's name has 1 to 32/);
    }
    await eve.join('e.v-e_\u0301\u05d0\u0627');
    await terminal.waitFor(/e\.v-e_\S+ joined the chatroom/);
    expect(await stateAfter(terminal.raw)).toMatchObject({ asked: [] });
    expect(terminal.answers).toEqual([]);
  });

  it(
    'puts no file anywhere but into the folders for them, under a name that is harmless',
    async () => {
      const { eve, server, terminal, folder } = await inRoom();
      const names = [...HOSTILE_FILE_NAMES, ...[...HOSTILE_TEXTS, ...HOSTILE_LINES].map(({ text }) => text)];
      names.forEach((name, index) => eve.share(name, Buffer.from(`${index}`)));
      eve.say('the end');
      await terminal.waitFor('eve: the end', { timeout: PATIENT });
      await eventually(() => kept(join(folder, 'downloads')).length === names.length, 'all files in the downloads');
      for (const downloads of [server.downloads, join(folder, 'downloads')]) {
        expect(kept(downloads)).toHaveLength(names.length);
        for (const name of readdirSync(downloads)) {
          expect(name).not.toMatch(UNSAFE);
          expect(name).not.toMatch(/[<>:"/\\|?*]|^\.snug-|^\.+$|[. ]$|^(?:con|nul|com1)(?:\.|$)/i);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        }
      }
      expect(readdirSync(dirname(server.downloads)).sort()).toEqual(['data', 'downloads']);
      expect(readdirSync(folder).sort()).toEqual(['attachments', 'downloads']);
    },
    PATIENT,
  );
});

describe("hostile text and the server's log", () => {
  afterEach(closeAll);

  it(
    'leaves the terminal that the server runs in as plain text does',
    async () => {
      const { terminal, ports } = await serverInTerminal();
      const eve = (await RecordsPeer.join(ports.get('records')!, 'eve')).peer;
      await Promise.all(HOSTILE_TEXTS.map(({ text }) => pokeAll([...ports.values()], text)));
      const texts = HOSTILE_TEXTS.map(({ what, text }) => ({ what, text: text.replaceAll(/[/\\]/g, '') }));
      const show = (text: string): void => eve.share(text, Buffer.from('x'));
      await playHostile({ terminal, show, isShown: (line) => line.includes(' shared ') }, texts);
    },
    PATIENT,
  );

  it(
    'is not in the structured log',
    async () => {
      const server = await ServerProcess.start({ page: true });
      const { peer: eve } = await RecordsPeer.join(server.port, 'eve');
      const texts = [...HOSTILE_TEXTS, ...HOSTILE_LINES];
      await Promise.all(texts.map(({ text }) => pokeAll([server.port, server.pagePort], text)));
      for (const { text } of texts) eve.share(text, Buffer.from('x'));
      eve.quit();
      await server.waitForReport({ event: 'left', name: 'eve' });
      const lines = server.output().split('\n');
      expect(lines.filter((line) => UNSAFE.test(line))).toEqual([]);
      for (const line of server.report) {
        for (const value of Object.values(line)) expect(String(value)).not.toMatch(UNSAFE);
      }
      expect(server.report.filter(({ event }) => event === 'shared')).toHaveLength(texts.length);
      expect(server.report.filter(({ event }) => event === 'failed')).toEqual([]);
    },
    PATIENT,
  );
});

/** Names of the files in a folder, without those that are still being written. */
function kept(folder: string): string[] {
  return readdirSync(folder).filter((name) => !name.startsWith('.snug-'));
}

/** A server of ours, eve in its room, and a reader in a terminal. */
async function inRoom(): Promise<{
  server: ServerProcess;
  eve: RecordsPeer;
  terminal: WatchedTerminal;
  folder: string;
}> {
  const server = await ServerProcess.start({ args: ['--capacity', '10'] });
  const { terminal, folder } = await reader(server.port, 'ann');
  const { peer: eve } = await RecordsPeer.join(server.port, 'eve');
  await terminal.waitFor('eve joined the chatroom.');
  return { server, eve, terminal, folder };
}

/** Our client in a terminal, in the room. */
async function reader(port: number, name: string): Promise<{ terminal: WatchedTerminal; folder: string }> {
  const { folder } = home(name);
  const terminal = snugWatched(['chat', `records://127.0.0.1:${port}`, '--username', name], folder);
  await terminal.waitFor('Your choice:');
  terminal.enter('2');
  await terminal.waitFor(`${name} joined the chatroom.`);
  return { terminal, folder };
}

/** All protocols, served in a terminal, and the ports of those over TCP. */
async function serverInTerminal(): Promise<{ terminal: WatchedTerminal; ports: Map<string, number> }> {
  const folder = temporaryFolder('server');
  const folders = ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
  const terminal = snugWatched(['serve', 'all=0', ...folders]);
  await terminal.waitFor('Ctrl-C stops the server.');
  const listening = [...terminal.transcript().matchAll(/\] (\S+) on 127\.0\.0\.1:(\d+)/g)];
  const ports = listening.map(([, name = '', port]) => [name, Number(port)] as const);
  return { terminal, ports: new Map(ports.filter(([name]) => name !== 'raw-udp')) };
}

/** Says the text to every port in all the ways in which a server could take it for something to quote. */
async function pokeAll(ports: readonly number[], text: string): Promise<void> {
  const pokes = [
    text,
    `CHAT/2.0${text} JOIN\r\nUsername: ${text}\r\n\r\n`,
    `REGISTER ${text} CHAT/1.0\n`,
    `GET /${text} HTTP/1.1\r\nHost: ${text}\r\n\r\n`,
  ];
  await Promise.all(ports.flatMap((port) => pokes.map((bytes) => poke(port, bytes))));
}

/** Sends the bytes and closes; resolves when the connection has ended. */
function poke(port: number, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
    atEnd(() => void socket.destroy());
  });
}
