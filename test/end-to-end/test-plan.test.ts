/**
 * The test plan of seed 002 (section 7), a test for each of its eight steps, lived through by a real server and four real
 * menu clients in terminals of their own. The steps build on each other.
 */
import { afterAll, describe, expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { COOL_FILE, COOL_TEXT, type Home, home, namesIn, temporaryFolder } from '../support/folders.js';
import { steps } from '../support/steps.js';
import { snugInTerminal, type Terminal } from '../support/terminal.js';

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

const FULL = 'The chatroom has reached its maximum capacity.';
const TAKEN = 'Another user is using this username.';

/** What was said before Fire came. */
const BEFORE_FIRE = [
  '[time] Server: Cool joined the chatroom.',
  '[time] Cool: Hi',
  '[time] Server: Fun joined the chatroom.',
  '[time] Fun: Hi Cool, are you there?',
  '[time] Cool: Hey Fun, glad that you joined. We can chat now.',
  "[time] Fun: Let's wait for Fire. He wanted to join.",
  '[time] Cool: Ok',
];

/** What was said while Fire was there. */
const WITH_FIRE = [
  '[time] Server: Fire joined the chatroom.',
  '[time] Fire: Hey guys! I just joined.',
  "[time] Cool: What's up Fire?",
  '[time] Fun: Hey Fire.',
  '[time] Fire: Guys, I want to attach a cool file!',
  `[time] Fire: ${COOL_TEXT}`,
  '[time] Fun: Hahaha',
  '[time] Cool: That was cool! :)',
  '[time] Fire: Alright guys. I should leave now. Buy.',
  '[time] Server: Fire left the chatroom.',
];

interface Person extends Home {
  readonly terminal: Terminal;
}

describe('the test plan of seed 002', () => {
  const serverDownloads = join(temporaryFolder('server'), 'downloads');
  let server: Terminal;
  let url: string;
  let cool: Person;
  let fun: Person;
  let fire: Person;
  const step = steps();

  afterAll(closeAll);

  step('1: the server runs and reports where', async () => {
    const folders = ['--data', join(temporaryFolder('data'), 'data'), '--downloads', serverDownloads];
    server = snugInTerminal(['serve', 'records=0', ...folders], { cols: 160, rows: 50 });
    await server.waitFor(/records on 127\.0\.0\.1:\d+/);
    const [, port] = /records on 127\.0\.0\.1:(\d+)/.exec(server.transcript()) ?? [];
    url = `records://127.0.0.1:${port}`;
  });

  step('2: Cool joins and says Hi', async () => {
    cool = open('cool');
    await chooses(cool, '2', 'Cool');
    await cool.terminal.waitFor('Server: Cool joined the chatroom.');
    await says(cool, 'Cool', 'Hi', [cool]);

    expect(linesOf(cool)).toEqual([
      ...MENU,
      'Your choice: 2',
      'Please enter a username: Cool',
      ...WELCOME,
      '[time] Server: Cool joined the chatroom.',
      'Hi',
      '[time] Cool: Hi',
    ]);
    await reported('Cool', 'joined the chatroom');
    await reported('Cool', 'said 1 message of 2 characters');
  });

  step('3: Fun joins, sees what Cool said, and both talk', async () => {
    fun = open('fun');
    await chooses(fun, '2', 'Fun');
    await everyoneSees([cool, fun], 'Server: Fun joined the chatroom.');
    expect(linesOf(fun).slice(-7)).toEqual([...WELCOME, ...BEFORE_FIRE.slice(0, 3)]);

    await says(fun, 'Fun', 'Hi Cool, are you there?', [cool, fun]);
    await says(cool, 'Cool', 'Hey Fun, glad that you joined. We can chat now.', [cool, fun]);
    await says(fun, 'Fun', "Let's wait for Fire. He wanted to join.", [cool, fun]);
    await says(cool, 'Cool', 'Ok', [cool, fun]);

    expect(entriesOf(cool)).toEqual(BEFORE_FIRE);
    expect(entriesOf(fun)).toEqual(BEFORE_FIRE);
    await reported('Fun', 'joined the chatroom');
    await reported('Fun', 'said');
  });

  step('4: a second Fun is rejected, joins as Fire and gets the history', async () => {
    fire = open('fire');
    await chooses(fire, '2', 'Fun');
    await fire.terminal.waitFor('Your choice:', { count: 2 });
    fire.terminal.enter('2');
    await fire.terminal.waitFor('Please enter a username:', { count: 2 });
    fire.terminal.enter('Fire');
    await everyoneSees([cool, fun, fire], 'Server: Fire joined the chatroom.');

    expect(linesOf(fire)).toEqual([
      ...MENU,
      'Your choice: 2',
      'Please enter a username: Fun',
      `The server rejects the join request. ${TAKEN}`,
      ...MENU,
      'Your choice: 2',
      'Please enter a username: Fire',
      ...WELCOME,
      ...BEFORE_FIRE,
      '[time] Server: Fire joined the chatroom.',
    ]);
    await reported('Fun', `was not let in: ${TAKEN}`);
    await reported('Fire', 'joined the chatroom');
  });

  step('5: Sad finds no seat, reads the report and goes', async () => {
    const sad = open('sad');
    await chooses(sad, '2', 'Sad');
    await sad.terminal.waitFor('Your choice:', { count: 2 });
    sad.terminal.enter('1');
    await sad.terminal.waitFor('Your choice:', { count: 3 });
    sad.terminal.enter('3');

    expect(await sad.terminal.waitForExit()).toEqual({ code: 0, signal: null });
    expect(linesOf(sad).map(withoutPort)).toEqual([
      ...MENU,
      'Your choice: 2',
      'Please enter a username: Sad',
      `The server rejects the join request. ${FULL}`,
      ...MENU,
      'Your choice: 1',
      'There are 3 active users in the chatroom.',
      '1. Cool at IP: 127.0.0.1 and port: N.',
      '2. Fun at IP: 127.0.0.1 and port: N.',
      '3. Fire at IP: 127.0.0.1 and port: N.',
      ...MENU,
      'Your choice: 3',
    ]);
    await reported('Sad', `was not let in: ${FULL}`);
    await server.waitFor(/\[\d\d:\d\d:\d\d\] (Sad \()?127\.0\.0\.1:\d+\)? asked for a report: 3 active users\./);
    expect(entriesOf(cool)).not.toContain('[time] Server: Sad joined the chatroom.');
  });

  step('6: Fire shares a file, which lands at the server and at everyone and is shown', async () => {
    await says(fire, 'Fire', 'Hey guys! I just joined.', everyone());
    await says(cool, 'Cool', "What's up Fire?", everyone());
    await says(fun, 'Fun', 'Hey Fire.', everyone());
    await says(fire, 'Fire', 'Guys, I want to attach a cool file!', everyone());
    expect(foldersOfEveryone().map(namesIn)).toEqual([[], [], [], []]);

    fire.terminal.enter('a');
    await fire.terminal.waitFor('Please enter the file path and name:');
    fire.terminal.enter(`attachments/${COOL_FILE}`);
    await everyoneSees(everyone(), `Fire: ${COOL_TEXT}`);
    await eventually(
      () => foldersOfEveryone().every((folder) => namesIn(folder).length > 0),
      'the file in every folder',
    );

    expect(foldersOfEveryone().map(namesIn)).toEqual(Array(4).fill([COOL_FILE]));
    const shared = readFileSync(join(fire.attachments, COOL_FILE));
    for (const folder of foldersOfEveryone()) expect(readFileSync(join(folder, COOL_FILE))).toEqual(shared);
    expect(linesOf(fire).slice(-3)).toEqual([
      'a',
      `Please enter the file path and name: attachments/${COOL_FILE}`,
      `[time] Fire: ${COOL_TEXT}`,
    ]);
    await reported('Fire', 'said');
    await reported('Fire', `shared ${COOL_FILE} (104 bytes)`);
  });

  step('7: Fire says goodbye and leaves, and everyone is told', async () => {
    await says(fun, 'Fun', 'Hahaha', everyone());
    await says(cool, 'Cool', 'That was cool! :)', everyone());
    await says(fire, 'Fire', 'Alright guys. I should leave now. Buy.', everyone());
    fire.terminal.enter('q');
    await everyoneSees(everyone(), 'Server: Fire left the chatroom.');
    await fire.terminal.waitFor('Your choice:', { count: 3 });

    expect(linesOf(fire).slice(-7)).toEqual(['q', '[time] Server: Fire left the chatroom.', ...MENU, 'Your choice:']);
    expect(entriesOf(cool)).toEqual([...BEFORE_FIRE, ...WITH_FIRE]);
    expect(entriesOf(fun)).toEqual([...BEFORE_FIRE, ...WITH_FIRE]);
    expect(entriesOf(fire)).toEqual([...BEFORE_FIRE, ...WITH_FIRE]);
    await reported('Fire', 'left the chatroom');
  });

  step('8: Fire comes back and reads in the history what Cool said meanwhile', async () => {
    await says(cool, 'Cool', 'Buy Fire.', [cool, fun]);
    expect(entriesOf(fire)).not.toContain('[time] Cool: Buy Fire.');

    fire.terminal.enter('2');
    await fire.terminal.waitFor('Please enter a username:', { count: 3 });
    fire.terminal.enter('Fire');
    await everyoneSees([cool, fun], 'Server: Fire joined the chatroom.', 2);
    // Fire saw it in step 4, now reads it in the history, and then it happens.
    await everyoneSees([fire], 'Server: Fire joined the chatroom.', 3);

    const whole = [...BEFORE_FIRE, ...WITH_FIRE, '[time] Cool: Buy Fire.', '[time] Server: Fire joined the chatroom.'];
    expect(entriesOf(fire).slice(-whole.length)).toEqual(whole);
    expect(entriesOf(cool)).toEqual(whole);
    expect(namesIn(fire.downloads)).toEqual([COOL_FILE]);
    await server.waitFor(/Fire \(127\.0\.0\.1:\d+\) joined the chatroom\./, { count: 2 });
  });

  /** Somebody opens a client in a terminal, in a folder of their own. */
  function open(name: string): Person {
    const own = home(name);
    const folders = ['--attachments', own.attachments, '--downloads', own.downloads];
    return { ...own, terminal: snugInTerminal(['chat', url, ...folders], { cwd: own.folder, cols: 120, rows: 50 }) };
  }

  function everyone(): readonly Person[] {
    return [cool, fun, fire];
  }

  function foldersOfEveryone(): string[] {
    return [serverDownloads, ...everyone().map(({ downloads }) => downloads)];
  }

  /** The server's report has a line with the time, the name, the address and `what`. */
  async function reported(name: string, what: string): Promise<void> {
    await server.waitFor(new RegExp(`\\[\\d\\d:\\d\\d:\\d\\d\\] ${name} \\(127\\.0\\.0\\.1:\\d+\\) ${escaped(what)}`));
  }
});

async function chooses({ terminal }: Person, choice: string, username: string): Promise<void> {
  await terminal.waitFor('Your choice:');
  terminal.enter(choice);
  await terminal.waitFor('Please enter a username:');
  terminal.enter(username);
}

/** Types a message and waits until all who are there see it. */
async function says({ terminal }: Person, name: string, text: string, there: readonly Person[]): Promise<void> {
  terminal.enter(text);
  await everyoneSees(there, new RegExp(`^\\[\\d\\d:\\d\\d:\\d\\d\\] ${name}: ${escaped(text)}$`, 'm'));
}

async function everyoneSees(there: readonly Person[], wanted: string | RegExp, count = 1): Promise<void> {
  await Promise.all(there.map(({ terminal }) => terminal.waitFor(wanted, { count })));
}

/** What a person has on the screen and above it, line by line, without empty lines and with every time the same. */
function linesOf({ terminal }: Person): string[] {
  const lines = terminal.transcript().split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => line.replace(/^\[\d\d:\d\d:\d\d\]/, '[time]'));
}

/** The lines of the conversation among them. */
function entriesOf(person: Person): string[] {
  return linesOf(person).filter((line) => line.startsWith('[time]'));
}

function withoutPort(line: string): string {
  return line.replace(/port: \d+\.$/, 'port: N.');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
