/**
 * The test plan of seed 002 (section 7), with what it gives extra credit for, a test for each of its eight steps: Cool is
 * at the menu in a terminal, Fun and Fire are in browsers, and Sad stays at the door of one. The steps build on each other.
 */
import { expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrowserPerson, describeInBrowser } from '../../support/browser.js';
import { eventually } from '../../support/eventually.js';
import { namesIn } from '../../support/folders.js';
import { atMenu, type PersonInTerminal } from '../../support/people.js';
import { ROOT } from '../../support/program.js';
import { ServerProcess } from '../../support/server-process.js';
import { steps } from '../../support/steps.js';
import { everyoneHears } from '../../support/stories.js';

const COOL_IMAGE = 'coolfile1.png';
const SHARED = join(ROOT, 'attachments', COOL_IMAGE);

const FULL = 'The chatroom has reached its maximum capacity.';
const TAKEN = 'Another user is using this username.';

/** What was said before Fire came. */
const BEFORE_FIRE = [
  'Cool joined',
  'Cool: Hi',
  'Fun joined',
  'Fun: Hi Cool, are you there?',
  'Cool: Hey Fun, glad that you joined. We can chat now.',
  "Fun: Let's wait for Fire. He wanted to join.",
  'Cool: Ok',
];

/** What was said while Fire was there. */
const WITH_FIRE = [
  'Fire joined',
  'Fire: Hey guys! I just joined.',
  "Cool: What's up Fire?",
  'Fun: Hey Fire.',
  'Fire: Guys, I want to attach a cool file!',
  `Fire shared ${COOL_IMAGE}`,
  'Fun: Hahaha',
  'Cool: That was cool! :)',
  'Fire: Alright guys. I should leave now. Buy.',
  'Fire left',
];

describeInBrowser('the test plan of seed 002 with browsers', () => {
  const step = steps();
  let server: ServerProcess;
  let cool: PersonInTerminal;
  let fun: BrowserPerson;
  let fire: BrowserPerson;

  step('1: the server runs and reports where the page is', async () => {
    server = await ServerProcess.start({ page: true });
    await server.waitForReport({ event: 'listening', protocol: 'web', port: server.pagePort });
  });

  step('2: Cool joins in a terminal and says Hi', async () => {
    cool = await atMenu(server.port, 'Cool');
    await coolSays('Hi', [cool]);
  });

  step('3: Fun joins in a browser, sees what Cool said, and both talk', async () => {
    fun = await BrowserPerson.join(server.pageUrl, 'Fun');
    expect(await fun.conversation()).toEqual(BEFORE_FIRE.slice(0, 3));
    expect(await fun.page.title()).toBe("Fun's Chat Room");

    await says(fun, 'Fun', 'Hi Cool, are you there?', [cool, fun]);
    await coolSays('Hey Fun, glad that you joined. We can chat now.', [cool, fun]);
    await says(fun, 'Fun', "Let's wait for Fire. He wanted to join.", [cool, fun]);
    await coolSays('Ok', [cool, fun]);
    expect(await fun.conversation()).toEqual(BEFORE_FIRE);
    expect(cool.conversation()).toEqual(BEFORE_FIRE);
  });

  step('4: a second Fun is rejected, joins as Fire and gets the history', async () => {
    fire = await BrowserPerson.at(server.pageUrl);
    await seesAtTheDoor(fire, 'Cool', 'Fun');
    await fire.asksToJoin('Fun');
    await fire.isTold(TAKEN);
    await fire.joins('Fire');

    expect(await fire.conversation()).toEqual([...BEFORE_FIRE, 'Fire joined']);
    await everyoneHears([cool, fun], 'Fire joined');
  });

  step('5: Sad finds no seat and reads the report at the door', async () => {
    const sad = await BrowserPerson.at(server.pageUrl);
    await sad.asksToJoin('Sad');
    await sad.isTold(FULL);
    await seesAtTheDoor(sad, 'Cool', 'Fun', 'Fire');
    await sad.page.getByText('3 people are here').waitFor();
    await sad.leaves();
    expect(await fun.conversation()).not.toContain('Sad joined');
  });

  step('6: Fire shares an image, which everyone sees, and the menu client and the server save', async () => {
    await says(fire, 'Fire', 'Hey guys! I just joined.', everyone());
    await coolSays("What's up Fire?", everyone());
    await says(fun, 'Fun', 'Hey Fire.', everyone());
    await says(fire, 'Fire', 'Guys, I want to attach a cool file!', everyone());
    expect([server.downloads, cool.home.downloads].map(namesIn)).toEqual([[], []]);

    await fire.shares(SHARED);
    await everyoneHears([fun, fire], `Fire shared ${COOL_IMAGE}`);
    for (const person of [fun, fire]) await person.seesImage(COOL_IMAGE);
    for (const folder of [server.downloads, cool.home.downloads]) {
      await eventually(() => namesIn(folder).includes(COOL_IMAGE), `${COOL_IMAGE} in ${folder}`);
      expect(readFileSync(join(folder, COOL_IMAGE))).toEqual(readFileSync(SHARED));
    }
    await cool.sees(`Fire: shared ${COOL_IMAGE}`);
  });

  step('6, too: each message has the avatar of who said it beside it', async () => {
    for (const person of [fun, fire]) {
      const messages = person.log.locator('article.message');
      expect(await messages.count()).toBe(await messages.locator('.avatar').count());
      expect(await person.avatarsOf('Cool')).toEqual(['drawn']);
    }
  });

  step('7: Fire says goodbye and quits, and everyone is told', async () => {
    await says(fun, 'Fun', 'Hahaha', everyone());
    await coolSays('That was cool! :)', everyone());
    await says(fire, 'Fire', 'Alright guys. I should leave now. Buy.', everyone());
    await fire.quits();
    await everyoneHears([cool, fun], 'Fire left');

    await seesAtTheDoor(fire, 'Cool', 'Fun');
    expect(await fun.conversation()).toEqual([...BEFORE_FIRE, ...WITH_FIRE]);
    expect(inTheTerminal(cool)).toEqual([...BEFORE_FIRE, ...WITH_FIRE]);
  });

  step('8: Fire comes back and reads in the history what Cool said meanwhile', async () => {
    await coolSays('Buy Fire.', [cool, fun]);
    expect(await fire.log.count()).toBe(0);
    await fire.joins('Fire');

    const whole = [...BEFORE_FIRE, ...WITH_FIRE, 'Cool: Buy Fire.', 'Fire joined'];
    for (const person of [fun, fire]) {
      await person.sees(async () => (await person.lines()).length === whole.length, `${whole.length} lines`);
      expect(await person.conversation()).toEqual(whole);
    }
    await eventually(() => cool.conversation().length === whole.length, 'all lines in the terminal');
    expect(inTheTerminal(cool)).toEqual(whole);
    expect(await fun.lines()).toEqual(await fire.lines());
    await fire.seesImage(COOL_IMAGE);
  });

  function everyone(): readonly (BrowserPerson | PersonInTerminal)[] {
    return [cool, fun, fire];
  }

  async function coolSays(text: string, there: Parameters<typeof everyoneHears>[0]): Promise<void> {
    cool.types(text);
    await everyoneHears(there, `Cool: ${text}`);
  }
});

async function says(
  person: BrowserPerson,
  name: string,
  text: string,
  there: Parameters<typeof everyoneHears>[0],
): Promise<void> {
  await person.says(text);
  await everyoneHears(there, `${name}: ${text}`);
}

/** The report says that these people, and nobody else, are in the room. */
async function seesAtTheDoor({ page }: BrowserPerson, ...names: readonly string[]): Promise<void> {
  const report = page.getByRole('region', { name: 'Report' });
  for (const name of names) await report.getByRole('listitem').filter({ hasText: name }).waitFor();
  expect(await report.locator('li:not([aria-hidden])').count()).toBe(names.length);
}

/** As `conversation`, with files in the form in which pages show them. */
function inTheTerminal(person: PersonInTerminal): string[] {
  return person.conversation().map((line) => line.replace(/^(\S+): shared (\S+) \(.*$/, '$1 shared $2'));
}
