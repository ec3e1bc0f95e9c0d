import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EntryBatch } from '../../src/history/batch.js';
import {
  Journal,
  type JournalItem,
  journalNumbers,
  journalPath,
  readJournal,
  type Said,
} from '../../src/history/journal.js';
import { decodeEntries } from '../../src/protocols/records/entries.js';
import type { Entry, TextEntry } from '../../src/room/entry.js';
import { closeAll } from '../support/cleanup.js';
import { temporaryFolder } from '../support/folders.js';

const TIME = 1_704_227_560_000;

let path = '';

beforeEach(() => {
  path = join(temporaryFolder('journal'), 'history.sqlite-recent-1');
});

afterEach(closeAll);

/** Texts of the room of that row, from that place on. */
function said(room: number, first: number, ...texts: readonly string[]): Said {
  const entries = texts.map((text, index): Entry => {
    return { kind: 'text', author: 'Cool', text, id: 0, sequence: first + index, time: TIME };
  });
  return { room, batch: EntryBatch.of(entries, 'den') };
}

function textsOf(items: Iterable<JournalItem>): unknown[] {
  return Array.from(items, ({ room, first, last, time, records }) => {
    expect(time).toBe(TIME);
    const entries = decodeEntries(records) as readonly TextEntry[];
    expect([entries[0]!.sequence, entries.at(-1)!.sequence]).toEqual([first, last]);
    return [room, first, ...entries.map(({ text }) => text)];
  });
}

const LONG = 'x'.repeat(100_000);

/** A journal of three commits. */
function filled(): Journal {
  const journal = new Journal(path, 0o600);
  journal.append([said(1, 5, 'a', 'b'), said(2, 1, 'c')]);
  journal.append([said(1, 7, LONG)]);
  journal.append([said(3, 9, 'd')]);
  return journal;
}

const FIRST = [
  [1, 5, 'a', 'b'],
  [2, 1, 'c'],
];
const ALL = [...FIRST, [1, 7, LONG], [3, 9, 'd']];

describe('a journal', () => {
  it('has what was appended, in its order', () => {
    const journal = filled();
    expect(textsOf(readJournal(path).items)).toEqual(ALL);
    expect(journal.end).toBe(statSync(path).size);
    journal.close();
  });

  it('has also what is larger than most', () => {
    const journal = new Journal(path, 0o600);
    journal.append([said(1, 1, LONG, LONG), said(2, 1, LONG)]);
    journal.append([said(1, 3, 'a')]);
    expect(textsOf(readJournal(path).items)).toEqual([
      [1, 1, LONG, LONG],
      [2, 1, LONG],
      [1, 3, 'a'],
    ]);
    journal.close();
  });

  it('is no file before something was appended, and none when it is removed', () => {
    const journal = new Journal(path, 0o600);
    expect(existsSync(path)).toBe(false);
    journal.append([said(1, 1, 'a')]);
    expect(existsSync(path)).toBe(true);
    journal.remove();
    expect(existsSync(path)).toBe(false);
  });

  it('does not write over what is there, and has nothing of what it could not write', () => {
    writeFileSync(path, 'Dear diary');
    const journal = new Journal(path, 0o600);
    expect(() => journal.append([said(1, 1, 'a')])).toThrow('EEXIST');
    journal.remove();
    expect([journal.end, readFileSync(path, 'utf8')]).toEqual([0, 'Dear diary']);
  });

  it('has the permissions that it is given', () => {
    filled().close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe('reading a journal that is not whole', () => {
  /** Bytes of the first commit. */
  function firstLength(): number {
    return 8 + readFileSync(path).readUInt32BE(0);
  }

  it('gives the commits that are, wherever it was cut', () => {
    filled().close();
    const bytes = readFileSync(path);
    const length = firstLength();
    for (let cut = 0; cut < bytes.length; cut += cut < length + 20 || cut > bytes.length - 60 ? 1 : 997) {
      writeFileSync(path, bytes.subarray(0, cut));
      const shown = textsOf(readJournal(path).items);
      expect(shown.length).toBe(cut < length ? 0 : cut < bytes.length - bytesOfLast(bytes) ? 2 : 3);
      expect(shown.slice(0, 2)).toEqual(cut < length ? [] : FIRST);
    }
  });

  it.each([
    {
      what: 'a bit was changed behind the first commit',
      harm: (bytes: Buffer, at: number) => bytes.writeUInt8(bytes[at + 30]! ^ 1, at + 30),
      isDamaged: true,
    },
    {
      what: 'there are zeros behind the first commit',
      harm: (bytes: Buffer, at: number) => bytes.fill(0, at),
      isDamaged: false,
    },
    {
      what: 'there is a huge length behind the first commit',
      harm: (bytes: Buffer, at: number) => bytes.writeUInt32BE(0xffffffff, at),
      isDamaged: false,
    },
    {
      what: 'the last commit was changed',
      harm: (bytes: Buffer) => bytes.writeUInt8(bytes.at(-1)! ^ 1, bytes.length - 1),
      isDamaged: false,
      count: 3,
    },
  ])('gives those before when $what', ({ harm, isDamaged, count = 2 }) => {
    filled().close();
    const bytes = readFileSync(path);
    harm(bytes, firstLength());
    writeFileSync(path, bytes);
    expect(textsOf(readJournal(path).items)).toEqual(ALL.slice(0, count));
    expect(readJournal(path).isDamaged).toBe(isDamaged);
  });

  function bytesOfLast(bytes: Buffer): number {
    let at = 0;
    let last = 0;
    while (at < bytes.length) at += last = 8 + bytes.readUInt32BE(at);
    return last;
  }
});

describe('the journals beside a history', () => {
  it('are those of its name and a number', () => {
    const folder = temporaryFolder('journals');
    const history = join(folder, 'history.sqlite');
    for (const end of ['12', '2', '', 'x', '3-1704227560000', '-1', '1e3'])
      writeFileSync(`${history}-recent-${end}`, '');
    writeFileSync(join(folder, 'other.sqlite-recent-7'), '');
    mkdirSync(join(folder, 'history.sqlite-wal'));
    expect(journalNumbers(history).map((number) => journalPath(history, number))).toEqual([
      `${history}-recent-2`,
      `${history}-recent-12`,
    ]);
  });
});
