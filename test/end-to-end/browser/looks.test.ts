/**
 * What the page looks like, and that everyone can use it: on a phone, with the keyboard alone, with a screen reader. For
 * those who want to look themselves, its states are pictured in the folder screenshots.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import axe from 'axe-core';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { BrowserPerson, describeInBrowser } from '../../support/browser.js';
import { COOL_FILE, home, type Home } from '../../support/folders.js';
import { lake, smiley } from '../../support/paint.js';
import { PipedProcess } from '../../support/process.js';
import { ROOT } from '../../support/program.js';
import { RecordsPeer } from '../../support/records-peer.js';
import { ServerProcess } from '../../support/server-process.js';
import { everyoneHears } from '../../support/stories.js';

const SCREENSHOTS = join(ROOT, 'test', 'end-to-end', 'browser', 'screenshots');
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
/** To be looked into by a script that is not the page's. */
const INSPECTED = { bypassCSP: true, viewport: { width: 1100, height: 960 } };
const LAKE = 'evening at the lake.png';
const SLIDES = 'lecture 5 - sockets.pdf';

describeInBrowser('the page', () => {
  let server: ServerProcess;
  let files: Home;
  let cool: BrowserPerson;
  let fun: BrowserPerson;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    server = await ServerProcess.start({ page: true, args: ['--capacity', '5'] });
    files = home('looks');
    write('cool.png', smiley([255, 206, 84]));
    write('fun.png', smiley([150, 205, 235]));
    write(LAKE, lake(1200, 760));
    write(SLIDES, Buffer.alloc(412_345, '%PDF-1.7 \0'));
  });

  // First of all, since what follows needs the conversation.
  it('has nothing at the door that keeps anyone out', async () => {
    cool = await BrowserPerson.at(server.pageUrl, INSPECTED);
    await cool.choosesAvatar(path('cool.png'));
    await cool.page.getByText('Nobody is here yet').waitFor();
    await pictured(cool, 'door');
    expect(await findings(cool)).toEqual([]);
  });

  it.each(['two%20words', '%'])('says at the door what is wrong with the name of a room: /%s', async (room) => {
    const person = await BrowserPerson.at(`${server.pageUrl}${room}`);
    await person.page.getByRole('alert').getByText("A room's name has 1 to 32").waitFor();
    expect(await person.page.getByText('Trying again').count()).toBe(0);
    await person.page.close();
  });

  it('has nothing in the room that keeps anyone out, in light and dark', async () => {
    await cool.joins('Cool');
    await cool.page.getByText('This is where the room begins.').waitFor();
    fun = await BrowserPerson.at(server.pageUrl);
    await fun.choosesAvatar(path('fun.png'));
    await fun.page.getByText('1 person is here').waitFor();
    await pictured(fun, 'door-with-people');
    await fun.joins('Fun');
    await talk();

    expect(await findings(cool)).toEqual([]);
    await pictured(cool, 'room-light');
    await cool.page.emulateMedia({ colorScheme: 'dark' });
    expect(await findings(cool)).toEqual([]);
    await pictured(cool, 'room-dark');
    await cool.page.emulateMedia({ colorScheme: 'light' });
  });

  it('has nothing in the view of one image, or in the list of files, that keeps anyone out', async () => {
    await cool.files.fill('l');
    await cool.page.getByRole('option').filter({ hasText: COOL_FILE }).waitFor();
    await pictured(cool, 'file-search');
    expect(await findings(cool)).toEqual([]);
    await cool.files.press('Escape');
    await cool.files.fill('');

    await (await cool.seesImage(LAKE)).click();
    await cool.page.getByRole('dialog', { name: LAKE }).waitFor();
    await pictured(cool, 'lightbox');
    expect(await findings(cool)).toEqual([]);
    await cool.page.keyboard.press('Escape');
    await cool.page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('fits on a phone, with everything within reach', async () => {
    const fire = await BrowserPerson.at(server.pageUrl, PHONE);
    expect(await outside(fire)).toEqual([]);
    await pictured(fire, 'phone-door');
    await fire.joins('Fire');
    await fire.seesImage(LAKE);
    await pictured(fire, 'phone');
    await fun.says(`A very long word: ${'Donaudampfschiff'.repeat(12)}`);
    await fun.hears('Fire joined');
    await fire.message.fill('A message\nof several\nlines');
    await fire.page.getByLabel('Choose a file').setInputFiles(path(SLIDES));
    expect(await outside(fire)).toEqual([]);

    const users = fire.page.getByRole('complementary', { name: 'Users' });
    expect(await users.isVisible()).toBe(false);
    await fire.page.getByRole('button', { name: /^Users/ }).tap();
    for (const name of ['Cool', 'Fun', 'Fire']) await users.getByText(name, { exact: true }).waitFor();
    await pictured(fire, 'phone-users');
    expect(await outside(fire)).toEqual([]);
    await fire.page.getByRole('button', { name: /^Users/ }).tap();
    await users.waitFor({ state: 'hidden' });
    await fire.quits();
    await fire.leaves();
  });

  it('can be used with the keyboard alone, and shows where the focus is', async () => {
    const person = await BrowserPerson.at(server.pageUrl);
    const { page } = person;
    const ann = keyboardOf(person);
    await ann.isAt(page.getByRole('textbox', { name: 'Your name' }));
    await page.keyboard.type('Ann');
    await page.keyboard.press('Enter');
    await fun.hears('Ann joined');

    await ann.isAt(page.getByRole('textbox', { name: 'Message' }));
    await page.keyboard.type('No mouse here.');
    await page.keyboard.press('Enter');
    await fun.hears('Ann: No mouse here.');

    await ann.goesTo(page.getByRole('combobox', { name: 'File' }), 'Tab');
    await page.keyboard.type('sockets');
    await page.keyboard.press('Enter');
    await ann.isAt(page.locator('article').filter({ hasText: SLIDES }));
    await ann.goesTo(page.getByRole('button', { name: `Image ${LAKE}` }), 'Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: LAKE }).waitFor();
    await page.keyboard.press('Escape');
    await ann.isAt(page.getByRole('button', { name: `Image ${LAKE}` }));
    await ann.goesTo(page.getByRole('button', { name: 'Quit' }), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await fun.hears('Ann left');
    await ann.isAt(page.getByRole('textbox', { name: 'Your name' }));
    await person.leaves();
  });

  it('counts the characters and keeps to the limit of 100, in the room of another protocol: snug chat --gui', async () => {
    const room = await ServerProcess.start({ args: ['pull=0'] });
    const { port } = await room.waitForReport({ event: 'listening', protocol: 'pull' });
    const { peer } = await RecordsPeer.join(room.port, 'Cool');
    const gateway = new PipedProcess(['chat', '--gui', '--no-open', 'cindy', `pull://127.0.0.1:${port}`]);
    const [, address = ''] = /Open (\S+) in a browser/.exec(await gateway.waitForLine(/^Open/))!;
    const cindy = await BrowserPerson.at(address);
    await cindy.sees(async () => (await cindy.page.title()) === "cindy's Chat Room", 'the title');

    peer.say('Hi cindy');
    await cindy.hears('Cool: Hi cindy');
    expect(await cindy.page.getByText('This is where the room begins.').count()).toBe(0);
    const counter = cindy.page.getByRole('status').filter({ hasText: '/100' });
    expect(await counter.textContent()).toBe('0/100');
    await cindy.message.focus();
    await cindy.page.keyboard.type('x'.repeat(105));
    expect(await counter.textContent()).toBe('99/100');
    await pictured(cindy, 'pull');
    await cindy.page.keyboard.press('Enter');
    await peer.waitForText('x'.repeat(99));
    expect(await counter.textContent()).toBe('0/100');
    await cindy.button('Quit').click();
    await cindy.page.getByRole('heading', { name: 'Goodbye, cindy' }).waitFor();
    await peer.waitForAnnouncement('cindy left the chatroom.');
    expect(await gateway.waitForExit()).toEqual({ code: 0, signal: null });
  });

  // The last of all: there is no server afterwards.
  it('says that the server is away', async () => {
    for (const person of [cool, fun]) person.expects(/WebSocket connection to .* failed/);
    await server.kill9();
    await cool.status.getByText('Trying to come back').waitFor();
    await cool.says('I think we lost them. Will this arrive?');
    await cool.message.fill('If you read this, ');
    expect(await findings(cool)).toEqual([]);
    await pictured(cool, 'server-away');
  });

  afterAll(async () => {
    await server.kill9();
  });

  function path(name: string): string {
    return join(files.attachments, name);
  }

  function write(name: string, contents: Buffer): void {
    writeFileSync(path(name), contents);
  }

  async function talk(): Promise<void> {
    const { peer } = await RecordsPeer.join(server.port, 'Ida');
    await saysToAll(cool, 'Cool', 'Hi you two! Did you hear this one?');
    await cool.shares(path(COOL_FILE));
    await fun.hears(`Cool shared ${COOL_FILE}`);
    await saysToAll(fun, 'Fun', 'Hahaha');
    await saysToAll(fun, 'Fun', 'By the way, the slides are at https://example.org/networks?lecture=5. Or here:');
    await fun.shares(path(SLIDES));
    await cool.hears(`Fun shared ${SLIDES}`);
    peer.say('Thanks! I will read them tonight.\nOr tomorrow.');
    await cool.hears('Ida: Thanks! I will read them tonight.\nOr tomorrow.');
    await saysToAll(cool, 'Cool', 'Did you get to the lake after all?');
    await fun.shares(path(LAKE));
    await everyoneHears([cool, fun], `Fun shared ${LAKE}`);
    await saysToAll(cool, 'Cool', 'That light!');
    peer.quit();
    await everyoneHears([cool, fun], 'Ida left');
    await cool.seesImage(LAKE);
  }

  async function saysToAll(person: BrowserPerson, name: string, text: string): Promise<void> {
    await person.says(text);
    await everyoneHears([cool, fun], `${name}: ${text}`);
  }
});

async function pictured({ page }: BrowserPerson, state: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${state}.png`) });
}

/** What axe finds to be serious or worse. */
async function findings({ page }: BrowserPerson): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** What reaches beyond an edge of the screen; above and below, only the log may. */
async function outside({ page }: BrowserPerson): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, clientHeight, scrollWidth } = document.documentElement;
    const things = [...document.querySelectorAll('button, input, textarea, article, img, p, h1')];
    const isOutside = (thing: Element): boolean => {
      const { left, right, top, bottom } = thing.getBoundingClientRect();
      const isAboveOrBelow = top < 0 || bottom > clientHeight;
      return left < 0 || right > clientWidth || (isAboveOrBelow && !thing.closest('[role=log]'));
    };
    const found = things.filter((thing) => thing.checkVisibility() && isOutside(thing));
    return [...found.map(({ outerHTML }) => outerHTML), ...(scrollWidth > clientWidth ? ['the page'] : [])];
  });
}

interface Keyboard {
  /** Waits until the focus is there, and can be seen. */
  isAt(wanted: Locator): Promise<void>;
  /** Presses the key until the focus is there; it can be seen all the way. */
  goesTo(wanted: Locator, key: 'Tab' | 'Shift+Tab'): Promise<void>;
}

function keyboardOf(person: BrowserPerson): Keyboard {
  const has = async (wanted: Locator): Promise<boolean> =>
    (await wanted.count()) > 0 && wanted.evaluate((element) => element === document.activeElement);
  const isAt = async (wanted: Locator): Promise<void> => {
    await person.sees(() => has(wanted), `the focus at ${wanted.toString()}, not at ${await focus(person)}`);
    expect(await focus(person)).not.toContain('(hidden)');
  };
  const goesTo = async (wanted: Locator, key: string): Promise<void> => {
    const way: string[] = [];
    while (!(await has(wanted))) {
      await person.page.keyboard.press(key);
      way.push(await focus(person));
      if (way.length > 30) throw new Error(`${key} does not come to ${wanted.toString()}, but to\n${way.join('\n')}`);
    }
    expect(way.filter((stop) => stop.includes('(hidden)'))).toEqual([]);
  };
  return { isAt, goesTo };
}

/** Where the focus is; with `(hidden)` when nothing shows that it is there. */
async function focus({ page }: BrowserPerson): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement!;
    const shown = [element, element.closest('label.button'), element.querySelector('.body')].filter(
      (one) => one !== null,
    );
    const isOutlined = shown.some((one) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
    });
    return `${element.outerHTML.slice(0, 120)}${isOutlined ? '' : ' (hidden)'}`;
  });
}
