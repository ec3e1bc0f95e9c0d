/** Each protocol's server side, alone and among the others. */
import type { Protocol } from '../../../src/protocols/protocol.js';
import { closeAll } from '../../support/cleanup.js';
import { Random } from '../engine/random.js';
import type { Target } from '../engine/target.js';
import { VirtualTime } from '../engine/virtual-time.js';
import { PROTOCOLS } from '../protocols.js';
import { World } from './world.js';

/** A seed whose first byte says how many steps are made. */
export function seedOf(most: number): (random: Random) => Uint8Array {
  return (random) => Uint8Array.from([random.below(most), ...random.bytes(8)]);
}

/** Runs `walk` where time stands still. */
export async function timeless(walk: (time: VirtualTime) => Promise<void>): Promise<void> {
  const time = new VirtualTime();
  time.install();
  try {
    await walk(time);
  } finally {
    await time.until(closeAll());
    time.uninstall();
  }
}

function target(name: string, make: () => readonly Protocol[]): Target {
  const run = async (input: Uint8Array): Promise<number> => {
    const steps = input[0] ?? 0;
    await timeless(async (time) => {
      const world = await World.open(make(), Random.from(input.subarray(1)), time);
      for (let step = 0; step < steps; step++) await world.step();
      await world.end();
    });
    return steps;
  };
  return { name: `session-${name}`, kind: 'session', isGuided: false, make: seedOf(250), run };
}

export const SESSIONS: readonly Target[] = [
  ...PROTOCOLS.map((make) => target(make().name, () => [make()])),
  target('all', () => PROTOCOLS.map((make) => make())),
];
