/** Seed 000, lived through by real processes: two pictures of Alice's and Bob's clients, its options, and its protocol. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { chat10 } from '../support/foreign/chat10.js';
import { inTerminal, onPipes, WELCOME } from '../support/people.js';
import { run } from '../support/process.js';
import { Serving } from '../support/serving.js';
import {
  everyoneHears,
  foreignClients,
  foreignServer,
  interruptions,
  nameInUse,
  noFiles,
  refusal,
  says,
  type Walk,
} from '../support/stories.js';

const TAKEN = 'Another user is using this username.';
const STOPPING = 'The server is shutting down.';
const GONE = 'The server closed the connection.';

const WALK: Walk = {
  protocol: 'chat10',
  call: (port, name) => ['chat10://localhost', '--target', '127.0.0.1', '--port', `${port}`, '--username', name],
  goodbye: [`* ${STOPPING}`, GONE],
  taken: TAKEN,
};

describe('the walk of seed 000', () => {
  afterEach(closeAll);

  it('has Alice and Bob talk back and forth until Alice logs off first', async () => {
    const serving = await Serving.start('chat10');
    const port = serving.port('chat10');
    const alice = await inTerminal(...WALK.call(port, 'alice'));
    const bob = await onPipes(...WALK.call(port, 'bob'));
    await alice.hears('bob joined');
    await says(alice, 'alice', 'Hi Bob!', [alice, bob]);
    await says(bob, 'bob', 'Hello Alice, how are you?', [alice, bob]);
    // What comes in while she types does not disturb what she types.
    alice.terminal.type('Fine, ');
    await alice.sees('Fine,');
    await says(bob, 'bob', 'Still there?', [alice, bob]);
    alice.types('and you?');
    await everyoneHears([alice, bob], 'alice: Fine, and you?');
    alice.types('q');
    expect(await alice.ends()).toEqual({ code: 0, signal: null });
    await bob.hears('alice left');
    await says(bob, 'bob', 'Alone', [bob]);
    bob.process.end();
    expect(await bob.ends()).toEqual({ code: 0, signal: null });
    await serving.reports('bob', 'left the chatroom');

    const talk = ['alice: Hi Bob!', 'bob: Hello Alice, how are you?', 'bob: Still there?', 'alice: Fine, and you?'];
    expect(alice.conversation()).toEqual(['bob joined', ...talk]);
    expect(bob.conversation()).toEqual([...talk, 'alice left', 'bob: Alone']);
    expect(bob.lines().filter((line) => line === WELCOME)).toHaveLength(1);
    expect(alice.isInOrder()).toBe(true);
  });

  it('has each option that the seed lists, with help and version', async () => {
    const help = await run(['chat', '--help']);
    for (const option of ['--help', '--target', '--port', '--username']) expect(help.stdout).toContain(option);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const args of [['--version'], ['chat', '--version'], ['serve', '--version']]) {
      expect(await run(args)).toEqual({ code: 0, stdout: 'snug 1.0.0\n', stderr: '' });
    }
  });

  it.each([
    ['a missing name', ['chat10://localhost'], /username is needed/],
    ['an empty name', ['chat10://127.0.0.1', '--username', ''], /username cannot be empty/],
    ['an address that is none', ['chat10://', '--username', 'alice'], /"chat10:\/\/"/],
    ['a port beyond the last', ['chat10://localhost:65536', '--username', 'alice'], /"chat10:\/\/localhost:65536"/],
    ['two names', ['alice', 'chat10://localhost', '--username', 'bob'], /one username/],
    ['an unknown host', ['chat10://no-such-host.invalid', '--username', 'alice'], /no-such-host\.invalid/],
  ])('says in a sentence what is wrong with %s', async (_, args, named) => {
    await refusal(args, named);
  });

  it('refuses a name in use in a sentence, and ends with 1', () => nameInUse(WALK));

  it('announces once a client that is interrupted, and each client ends when the server is', () => interruptions(WALK));

  it('offers no files and no history', () => noFiles(WALK));

  it("serves somebody else's clients in one room with ours and the menu", () =>
    foreignClients(WALK, chat10, { taken: `Server: ${TAKEN}`, farewell: `Server: ${STOPPING}` }));

  it("works with somebody else's server", () =>
    foreignServer(WALK, chat10, {
      announces: true,
      goodbye: GONE,
      received: [
        'CHAT/1.0 JOIN\r\nUsername: ann\r\n\r\n',
        'CHAT/1.0 JOIN\r\nUsername: ben\r\n\r\n',
        'CHAT/1.0 TEXT\r\nUsername: ann\r\nMsg-len: 6\r\n\r\nHi Ben',
        'CHAT/1.0 TEXT\r\nUsername: ben\r\nMsg-len: 18\r\n\r\nHi Ann, héllo €',
        'CHAT/1.0 LEAVE\r\nUsername: ben\r\n\r\n',
      ],
    }));
});
