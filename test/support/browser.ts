/// <reference lib="dom" />
// What is passed to `evaluate` runs in the page; src, which does not, is compiled without the DOM.

/**
 * People who use the page, each in a browser context of their own, as on machines of their own. They are watched: an
 * error in the console, a violation of the page's policy, a dialog or a request to anywhere but the page's own server
 * fails the test in which it happens.
 */
import { afterAll, afterEach, describe } from '@jest/globals';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { atEnd, closeAll } from './cleanup.js';
import { eventually, PATIENCE } from './eventually.js';

/** Put there by browser-setup.mjs. */
const BROWSER = process.env['SNUG_BROWSER'];

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A turn of the wheel is over at once.
  '--disable-smooth-scrolling',
];

/** The same surroundings wherever the tests run. */
const SURROUNDINGS = {
  locale: 'en-GB',
  timezoneId: 'UTC',
  colorScheme: 'light',
  viewport: { width: 1100, height: 760 },
} as const;

const ANNOUNCED = /^Server: (\S+) (joined|left) the chatroom\.$/;

/** What pages did that they should not; emptied after every test. */
const faults: string[] = [];

let launched: Promise<Browser> | undefined;

/**
 * A suite whose tests need a browser. Without one there is no way to run them, and they are skipped: `npm test` says so
 * and how to get one, and .ci/run takes it for a failure.
 */
export function describeInBrowser(name: string, tests: () => void): void {
  if (!BROWSER) return describe.skip(`${name} (left out: no browser was found)`, tests);
  describe(name, () => {
    afterEach(noFaults);
    afterAll(async () => {
      await closeAll();
      await (await launched)?.close();
    });
    tests();
  });
}

/** A new context, closed by `closeAll`; for who is not a person of the room. */
export async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await (await browser()).newContext({ ...SURROUNDINGS, ...options });
  context.setDefaultTimeout(PATIENCE);
  atEnd(() => context.close());
  return context;
}

/** A line of the log as a person reads it. */
export interface ShownLine {
  /** Its place in the history. */
  readonly sequence: number;
  /** `Cool: Hi`, `Cool joined`, `Cool shared photo.png`. */
  readonly text: string;
}

export class BrowserPerson {
  readonly log: Locator;
  readonly message: Locator;
  readonly files: Locator;
  readonly status: Locator;
  private readonly expected: RegExp[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    // By its attributes, since to look for a role takes long among thousands of lines.
    this.log = page.locator('[role=log][aria-label=Chat]');
    this.message = page.getByRole('textbox', { name: 'Message' });
    this.files = page.getByRole('combobox', { name: 'File' });
    this.status = page.getByRole('status');
    this.watch(new URL(url).host);
  }

  /** Somebody who has opened the page at `url` and stands at the door. */
  static async at(url: string, options?: BrowserContextOptions): Promise<BrowserPerson> {
    const context = await newContext(options);
    const person = new BrowserPerson(await context.newPage(), url);
    await person.page.goto(url);
    return person;
  }

  /** The same, in the room. */
  static async join(url: string, name: string, options?: BrowserContextOptions): Promise<BrowserPerson> {
    const person = await BrowserPerson.at(url, options);
    await person.joins(name);
    return person;
  }

  /** Joins, and waits until in the room. */
  async joins(name: string): Promise<void> {
    await this.asksToJoin(name);
    await this.hears(`${name} joined`);
  }

  async asksToJoin(name: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(name);
    await this.button('Join').click();
  }

  async choosesAvatar(path: string): Promise<void> {
    await this.page.getByLabel('Choose an avatar').setInputFiles(path);
    await this.page.getByRole('img', { name: 'Your avatar' }).waitFor();
  }

  /** Types a message and sends it off. */
  async says(text: string): Promise<void> {
    await this.message.fill(text);
    await this.message.press('Enter');
  }

  /** Picks files and posts them. */
  async shares(...paths: readonly string[]): Promise<void> {
    await this.page.getByLabel('Choose a file').setInputFiles([...paths]);
    await this.posts();
  }

  /** Posts what was picked, dropped or pasted. */
  async posts(): Promise<void> {
    await this.page.getByRole('button', { name: /^Post/ }).click();
  }

  /** Closes the page. */
  async leaves(): Promise<void> {
    await this.page.close();
  }

  /** Quits, and waits for the door. */
  async quits(): Promise<void> {
    await this.button('Quit').click();
    await this.button('Join').waitFor();
  }

  /** Reads the refusal at the door, or of a text or a file. */
  async isTold(words: string): Promise<void> {
    const told = this.page.getByRole('alert').filter({ hasText: words });
    await this.sees(async () => (await told.count()) > 0, `"${words}"`);
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** The lines that are drawn, and are the room's; not what has not been confirmed yet. */
  async lines(): Promise<ShownLine[]> {
    const lines = await this.log.locator('article[data-sequence]').evaluateAll((rows) =>
      rows.map((row) => {
        const textOf = (selector: string): string | undefined => row.querySelector(selector)?.textContent ?? undefined;
        const image = row
          .querySelector('figure img')
          ?.getAttribute('alt')
          ?.replace(/^Image /, '');
        const file =
          image ?? textOf('.card-name') ?? row.querySelector('progress')?.ariaLabel?.replace(/^Fetching /, '');
        const said = file === undefined ? `: ${textOf('.text') ?? ''}` : ` shared ${file}`;
        return { sequence: Number(row.getAttribute('data-sequence')), text: `${textOf('.author') ?? ''}${said}` };
      }),
    );
    return lines.map(({ sequence, text }) => ({ sequence, text: text.replace(ANNOUNCED, '$1 $2') }));
  }

  /** Their texts; in the form of `Person.conversation`. */
  async conversation(): Promise<string[]> {
    return (await this.lines()).map(({ text }) => text);
  }

  /** Waits until the log has a line, in the form of `conversation`. */
  async hears(line: string): Promise<void> {
    await this.sees(async () => (await this.conversation()).includes(line), `"${line}"`);
  }

  /** The line with this text in it. */
  line(text: string): Locator {
    return this.log.locator('article').filter({ hasText: text });
  }

  /** Waits until the image of that name is drawn. */
  async seesImage(name: string): Promise<Locator> {
    const image = this.log.getByRole('img', { name: `Image ${name}`, exact: true });
    const isDrawn = (element: Element): boolean => (element as HTMLImageElement).naturalWidth > 0;
    await this.sees(
      async () => (await image.count()) > 0 && (await image.last().evaluate(isDrawn)),
      `the image ${name}`,
    );
    return image.last();
  }

  /** The kinds of avatars beside someone's messages: `own`, the picture they brought, or `drawn`. */
  async avatarsOf(name: string): Promise<string[]> {
    const messages = this.log.locator('article.message').filter({ has: this.page.getByText(name, { exact: true }) });
    const kinds = await messages
      .locator('.avatar')
      .evaluateAll((avatars) => avatars.map((one) => one.dataset['avatar']));
    return [...new Set(kinds.map(String))];
  }

  /** Waits for anything; `what` is it that did not come. */
  async sees<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
    return eventually(look, `${what} in the page`, { show: () => this.show() });
  }

  /** From now on such an error in the console is none. */
  expects(error: RegExp): void {
    this.expected.push(error);
  }

  private async show(): Promise<string> {
    return `The page:\n${await this.page.locator('body').innerText()}`;
  }

  private watch(host: string): void {
    const { page } = this;
    const note = (fault: string): void => {
      if (!this.expected.some((pattern) => pattern.test(fault))) faults.push(`${this.url}: ${fault}`);
    };
    const noteElsewhere = (url: string): void => {
      if (!isAt(host, url)) note(`a request to ${url}`);
    };
    page.on('console', (message) => message.type() === 'error' && note(`in the console: ${message.text()}`));
    page.on('pageerror', (error) => note(`an error: ${error.message}`));
    page.on('crash', () => note('it crashed'));
    page.on('popup', (popup) => note(`a window opened: ${popup.url()}`));
    page.on('dialog', (dialog) => {
      note(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => noteElsewhere(request.url()));
    page.on('websocket', (socket) => noteElsewhere(socket.url()));
  }
}

/** One for all people of a file: it is what takes long to start. */
function browser(): Promise<Browser> {
  launched ??= chromium.launch({ executablePath: BROWSER!, args: ARGS });
  return launched;
}

/** What a page makes itself is not from elsewhere. */
function isAt(host: string, url: string): boolean {
  return /^(blob|data|about):/.test(url) || new URL(url).host === host;
}

function noFaults(): void {
  const found = faults.splice(0);
  if (found.length > 0) throw new Error(`Pages did what they should not:\n${found.join('\n')}`);
}
