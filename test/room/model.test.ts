/**
 * Many people who join, talk, share and leave as they like, some of them slow, against the simplest model there is of a
 * room: a list of names and a list of what happened.
 */
import { join as joinPath } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore } from '../../src/files/memory.js';
import { MemoryHistory } from '../../src/history/memory.js';
import { SqliteHistory } from '../../src/history/sqlite.js';
import type { Entry } from '../../src/room/entry.js';
import { Member } from '../../src/room/member.js';
import type { History, Keeping, Log } from '../../src/room/ports.js';
import { Room } from '../../src/room/room.js';
import { keep } from '../contracts/file-store-contract.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { FakeOutlet } from '../support/fake-outlet.js';
import { temporaryFolder } from '../support/folders.js';
import { settle } from '../support/settle.js';

const CAPACITY = 4;
const INLINE = 10;
const NAMES = ['Cool', 'Fun', 'Fire', 'Sad', 'cool', 'Jürg', 'Ju\u0308rg'];
const clock = (): number => 1_704_227_560_000;

type Command =
  | { readonly verb: 'join'; readonly who: number; readonly takes: number }
  | { readonly verb: 'leave' | 'say'; readonly who: number }
  | { readonly verb: 'share'; readonly who: number; readonly size: number }
  | { readonly verb: 'drain'; readonly who: number; readonly takes: number }
  /** The history lets go of the oldest entries but so many. */
  | { readonly verb: 'trim'; readonly keep: number }
  | { readonly verb: 'wait' };

const who = fc.nat(NAMES.length - 1);
const takes = fc.integer({ min: 1, max: 5 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('join' as const), who, takes }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('leave' as const), who }) },
  { weight: 8, arbitrary: fc.record({ verb: fc.constant('say' as const), who }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('share' as const), who, size: fc.nat(2 * INLINE) }) },
  { weight: 5, arbitrary: fc.record({ verb: fc.constant('drain' as const), who, takes }) },
  { weight: 6, arbitrary: fc.record({ verb: fc.constant('wait' as const) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('trim' as const), keep: fc.nat(30) }) },
);

/** One stay in the room, from a joining to its leaving. */
interface Stay {
  readonly name: string;
  readonly outlet: FakeOutlet;
  member: Member | undefined;
  left: Promise<void> | undefined;
}

class Walk {
  private readonly here = new Map<string, Stay>();
  private readonly stays: Stay[] = [];
  /** What has to be in the history, as `author what`. */
  private readonly expected: string[] = [];
  private readonly underWay: Promise<unknown>[] = [];
  private readonly files = new MemoryStore();
  private readonly room: Room;
  private texts = 0;

  constructor(
    private readonly history: History,
    private readonly log: Log,
  ) {
    this.room = new Room('', log, this.files, { capacity: CAPACITY, inlineFile: INLINE });
  }

  async run(commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      await this.obey(command);
      expect(this.room.report().map(({ name }) => name)).toEqual([...this.here.values()].map(({ name }) => name));
    }
    await this.drainAll();
    await Promise.all(this.underWay);
    await this.checkHistory();
    for (const stay of this.stays) this.checkShown(stay);
  }

  private async obey(command: Command): Promise<void> {
    if (command.verb === 'wait') return settle(1);
    if (command.verb === 'trim') return void (await this.history.trim(toKeep(command.keep)));
    const name = NAMES[command.who] ?? '';
    if (command.verb === 'join') return this.join(name, command.takes);
    const stay = this.here.get(keyOf(name));
    if (!stay?.member) return;
    switch (command.verb) {
      case 'leave':
        return this.leave(stay, stay.member);
      case 'say':
        return this.say(stay, stay.member);
      case 'share':
        return this.share(stay, stay.member, command.size);
      case 'drain':
        return drain(stay, command.takes);
    }
  }

  private join(name: string, takes: number): void {
    const key = keyOf(name);
    const attempt = (): void => {
      const seat = this.room.join(name, { address: '192.168.1.5', port: 54654 });
      const stay: Stay = { name: seat.name, outlet: new FakeOutlet(takes), member: undefined, left: undefined };
      this.here.set(key, stay);
      this.stays.push(stay);
      this.underWay.push(seat.joined.then((joined) => follow(new Member(this.room, seat, joined, stay.outlet), stay)));
    };
    if (this.here.size >= CAPACITY) expect(attempt).toThrow(expect.objectContaining({ code: 'full' }));
    else if (this.here.has(key)) expect(attempt).toThrow(expect.objectContaining({ code: 'name-taken' }));
    else {
      attempt();
      this.expected.push(`${name.normalize('NFC')} join`);
    }
  }

  private leave(stay: Stay, member: Member): void {
    this.here.delete(keyOf(stay.name));
    stay.left = member.leave();
    this.underWay.push(stay.left);
    this.expected.push(`${stay.name} leave`);
  }

  private say(stay: Stay, member: Member): void {
    const text = `text ${++this.texts}`;
    this.underWay.push(member.say(text, this.texts));
    this.expected.push(`${stay.name} ${text}`);
  }

  private async share(stay: Stay, member: Member, size: number): Promise<void> {
    const file = await keep(this.files, `file ${size}`, Buffer.alloc(size, size));
    this.underWay.push(member.share(file));
    // Its contents are read first, so that others may get a place before it: not part of this model.
    await settle(2);
    this.expected.push(`${stay.name} file ${size}`);
  }

  private async drainAll(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      await settle();
      for (const stay of this.stays) drain(stay, Infinity);
    }
    await settle();
  }

  private async checkHistory(): Promise<void> {
    const { first, last } = this.log;
    const entries = await this.log.read({ from: 1, to: last });
    expect(entries.map(describeEntry)).toEqual(this.expected.slice(first - 1));
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => first + index));
    expect(last).toBe(this.expected.length);
  }

  private checkShown({ name, outlet, member, left }: Stay): void {
    const from = member?.joined.sequence ?? Infinity;
    const leaving = this.expected.indexOf(`${name} leave`, from);
    const to = left ? leaving + 1 : this.expected.length;
    // Whoever was slow misses what the history has let go of meanwhile, and nothing else.
    const places = this.expected.map((_, index) => index + 1).slice(from - 1, to);
    const shown = places.filter((place) => place >= this.log.first || outlet.places.includes(place));
    expect(outlet.places).toEqual(shown);
    expect(outlet.shown.map(describeEntry)).toEqual(shown.map((place) => this.expected[place - 1]));
    const files = outlet.shown.flatMap((entry) => (entry.kind === 'file' ? [entry] : []));
    for (const { file, contents } of files) {
      expect(contents?.length).toBe(file.size <= INLINE ? file.size : undefined);
    }
  }
}

function follow(member: Member, stay: Stay): void {
  stay.member = member;
  member.follow(member.joined.sequence);
}

function drain({ outlet, member }: Stay, takes: number): void {
  outlet.takes = takes;
  member?.drained();
}

/** An entry of the model takes some 140 bytes. */
function toKeep(entries: number): Keeping {
  return { since: 0, bytes: entries * 140, limit: 10_000 };
}

const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

function describeEntry(entry: Entry): string {
  if (entry.kind === 'text') return `${entry.author} ${entry.text}`;
  return `${entry.author} ${entry.kind === 'file' ? entry.file.name : entry.kind}`;
}

describe.each([
  { name: 'memory', open: (): History => new MemoryHistory(clock) },
  {
    name: 'sqlite',
    open: (): History => new SqliteHistory(joinPath(temporaryFolder('model'), 'history.sqlite'), clock),
  },
  {
    name: 'sqlite and journals',
    open: (): History => new SqliteHistory(joinPath(temporaryFolder('model'), 'history.sqlite'), clock, undefined, 0),
  },
])('a room on a history in $name', ({ open }) => {
  afterEach(closeAll);

  it('does what the model does, and shows every member all of the stay, once and in order', async () => {
    const history = open();
    atEnd(() => history.close());
    let walks = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 120, size: 'max' }), async (commands) => {
        const walk = new Walk(history, await history.open(`room${++walks}`));
        await walk.run(commands);
      }),
      { numRuns: 150 },
    );
  });
});
