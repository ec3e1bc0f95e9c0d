/** A visit against whatever can happen to it, and against very much of it. */
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Visit } from '../../../src/client/web/model/visit.js';
import { closeAll } from '../../support/cleanup.js';
import type { FakePeer, HouseSettings } from '../../support/fake-house.js';
import { settle } from '../../support/settle.js';
import { back, confirmed, isWhole, joined, Server, textsIn, until } from './support.js';

afterEach(closeAll);

type Step =
  | { readonly verb: 'say' | 'share' | 'cut' | 'restart' | 'older' | 'wake' | 'give up' }
  | { readonly verb: 'hear'; readonly texts: number }
  | { readonly verb: 'deaf'; readonly which: 'near' | 'far' }
  | { readonly verb: 'wait'; readonly turns: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ verb: 'say' as const }) },
  { weight: 2, arbitrary: fc.constant({ verb: 'share' as const }) },
  { weight: 3, arbitrary: fc.constant({ verb: 'cut' as const }) },
  { weight: 1, arbitrary: fc.constant({ verb: 'restart' as const }) },
  { weight: 2, arbitrary: fc.constant({ verb: 'older' as const }) },
  { weight: 4, arbitrary: fc.constant({ verb: 'wake' as const }) },
  { weight: 1, arbitrary: fc.constant({ verb: 'give up' as const }) },
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('hear' as const), texts: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('deaf' as const),
      which: fc.constantFrom('near' as const, 'far' as const),
    }),
  },
  { weight: 6, arbitrary: fc.record({ verb: fc.constant('wait' as const), turns: fc.integer({ min: 1, max: 9 }) }) },
);

/** One visit, and somebody else who talks. */
class Walk {
  private readonly said: string[] = [];
  private readonly posted: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly visit: Visit,
    private readonly settings: HouseSettings,
    private other: FakePeer,
  ) {}

  static async begin(settings: HouseSettings): Promise<Walk> {
    const server = await Server.start(settings);
    const other = await server.house.joined('Fun');
    return new Walk(server, await joined(server), settings, other);
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const one of steps) {
      await this.take(one);
      this.expectOrder();
    }
    this.server.pair.near.destroy();
    await settle();
    await back(this.visit);
    await confirmed(this.visit);
    await until(this.visit, () => this.visit.uploads.list.length === 0, 'the files');
    await this.expectAll();
  }

  private async take(one: Step): Promise<void> {
    const { server, visit } = this;
    switch (one.verb) {
      case 'say':
        this.said.push(`mine ${this.said.length}`);
        return visit.say(this.said.at(-1)!);
      case 'share':
        this.posted.push(`${this.posted.length}.bin`);
        return visit.uploads.add(new File(['x'.repeat(this.posted.length % 3)], this.posted.at(-1)!));
      case 'hear':
        for (let text = 0; text < one.texts; text++) this.other.say('x'.repeat(100));
        return;
      case 'deaf':
        return server.pair[one.which].pause();
      case 'cut':
        return server.pair.near.destroy();
      case 'restart':
        return this.restart();
      case 'older':
        return void visit.older();
      case 'wake':
        return visit.wake();
      case 'give up':
        return server.house.absence.pass();
      case 'wait':
        return settle(one.turns);
    }
  }

  private async restart(): Promise<void> {
    const history = await this.server.kill();
    this.other.link.reset();
    await settle();
    await this.server.start({ ...this.settings, history });
    this.other = await this.server.house.joined('Fun');
  }

  private expectOrder(): void {
    const places = this.visit.timeline.lines.map(({ sequence }) => sequence);
    expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
  }

  private async expectAll(): Promise<void> {
    const { server, visit } = this;
    const entries = await server.entries();
    await until(visit, () => visit.timeline.last === entries.length, 'the last line');
    expect(isWhole(visit)).toBe(true);
    expect((await server.texts()).filter((text) => text.startsWith('mine'))).toEqual(this.said);
    expect(await server.files()).toEqual(this.posted);
    for (; visit.hasOlder;) await visit.older();
    expect(visit.timeline.lines).toHaveLength(entries.length);
    expect(textsIn(visit)).toEqual(await server.texts());
  }
}

describe('a visit', () => {
  it('loses nothing and doubles nothing, whatever happens', async () => {
    const settings = fc.record({
      replay: fc.constantFrom(0, 300, 3000, 8_388_608),
      grace: fc.constantFrom(0, 30_000),
    });
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { maxLength: 60 }), async (chosen, steps) => {
        const walk = await Walk.begin(chosen);
        try {
          await walk.run(steps);
        } finally {
          await closeAll();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('takes ten thousand lines of the past, and as many live, and as many of its own', async () => {
    const count = 10_000;
    const server = await Server.start();
    const log = await server.house.history.open('');
    const drafts = (words: string): Parameters<typeof log.append>[0] =>
      Array.from({ length: count }, (_, index) => ({ kind: 'text', author: 'Fun', text: `${words} ${index}`, id: 0 }));
    await log.append(drafts('past'));
    const visit = await joined(server);
    expect(textsIn(visit)).toHaveLength(count);
    await log.append(drafts('live'));
    await until(visit, () => textsIn(visit).length === 2 * count, 'the live lines');
    await server.cut();
    for (let text = 0; text < count; text++) visit.say(`own ${text}`);
    expect(visit.timeline.pending).toHaveLength(count);
    await back(visit);
    await confirmed(visit);
    expect(await server.texts()).toHaveLength(3 * count);
    expect(textsIn(visit)).toEqual(await server.texts());
  });

  it('pages back through ten thousand lines', async () => {
    const server = await Server.start({ replay: 0 });
    const log = await server.house.history.open('');
    await log.append(
      Array.from({ length: 10_000 }, (_, index) => ({
        kind: 'text',
        author: 'Fun',
        text: `${index}`.padStart(200),
        id: 0,
      })),
    );
    const visit = await joined(server);
    for (; visit.hasOlder;) await visit.older();
    expect(visit.timeline.lines).toHaveLength(10_001);
    expect(isWhole(visit)).toBe(true);
  });
});
