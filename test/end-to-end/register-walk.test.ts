/** Seed 004, lived through by real processes: Alice and Bob, as on its screen shots. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { register } from '../support/foreign/register.js';
import { inTerminal, onPipes } from '../support/people.js';
import { run } from '../support/process.js';
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

const TAKEN = '401 Client already registered';
const STOPPING = 'The server is shutting down.';

const WALK: Walk = {
  protocol: 'register',
  call: (port, name) => [name, `chat://127.0.0.1:${port}`],
  goodbye: [STOPPING],
  taken: TAKEN,
};

describe('the walk of seed 004', () => {
  afterEach(closeAll);

  it('has Alice and Bob take turns, Alice leave, and the server take Bob along', async () => {
    const serving = await Serving.start('register');
    const port = serving.port('register');
    const alice = await inTerminal(...WALK.call(port, 'Alice'));
    const bob = await onPipes(...WALK.call(port, 'Bob'));
    await alice.hears('Bob joined');
    await says(alice, 'Alice', 'Hi Bob, how are you?', [alice, bob]);
    await says(bob, 'Bob', 'Fine, thanks. And you?', [alice, bob]);
    await says(alice, 'Alice', 'I have to go.', [alice, bob]);
    alice.terminal.press('ctrl-c');
    expect(await alice.ends()).toEqual({ code: 0, signal: null });
    await bob.hears('Alice left');
    expect(await serving.interrupt()).toEqual({ code: 0, signal: null });
    await bob.sees(STOPPING);
    expect(await bob.ends()).toEqual({ code: 0, signal: null });

    const talk = ['Alice: Hi Bob, how are you?', 'Bob: Fine, thanks. And you?', 'Alice: I have to go.'];
    expect(alice.conversation()).toEqual(['Bob joined', ...talk]);
    expect(bob.conversation()).toEqual([...talk, 'Alice left']);
    expect(alice.isInOrder()).toBe(true);
  });

  it.each([
    ['a missing name', ['chat://localhost:54307'], /username is needed/],
    ['an address without a scheme', ['alice', 'localhost:54307'], /"localhost:54307"/],
    ['an address of another kind', ['alice', 'http://localhost:54307'], /"http:\/\/localhost:54307"/],
    ['an address without a port', ['alice', 'chat://localhost'], /"chat:\/\/localhost" names no port/],
    ['an address without a host', ['alice', 'chat://:54307'], /"chat:\/\/:54307"/],
    ['a port that is none', ['alice', 'chat://localhost:port'], /"chat:\/\/localhost:port"/],
    ['a port where nobody listens', ['alice', 'chat://127.0.0.1:1'], /no server at 127\.0\.0\.1, port 1/],
  ])('says in a sentence what is wrong with %s', async (_, args, named) => {
    await refusal(args, named);
  });

  it('shows what the server says to a name that is no single word, and ends with 1', async () => {
    const serving = await Serving.start('register');
    const { code, stdout } = await run(['chat', ...WALK.call(serving.port('register'), 'Alice Smith')]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '400 Invalid registration\n' });
  });

  it('refuses a name in use in a sentence, and ends with 1', () => nameInUse(WALK));

  it('announces once a client that is interrupted, and each client ends when the server is', () => interruptions(WALK));

  it('offers no files and no history', () => noFiles(WALK));

  describe.each(Object.entries(register))('with framing: %s', (_, foreign) => {
    it("serves somebody else's clients in one room with ours and the menu", () =>
      foreignClients(WALK, foreign, {
        answer: '200 Registration successful',
        taken: TAKEN,
        farewell: 'DISCONNECT CHAT/1.0',
      }));

    it("works with somebody else's server", () =>
      foreignServer(WALK, foreign, {
        announces: false,
        taken: TAKEN,
        goodbye: STOPPING,
        received: [
          'REGISTER ann CHAT/1.0',
          'REGISTER ben CHAT/1.0',
          '@ann: Hi Ben',
          '@ben: Hi Ann, héllo €',
          'DISCONNECT ben CHAT/1.0',
          'REGISTER ann CHAT/1.0',
        ],
      }));
  });
});
