import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Connect, PassphraseError, RefusedError, UnreachableError } from '../../../src/client/connection.js';
import { chat, type ChatOptions } from '../../../src/client/terminal/chat.js';
import { eventually } from '../../support/eventually.js';
import { FakeConnection, FakeInbox, line, TIME } from './support/fakes.js';

const MENU = [
  'Please select one of the following options:',
  '1. Get a report of the chatroom from the server.',
  '2. Request to join the chatroom.',
  '3. Quit the program.',
];
const WELCOME = [
  'The server welcomes you to the chatroom.',
  "Type lowercase 'q' and press enter at any time to quit the chatroom.",
  "Type lowercase 'a' and press enter at any time to upload an attachment to the chatroom.",
  'Here is a history of the chatroom.',
];

interface Chat {
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly code: Promise<number>;
  readonly stop: AbortController;
  /** Everything printed, once it has ended. */
  printed(): Promise<string[]>;
}

function start(connect: Connect, options: Partial<ChatOptions> = {}): Chat {
  const [input, output, stop] = [new PassThrough(), new PassThrough(), new AbortController()];
  const folders = { attachments: 'nowhere', inbox: new FakeInbox() };
  const fixed = { input, output, color: false, clock: () => TIME.getTime(), signal: stop.signal };
  const code = chat({ connect, ...folders, ...fixed, ...options });
  const printed = async (): Promise<string[]> => {
    await code;
    output.end();
    return (await text(output)).split('\n');
  };
  return { input, output, code, stop, printed };
}

/** What a run prints that is given all its input at once. */
function run(typed: string, connect: Connect, options?: Partial<ChatOptions>): Promise<string[]> {
  const chatting = start(connect, options);
  chatting.input.end(typed);
  return chatting.printed();
}

/** A server that echoes, and announces that we leave. */
function echoing(): FakeConnection {
  const connection = new FakeConnection();
  connection.say = async (said) => connection.listener.line(line({ author: 'Cool', text: said }), false);
  connection.leaving = async () =>
    connection.listener.line(line({ kind: 'left', author: 'Cool', text: 'Cool left the chatroom.' }), false);
  return connection;
}

describe('chat on pipes', () => {
  it('runs a whole visit, everything on a line of its own', async () => {
    expect(await run('2\nCool\nHi\nq\n3\n', echoing().connect)).toEqual([
      ...MENU,
      'Your choice: 2',
      'Please enter a username: Cool',
      ...WELCOME,
      '[20:32:45] Cool: Hi',
      '[20:32:45] Server: Cool left the chatroom.',
      '',
      ...MENU,
      'Your choice: 3',
      '',
    ]);
  });

  it.each([
    ['lines that end in \\r\\n', '2\r\nCool\r\nHi\r\nq\r\n3\r\n'],
    ['input that ends in the room', '2\nCool\nHi\n'],
    ['a last line without an end', '2\nCool\nHi'],
  ])('takes %s', async (_what, typed) => {
    const connection = echoing();
    const printed = await run(typed, connection.connect);
    expect(printed).toContain('[20:32:45] Cool: Hi');
    expect(printed).toContain('[20:32:45] Server: Cool left the chatroom.');
    expect(printed.at(-1)).toBe('');
    expect(connection.asked).toEqual(['join Cool', 'leave', 'close']);
  });

  it('says how to say a passphrase where it cannot be typed unseen', async () => {
    const connection = new FakeConnection();
    connection.joining = () => Promise.reject(new PassphraseError('The passphrase is missing or wrong.'));
    const printed = await run('2\nCool\n3\n', connection.connect, { key: { passphrase: '' } });
    expect(printed).toContain('The passphrase is missing or wrong. SNUG_PASSPHRASE or --passphrase-file says it.');
    expect(printed.at(-2)).toBe('Your choice: 3');
  });

  it('prints a report and asks again', async () => {
    const connection = new FakeConnection();
    const printed = await run('1\n 3 \n', connection.connect);
    expect(printed.slice(4, 9)).toEqual([
      'Your choice: 1',
      'There are 2 active users in the chatroom.',
      '1. Cool at IP: 192.168.1.5 and port: 3546543.',
      '2. Fun at IP: 192.168.1.6 and port: 726513.',
      '',
    ]);
    expect(connection.asked).toEqual(['report', 'close']);
  });

  it.each([
    [0, 'There are 0 active users in the chatroom.'],
    [1, 'There is 1 active user in the chatroom.'],
  ])('counts %d', async (count, sentence) => {
    const connection = new FakeConnection();
    connection.report = () => Promise.resolve({ count, text: '' });
    expect((await run('1\n3\n', connection.connect)).slice(5, 7)).toEqual([sentence, '']);
  });

  it('says what a choice can be', async () => {
    expect((await run('4\n\n3\n', new FakeConnection().connect)).filter((row) => /1, 2/.test(row))).toHaveLength(2);
  });

  it('goes back to the menu when the server is away or refuses', async () => {
    const away: Connect = () => Promise.reject(new UnreachableError('There is no server.'));
    expect((await run('1\n3\n', away)).slice(5, 7)).toEqual(['There is no server.', '']);
    const refusing = new FakeConnection();
    refusing.joining = () => Promise.reject(new RefusedError('The server rejects the join request.'));
    expect((await run('2\nFun\n3\n', refusing.connect)).slice(5, 8)).toEqual([
      'Please enter a username: Fun',
      'The server rejects the join request.',
      '',
    ]);
  });

  it('uses a given name for the first join only', async () => {
    const refusing = new FakeConnection();
    refusing.joining = () => Promise.reject(new RefusedError('No.'));
    const printed = await run('2\n2\nFire\n2\n\n3\n', refusing.connect, { username: 'Fun' });
    expect(refusing.asked.filter((asked) => asked.startsWith('join'))).toEqual(['join Fun', 'join Fire']);
    expect(printed).toContain('A username cannot be empty.');
  });

  it('goes straight into the room when it is to, and ends with it', async () => {
    const options = { direct: true, username: 'Cool' };
    expect(await run('Hi\nq\n1\n', echoing().connect, options)).toEqual([
      ...WELCOME,
      '[20:32:45] Cool: Hi',
      '[20:32:45] Server: Cool left the chatroom.',
      '',
    ]);
    const refusing = new FakeConnection();
    refusing.joining = () => Promise.reject(new RefusedError('No.'));
    const refused = start(refusing.connect, options);
    expect(await refused.printed()).toEqual(['No.', '']);
    expect(await refused.code).toBe(1);
  });

  it('ends quietly when the input does', async () => {
    expect(await run('', new FakeConnection().connect)).toEqual([...MENU, 'Your choice: ', '']);
  });

  it('leaves politely when it is stopped', async () => {
    const connection = echoing();
    const { input, stop, code } = start(connection.connect);
    input.write('2\nCool\n');
    await eventually(() => connection.asked.includes('join Cool'), 'the join');
    stop.abort();
    expect(await code).toBe(0);
    expect(connection.asked).toEqual(['join Cool', 'leave', 'close']);
  });

  it('does not wait for a connection when it is stopped, and closes it should it come', async () => {
    const connection = new FakeConnection();
    let open: (() => void) | undefined;
    const { input, stop, code } = start(async (listener) => {
      await new Promise<void>((resolve) => (open = resolve));
      return connection.connect(listener);
    });
    input.write('1\n');
    const opened = await eventually(() => open, 'the wish to connect');
    stop.abort();
    expect(await code).toBe(0);
    opened();
    await eventually(() => connection.asked.includes('close'), 'the end of the connection');
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const connection = echoing();
    const { input, output, code } = start(connection.connect);
    input.write('2\nCool\n');
    await eventually(() => connection.asked.includes('join Cool'), 'the join');
    output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await code).toBe(0);
    expect(connection.asked).toContain('leave');
  });
});
