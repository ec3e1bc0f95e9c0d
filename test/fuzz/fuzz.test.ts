/**
 * Every target for a few executions with a seed that stays, so that the fuzzer does not rot; `npm run fuzz` is for finding
 * things (docs/reliability.md). What it has found stands among the tests of what was wrong.
 */
import { describe, expect, it } from '@jest/globals';
import { Random } from './engine/random.js';
import { Runner } from './engine/runner.js';
import { Finding, type Target } from './engine/target.js';
import { VirtualTime } from './engine/virtual-time.js';
import { TARGETS } from './targets.js';

const SEED = 1;
/** Few enough for all of them to take some seconds. */
const EXECUTIONS: Readonly<Record<Target['kind'], number>> = { decoder: 100, session: 3, client: 10, conversation: 3 };

describe('the fuzzer', () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))('finds nothing in %s', async (_, target) => {
    const runner = new Runner(target, SEED);
    // Streams that go up to a limit have megabytes.
    const executions = target.name.startsWith('limits') ? 2 : EXECUTIONS[target.kind];
    const { finding } = await runner.run({ milliseconds: Infinity, executions });
    expect(finding).toBeUndefined();
  });

  it('finds what is wrong, and gives the smallest input that shows it', async () => {
    const target: Target = {
      name: 'wrong',
      kind: 'decoder',
      isGuided: true,
      make: (random) => random.bytes(40),
      run: (input) => {
        if (input.includes(0x80)) throw new Finding('There is an 0x80.');
      },
    };
    const { finding } = await new Runner(target, SEED).run({ milliseconds: Infinity, executions: 10_000 });
    expect(finding).toMatchObject({ input: '80', error: expect.stringContaining('There is an 0x80.') });
  });

  it('finds the fewest steps', async () => {
    const run = (input: Uint8Array): number => {
      if (input[0]! >= 7) throw new Finding('Seven steps are too many.');
      return input[0]!;
    };
    const make = (): Uint8Array => Uint8Array.of(200, 1);
    const target: Target = { name: 'wrong', kind: 'session', isGuided: false, make, run };
    const { finding } = await new Runner(target, SEED).run({ milliseconds: Infinity, executions: 10 });
    expect(finding?.input).toBe('0701');
  });

  it('makes the same inputs of the same seed', async () => {
    const inputsOf = async (seed: number): Promise<string[]> => {
      const inputs: string[] = [];
      const run = (input: Uint8Array): void => void inputs.push(Buffer.from(input).toString('hex'));
      const target: Target = { name: 'any', kind: 'decoder', isGuided: true, make: (random) => random.bytes(9), run };
      await new Runner(target, seed).run({ milliseconds: Infinity, executions: 50 });
      return inputs;
    };
    expect(await inputsOf(7)).toEqual(await inputsOf(7));
    expect(await inputsOf(7)).not.toEqual(await inputsOf(8));
  });
});

describe('randomness', () => {
  it('is spread evenly', () => {
    const random = new Random(SEED);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 100_000; draw++) counts[random.below(10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe('time that is told to pass', () => {
  async function inTime(walk: (time: VirtualTime) => Promise<void>): Promise<void> {
    const time = new VirtualTime();
    time.install();
    try {
      await walk(time);
    } finally {
      time.uninstall();
    }
  }

  it('runs timers in their order, those that start meanwhile too', () =>
    inTime(async (time) => {
      const seen: string[] = [];
      setTimeout(() => seen.push('b'), 20);
      setTimeout(() => setTimeout(() => seen.push('c'), 15), 10);
      setTimeout(() => seen.push('a'), 5);
      await time.advance(24);
      expect(seen).toEqual(['a', 'b']);
      await time.advance(1);
      expect(seen).toEqual(['a', 'b', 'c']);
    }));

  it('stops timers, starts them anew, and counts those that run', () =>
    inTime(async (time) => {
      const seen: string[] = [];
      const stopped = setTimeout(() => seen.push('never'), 10);
      const refreshed = setTimeout(() => seen.push('late'), 10);
      expect(time.running).toBe(2);
      clearTimeout(stopped);
      await time.advance(9);
      refreshed.refresh();
      await time.advance(9);
      expect([seen, time.running]).toEqual([[], 1]);
      await time.advance(1);
      expect([seen, time.running]).toEqual([['late'], 0]);
    }));

  it('says so where nothing ever comes to rest', () =>
    inTime(async (time) => {
      const again = (): void => void setImmediate(again);
      again();
      await expect(time.settle()).rejects.toThrow('has not come to rest');
    }));
});
