/** Each protocol's client against a server that says whatever it likes, in pieces, and may hang up at any time. */
import type { Protocol } from '../../../src/protocols/protocol.js';
import type { Accept, Link, LinkListener } from '../../../src/transports/link.js';
import { connectPair } from '../../support/link-pair.js';
import { cut, mutated } from '../engine/mutate.js';
import { Random } from '../engine/random.js';
import { check, type Target } from '../engine/target.js';
import type { VirtualTime } from '../engine/virtual-time.js';
import * as plain from '../grammar/plain.js';
import { answer } from '../grammar/records.js';
import { PROTOCOLS } from '../protocols.js';
import { seedOf, timeless } from '../sessions/targets.js';
import { Asked, StrictListener } from './listener.js';
import { User } from './user.js';

/** Milliseconds after which no client waits for anything any more. */
const LONG = 120_000;
/** Milliseconds that a link is kept after its one end has ended. */
const LINGER = 5000;

class Garbage {
  /** Of all connections that were made, also anew. */
  private readonly links: Link[] = [];
  private readonly framing: number;
  private isOver = false;

  constructor(
    private readonly protocol: Protocol,
    private readonly random: Random,
  ) {
    this.framing = random.below(3);
  }

  readonly dial = async (near: Accept): Promise<void> => {
    if (this.isOver) throw new Error('Nobody is there.');
    const far = (link: Link): LinkListener => {
      this.links.push(link);
      // As a transport does: a peer that is still talking does not keep the link for ever.
      const ended = (): void => void setTimeout(() => link.destroy(), LINGER);
      return { received: () => undefined, drained: () => undefined, ended, closed: () => undefined };
    };
    connectPair(near, far);
  };

  act(): void {
    const link = this.links.at(-1)!;
    const { random } = this;
    random.way<void>([
      [12, () => this.speak(link)],
      [random.once(4) ? 1 : 0, () => (random.once(2) ? link.end() : link.destroy())],
      [1, () => (random.once(2) ? link.pause() : link.resume())],
    ]);
  }

  /** Whoever connects once more finds nobody. */
  end(): void {
    this.isOver = true;
    for (const link of this.links) link.destroy();
  }

  private speak(link: Link): void {
    const { random } = this;
    const message = this.message();
    const bytes = random.once(4) ? mutated(message, this.message(), random) : message;
    for (const piece of random.once(3) ? cut(bytes, random) : [bytes]) link.write(piece);
  }

  private message(): Uint8Array {
    const { random } = this;
    switch (this.protocol.name) {
      case 'records':
        return answer(random, random.below(12));
      case 'chat10':
        return Buffer.from(plain.chat10(random));
      case 'pull':
        return Buffer.from(plain.pullAnswer(random));
      case 'register':
        return Buffer.from(plain.registerAnswer(this.framing)(random));
      default:
        return Buffer.from(plain.rawAnswer(random));
    }
  }
}

async function walk(protocol: Protocol, steps: number, random: Random, time: VirtualTime): Promise<void> {
  const [garbage, listener, asked] = [new Garbage(protocol, random), new StrictListener(), new Asked()];
  const connection = await protocol.connect(garbage.dial, random.pick(['', 'Tea']), listener);
  const user = new User(connection, asked, random, () => listener.lines);
  for (let step = 0; step < steps; step++) {
    if (step === 0) user.join();
    else if (random.once(3)) user.act();
    else garbage.act();
    if (random.once(2)) await time.pass();
    else if (random.once(2)) await time.advance(random.pick([10, 60, 200, 600, random.below(4000)]));
    asked.check();
  }
  garbage.end();
  await time.advance(LONG);
  asked.checkAnswered();
  check(listener.isClosed, () => 'The end was not told.');
  check(time.running === 0, () => `${time.running} timers are still running.`);
}

export const CLIENTS: readonly Target[] = PROTOCOLS.map((make) => {
  const run = async (input: Uint8Array): Promise<number> => {
    const steps = input[0] ?? 0;
    await timeless((time) => walk(make(), steps, Random.from(input.subarray(1)), time));
    return steps;
  };
  return { name: `client-${make().name}`, kind: 'client', isGuided: false, make: seedOf(60), run };
});
