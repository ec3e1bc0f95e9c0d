/** The avatar that `snug chat --avatar` brings: read from its file, checked, and sent with the joining. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChatCommand, runChat } from '../src/chat.js';
import { DEFAULTS, UsageError } from '../src/config.js';
import { records } from '../src/protocols/records/index.js';
import { start } from '../src/server.js';
import { atEnd, closeAll } from './support/cleanup.js';
import { home, type Home } from './support/folders.js';
import { nameOf, PICTURES } from './support/pictures.js';
import { RecordsPeer } from './support/records-peer.js';

let me: Home;

beforeEach(() => {
  me = home('chat');
});

afterEach(closeAll);

/** Runs the client with all that is typed at once; gives the exit code. */
function chat(typed: string, command: Partial<ChatCommand>): Promise<number> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  output.resume();
  input.end(typed);
  const { attachments, downloads } = me;
  const surroundings = { input, output, color: false, plain: true, signal: new AbortController().signal };
  return runChat({ words: [], attachments, downloads, ...command }, surroundings);
}

async function serve(): Promise<{ url: string; port: number }> {
  const folders = { data: join(me.folder, 'data'), downloads: join(me.folder, 'shared') };
  const serve = [{ protocol: records(), port: 0 }];
  const server = await start({ ...DEFAULTS, ...folders, serve }, () => undefined);
  atEnd(() => server.stop());
  const { port } = server.addresses[0]!;
  return { url: `records://127.0.0.1:${port}`, port };
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(me.folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('an avatar', () => {
  it('is brought along to every joining', async () => {
    const { url, port } = await serve();
    const { peer } = await RecordsPeer.join(port, 'Fun');
    const avatar = file('me.gif', PICTURES.gif);
    expect(await chat('2\nCool\nq\n2\nFire\nq\n3\n', { words: [url], avatar })).toBe(0);
    for (const name of ['Cool', 'Fire']) {
      const joining = await peer.waitForAnnouncement(`${name} joined the chatroom.`);
      expect(joining).toMatchObject({ filename: nameOf(PICTURES.gif, 'gif'), number: PICTURES.gif.length });
    }
  });

  it('is looked for where files are shared from, too', async () => {
    const { url, port } = await serve();
    const { peer } = await RecordsPeer.join(port, 'Fun');
    writeFileSync(join(me.attachments, 'me.png'), PICTURES.png);
    expect(await chat('2\nCool\nq\n3\n', { words: [url], avatar: 'me.png' })).toBe(0);
    const joining = await peer.waitForAnnouncement('Cool joined the chatroom.');
    expect(joining.filename).toBe(nameOf(PICTURES.png, 'png'));
  });

  it.each([
    { name: 'is not there', make: () => 'nowhere.png', words: 'There is no file nowhere.png.' },
    { name: 'is a folder', make: () => me.attachments, words: 'is a folder, not a file.' },
    { name: 'is a device', make: () => '/dev/zero', words: '/dev/zero is not a file.' },
    { name: 'is too large', make: () => file('a.png', Buffer.alloc(65_537)), words: 'An avatar has 1 to 65536 bytes' },
    { name: 'is empty', make: () => file('a.png', Buffer.alloc(0)), words: 'An avatar has 1 to 65536 bytes' },
    { name: 'has no name', make: () => '', words: 'file' },
  ])('is refused before anything else when it $name', async ({ make, words }) => {
    // Nobody listens there: it is not even tried.
    const refused = chat('', { words: ['records://127.0.0.1:1'], avatar: make() });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(words);
  });

  it.each(['chat10', 'pull', 'raw', 'raw-udp', 'chat'])('is refused over %s', async (scheme) => {
    const command = { words: ['Cool', `${scheme}://127.0.0.1:1`], avatar: file('me.gif', PICTURES.gif) };
    await expect(chat('', command)).rejects.toThrow(UsageError);
    await expect(chat('', command)).rejects.toThrow('there are no avatars: --avatar, or SNUG_AVATAR, is for records.');
  });

  it('may be left away', async () => {
    const { url, port } = await serve();
    const { peer } = await RecordsPeer.join(port, 'Fun');
    expect(await chat('2\nCool\nq\n3\n', { words: [url] })).toBe(0);
    expect(await peer.waitForAnnouncement('Cool joined the chatroom.')).toMatchObject({ filename: '', number: 0 });
  });
});
