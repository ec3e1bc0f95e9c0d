/** What happens in the same way in every protocol, told once. */
import { expect } from '@jest/globals';
import type { Foreign } from './foreign/wire.js';
import { atMenu, inTerminal, onPipes, type Person, PersonInTerminal, PersonOnPipes, WELCOME } from './people.js';
import { run } from './process.js';
import { Serving } from './serving.js';

const ENDED = { code: 0, signal: null };

/** What a walk needs to know of its protocol. */
export interface Walk {
  /** As `snug serve` calls it. */
  readonly protocol: string;
  /** The words after `snug chat`, as the seed has them. */
  call(port: number, name: string): readonly string[];
  /** The last lines of our client when the server stops. */
  readonly goodbye: readonly string[];
  /** What it says when the name is in use. */
  readonly taken: string;
}

/** Waits until all of them were told. */
export async function everyoneHears(
  people: readonly { hears(line: string): Promise<void> }[],
  line: string,
): Promise<void> {
  await Promise.all(people.map((person) => person.hears(line)));
}

/** Somebody says a line; waits until all of them were told. */
export async function says(
  person: Person,
  name: string,
  text: string,
  people: readonly { hears(line: string): Promise<void> }[],
): Promise<void> {
  person.types(text);
  await everyoneHears(people, `${name}: ${text}`);
}

/** Who asks for a name in use is told so in a sentence, and the client ends with 1; those in the room notice nothing. */
export async function nameInUse({ protocol, call, taken }: Walk): Promise<void> {
  const serving = await Serving.start(protocol);
  const port = serving.port(protocol);
  const first = await onPipes(...call(port, 'alice'));
  const inPty = new PersonInTerminal(call(port, 'alice'));
  const piped = run(['chat', ...call(port, 'alice')], { input: 'Hi\n' });

  expect(await piped).toEqual({ code: 1, stdout: `${taken}\n`, stderr: '' });
  expect(await inPty.ends()).toEqual({ code: 1, signal: null });
  expect(inPty.lines()).toEqual([taken]);
  expect(inPty.isInOrder()).toBe(true);
  await serving.reports('alice', 'was not let in', 2);
  expect(serving.terminal.occurrences(/alice .* (joined|left) the chatroom/)).toBe(1);
  expect(first.conversation()).toEqual([]);
}

/**
 * Ctrl-C in a client's terminal, and SIGINT between pipes: the others are told once. Then Ctrl-C in the server's:
 * everyone is told once, and each client ends by itself.
 */
export async function interruptions({ protocol, call, goodbye }: Walk): Promise<void> {
  const serving = await Serving.start(protocol);
  const port = serving.port(protocol);
  const alice = await inTerminal(...call(port, 'alice'));
  const [bob, carol, dave] = await Promise.all([
    inTerminal(...call(port, 'bob')),
    onPipes(...call(port, 'carol')),
    onPipes(...call(port, 'dave')),
  ]);
  await Promise.all(['bob joined', 'carol joined', 'dave joined'].map((line) => alice.hears(line)));

  await says(bob, 'bob', 'Hi', [alice]);
  bob.terminal.type('not sent');
  bob.terminal.press('ctrl-c');
  expect(await bob.ends()).toEqual(ENDED);
  expect(bob.isInOrder()).toBe(true);
  await serving.reports('bob', 'left the chatroom');
  carol.process.signal('SIGINT');
  expect(await carol.ends()).toEqual(ENDED);
  await everyoneHears([alice, dave], 'carol left');

  alice.terminal.type('half a line');
  expect(await serving.interrupt()).toEqual(ENDED);
  expect(serving.terminal.transcript()).toContain('Stopping: 2 people in the room.');
  for (const person of [alice, dave]) {
    expect(await person.ends()).toEqual(ENDED);
    expect(person.lines().slice(-goodbye.length)).toEqual(goodbye);
    expect(since('bob: Hi', person.conversation())).toEqual(['bob: Hi', 'bob left', 'carol left']);
  }
  expect(alice.isInOrder()).toBe(true);
}

/** No word of files, on the screen or in the help, and `a` is not what it is for records. */
export async function noFiles({ protocol, call }: Walk): Promise<void> {
  const serving = await Serving.start(protocol);
  const alice = await inTerminal(...call(serving.port(protocol), 'alice'));
  alice.types('/help');
  await alice.sees('quits the chatroom');
  await alice.sees('sends /TEXT');
  expect(alice.lines().join('\n')).not.toMatch(/attachment|file|history/i);
  alice.types('a');
  await alice.sees('Files are not possible on this server.');
  for (const command of ['/files', '/get 1', '/history']) {
    alice.types(command);
    await alice.sees(`${command.split(' ')[0]} is not possible on this server.`);
  }
  await says(alice, 'alice', 'no file', [alice]);
  alice.types('/say a');
  await alice.hears('alice: a');
  expect(alice.conversation()).toEqual(['alice: no file', 'alice: a']);
}

/** What a program written from the seed alone sees of our server. */
export interface ForeignView {
  /** What the server answers to the name. */
  readonly answer?: string;
  readonly taken: string;
  readonly farewell?: string;
  /** One's own texts come back. */
  readonly echoes?: boolean;
}

/** Somebody else's clients in our room, with a client of ours and one at the menu: all read the same, in the same order. */
export async function foreignClients(
  { protocol, call, goodbye }: Walk,
  foreign: Foreign,
  view: ForeignView,
): Promise<void> {
  const serving = await Serving.start(protocol, 'records');
  const port = serving.port(protocol);
  const [cool, alice] = await Promise.all([atMenu(serving.port('records'), 'cool'), onPipes(...call(port, 'alice'))]);
  const bob = await foreign.client(port, 'bob');
  await everyoneHears([cool, alice], 'bob joined');

  // Whoever speaks has heard what was said before; the others may still have to ask for it.
  await says(alice, 'alice', 'Hi Bob', [bob, cool]);
  bob.says('Hi Alice, héllo €');
  await cool.hears('bob: Hi Alice, héllo €');
  await says(cool, 'cool', 'Hi you two: all well?', [bob, cool]);
  const carol = await foreign.client(port, 'carol');
  await everyoneHears([bob, cool], 'carol joined');
  const other = await foreign.client(port, 'bob');
  await other.hears(view.taken);
  await other.ends();
  carol.says('Me too');
  await everyoneHears([bob, cool], 'carol: Me too');
  bob.leaves();
  await everyoneHears([alice, carol, cool], 'bob left');
  await says(alice, 'alice', 'Buy Bob', [alice, carol, cool]);

  const story = [
    'alice: Hi Bob',
    'bob: Hi Alice, héllo €',
    'cool: Hi you two: all well?',
    'carol joined',
    'carol: Me too',
    'bob left',
    'alice: Buy Bob',
  ];
  const first = story[0]!;
  const answer = view.answer === undefined ? [] : [view.answer];
  const others = (name: string, lines: string[]): string[] =>
    view.echoes ? lines : lines.filter((line) => !line.startsWith(`${name}: `));
  expect(since(first, cool.conversation())).toEqual(story);
  expect(since(first, alice.conversation())).toEqual(story);
  expect(bob.heard).toEqual([...answer, ...others('bob', story.slice(0, 5))]);
  expect(carol.heard).toEqual([...answer, ...others('carol', story.slice(4))]);
  expect(other.heard).toEqual([view.taken]);

  expect(await serving.interrupt()).toEqual(ENDED);
  if (view.farewell !== undefined) await carol.hears(view.farewell);
  await carol.ends();
  expect(await alice.ends()).toEqual(ENDED);
  expect(alice.lines().slice(-goodbye.length)).toEqual(goodbye);
  await cool.sees('Your choice:', 2);
  const farewell = view.farewell === undefined ? [] : [view.farewell];
  expect(carol.heard).toEqual([...answer, ...others('carol', story.slice(4)), ...farewell]);
}

/** What a server written from the seed alone says and gets. */
export interface ForeignServerView {
  /** One is told who comes and goes. */
  readonly announces: boolean;
  /** What ann does before ben comes. */
  readonly alone?: (ann: Person) => Promise<void>;
  /** What it says to a name in use; nothing where the seed has it accept any. */
  readonly taken?: string;
  readonly goodbye: string;
  /** All that the two clients of ours are to send, in the order in which it happens. */
  readonly received: readonly string[];
}

/** Two clients of ours, in a terminal and between pipes, at somebody else's server. */
export async function foreignServer(
  { call }: Pick<Walk, 'call'>,
  foreign: Foreign,
  view: ForeignServerView,
): Promise<void> {
  const server = await foreign.server();
  const ann = await inTerminal(...call(server.port, 'ann'));
  await view.alone?.(ann);
  const ben = await onPipes(...call(server.port, 'ben'));
  if (view.announces) await ann.hears('ben joined');

  await says(ann, 'ann', 'Hi Ben', [ben]);
  await says(ben, 'ben', 'Hi Ann, héllo €', [ann, ben]);
  ben.process.signal('SIGINT');
  expect(await ben.ends()).toEqual(ENDED);
  if (view.announces) await ann.hears('ben left');
  if (view.taken !== undefined) {
    const other = new PersonOnPipes(call(server.port, 'ann'));
    expect(await other.ends()).toEqual({ code: 1, signal: null });
    expect(other.lines()).toEqual([view.taken]);
  }
  server.stop();
  expect(await ann.ends()).toEqual(ENDED);

  const story = ['ann: Hi Ben', 'ben: Hi Ann, héllo €'];
  expect(ann.conversation()).toEqual(view.announces ? ['ben joined', ...story, 'ben left'] : story);
  expect(ann.lines().at(-1)).toBe(view.goodbye);
  expect(ann.isInOrder()).toBe(true);
  expect(ben.conversation()).toEqual(story);
  expect(server.received).toEqual(view.received);
}

/** A call that cannot work: one sentence that names what is wrong, and an exit code that says so. */
export async function refusal(args: readonly string[], named: string | RegExp): Promise<void> {
  const { code, stdout, stderr } = await run(['chat', ...args], { input: 'Hi\n' });
  expect(`${stdout}${stderr}`).toMatch(/^[^\n]+\.\n$/);
  expect(`${stdout}${stderr}`).toMatch(named);
  expect(stdout).not.toContain(WELCOME);
  expect(code).toBeGreaterThan(0);
}

/** From the line `first` on. */
function since(first: string, lines: readonly string[]): string[] {
  return lines.slice(lines.indexOf(first));
}
