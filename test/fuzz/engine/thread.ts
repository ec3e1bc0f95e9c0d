/** A target in a thread of its own, which the main one can end when an execution does not. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { hex, Runner, type Summary, type Watcher } from './runner.js';
import type { Target } from './target.js';

/** Milliseconds without an end of an execution, after which it is taken to hang. */
const HANGS = 20_000;
const LOOK = 500;

/** Bytes of an input that the main thread can see. */
const SEEN = 65_536;

interface Job {
  readonly name: string;
  readonly seed: number;
  readonly milliseconds: number;
  /** Only this one, in hexadecimal. */
  readonly input: string | undefined;
}

/** What is being executed, where the main thread can read it though this one is busy. */
class Window {
  private readonly numbers: Int32Array;
  private readonly bytes: Uint8Array;

  constructor(readonly shared = new SharedArrayBuffer(8 + SEEN)) {
    this.numbers = new Int32Array(shared, 0, 2);
    this.bytes = new Uint8Array(shared, 8);
  }

  show(input: Uint8Array): void {
    this.numbers[0]!++;
    this.numbers[1] = Math.min(SEEN, input.length);
    this.bytes.set(input.subarray(0, SEEN));
  }

  get count(): number {
    return this.numbers[0]!;
  }

  get input(): Uint8Array {
    return this.bytes.slice(0, this.numbers[1]);
  }
}

export function inThread(job: Job): Promise<Summary> {
  const window = new Window();
  const worker = new Worker(new URL(import.meta.url), { workerData: { job, shared: window.shared } });
  return new Promise((resolve, reject) => {
    let [count, since] = [-1, Date.now()];
    const timer = setInterval(() => {
      if (window.count !== count) [count, since] = [window.count, Date.now()];
      else if (Date.now() - since > HANGS) end(hung(job, window));
    }, LOOK);
    const end = (summary: Summary): void => {
      clearInterval(timer);
      void worker.terminate();
      resolve(summary);
    };
    worker.on('message', (summary: Summary) => end(summary));
    worker.on('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
  });
}

function hung({ name, seed, milliseconds }: Job, window: Window): Summary {
  const input = hex(window.input);
  const nothing = { steps: 0, reached: 0, corpus: 0, dearest: 0, heapGrowth: undefined };
  const slowest = { milliseconds: HANGS, input };
  const finding = { input, error: `No end of an execution in ${HANGS} ms.` };
  return { name, kind: 'decoder', seed, executions: window.count, milliseconds, ...nothing, slowest, finding };
}

/** What the thread does. */
export async function runThread(targets: readonly Target[]): Promise<void> {
  const { job, shared } = workerData as { job: Job; shared: SharedArrayBuffer };
  const window = new Window(shared);
  const target = targets.find(({ name }) => name === job.name)!;
  const runner = new Runner(target, job.seed, watcher(window));
  const finding = job.input === undefined ? undefined : await runner.execute(Buffer.from(job.input, 'hex'));
  const summary = await runner.run(
    job.input === undefined
      ? { milliseconds: job.milliseconds, executions: Infinity }
      : { milliseconds: 0, executions: 0 },
  );
  parentPort!.postMessage({ ...summary, finding: finding ?? summary.finding });
}

function watcher(window: Window): Watcher {
  let unheard: string | undefined;
  const hear = (error: unknown): void => {
    unheard ??= `Nobody heard this: ${error instanceof Error ? error.stack : String(error)}`;
  };
  process.on('unhandledRejection', hear);
  process.on('uncaughtException', hear);
  return {
    begins: (input) => window.show(input),
    unheard: () => {
      const heard = unheard;
      unheard = undefined;
      return heard;
    },
  };
}
