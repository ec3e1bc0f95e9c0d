/** What can be fuzzed, and what is found. */
import type { Random } from './random.js';

export interface Target {
  readonly name: string;
  readonly kind: 'decoder' | 'session' | 'client' | 'conversation';
  /** Its inputs are bytes that can be damaged, and grown where they reach new branches; otherwise they are seeds. */
  readonly isGuided: boolean;
  make(random: Random): Uint8Array;
  /** Throws what is wrong. Gives how many steps were made, where that is not one. */
  run(input: Uint8Array): number | void | Promise<number | void>;
  /** Branches that one byte of an input, or one step, may cost; unlimited where it is not said. */
  readonly workPerByte?: number;
}

/** The code under test broke a rule. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

export function check(isSo: boolean, what: () => string): asserts isSo {
  if (!isSo) throw new Finding(what());
}

/** As JSON, with bytes as hexadecimal. */
export function shown(value: unknown): string {
  return JSON.stringify(plain(value)) ?? 'undefined';
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

export function checkSame(left: unknown, right: unknown, what: string): void {
  check(isSame(left, right), () => `${what}:\n  ${shown(left).slice(0, 1500)}\n  ${shown(right).slice(0, 1500)}`);
}

/** Bytes are the same whatever they are kept in. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  const [one, other] = [left as Record<string, unknown>, right as Record<string, unknown>];
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]));
}
