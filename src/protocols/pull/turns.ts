/**
 * Who has the word on a connection on which one may only ask (seed 001: "All data transactions will be initiated by the
 * client"): one request at a time, since answers have no end that could be seen, GET and USERS once a second each, and
 * what the person says in between.
 */
import type { Request } from './codec.js';

/** Milliseconds from a GET to the next USERS and from there to the next GET. */
const HALF_ROUND = 500;
/** Milliseconds that an answer may take; then it is taken not to come. */
const ANSWER_TIME = 2000;
/** Milliseconds after a text until the next request: a server takes one `recv()` for one. */
const GAP = 20;
/** Milliseconds after the last text until one looks for it: long enough for the server to have heard it. */
const SETTLED = 120;

type Asking = 'get' | 'users';

export class Turns {
  private readonly wanted: Asking[] = [];
  private readonly texts: string[] = [];
  private underWay: Asking | undefined;
  /** Runs while nothing may be sent. */
  private pause: NodeJS.Timeout | undefined;
  private round: NodeJS.Timeout | undefined;
  private look: NodeJS.Timeout | undefined;
  private onFree: (() => void)[] = [];

  constructor(
    private readonly send: (request: Request) => void,
    private readonly onUnanswered: (asking: Asking) => void = () => {},
  ) {}

  /** What was asked and is not answered yet. */
  get asking(): Asking | undefined {
    return this.underWay;
  }

  start(): void {
    let next: Asking = 'users';
    this.round = setInterval(() => {
      this.want(next);
      next = next === 'users' ? 'get' : 'users';
    }, HALF_ROUND);
    this.want('get');
  }

  want(asking: Asking): void {
    if (!this.wanted.includes(asking)) this.wanted.push(asking);
    this.goOn();
  }

  say(text: string): void {
    this.texts.push(text);
    this.goOn();
  }

  /** The answer to what is under way has come. */
  answered(): void {
    if (this.underWay === undefined) return;
    this.underWay = undefined;
    this.resume();
  }

  /** Resolves when everything said has been sent. */
  async sent(): Promise<void> {
    while (this.texts.length > 0) await new Promise<void>((resolve) => this.onFree.push(resolve));
  }

  /** No more rounds: resolves when what was said has been sent and looked for, or after `limit` milliseconds. */
  async settled(limit: number): Promise<void> {
    clearInterval(this.round);
    let isEnough = false;
    const timer = setTimeout(() => {
      isEnough = true;
      this.free();
    }, limit);
    while (this.isBusy && !isEnough) await new Promise<void>((resolve) => this.onFree.push(resolve));
    clearTimeout(timer);
  }

  /** Sends what was said and is waiting, whatever is under way. */
  hurry(): void {
    for (const text of this.texts.splice(0)) this.send({ kind: 'put', text });
  }

  stop(): void {
    clearInterval(this.round);
    clearTimeout(this.pause);
    clearTimeout(this.look);
    this.pause = this.look = this.underWay = undefined;
    this.wanted.length = 0;
    this.texts.length = 0;
    this.free();
  }

  private get isBusy(): boolean {
    return this.pause !== undefined || this.look !== undefined || this.wanted.length > 0 || this.texts.length > 0;
  }

  private goOn(): void {
    if (this.pause !== undefined) return;
    const asking = this.wanted.shift();
    if (asking) return this.ask(asking);
    const text = this.texts.shift();
    if (text !== undefined) this.put(text);
    this.free();
  }

  private ask(asking: Asking): void {
    this.underWay = asking;
    this.pause = setTimeout(() => {
      this.onUnanswered(asking);
      this.answered();
    }, ANSWER_TIME);
    this.send({ kind: asking });
  }

  private put(text: string): void {
    this.pause = setTimeout(() => this.resume(), GAP);
    this.send({ kind: 'put', text });
    clearTimeout(this.look);
    this.look = setTimeout(() => {
      this.look = undefined;
      this.want('get');
    }, SETTLED);
  }

  private resume(): void {
    clearTimeout(this.pause);
    this.pause = undefined;
    this.goOn();
  }

  private free(): void {
    for (const resolve of this.onFree.splice(0)) resolve();
  }
}
