/** Runs one target again and again: makes inputs, keeps those that got somewhere new, and stops at what it finds. */
import { performance } from 'node:perf_hooks';
import { Coverage } from './coverage.js';
import { mutated } from './mutate.js';
import { Random } from './random.js';
import { shrunk } from './shrink.js';
import { Finding, type Target } from './target.js';

/** Inputs that are kept. */
const CORPUS = 2000;
/** Bytes that an input counts for at least: opening a decoder costs something, too. */
const LEAST = 64;
/** Executions after which a breath is taken, so that what was rejected behind our back is told. */
const BREATH = 200;
/** Bytes by which the heap may be larger in the end than after the first part: more is a leak. */
const GROWTH = 24 * 1_048_576;

export interface Budget {
  readonly milliseconds: number;
  readonly executions: number;
}

export interface Summary {
  readonly name: string;
  readonly kind: Target['kind'];
  readonly seed: number;
  readonly executions: number;
  readonly steps: number;
  readonly milliseconds: number;
  /** Branches of the sources, inputs kept for reaching them, and the most work that a byte has cost. */
  readonly reached: number;
  readonly corpus: number;
  readonly dearest: number;
  /** Milliseconds of the slowest execution, and its input. */
  readonly slowest: { readonly milliseconds: number; readonly input: string };
  /** Bytes, after garbage was collected; undefined where nobody could ask for that. */
  readonly heapGrowth: number | undefined;
  readonly finding: { readonly input: string; readonly error: string } | undefined;
}

export interface Watcher {
  /** Told of every input before it is run. */
  begins(input: Uint8Array): void;
  /** What was rejected, or thrown, where nobody was there to hear it. */
  unheard(): string | undefined;
}

const NOBODY: Watcher = { begins: () => undefined, unheard: () => undefined };

export class Runner {
  private readonly random: Random;
  private readonly coverage = new Coverage();
  private readonly corpus: Uint8Array[] = [];
  private executions = 0;
  private steps = 0;
  private dearest = 0;
  private slowest = { milliseconds: 0, input: '' };

  constructor(
    private readonly target: Target,
    private readonly seed: number,
    private readonly watcher: Watcher = NOBODY,
  ) {
    this.random = new Random(seed, Random.from(Buffer.from(target.name)).word());
  }

  async run(budget: Budget): Promise<Summary> {
    const began = performance.now();
    const passed = (): number => performance.now() - began;
    let early: number | undefined;
    let finding: Summary['finding'];
    while (!finding && this.executions < budget.executions && passed() < budget.milliseconds) {
      finding = await this.execute(this.nextInput());
      if (early === undefined && (passed() > budget.milliseconds / 3 || this.executions > budget.executions / 3)) {
        early = heap();
      }
    }
    const milliseconds = passed();
    const late = heap();
    const heapGrowth = early === undefined || late === undefined ? undefined : late - early;
    if (!finding && heapGrowth !== undefined && heapGrowth > GROWTH) {
      finding = { input: '', error: `The heap has grown by ${heapGrowth} bytes in ${this.executions} executions.` };
    }
    const { name, kind } = this.target;
    const { seed, executions, steps, dearest, slowest, corpus } = this;
    const { reached } = this.coverage;
    return {
      name,
      kind,
      seed,
      executions,
      steps,
      milliseconds,
      reached,
      corpus: corpus.length,
      dearest,
      slowest,
      heapGrowth,
      finding,
    };
  }

  /** Runs one input, and gives what is wrong with it. */
  async execute(input: Uint8Array): Promise<Summary['finding']> {
    this.watcher.begins(input);
    this.coverage.begin();
    const began = performance.now();
    try {
      const run = this.target.run(input);
      const steps = run instanceof Promise ? await run : run;
      this.executions++;
      this.steps += steps ?? 1;
      this.note(input, performance.now() - began);
      if (this.executions % BREATH === 0) await new Promise((resolve) => setImmediate(resolve));
      const unheard = this.watcher.unheard();
      if (unheard !== undefined) throw new Finding(unheard);
      return undefined;
    } catch (error) {
      const small = await shrunk(this.target, input, error);
      return { input: hex(small), error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }

  private note(input: Uint8Array, milliseconds: number): void {
    if (milliseconds > this.slowest.milliseconds) this.slowest = { milliseconds, input: hex(input) };
    const isNew = this.coverage.isNew();
    // A seed says nothing of how much work there is to be.
    const perByte = this.target.isGuided ? this.coverage.work / (input.length + LEAST) : 0;
    this.dearest = Math.max(this.dearest, perByte);
    const { workPerByte } = this.target;
    if (workPerByte !== undefined && perByte > workPerByte) throw new Finding(`A byte costs ${perByte} branches.`);
    if (!isNew || !this.target.isGuided) return;
    if (this.corpus.length < CORPUS) this.corpus.push(input);
    else this.corpus[this.random.below(CORPUS)] = input;
  }

  private nextInput(): Uint8Array {
    const { random, target, corpus } = this;
    const fresh = target.make(random);
    if (!target.isGuided) return fresh;
    const known = corpus.length > 0 ? random.pick(corpus) : fresh;
    return random.way<Uint8Array>([
      [2, () => fresh],
      [3, () => mutated(fresh, known, random)],
      [4, () => mutated(known, random.once(2) ? random.pick([...corpus.slice(-1), fresh]) : fresh, random)],
    ]);
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function heap(): number | undefined {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) return undefined;
  gc();
  return process.memoryUsage().heapUsed;
}
