import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { RefusedError, UnreachableError } from '../../../src/client/connection.js';
import type { After } from '../../../src/client/terminal/room.js';
import { Stop } from '../../../src/client/terminal/stop.js';
import { visit } from '../../../src/client/terminal/visit.js';
import { closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { temporaryFolder } from '../../support/folders.js';
import { FakeConnection, FakeInbox, FakeScreen, fileLine, line, TIME } from './support/fakes.js';

const MB = 1024 * 1024;
const WELCOME = [
  'The server welcomes you to the chatroom.',
  "Type lowercase 'q' and press enter at any time to quit the chatroom.",
  "Type lowercase 'a' and press enter at any time to upload an attachment to the chatroom.",
  'Here is a history of the chatroom.',
];

let attachments = '';

beforeAll(() => {
  attachments = join(temporaryFolder('home'), 'attachments');
  mkdirSync(attachments);
  writeFileSync(join(attachments, 'coolfile1.txt'), 'I am on a light diet');
  writeFileSync(join(attachments, 'big.bin'), '');
  truncateSync(join(attachments, 'big.bin'), 2 * MB);
});

afterAll(closeAll);

interface Visit {
  readonly screen: FakeScreen;
  readonly connection: FakeConnection;
  readonly inbox: FakeInbox;
  readonly stop: Stop;
  readonly after: Promise<After>;
  /** What was printed below the welcome. */
  printed(): string[];
}

interface VisitOptions {
  live?: boolean;
  connection?: FakeConnection;
  name?: string;
}

async function enter({
  live = true,
  connection = new FakeConnection(),
  name = 'Fire',
}: VisitOptions = {}): Promise<Visit> {
  const [screen, inbox, stop] = [new FakeScreen(live), new FakeInbox(), new Stop(new AbortController().signal)];
  const places = { attachments, home: '/nowhere' };
  const clock = (): number => TIME.getTime();
  const after = visit(connection.connect, name, { screen, stop, inbox, places, color: false, clock });
  await eventually(() => screen.printed.length > 0, 'the welcome');
  return { screen, connection, inbox, stop, after, printed: () => screen.printed.slice(WELCOME.length) };
}

const seconds = (time: string): Date => new Date(`2026-11-20T${time}`);

describe('entering the room', () => {
  it('welcomes with the words of the seed and shows the history', async () => {
    const { screen, connection, after } = await enter();
    const { listener } = connection;
    listener.line(
      line({ kind: 'joined', time: seconds('20:32:40'), author: 'Cool', text: 'Cool joined the chatroom.' }),
      true,
    );
    listener.line(line({ time: seconds('20:32:45'), author: 'Cool', text: 'Hi.' }), true);
    listener.line(
      line({ kind: 'joined', time: seconds('20:36:06'), author: 'Fire', text: 'Fire joined the chatroom.' }),
      false,
    );
    screen.type('q');
    expect(await after).toBe('menu');
    expect(screen.printed).toEqual([
      ...WELCOME,
      '[20:32:40] Server: Cool joined the chatroom.',
      '[20:32:45] Cool: Hi.',
      '[20:36:06] Server: Fire joined the chatroom.',
    ]);
  });

  it('promises only what the protocol can do', async () => {
    const connection = new FakeConnection();
    connection.can = { report: false, files: false, history: false };
    const { screen, after } = await enter({ connection });
    screen.type('a', '/get 1', 'q');
    await after;
    expect(screen.printed).toEqual([
      ...WELCOME.slice(0, 2),
      '* Files are not possible on this server. /say a sends the letter.',
      '* /get is not possible on this server.',
    ]);
  });

  it('passes on why the server refuses, and closes', async () => {
    const connection = new FakeConnection();
    connection.joining = () => Promise.reject(new RefusedError('No.'));
    const stop = new Stop(new AbortController().signal);
    const screen = new FakeScreen(true);
    const places = { attachments, home: '/nowhere' };
    const options = { screen, stop, inbox: new FakeInbox(), places, color: false, clock: Date.now };
    await expect(visit(connection.connect, 'Fun', options)).rejects.toThrow('No.');
    expect(connection.asked).toEqual(['join Fun', 'close']);
  });
});

describe('typing', () => {
  it('sends messages, q and a being none', async () => {
    const { screen, connection, after } = await enter();
    screen.type('Hey guys!', '', '  ', ' q', '//help', '/say q', 'Q', 'q', 'too late');
    await after;
    const says = ['Hey guys!', ' q', '/help', 'q', 'Q'].map((text) => `say ${text}`);
    expect(connection.asked).toEqual(['join Fire', ...says, 'leave', 'close']);
  });

  it('prints what the server says when a message is refused', async () => {
    const connection = new FakeConnection();
    connection.say = () => Promise.reject(new RefusedError('Too long.'));
    const { screen, after, printed } = await enter({ connection });
    screen.type('Hi', 'q');
    await after;
    expect(printed()).toEqual(['* Too long.']);
  });

  it('asks for the people and for older lines on the same connection', async () => {
    const { screen, connection, after, printed } = await enter({ live: false });
    const fake = 'older\n[20:00:00] Fun: fake';
    connection.older = [line({ sequence: 5, time: new Date('2026-11-19T20:00:00'), author: 'Cool', text: fake })];
    connection.listener.line(line({ sequence: 6, text: 'Hi' }), true);
    screen.type('/names', '/history');
    await eventually(() => printed().length > 8, 'older lines');
    connection.older = [];
    screen.type('/history', 'q');
    await after;
    expect(printed()).toEqual([
      '[20:32:45] Cool: Hi',
      '* There are 2 active users in the chatroom.',
      '  1. Cool at IP: 192.168.1.5 and port: 3546543.',
      '  2. Fun at IP: 192.168.1.6 and port: 726513.',
      '* Older lines:',
      '--- Thursday, 19 November 2026 ---',
      '[20:00:00] Cool: older',
      '           [20:00:00] Fun: fake',
      '* End of the older lines.',
      '* There is nothing older.',
    ]);
    expect(connection.asked).toEqual(expect.arrayContaining(['history before 6', 'history before 5']));
  });

  it('completes names of who is there, and paths after a', async () => {
    const { screen, connection, after } = await enter();
    connection.listener.line(line({ kind: 'joined', author: 'Cool' }), true);
    connection.listener.line(line({ kind: 'joined', author: 'Cold' }), true);
    connection.listener.line(line({ kind: 'left', author: 'Cold' }), true);
    expect(await screen.complete?.('Co')).toEqual({ word: 'Co', choices: ['Cool: '] });
    screen.type('a');
    await eventually(() => screen.printed.at(-1)?.startsWith('Please'), 'the question');
    expect(await screen.complete?.('attachments/c')).toMatchObject({ choices: ['attachments/coolfile1.txt'] });
    screen.type('', 'q');
    await after;
    expect(screen.printed.at(-1)).toBe('* Nothing was uploaded.');
  });
});

describe('leaving', () => {
  it.each([
    ['q', (visited: Visit) => visited.screen.type('q'), 'menu'],
    ['the end of input', (visited: Visit) => visited.screen.end(), 'end'],
    ['the end of the program', (visited: Visit) => visited.stop.request(), 'end'],
  ])('is polite at %s', async (_why, leave, expected) => {
    const visited = await enter();
    const { connection, screen } = visited;
    connection.leaving = async () => {
      await setImmediate();
      connection.listener.line(line({ kind: 'left', author: 'Fire', text: 'Fire left the chatroom.' }), false);
    };
    leave(visited);
    expect(await visited.after).toBe(expected);
    expect(screen.printed.at(-1)).toBe('[20:32:45] Server: Fire left the chatroom.');
    expect(connection.asked.slice(-2)).toEqual(['leave', 'close']);
    expect(screen.closed).toBe(1);
  });

  it('does not wait for a silent server any longer when asked twice', async () => {
    const { connection, stop, after } = await enter();
    connection.leaving = () => new Promise(() => undefined);
    stop.request();
    await eventually(() => connection.asked.includes('leave'), 'the wish to leave');
    stop.request();
    expect(await after).toBe('end');
  });

  it('says in one sentence that the server is gone', async () => {
    const { connection, screen, after, printed } = await enter();
    connection.say = () => Promise.reject(new UnreachableError('The server went away.'));
    screen.type('Hi');
    await setImmediate();
    connection.listener.closed('The server closed the connection.');
    expect(await after).toBe('menu');
    expect(printed()).toEqual(['The server closed the connection.']);
  });

  it('does not hide a mistake of ours', async () => {
    const { connection, screen, after } = await enter();
    connection.say = () => Promise.reject(new TypeError('a mistake'));
    screen.type('Hi');
    await expect(after).rejects.toThrow('a mistake');
  });
});

describe('files', () => {
  const text = Buffer.from('I am on a light diet: I eat in daylight!\n');

  it('are saved, and shown if they are text', async () => {
    const { connection, inbox, screen, after, printed } = await enter();
    connection.listener.line(fileLine({ author: 'Fire', file: { name: 'coolfile1.txt', contents: text } }), true);
    connection.listener.line(fileLine({ sequence: 2, file: { contents: Buffer.alloc(12_288) } }), false);
    screen.type('q');
    await after;
    expect(printed()).toEqual([
      '[20:32:45] Fire: I am on a light diet: I eat in daylight!',
      '[20:32:45] Cool: shared coolfile1.png (image/png, 12 KB), saved as downloads/coolfile1.png',
    ]);
    expect(inbox.saved.get('coolfile1.txt')).toEqual(text);
  });

  it('are printed in their turn although saving takes a while', async () => {
    const { connection, inbox, screen, after, printed } = await enter();
    inbox.before = () => setImmediate();
    connection.listener.line(fileLine({ file: { contents: text, name: 'a.txt' } }), false);
    connection.listener.line(line({ text: 'Hahaha' }), false);
    connection.listener.notice('careful\x1b[2J');
    screen.type('q');
    await after;
    expect(printed()).toEqual([
      '[20:32:45] Cool: I am on a light diet: I eat in daylight!',
      '[20:32:45] Cool: Hahaha',
      '* careful␛[2J',
    ]);
  });

  it('are cut when they are long', async () => {
    const { connection, screen, after, printed } = await enter();
    connection.listener.line(fileLine({ file: { name: 'a.txt', contents: Buffer.from('12\n'.repeat(50)) } }), false);
    screen.type('q');
    await after;
    expect(printed()).toHaveLength(41);
    expect(printed().at(-1)).toBe('* a.txt: 10 more lines, 30 more characters; all of it is in downloads/a.txt.');
  });

  it('that cannot be saved are shown all the same', async () => {
    const { connection, inbox, screen, after, printed } = await enter();
    inbox.before = () => Promise.reject(new Error('the disk is full'));
    connection.listener.line(fileLine({ file: { name: 'a.txt', contents: text } }), false);
    connection.listener.line(fileLine({ file: { name: '../b.png', contents: text } }), false);
    screen.type('q');
    await after;
    expect(printed()).toEqual([
      '[20:32:45] Cool: I am on a light diet: I eat in daylight!',
      '* a.txt was not saved: the disk is full.',
      '[20:32:45] Cool: shared b.png (image/png, 41 bytes)',
      '* b.png was not saved: the disk is full.',
    ]);
  });

  it('that are large are fetched by themselves when they are new and not ours', async () => {
    const { connection, inbox, screen, after, printed } = await enter();
    connection.contents = [Buffer.alloc(MB), Buffer.alloc(MB)];
    const file = { name: 'big.iso', size: 2 * MB };
    connection.listener.line(fileLine({ sequence: 12, file }), false);
    connection.listener.line(fileLine({ sequence: 13, file, author: 'Fire' }), false);
    connection.listener.line(fileLine({ sequence: 14, file }), true);
    connection.listener.line(fileLine({ sequence: 15, file: { ...file, size: 300 * MB } }), false);
    await eventually(() => inbox.saved.size > 0, 'the file');
    screen.type('/files', 'q');
    await after;
    const shared = '[20:32:45] Cool: shared big.iso (application/x-iso9660-image, 2 MB)';
    expect(printed()).toEqual([
      `${shared}; number 12`,
      `${shared.replace('Cool', 'Fire')}; /get 13 saves it`,
      `${shared}; /get 14 saves it`,
      `${shared.replace('2 MB', '300 MB')}; /get 15 saves it`,
      '* Saved big.iso as downloads/big.iso (2 MB).',
      '* 12  Cool shared big.iso (application/x-iso9660-image, 2 MB)',
      '  13  Fire shared big.iso (application/x-iso9660-image, 2 MB)',
      '  14  Cool shared big.iso (application/x-iso9660-image, 2 MB)',
      '  15  Cool shared big.iso (application/x-iso9660-image, 300 MB)',
      '  /get and the number in front saves a file.',
    ]);
    expect(screen.statuses).toEqual(['Fetching big.iso: 0 % of 2 MB', '']);
    expect(connection.asked.filter((asked) => asked.startsWith('fetch'))).toEqual(['fetch 12 from 0']);
  });

  it('are fetched on demand, unless there is no such file or it is cut short', async () => {
    const { connection, screen, after, printed } = await enter({ live: false });
    connection.listener.line(fileLine({ sequence: 4, author: 'Fire' }), true);
    connection.contents = [Buffer.alloc(10)];
    screen.type('/get 4', '/get 5', '/get', '/get 1e3');
    await eventually(() => printed().length === 5, 'four answers');
    connection.contents = [Buffer.alloc(9)];
    screen.type('/get 4', 'q');
    await after;
    const none = '* There is no file with that number; /files lists those there are.';
    expect(printed().slice(1)).toEqual([
      '* Saved coolfile1.png as downloads/coolfile1.png (10 bytes).',
      none,
      none,
      none,
      '* coolfile1.png was not saved: only 9 bytes of 10 bytes came.',
    ]);
  });

  it('are uploaded under the name that was typed', async () => {
    const { connection, screen, after, printed } = await enter({ live: false });
    screen.type('a', '"attachments/coolfile1.txt"', 'a', 'nowhere.txt', 'q');
    await after;
    expect(connection.asked).toContain('share attachments/coolfile1.txt of 20');
    const question = 'Please enter the file path and name:';
    expect(printed()).toEqual([question, question, '* There is no file nowhere.txt.']);
  });

  it('are uploaded beside the conversation, and no longer once the person leaves', async () => {
    const connection = new FakeConnection();
    connection.sharing = (signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped'))));
    const { screen, after, printed } = await enter({ connection });
    screen.type('a', 'attachments/big.bin', 'meanwhile');
    await eventually(() => connection.asked.some((asked) => asked.startsWith('share')), 'the upload');
    screen.type('q');
    await after;
    expect(connection.asked).toEqual([
      'join Fire',
      'say meanwhile',
      `share attachments/big.bin of ${2 * MB}`,
      'leave',
      'close',
    ]);
    expect(printed()).toEqual(['Please enter the file path and name:', '* The upload of big.bin was stopped.']);
    expect(screen.statuses[0]).toBe('Uploading big.bin: 0 % of 2 MB');
    expect(screen.statuses.at(-1)).toBe('');
  });
});
