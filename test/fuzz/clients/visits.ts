/** The page's model at our server, which vanishes and comes back, over links that break: no line lost, none doubled. */
import type { Visit } from '../../../src/client/web/model/visit.js';
import type { FakePeer } from '../../support/fake-house.js';
import { isWhole, Server, textsIn, visitTo } from '../../client/web/support.js';
import { Random } from '../engine/random.js';
import { check, checkSame, type Target } from '../engine/target.js';
import type { VirtualTime } from '../engine/virtual-time.js';
import { seedOf, timeless } from '../sessions/targets.js';
import { text } from '../grammar/text.js';

/** Milliseconds in which a visit has come back, and what waited has gone out. */
const LONG = 60_000;

class Walk {
  private readonly said: string[] = [];
  private readonly posted: string[] = [];
  private other: FakePeer | undefined;

  private constructor(
    private readonly server: Server,
    private readonly visit: Visit,
    private readonly replay: number,
    private readonly random: Random,
    private readonly time: VirtualTime,
  ) {}

  static async begin(random: Random, time: VirtualTime): Promise<Walk> {
    const replay = random.pick([0, 300, 3000, 8_388_608]);
    const server = await Server.start({ replay });
    const walk = new Walk(server, visitTo(server), replay, random, time);
    await walk.meetOther();
    void walk.visit.join('Cool', undefined);
    await time.settle();
    return walk;
  }

  async step(): Promise<void> {
    const { random, time } = this;
    await random.way<Promise<void> | void>([
      [8, () => this.say()],
      [2, () => this.share()],
      [4, () => this.hear()],
      [3, () => this.server.pair.near.destroy()],
      [1, () => this.restart()],
      [2, () => void this.visit.older()],
      [4, () => this.visit.wake()],
      [2, () => this.server.pair[random.once(2) ? 'near' : 'far'].pause()],
      [6, () => (random.once(2) ? time.pass() : time.advance(random.below(random.once(8) ? 30_000 : 600)))],
    ]);
    const places = this.visit.timeline.lines.map(({ sequence }) => sequence);
    const ordered = [...new Set(places)].sort((one, other) => one - other);
    checkSame(places, ordered, 'The lines are not in their order, each once');
  }

  async end(): Promise<void> {
    const { server, visit, time } = this;
    server.pair.near.destroy();
    await time.advance(LONG);
    check(visit.stage === 'inside', () => `It is ${visit.stage}: ${visit.problem}`);
    check(visit.timeline.pending.length === 0, () => `${visit.timeline.pending.length} texts are waiting.`);
    check(visit.uploads.list.length === 0, () => `${visit.uploads.list.length} files are waiting.`);
    for (let page = 0; visit.hasOlder && page < 1000; page++) {
      void visit.older();
      await time.settle();
    }
    const entries = await server.entries();
    check(isWhole(visit), () => 'There are gaps.');
    checkSame(visit.timeline.lines.length, entries.length, 'Not all lines are there');
    checkSame(textsIn(visit), await server.texts(), 'The texts are not those of the room');
    const mine = entries.flatMap((entry) => (entry.kind === 'text' && entry.author === 'Cool' ? [entry.text] : []));
    checkSame(mine, this.said, 'What was said is not what the room has');
    checkSame(await server.files(), this.posted, 'What was shared is not what the room has');
  }

  private say(): void {
    this.said.push(`${this.said.length} ${text(this.random)}`);
    this.visit.say(this.said.at(-1)!);
  }

  /** A file that can be read without the outside world. */
  private share(): void {
    const name = `${this.posted.length}.bin`;
    const bytes = Buffer.alloc(this.posted.length % 3, 'x');
    this.posted.push(name);
    const slice = (from: number, to: number): unknown => ({
      arrayBuffer: () => Promise.resolve(Uint8Array.from(bytes.subarray(from, to)).buffer),
    });
    this.visit.uploads.add({ name, size: bytes.length, slice } as unknown as File);
  }

  private hear(): void {
    for (let count = 1 + this.random.below(9); count > 0; count--) this.other?.say('x'.repeat(100));
  }

  private async restart(): Promise<void> {
    const history = await this.time.until(this.server.kill());
    this.other?.link.reset();
    await this.time.settle();
    await this.time.until(this.server.start({ history, replay: this.replay }));
    await this.meetOther();
  }

  private async meetOther(): Promise<void> {
    this.other = await this.time.until(this.server.house.joined('Fun'));
  }
}

async function run(input: Uint8Array): Promise<number> {
  const steps = input[0] ?? 0;
  await timeless(async (time) => {
    const walk = await Walk.begin(Random.from(input.subarray(1)), time);
    for (let step = 0; step < steps; step++) await walk.step();
    await walk.end();
  });
  return steps;
}

export const VISITS: readonly Target[] = [
  { name: 'conversation-visit', kind: 'conversation', isGuided: false, make: seedOf(80), run },
];
