/** Seed 001, lived through by real processes: Cindy and Ethan talk about dinner, and everything is asked for. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { pull, pullClient } from '../support/foreign/pull.js';
import { inTerminal, onPipes } from '../support/people.js';
import { Serving } from '../support/serving.js';
import {
  foreignClients,
  foreignServer,
  interruptions,
  nameInUse,
  noFiles,
  refusal,
  says,
  type Walk,
} from '../support/stories.js';

const TAKEN = 'username in use';
const GONE = 'The server closed the connection.';

const WALK: Walk = {
  protocol: 'pull',
  call: (port, name) => [name, `pull://127.0.0.1:${port}`],
  goodbye: [GONE],
  taken: TAKEN,
};

describe('the walk of seed 001', () => {
  afterEach(closeAll);

  it('has Cindy and Ethan agree on dinner, see who is there, and stop nicely', async () => {
    const serving = await Serving.start('pull');
    const port = serving.port('pull');
    const cindy = await inTerminal(...WALK.call(port, 'cindy'));
    const ethan = await onPipes(...WALK.call(port, 'ethan'));
    await cindy.hears('ethan joined');
    cindy.types('We had pizza last night.');
    await says(cindy, 'cindy', 'How about spaghetti?', [ethan]);
    await says(ethan, 'ethan', 'Okay, spaghetti sounds good.', [cindy]);
    cindy.types('/names');
    await cindy.sees('There are 2 active users in the chatroom.\n  1. cindy\n  2. ethan');
    ethan.process.end('Buy');
    expect(await ethan.ends()).toEqual({ code: 0, signal: null });
    await cindy.hears('ethan left');
    cindy.types('q');
    expect(await cindy.ends()).toEqual({ code: 0, signal: null });

    const talk = [
      'cindy: We had pizza last night.',
      'cindy: How about spaghetti?',
      'ethan: Okay, spaghetti sounds good.',
      'ethan: Buy',
    ];
    expect(cindy.conversation()).toEqual(['ethan joined', ...talk, 'ethan left']);
    expect(ethan.conversation()).toEqual(talk);
    expect(cindy.isInOrder()).toBe(true);
    expect(ethan.process.stderr).toBe('');
  });

  it('sends messages of less than 100 characters and refuses longer ones', async () => {
    const serving = await Serving.start('pull');
    const cindy = await onPipes(...WALK.call(serving.port('pull'), 'cindy'));
    cindy.types('x'.repeat(100));
    await cindy.sees('A message on this server has less than 100 characters, and this one has 100.');
    await says(cindy, 'cindy', 'y'.repeat(99), [cindy]);
    expect(cindy.conversation()).toEqual([`cindy: ${'y'.repeat(99)}`]);
  });

  it.each([
    ['a missing name', ['pull://localhost'], /username is needed/],
    ['an address that is none', ['cindy', 'pull://'], /"pull:\/\/"/],
    ['a port that is none', ['cindy', 'pull://localhost:five'], /"pull:\/\/localhost:five"/],
    ['two names', ['cindy', 'ethan', 'pull://localhost'], /one username/],
    ['an unknown host', ['cindy', 'pull://no-such-host.invalid'], /no-such-host\.invalid/],
  ])('says in a sentence what is wrong with %s', async (_, args, named) => {
    await refusal(args, named);
  });

  it('refuses a name in use in a sentence, and ends with 1', () => nameInUse(WALK));

  it('announces once a client that is interrupted, and each client ends when the server is', () => interruptions(WALK));

  it('offers no files and no history', () => noFiles(WALK));

  it("serves somebody else's clients in one room with ours and the menu", () =>
    foreignClients(WALK, pull, { answer: 'connected', taken: TAKEN, echoes: true }));

  it('tells a foreign client who is there, whatever they came with', async () => {
    const serving = await Serving.start('pull', 'chat10');
    const cindy = await pullClient(serving.port('pull'), 'cindy');
    await onPipes('ethan', `chat10://127.0.0.1:${serving.port('chat10')}`);
    await cindy.hears('ethan joined');
    expect(await cindy.users()).toBe('USERS: cindy ethan');
  });

  it("works with somebody else's server", () =>
    foreignServer(WALK, pull, {
      // It says nothing of who comes and goes: that shows in its list of users.
      announces: true,
      alone: async (ann) => {
        ann.types('/names');
        await ann.sees('There is 1 active user in the chatroom.');
      },
      taken: 'The user name is already taken',
      goodbye: GONE,
      received: ['ann', 'ben', 'PUT: Hi Ben', 'PUT: Hi Ann, héllo €', 'ann'],
    }));
});
