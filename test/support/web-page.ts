/** What a page does on its WebSocket, in the records protocol, importing nothing of ours. */
import { WebSocket } from 'ws';
import { atEnd } from './cleanup.js';
import { eventually } from './eventually.js';
import { decode, encode, FLAG, type WireRecord } from './records-peer.js';

export class WebPage {
  readonly received: WireRecord[] = [];
  isClosed = false;
  private rest: Buffer = Buffer.alloc(0);

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (message: Buffer) => {
      const { records, rest } = decode(Buffer.concat([this.rest, message]));
      this.received.push(...records);
      this.rest = rest;
    });
    socket.on('close', () => (this.isClosed = true));
    socket.on('error', () => undefined);
    atEnd(() => socket.terminate());
  }

  /** Opened from the page at `address`. */
  static async open(address: string): Promise<WebPage> {
    const { host, origin } = new URL(address);
    const socket = new WebSocket(`ws://${host}/`, { origin });
    const page = new WebPage(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return page;
  }

  /** Opened, and let in; throws what the other side says when it is not. */
  static async join(address: string, username: string, target = ''): Promise<WebPage> {
    const page = await WebPage.open(address);
    await page.join(username, target);
    return page;
  }

  /** The same again and again until it is let in, as a page does that has lost its connection. */
  static joinAtLast(address: string, username: string): Promise<WebPage> {
    return eventually(() => WebPage.join(address, username).catch(() => undefined), `a way in at ${address}`);
  }

  /** Throws the words with which it is not let in. */
  async join(username: string, target = ''): Promise<void> {
    this.send({ flags: FLAG.JOIN_REQUEST, username, target });
    const isAnswer = ({ flags }: WireRecord): boolean =>
      (flags & (FLAG.JOIN_ACCEPT | FLAG.JOIN_REJECT | FLAG.NOTICE)) !== 0 && (flags & FLAG.MORE) === 0;
    const { flags, payload } = await this.waitFor(isAnswer, 'an answer to the request to join');
    if ((flags & FLAG.JOIN_ACCEPT) === 0) throw new Error(payload.toString());
  }

  /** What people did: those of the history, then what came since; `bob: Hi`, `bob joined`, `bob left`. */
  get conversation(): string[] {
    return this.received
      .flatMap((record) => (record.flags & FLAG.JOIN_ACCEPT ? decode(record.payload).records : [record]))
      .flatMap(({ flags, username, payload }) => {
        if (flags === FLAG.NEW_USER) return [`${username} joined`];
        if (flags === FLAG.QUIT_ACCEPT) return [`${username} left`];
        return flags === 0 ? [`${username}: ${payload.toString()}`] : [];
      });
  }

  send(record: Parameters<typeof encode>[0]): void {
    this.socket.send(encode(record));
  }

  say(text: string, number = 0): void {
    this.send({ payload: text, number });
  }

  quit(): void {
    this.send({ flags: FLAG.QUIT_REQUEST });
  }

  close(): void {
    this.socket.close();
  }

  waitFor(fits: (record: WireRecord) => boolean, what: string): Promise<WireRecord> {
    return eventually(() => this.received.find(fits), what, { show: () => this.show() });
  }

  /** The text as it came back under the number that it was said under. */
  waitForOwn(text: string, number: number): Promise<WireRecord> {
    return this.waitFor(
      (record) => record.flags === 0 && record.number === number && record.payload.toString() === text,
      `"${text}", number ${number}`,
    );
  }

  async hears(line: string): Promise<void> {
    await eventually(() => this.conversation.includes(line), `"${line}"`, { show: () => this.show() });
  }

  waitForNotice(words: RegExp): Promise<WireRecord> {
    return this.waitFor(
      ({ flags, payload }) => flags === FLAG.NOTICE && words.test(payload.toString()),
      `a notice like ${words}`,
    );
  }

  async waitForClose(): Promise<void> {
    await eventually(() => this.isClosed, 'the end of the connection', { show: () => this.show() });
  }

  private show(): string {
    return this.received
      .map(
        ({ flags, number, username, payload }) => `0x${flags.toString(16)} ${number} ${username}: ${String(payload)}`,
      )
      .join('\n');
  }
}
