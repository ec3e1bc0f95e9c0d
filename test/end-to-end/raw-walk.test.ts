/** Seed 003, lived through by real processes, over TCP and over UDP. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { raw, rawUdp } from '../support/foreign/raw.js';
import { inTerminal, onPipes } from '../support/people.js';
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

const TAKEN = 'Name already taken';
const STOPPING = 'The server is shutting down.';

const TCP = {
  foreign: raw,
  received: ['ann', 'ben', 'Hi Ben', 'Hi Ann, héllo €', 'exit', 'ann'],
};
const UDP = {
  foreign: rawUdp,
  received: ['ann:join', 'ben:join', 'ann:Hi Ben', 'ben:Hi Ann, héllo €', 'ben:exit', 'ann:join'],
};

describe.each([
  ['raw', TCP],
  ['raw-udp', UDP],
])('the walk of seed 003 over %s', (protocol, { foreign, received }) => {
  const walk: Walk = {
    protocol,
    call: (port, name) => ['--name', name, `${protocol}://127.0.0.1:${port}`],
    goodbye: [STOPPING],
    taken: TAKEN,
  };

  afterEach(closeAll);

  it('has people come, talk, and go by typing exit', async () => {
    const serving = await Serving.start(protocol);
    const port = serving.port(protocol);
    const ann = await inTerminal(...walk.call(port, 'ann'));
    const bob = await onPipes(...walk.call(port, 'bob'));
    await ann.hears('bob joined');
    const eve = await onPipes(...walk.call(port, 'eve'));
    await everyoneHears([ann, bob], 'eve joined');
    await says(ann, 'ann', 'hello', [ann, bob, eve]);
    await says(bob, 'bob', 'hi ann: are you there?', [ann, bob, eve]);
    eve.types('exit');
    expect(await eve.ends()).toEqual({ code: 0, signal: null });
    await everyoneHears([ann, bob], 'eve left');
    ann.types('exit');
    expect(await ann.ends()).toEqual({ code: 0, signal: null });
    await bob.hears('ann left');
    bob.types('q');
    expect(await bob.ends()).toEqual({ code: 0, signal: null });
    await serving.reports('bob', 'left the chatroom');

    const talk = ['ann: hello', 'bob: hi ann: are you there?'];
    expect(ann.conversation()).toEqual(['bob joined', 'eve joined', ...talk, 'eve left']);
    expect(bob.conversation()).toEqual(['eve joined', ...talk, 'eve left', 'ann left']);
    expect(eve.conversation()).toEqual(talk);
    expect(ann.isInOrder()).toBe(true);
  });

  it.each([
    ['a missing name', [`${protocol}://localhost`], /username is needed/],
    ['an address that is none', ['--name', 'bob', `${protocol}://`], new RegExp(`"${protocol}://"`)],
    ['an unknown host', ['--name', 'bob', `${protocol}://no-such-host.invalid`], /no-such-host\.invalid/],
    [
      'a port where nobody listens',
      ['--name', 'bob', `${protocol}://127.0.0.1:1`],
      /no server at 127\.0\.0\.1, port 1/,
    ],
  ])('says in a sentence what is wrong with %s', async (_, args, named) => {
    await refusal(args, named);
  });

  it('refuses a name in use in a sentence, and ends with 1', () => nameInUse(walk));

  it('announces once a client that is interrupted, and each client ends when the server is', () => interruptions(walk));

  it('offers no files and no history', () => noFiles(walk));

  it("serves somebody else's clients in one room with ours and the menu", () =>
    foreignClients(walk, foreign, { answer: 'Welcome', taken: TAKEN, farewell: 'server-shutdown' }));

  it("works with somebody else's server", () =>
    foreignServer(walk, foreign, { announces: true, taken: TAKEN, goodbye: STOPPING, received }));
});
