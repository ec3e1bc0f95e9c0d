/**
 * Time that passes when it is told to, so that ten minutes of silence cost nothing and every timer that is still running
 * can be counted. Turns of the event loop are counted, too: where nothing is due and nobody waits for the outside, all is
 * at rest. It takes the place of the globals, since that is where the sources find them.
 */
import { Finding } from './target.js';

/** Turns of the event loop in which everything has come to rest, or never will. */
const MOST_TURNS = 20_000;
/** Timers that run out in one advance: more is a timer that starts itself without a pause. */
const MOST_TIMERS = 100_000;

type Callback = (...values: unknown[]) => void;

interface Timer {
  due: number;
  readonly delay: number;
  readonly every: boolean;
  readonly run: () => void;
}

const NAMES = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const;
const real = Object.fromEntries(NAMES.map((name) => [name, globalThis[name]]));
const realImmediate = globalThis.setImmediate;

export class VirtualTime {
  now = 0;
  private readonly timers = new Set<Timer>();
  private immediates = new Set<() => void>();

  install(): void {
    const fakes = {
      setTimeout: (run: Callback, delay = 0, ...values: unknown[]) => this.start(run, delay, values, false),
      setInterval: (run: Callback, delay = 0, ...values: unknown[]) => this.start(run, delay, values, true),
      clearTimeout: (timer: unknown) => this.stop(timer),
      clearInterval: (timer: unknown) => this.stop(timer),
      setImmediate: (run: Callback, ...values: unknown[]) => this.soon(() => run(...values)),
      clearImmediate: (run: () => void) => void this.immediates.delete(run),
    };
    Object.assign(globalThis, fakes);
  }

  uninstall(): void {
    Object.assign(globalThis, real);
  }

  /** Timers that are running. */
  get running(): number {
    return this.timers.size;
  }

  /** Runs what is due now, until nothing is. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      // Promises are kept in the turn of the real loop, and those that were waiting for one another with them.
      await new Promise<void>((resolve) => void realImmediate(resolve));
      if (this.immediates.size === 0) return;
      this.turn();
    }
    throw new Finding(`It has not come to rest after ${MOST_TURNS} turns of the event loop.`);
  }

  /** One turn of the event loop, and no more. */
  async pass(): Promise<void> {
    this.turn();
    await new Promise<void>((resolve) => void realImmediate(resolve));
  }

  /** Waits for what waits for turns of the event loop. */
  async until<T>(what: Promise<T>): Promise<T> {
    let isDone = false;
    const done = (): void => void (isDone = true);
    what.then(done, done);
    for (let turn = 0; turn < MOST_TURNS && !isDone; turn++) await this.pass();
    if (!isDone) throw new Finding(`It was not done after ${MOST_TURNS} turns of the event loop.`);
    return what;
  }

  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await this.settle();
    for (let count = 0; count < MOST_TIMERS; count++) {
      const next = this.earliest();
      if (!next || next.due > end) {
        this.now = end;
        return;
      }
      this.fire(next);
      await this.settle();
    }
    throw new Finding(`${MOST_TIMERS} timers ran out within ${milliseconds} ms.`);
  }

  private turn(): void {
    const due = this.immediates;
    this.immediates = new Set();
    for (const run of due) run();
  }

  private earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) if (!first || timer.due < first.due) first = timer;
    return first;
  }

  private fire(timer: Timer): void {
    this.now = Math.max(this.now, timer.due);
    if (timer.every) timer.due = this.now + timer.delay;
    else this.timers.delete(timer);
    timer.run();
  }

  private start(run: Callback, delay: number, values: readonly unknown[], every: boolean): object {
    const least = Math.max(1, delay);
    const timer: Timer = { due: this.now + least, delay: least, every, run: () => run(...values) };
    this.timers.add(timer);
    const { timers } = this;
    const refresh = (): object => {
      timer.due = this.now + least;
      // As Node has it: one that has run out starts anew, one that was stopped does not.
      if (!stopped.has(timer)) timers.add(timer);
      return timer;
    };
    return Object.assign(timer, { refresh, ref: () => timer, unref: () => timer, hasRef: () => true });
  }

  private stop(timer: unknown): void {
    if (typeof timer !== 'object' || timer === null) return;
    stopped.add(timer);
    this.timers.delete(timer as Timer);
  }

  private soon(run: () => void): () => void {
    this.immediates.add(run);
    return run;
  }
}

const stopped = new WeakSet<object>();
