/** Avatars, images and files, as people see them in browsers. */
import { afterEach, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { BrowserPerson, describeInBrowser } from '../../support/browser.js';
import { closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { namesIn, temporaryFolder } from '../../support/folders.js';
import { type Colour, lake, noise, smiley } from '../../support/paint.js';
import { atMenu } from '../../support/people.js';
import { RecordsPeer } from '../../support/records-peer.js';
import { ServerProcess } from '../../support/server-process.js';
import { everyoneHears } from '../../support/stories.js';

const YELLOW: Colour = [255, 206, 84];
const BIG_BYTES = 50 * 1024 * 1024;

describeInBrowser('pictures and files in a browser', () => {
  afterEach(closeAll);

  it('shows the avatar somebody brought beside every message, and draws one for who brought none', async () => {
    const { pageUrl } = await ServerProcess.start({ page: true });
    const cool = await BrowserPerson.at(pageUrl);
    await cool.choosesAvatar(saved('cool.png', smiley(YELLOW)));
    await cool.joins('Cool');
    const fun = await BrowserPerson.join(pageUrl, 'Fun');
    await cool.says('Hi');
    await cool.says('Are you there?');
    await fun.says('Yes');
    await everyoneHears([cool, fun], 'Fun: Yes');

    for (const person of [cool, fun]) {
      expect(await person.avatarsOf('Cool')).toEqual(['own']);
      expect(await person.avatarsOf('Fun')).toEqual(['drawn']);
      await seesItsColour(person, 2);
    }

    await fun.quits();
    await fun.page.reload();
    await fun.joins('Fun');
    expect(await fun.avatarsOf('Cool')).toEqual(['own']);
    await seesItsColour(fun, 2);

    // The browser keeps the picture for the next time.
    await cool.quits();
    await cool.page.reload();
    await cool.page.getByRole('img', { name: 'Your avatar' }).waitFor();
    await cool.joins('Cool');
    await cool.says('Here I am again');
    await fun.hears('Cool: Here I am again');
    expect(await fun.avatarsOf('Cool')).toEqual(['own']);
    await seesItsColour(fun, 3);
  });

  it('shows an image that was picked, dropped or pasted to the other, and the menu client saves it', async () => {
    const server = await ServerProcess.start({ page: true });
    const cool = await atMenu(server.port, 'Cool');
    const fun = await BrowserPerson.join(server.pageUrl, 'Fun');
    const fire = await BrowserPerson.join(server.pageUrl, 'Fire');
    const image = lake(400, 240);
    const ways: Readonly<Record<string, (name: string) => Promise<void>>> = {
      'picked.png': (name) => fun.page.getByLabel('Choose a file').setInputFiles(saved(name, image)),
      'dropped.png': (name) => drops(fun, name, image),
      'pasted.png': (name) => pastes(fun, name, image),
    };

    for (const [name, bring] of Object.entries(ways)) {
      await bring(name);
      await fun.page.getByRole('list', { name: 'Files to post' }).getByText(name).waitFor();
      await fun.posts();
      const shown = await fire.seesImage(name);
      expect(await sizesOf(shown)).toEqual({ natural: '400 x 240', reserved: '360 x 216', drawn: '360 x 216' });
      await fun.seesImage(name);
      await eventually(() => namesIn(cool.home.downloads).includes(name), `${name} at the menu client`);
      expect(readFileSync(join(cool.home.downloads, name)).equals(image)).toBe(true);
    }
  });

  it('moves no line when an image above it is drawn, whether it came with its line or is fetched later', async () => {
    const server = await ServerProcess.start({ page: true });
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    const [small, large] = [lake(600, 900), noise(900, 500)];
    expect(large.length).toBeGreaterThan(1024 * 1024);
    peer.share('small.png', small);
    peer.say('below the small one');
    peer.share('large.png', large);
    peer.say('below the large one');
    await peer.waitForText('below the large one');

    const fun = await BrowserPerson.at(server.pageUrl);
    const places = await watchesPlaces(fun);
    await fun.joins('Fun');
    await fun.seesImage('small.png');
    await fun.seesImage('large.png');
    const { offsets, loaded } = await places();
    expect(Object.keys(offsets).length).toBeGreaterThanOrEqual(6);
    expect(Object.entries(offsets).filter(([, seen]) => seen.length > 1)).toEqual([]);
    // It was looked at before they were there, and after.
    expect(loaded).toEqual({ 'small.png': [false, true], 'large.png': [false, true] });
  });

  it('shares 50 MB while the chat goes on, and gives the other the same bytes', async () => {
    const { pageUrl } = await ServerProcess.start({ page: true });
    const cool = await BrowserPerson.join(pageUrl, 'Cool');
    const fun = await BrowserPerson.join(pageUrl, 'Fun');
    const big = Buffer.alloc(BIG_BYTES, 'Snug is a room. ');
    big.writeUInt32BE(0xdeadbeef, BIG_BYTES - 4);

    await fun.page.getByLabel('Choose a file').setInputFiles(saved('big.bin', big));
    await cool.message.fill('What are you sending?');
    await fun.message.fill('Wait and see');
    const uploading = await watchesProgress(fun, 'Posting big.bin');
    await fun.posts();
    await fun.page.getByRole('progressbar', { name: 'Posting big.bin' }).waitFor();
    await Promise.all([cool.message.press('Enter'), fun.message.press('Enter')]);
    await everyoneHears([cool, fun], 'Fun shared big.bin');
    expect(await fun.page.getByRole('progressbar', { name: 'Posting big.bin' }).count()).toBe(0);
    expectToGrow(await uploading());
    for (const person of [cool, fun]) {
      const talk = await person.conversation();
      expect(talk.at(-1)).toBe('Fun shared big.bin');
      expect(talk).toEqual(expect.arrayContaining(['Cool: What are you sending?', 'Fun: Wait and see']));
    }

    const downloading = await watchesProgress(cool, 'Fetching big.bin');
    const download = cool.page.waitForEvent('download', { timeout: 20_000 });
    await cool.button('Download big.bin').click();
    expect((await download).suggestedFilename()).toBe('big.bin');
    expect(sha256(readFileSync(await (await download).path()))).toBe(sha256(big));
    expectToGrow(await downloading());
  }, 60_000);

  it('finds a file by a part of its name and by who shared it, and goes to its line', async () => {
    const server = await ServerProcess.start({ page: true });
    const [{ peer: cool }, { peer: fun }] = await Promise.all([
      RecordsPeer.join(server.port, 'Cool'),
      RecordsPeer.join(server.port, 'Fun'),
    ]);
    cool.share('photo of the lake.png', lake(300, 200));
    await fun.waitFor(({ filename }) => filename === 'photo of the lake.png', 'the image');
    fun.share('recipe.pdf', Buffer.from('%PDF-1.7 \0'));
    await cool.waitFor(({ filename }) => filename === 'recipe.pdf', 'the recipe');
    // So many lines that those of the files are not drawn any more.
    for (let number = 1; number <= 300; number += 1) cool.say(`line ${number}`);
    await cool.waitForText('line 300');
    const fire = await BrowserPerson.join(server.pageUrl, 'Fire');
    expect(await fire.conversation()).not.toContain('Fun shared recipe.pdf');

    expect(await finds(fire, 'LAKE')).toEqual(['photo of the lake.png']);
    expect(await finds(fire, 'fun')).toEqual(['recipe.pdf']);
    expect(await finds(fire, '')).toEqual(['recipe.pdf', 'photo of the lake.png']);
    await fire.files.fill('fun pdf');
    await fire.files.press('Enter');
    await fire.sees(() => isInView(fire.line('recipe.pdf')), 'the line of the file');
    // As often as it is wanted.
    for (const time of ['first', 'second']) {
      await fire.button('To the newest').click();
      await fire.files.fill('lake');
      await fire.page.getByRole('option').filter({ hasText: 'lake' }).click();
      await fire.sees(() => isInView(fire.line('photo of the lake.png')), `the line of the image for the ${time} time`);
    }
    await fire.files.fill('nonesuch');
    await fire.page.getByText('No file has that in its name.').waitFor();
  });
});

/** Writes the file that somebody is going to share; gives its path. */
function saved(name: string, contents: Buffer): string {
  const path = join(temporaryFolder('shared'), name);
  writeFileSync(path, contents);
  return path;
}

/** As the operating system does when a file is dropped onto the window. */
async function drops({ page }: BrowserPerson, name: string, contents: Buffer): Promise<void> {
  const dataTransfer = await page.evaluateHandle(transferOf, { name, base64: contents.toString('base64') });
  await page.locator('main').dispatchEvent('dragover', { dataTransfer });
  await page.getByText('Drop it here to share it').waitFor();
  await page.locator('main').dispatchEvent('drop', { dataTransfer });
}

async function pastes({ page, message }: BrowserPerson, name: string, contents: Buffer): Promise<void> {
  const clipboardData = await page.evaluateHandle(transferOf, { name, base64: contents.toString('base64') });
  await message.evaluate(
    (field, data) => field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })),
    clipboardData,
  );
}

function transferOf({ name, base64 }: { name: string; base64: string }): DataTransfer {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: 'image/png' }));
  return transfer;
}

/** Waits until Cool's picture is drawn beside that many messages, in its own colour. */
async function seesItsColour(person: BrowserPerson, messages: number): Promise<void> {
  const pictures = person.log.locator('article.message .avatar[data-avatar=own] img');
  const colours = (): Promise<string[]> =>
    pictures.evaluateAll((images) =>
      images.map((image) => {
        const context = new OffscreenCanvas(1, 1).getContext('2d')!;
        context.drawImage(image as HTMLImageElement, 0, 0);
        return context.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
      }),
    );
  const wanted = Array<string>(messages).fill(YELLOW.join());
  await person.sees(async () => (await colours()).join(' ') === wanted.join(' '), `${messages} times Cool's picture`);
}

/** The image's own size, the size it is given before it is there, and the one that it has in the page. */
async function sizesOf(image: Locator): Promise<{ natural: string; reserved: string; drawn: string }> {
  return image.evaluate((element) => {
    const { naturalWidth, naturalHeight, clientWidth, clientHeight } = element as HTMLImageElement;
    return {
      natural: `${naturalWidth} x ${naturalHeight}`,
      reserved: `${element.getAttribute('width')} x ${element.getAttribute('height')}`,
      drawn: `${clientWidth} x ${clientHeight}`,
    };
  });
}

interface Places {
  /** By sequence, every distance of that line from the first one. */
  readonly offsets: Record<string, number[]>;
  /** By name, whether the image was there when it was looked at: the different answers in order. */
  readonly loaded: Record<string, boolean[]>;
}

/** From now on notes where the lines are, with every change and every frame; gives what tells it. */
async function watchesPlaces({ page }: BrowserPerson): Promise<() => Promise<Places>> {
  const places = await page.evaluateHandle(() => {
    const noted: Places = { offsets: {}, loaded: {} };
    const note = <T>(list: T[], value: T): void => void (list.at(-1) === value || list.push(value));
    const look = (): void => {
      const rows = [...document.querySelectorAll<HTMLElement>('article[data-sequence]')];
      const top = rows[0]?.getBoundingClientRect().top ?? 0;
      for (const row of rows) {
        note((noted.offsets[row.dataset['sequence']!] ??= []), row.getBoundingClientRect().top - top);
        const image = row.querySelector<HTMLImageElement>('figure img');
        const name = image?.alt ?? row.querySelector('progress')?.ariaLabel;
        if (name) note((noted.loaded[name.replace(/^\w+ /, '')] ??= []), (image?.naturalWidth ?? 0) > 0);
      }
    };
    const lookAgain = (): void => (look(), void requestAnimationFrame(lookAgain));
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
    lookAgain();
    return noted;
  });
  return () => places.jsonValue();
}

/** From now on notes how far a bar of progress is; gives what tells it, as parts of the whole. */
async function watchesProgress({ page }: BrowserPerson, name: string): Promise<() => Promise<number[]>> {
  const parts = await page.evaluateHandle((label) => {
    const noted: number[] = [];
    const look = (): void => {
      const bar = document.querySelector<HTMLProgressElement>(`progress[aria-label="${label}"]`);
      if (bar) noted.push(bar.position);
      requestAnimationFrame(look);
    };
    look();
    return noted;
  }, name);
  return () => parts.jsonValue();
}

function expectToGrow(parts: readonly number[]): void {
  expect(parts).toEqual([...parts].sort((one, other) => one - other));
  expect(parts.filter((part) => part > 0 && part < 1).length).toBeGreaterThan(0);
}

/** What the file field lists for this. */
async function finds(person: BrowserPerson, sought: string): Promise<string[]> {
  await person.files.fill(sought);
  await person.files.press('ArrowUp');
  return person.page.getByRole('option').locator('.card-name').allTextContents();
}

async function isInView(line: Locator): Promise<boolean> {
  if ((await line.count()) === 0) return false;
  return line.evaluate((row) => {
    const [own, log] = [row, row.closest('[role=log]')!].map((element) => element.getBoundingClientRect());
    return own!.top >= log!.top && own!.bottom <= log!.bottom && document.activeElement === row;
  });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
