/** What strangers send is shown and never obeyed; and what pages of strangers ask for is not given. */
import { afterEach, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BrowserPerson, describeInBrowser, newContext } from '../../support/browser.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { png } from '../../support/pictures.js';
import { FLAG, RecordsPeer } from '../../support/records-peer.js';
import { ServerProcess } from '../../support/server-process.js';

/** Each would set a flag, if anything of it were obeyed. */
const SCRIPT = '<script>window.hacked = "a script"</script>';
const MARKUP = `<img src="x" onerror="window.hacked = 'an image'"><b onclick="hacked = 1">Hi</b>${SCRIPT}`;
const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80" onload="window.hacked = 'a drawing'">
  ${SCRIPT}
  <foreignObject width="120" height="80"><body xmlns="http://www.w3.org/1999/xhtml">${SCRIPT}</body></foreignObject>
  <image href="http://127.0.0.1:9/picture.png" width="10" height="10" />
  <rect width="120" height="80" fill="teal" />
</svg>`;
const REVERSING = 'Open \u202Egpj.exe\u202C now\u0007\u2066!';

describeInBrowser('a hostile peer in a browser', () => {
  afterEach(closeAll);

  it('cannot make anything run by what is said or shared', async () => {
    const server = await ServerProcess.start({ page: true });
    const { peer } = await RecordsPeer.join(server.port, 'Mallory');
    const cool = await BrowserPerson.join(server.pageUrl, 'Cool');

    peer.say(MARKUP);
    await cool.hears(`Mallory: ${MARKUP}`);
    peer.say('javascript:window.hacked=1 data:text/html,<script>1</script>');
    peer.say(REVERSING);
    await cool.hears('Mallory: Open \\u{202e}gpj.exe\\u{202c} now␇\\u{2066}!');

    const shared = await shares(peer, `${MARKUP}\u202Egpj.bin`, Buffer.from([0, 1, 2]));
    expect(shared).not.toMatch(/[<>/]/);
    await cool.hears(`Mallory shared ${shared.replace('\u202E', '\\u{202e}')}`);
    await shares(peer, 'page.html', Buffer.from(`<!doctype html><title>Hi</title>${MARKUP}`));
    await cool.line('page.html').getByText(MARKUP).waitFor();
    await shares(peer, 'drawing.svg', Buffer.from(DRAWING));
    const drawing = await cool.seesImage('drawing.svg');
    expect(await drawing.evaluate(({ tagName }) => tagName)).toBe('IMG');
    await drawing.click();
    await cool.page.getByRole('dialog').getByRole('img', { name: 'Image drawing.svg' }).waitFor();
    await cool.page.keyboard.press('Escape');

    peer.say('That is all.');
    await cool.hears('Mallory: That is all.');
    expect(await ownElements(cool)).toEqual([]);
    expect(await cool.page.evaluate('window.hacked')).toBeUndefined();
  });

  it('cannot have bytes that are no image, or an enormous one, shown as an image', async () => {
    const server = await ServerProcess.start({ page: true });
    const { peer } = await RecordsPeer.join(server.port, 'Mallory');
    const cool = await BrowserPerson.join(server.pageUrl, 'Cool');
    await shares(peer, 'noise.png', Buffer.from([0xff, 0, 1, 2, 3, 0xfe]));
    await shares(peer, 'program.jpg', Buffer.from('MZ\0\0'));
    await shares(peer, 'huge.png', png(60_000, 60_000));
    for (const name of ['noise.png', 'program.jpg', 'huge.png']) {
      await cool.hears(`Mallory shared ${name}`);
      await cool.button(`Download ${name}`).waitFor();
      expect(await cool.page.getByRole('img', { name }).count()).toBe(0);
    }
  });

  it('cannot get in under a name, or into a room, that is markup: it is refused, and shown as text', async () => {
    const server = await ServerProcess.start({ page: true });
    const cool = await BrowserPerson.at(server.pageUrl);
    await cool.asksToJoin('<b>Cool</b>');
    await cool.isTold('A username has 1 to 32 letters, digits, marks, "_", "-" or ".".');
    await cool.page.goto(`${server.pageUrl}${encodeURIComponent(MARKUP)}`);
    expect(await cool.page.getByRole('heading', { level: 1 }).textContent()).toBe(MARKUP);
    await cool.asksToJoin('Cool');
    await cool.isTold("A room's name has 1 to 32 letters");
    expect(await cool.page.evaluate('window.hacked')).toBeUndefined();
  });

  it('cannot talk to the server from a page of its own', async () => {
    const server = await ServerProcess.start({ page: true });
    const { page: own } = await BrowserPerson.at(server.pageUrl);
    const foreign = await (await newContext()).newPage();
    await foreign.goto(await foreignPage());
    const url = `ws://127.0.0.1:${server.pagePort}/`;
    expect(await own.evaluate(outcomeOfOpening, url)).toBe('open');
    expect(await foreign.evaluate(outcomeOfOpening, url)).toBe('closed');
    expect(await foreign.evaluate(outcomeOfOpening, url.replace('127.0.0.1', 'localhost'))).toBe('closed');
  });

  it('cannot put the page into a frame, nor have it load or run what is not of its server', async () => {
    const server = await ServerProcess.start({ page: true });
    const page = await (await newContext()).newPage();
    const policy = (await page.goto(server.pageUrl))!.headers()['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');

    await page.goto(await foreignPage());
    await page.evaluate(framed, server.pageUrl);
    expect(page.frames().map((frame) => frame.url())).toEqual([page.url(), 'chrome-error://chromewebdata/']);
  });
});

/** Shares a file; gives the name that the server gave it. */
async function shares(peer: RecordsPeer, name: string, contents: Buffer): Promise<string> {
  const from = peer.received.length;
  peer.share(name, contents);
  const { filename } = await peer.waitFor(({ flags }) => (flags & FLAG.ATTACHMENT) !== 0, name, from);
  return filename;
}

/** Elements in the page that none of our code makes. */
async function ownElements({ page }: BrowserPerson): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll(
        'body script, foreignObject, iframe, object, embed, b, [onload], [onerror], [onclick]',
      ),
    ]
      .concat([...document.querySelectorAll('a:not([href^="http"])')])
      .map(({ outerHTML }) => outerHTML),
  );
}

/** Address of a page that is not ours, on this machine. */
async function foreignPage(): Promise<string> {
  const server = createServer((_, response) => void response.setHeader('Content-Type', 'text/html').end('<p>Hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => (server.close(), server.closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Runs in a page: `open` or `closed`. */
function outcomeOfOpening(url: string): Promise<string> {
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.onopen = () => resolve('open');
    socket.onclose = () => resolve('closed');
  });
}

/** Runs in a page: has a frame with that address, and waits until it has loaded. */
function framed(url: string): Promise<unknown> {
  const frame = document.createElement('iframe');
  frame.src = url;
  document.body.append(frame);
  return new Promise((resolve) => (frame.onload = () => resolve(undefined)));
}
