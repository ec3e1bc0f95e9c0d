/** Looks for a smaller input that does the same wrong, since a person has to read it. */
import { concat } from '../../../src/protocols/byte-queue.js';
import type { Target } from './target.js';

/** Attempts: a finding should be told soon. */
const MOST = 2000;

export async function shrunk(target: Target, input: Uint8Array, error: unknown): Promise<Uint8Array> {
  if (target.isGuided) return shrunkBytes(target, input, kindOf(error));
  return shrunkSteps(target, input, kindOf(error));
}

async function shrunkBytes(target: Target, input: Uint8Array, kind: string): Promise<Uint8Array> {
  let best = input;
  let attempts = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let start = 0; start < best.length && attempts < MOST; attempts++) {
      const smaller = concat([best.subarray(0, start), best.subarray(start + size)]);
      if ((await faultOf(target, smaller)) === kind) best = smaller;
      else start += size;
    }
  }
  return best;
}

/** The first byte of a seed says how many steps are made. */
async function shrunkSteps(target: Target, input: Uint8Array, kind: string): Promise<Uint8Array> {
  if (target.kind === 'decoder') return input;
  for (let steps = 0; steps < (input[0] ?? 0); steps++) {
    const smaller = Uint8Array.from([steps, ...input.subarray(1)]);
    if ((await faultOf(target, smaller)) === kind) return smaller;
  }
  return input;
}

async function faultOf(target: Target, input: Uint8Array): Promise<string | undefined> {
  try {
    await target.run(input);
    return undefined;
  } catch (error) {
    return kindOf(error);
  }
}

/** The same mistake has the same words, but for what is quoted. */
function kindOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\d+/g, '').slice(0, 24);
}
