/** Long histories, floods and lost connections, as people live through them in browsers. */
import { afterEach, expect, it } from '@jest/globals';
import { BrowserPerson, describeInBrowser } from '../../support/browser.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { lake } from '../../support/paint.js';
import { RecordsPeer } from '../../support/records-peer.js';
import { ServerProcess } from '../../support/server-process.js';
import { everyoneHears } from '../../support/stories.js';
import { WebPage } from '../../support/web-page.js';

const LONG = 5000;
const FLOOD = 2000;
/** Pixels that the wheel is turned by, one after the other: within what is drawn, and beyond it. */
const UP = [-1500, -15_000, -15_000, -15_000];
const DOWN = [1500, 4000];
const TYPED = "I am typing this with my own two hands, letter by letter, and I won't be disturbed (not even once)!";

describeInBrowser('a conversation in a browser', () => {
  afterEach(closeAll);

  it('goes on by itself after kill -9, with nothing lost or doubled', async () => {
    let server = await ServerProcess.start({ page: true });
    const cool = await BrowserPerson.join(server.pageUrl, 'Cool');
    const fun = await BrowserPerson.join(server.pageUrl, 'Fun');
    for (const person of [cool, fun]) person.expects(/WebSocket connection to .* failed/);
    await cool.says('Hi');
    await fun.says('Hi Cool');
    await everyoneHears([cool, fun], 'Fun: Hi Cool');
    await fun.message.fill('Half a sen');

    await server.kill9();
    for (const person of [cool, fun]) await person.status.getByText('Trying to come back').waitFor();
    await cool.says('Are you there?');
    await cool.says('Or am I alone?');
    await cool.sees(async () => (await waiting(cool)).length === 2, 'two texts that wait');
    expect(await waiting(cool)).toEqual(['Are you there?', 'Or am I alone?']);
    server = await server.restart();

    await everyoneHears([cool, fun], 'Cool: Or am I alone?');
    await cool.sees(async () => (await waiting(cool)).length === 0, 'nothing that waits');
    for (const person of [cool, fun]) await person.status.getByText('Trying').waitFor({ state: 'hidden' });
    expect(await fun.message.inputValue()).toBe('Half a sen');
    await fun.message.press('End');
    await fun.page.keyboard.type('tence');
    await fun.page.keyboard.press('Enter');
    await everyoneHears([cool, fun], 'Fun: Half a sentence');

    const reader = await WebPage.join(server.pageUrl, 'Reader');
    await reader.hears('Reader joined');
    await everyoneHears([cool, fun], 'Reader joined');
    for (const person of [cool, fun]) {
      const lines = await person.lines();
      expect(lines.map(({ text }) => text)).toEqual(reader.conversation);
      expect(lines.map(({ sequence }) => sequence)).toEqual(lines.map((_, index) => index + 1));
    }
    expect(reader.conversation.filter((line) => line.startsWith('Cool: '))).toEqual([
      'Cool: Hi',
      'Cool: Are you there?',
      'Cool: Or am I alone?',
    ]);
  });

  it(`shows the newest of ${LONG} lines on joining, and by the wheel all others, in order and without a jump`, async () => {
    const server = await ServerProcess.start({ page: true, args: ['--capacity', '10'] });
    await writeHistory(server, LONG);
    const cool = await BrowserPerson.at(server.pageUrl);
    tell(`From Join to the newest of ${LONG} lines`, await timeToJoin(cool, 'Cool'));
    expect((await cool.conversation()).at(-1)).toBe('Cool joined');
    expect(await cool.log.locator('article').count()).toBeLessThan(500);
    await cool.leaves();
    await server.stop();

    // The same history, and this time most of it does not come with the joining.
    const { data, downloads } = server;
    const next = await ServerProcess.start({ data, downloads, page: true, args: ['--replay', '200000'] });
    const fun = await BrowserPerson.join(next.pageUrl, 'Fun');
    const up = await scrolls(fun, UP, ({ drawn, above }) => drawn[0] === 1 && above === 0);
    tell('Longest frame while scrolling up', up.longestFrame);
    expect(up.jumps).toEqual([]);
    expect(up.mostRows).toBeLessThan(500);
    expect(up.seen).toEqual(Array.from(up.seen, (_, index) => index + 1));
    expect(up.seen.length).toBeGreaterThan(LONG);

    const down = await scrolls(fun, DOWN, ({ drawn }) => drawn[0]! > LONG / 5);
    tell('Longest frame while scrolling down', down.longestFrame);
    expect(down.jumps).toEqual([]);
  }, 60_000);

  it("counts new lines below what is being read, and shows the end when asked or after a line of one's own", async () => {
    const server = await ServerProcess.start({ page: true });
    const { peer } = await RecordsPeer.join(server.port, 'Fun');
    for (let number = 1; number <= 100; number += 1) peer.say(`line ${number}`);
    await peer.waitForText('line 100');
    const cool = await BrowserPerson.join(server.pageUrl, 'Cool');
    await cool.sees(() => isAtEnd(cool), 'the end');

    await turnsTheWheel(cool, -600);
    const before = await cool.log.evaluate(({ scrollTop }) => scrollTop);
    for (const text of ['One.', 'Two.', 'Three.']) peer.say(text);
    await cool.button('3 new messages').waitFor();
    expect(await cool.log.evaluate(({ scrollTop }) => scrollTop)).toBe(before);
    await cool.button('3 new messages').click();
    await cool.sees(() => isAtEnd(cool), 'the end after the button');
    expect(await cool.page.getByRole('button', { name: /new|newest/ }).count()).toBe(0);

    await turnsTheWheel(cool, -600);
    await cool.button('To the newest').waitFor();
    await cool.says('Four.');
    await cool.hears('Cool: Four.');
    await cool.sees(() => isAtEnd(cool), 'the end after a line of our own');
  });

  it('takes every key while a flood pours in', async () => {
    const server = await ServerProcess.start({ page: true, args: ['--capacity', '10'] });
    const cool = await BrowserPerson.join(server.pageUrl, 'Cool');
    const flooders = await Promise.all(['Fun', 'Fire'].map((name) => RecordsPeer.join(server.port, name)));
    await cool.message.focus();
    flooders.forEach(({ peer }) => flood(peer));
    await cool.page.keyboard.type(TYPED);
    expect(await cool.message.inputValue()).toBe(TYPED);
    await cool.page.keyboard.press('Enter');
    for (const { peer } of flooders) {
      await peer.waitForText(TYPED);
      await peer.waitForText(`flood ${FLOOD / 2}`);
    }
    await cool.says('Is it over?');
    await cool.hears('Cool: Is it over?');
    const sequences = (await cool.lines()).map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, index) => sequences[0]! + index));
    expect(sequences.at(-1)).toBeGreaterThan(FLOOD);
  });
});

/** What was measured is told; that nothing takes too long is for those who read it. */
function tell(what: string, milliseconds: number): void {
  process.stderr.write(`${what}: ${Math.round(milliseconds)} ms\n`);
}

/** Several people talk, and share a file now and then. */
async function writeHistory({ port }: ServerProcess, lines: number): Promise<void> {
  const people = await Promise.all(['Ann', 'Ben', 'Eve', 'Ida'].map((name) => RecordsPeer.join(port, name)));
  const last = people[0]!.peer;
  for (let number = 1; number < lines; number += 1) {
    const { peer } = people[number % people.length]!;
    if (number % 500 === 0) peer.share(`lake ${number}.png`, lake(120, 80));
    else if (number % 250 === 0) peer.share(`notes ${number}.txt`, Buffer.from(`Notes up to line ${number}.`));
    else peer.say(`This is line ${number}${', which goes on and on'.repeat(number % 7)}.`);
  }
  const isAll = (): boolean => last.received.filter(({ sequence }) => sequence > 0).length >= lines - 1;
  await last.waitFor(isAll, `${lines} lines`);
  for (const { peer } of people) peer.quit();
  await last.waitForAnnouncement('Ann left the chatroom.');
}

/** Milliseconds from the press of the button to the frame with our own joining in it. */
async function timeToJoin(person: BrowserPerson, name: string): Promise<number> {
  await person.page.getByRole('textbox', { name: 'Your name' }).fill(name);
  return person.button('Join').evaluate((button, wanted) => {
    const began = performance.now();
    (button as HTMLButtonElement).click();
    return new Promise((resolve) => {
      const look = (): void => {
        const isThere = document.querySelector('[role=log]')?.textContent.includes(wanted);
        if (isThere) resolve(performance.now() - began);
        else requestAnimationFrame(look);
      };
      look();
    });
  }, `${name} joined the chatroom.`);
}

interface Look {
  /** Pixels that the row has moved down since it was looked at. */
  readonly moved: number;
  /** The first row in view now, and where it is. */
  readonly sequence: number;
  readonly top: number;
  /** Pixels that there are to scroll. */
  readonly above: number;
  readonly below: number;
  /** All rows that are drawn. */
  readonly drawn: readonly number[];
}

interface Scrolled {
  readonly jumps: Look[];
  /** All rows that were drawn at some time, in order. */
  readonly seen: readonly number[];
  readonly mostRows: number;
  /** Milliseconds. */
  readonly longestFrame: number;
}

/** Turns the wheel until it is enough; a jump is a turn that moves what was in view by more or less than that. */
async function scrolls(
  person: BrowserPerson,
  turns: readonly number[],
  isEnough: (look: Look) => boolean,
): Promise<Scrolled> {
  const { page } = person;
  await person.log.hover();
  const log = await person.log.elementHandle();
  const frames = await page.evaluateHandle(() => {
    const seen = { longest: 0, last: performance.now() };
    const note = (now: number): void => {
      seen.longest = Math.max(seen.longest, now - seen.last);
      seen.last = now;
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
    return seen;
  });
  const jumps: Look[] = [];
  const seen = new Set<number>();
  let mostRows = 0;
  const note = ({ drawn }: Look): void => {
    // One after the other and each once, wherever the stretch of them is.
    expect(drawn).toEqual(drawn.map((_, index) => drawn[0]! + index));
    drawn.forEach((sequence) => seen.add(sequence));
    mostRows = Math.max(mostRows, drawn.length);
  };
  let before = await log.evaluate(lookAt, undefined);
  note(before);
  for (let number = 0; !isEnough(before); number += 1) {
    const turn = turns[number % turns.length]!;
    await page.mouse.wheel(0, turn);
    const after = await log.evaluate(lookAt, before);
    if (isJump(turn, before, after)) jumps.push(after);
    note(after);
    before = after;
  }
  const { longest: longestFrame } = await frames.jsonValue();
  return { jumps, seen: [...seen].sort((one, other) => one - other), mostRows, longestFrame };
}

/** As far as there is room to scroll the row has moved by the whole turn, up or down. */
function isJump(turn: number, before: Look, after: Look): boolean {
  const [room, moved] = turn < 0 ? [before.above, after.moved] : [before.below, -after.moved];
  return !(moved >= Math.min(Math.abs(turn), room) - 1 && moved <= Math.abs(turn) + 1);
}

/** Runs in the page: waits until the log stands still, then looks where the row that was first before is now. */
async function lookAt(log: Element, before: Look | undefined): Promise<Look> {
  const frame = (): Promise<number> => new Promise(requestAnimationFrame);
  for (let still = 0, was = ''; still < 2;) {
    const now = `${log.scrollTop} ${log.scrollHeight}`;
    still = now === was ? still + 1 : 0;
    was = now;
    await frame();
  }
  const edge = log.getBoundingClientRect().top;
  const rows = [...log.querySelectorAll('article[data-sequence]')];
  const topOf = (row: Element | undefined): number => row?.getBoundingClientRect().top ?? NaN;
  const sequenceOf = (row: Element): number => Number(row.getAttribute('data-sequence'));
  const known = before && rows.find((row) => sequenceOf(row) === before.sequence);
  const first = rows.find((row) => row.getBoundingClientRect().bottom > edge)!;
  const moved = before ? topOf(known) - before.top : 0;
  const above = log.scrollTop;
  const below = log.scrollHeight - log.clientHeight - above;
  return { moved, sequence: sequenceOf(first), top: topOf(first), above, below, drawn: rows.map(sequenceOf) };
}

async function turnsTheWheel({ page, log }: BrowserPerson, pixels: number): Promise<void> {
  await log.hover();
  await page.mouse.wheel(0, pixels);
  await log.evaluate(lookAt, undefined);
}

async function isAtEnd({ log }: BrowserPerson): Promise<boolean> {
  return log.evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2);
}

/** Texts that are not with the server yet. */
async function waiting({ log }: BrowserPerson): Promise<string[]> {
  return log.locator('article[data-pending=waiting] .text').allTextContents();
}

/** Half of the flood, some lines at a time. */
function flood(peer: RecordsPeer): void {
  let said = 0;
  const timer = setInterval(() => {
    for (let count = 0; count < 10 && said < FLOOD / 2; count += 1) peer.say(`flood ${(said += 1)}`);
    if (said >= FLOOD / 2) clearInterval(timer);
  }, 10);
  atEnd(() => clearInterval(timer));
}
