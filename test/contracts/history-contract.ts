/** What every implementation of the History port promises (src/room/ports.ts). */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeEntries } from '../../src/protocols/records/entries.js';
import type { Draft, Entry } from '../../src/room/entry.js';
import type { Clock, History, Log } from '../../src/room/ports.js';

export interface HistoryMaker {
  /** A history without entries. */
  fresh(clock: Clock): History;
  /** The history made last, again, after it was closed. Left out where nothing outlives the process. */
  reopen?(clock: Clock): History;
  /** Makes the history made last refuse to keep texts that say `no`. Left out where nothing can go wrong. */
  refuse?(no: string): void;
}

const TIME = 1_704_227_560_000;
/** Bytes of the record of a text of one letter by Cool in the lobby, or of as much more of one by C in the den. */
const RECORD = 32 + 4 + 1;
const MEBIBYTE = 1_048_576;
/** Milliseconds, after which what is said is not kept together with what was said before. */
const HOUR = 3_600_000;

export const join = (author: string): Draft => ({ kind: 'join', author });
export const joinAs = (author: string, name: string, size: number): Draft => ({
  kind: 'join',
  author,
  avatar: { name, stored: `${name} (2)`, size },
});
export const leave = (author: string): Draft => ({ kind: 'leave', author });
export const say = (author: string, text: string, id = 0): Draft => ({ kind: 'text', author, text, id });
export const share = (author: string, name: string, size: number): Draft => ({
  kind: 'file',
  author,
  file: { name, stored: `${name} (2)`, size },
});

const texts = (entries: readonly Entry[]): string[] =>
  entries.map((entry) => (entry.kind === 'text' ? entry.text : ''));
const places = (entries: readonly Entry[]): number[] => entries.map(({ sequence }) => sequence);

export function historyContract(name: string, maker: HistoryMaker): void {
  describe(`the history contract: ${name}`, () => {
    let time: number;
    let history: History;
    const clock: Clock = () => time;

    beforeEach(() => {
      time = TIME;
      history = maker.fresh(clock);
    });

    afterEach(() => history.close());

    async function filled(...lines: readonly string[]): Promise<Log> {
      const log = await history.open('');
      for (const line of lines) await log.append([say('Cool', line)]);
      return log;
    }

    /** As `filled`, but at such times that nothing of it is taken for said together. */
    async function apart(...lines: readonly string[]): Promise<Log> {
      const log = await history.open('');
      for (const line of lines) {
        await log.append([say('Cool', line)]);
        time += HOUR;
      }
      return log;
    }

    describe('places', () => {
      it('has no rooms, nobody present and no entries at first', async () => {
        const log = await history.open('');
        expect(log.last).toBe(0);
        expect(await log.read({ from: 1, to: 10 })).toEqual([]);
        expect(await history.rooms()).toEqual([]);
        expect(await history.present()).toEqual([]);
      });

      it('gives the places from 1 on without gaps, in the order of appending', async () => {
        const log = await history.open('');
        const answers = await Promise.all([
          log.append([say('Cool', 'a')]),
          log.append([say('Fun', 'b'), say('Fun', 'c')]),
          log.append([say('Cool', 'd')]),
        ]);
        expect(answers.map(places)).toEqual([[1], [2, 3], [4]]);
        expect(places(await log.append([say('Fun', 'e')]))).toEqual([5]);
        expect(log.last).toBe(5);
        expect(texts(await log.read({ from: 1, to: 5 }))).toEqual(['a', 'b', 'c', 'd', 'e']);
      });

      it('counts each room by itself', async () => {
        const [lobby, den] = [await history.open(''), await history.open('den')];
        const answers = await Promise.all([
          lobby.append([say('Cool', 'a')]),
          den.append([say('Fun', 'b')]),
          lobby.append([say('Cool', 'c')]),
          den.append([say('Fun', 'd')]),
        ]);
        expect(answers.map(places)).toEqual([[1], [1], [2], [2]]);
        expect(texts(await lobby.read({ from: 1, to: 9 }))).toEqual(['a', 'c']);
        expect(texts(await den.read({ from: 1, to: 9 }))).toEqual(['b', 'd']);
      });

      it('gives the same log for the same name', async () => {
        expect(await history.open('den')).toBe(await history.open('den'));
        expect(await history.open('den')).not.toBe(await history.open(''));
      });

      it('appends nothing for no drafts', async () => {
        const log = await history.open('');
        expect(await log.append([])).toEqual([]);
        expect(log.last).toBe(0);
        expect(await history.rooms()).toEqual([]);
      });

      it('names the rooms that have entries, oldest first', async () => {
        for (const room of ['zoo', '', 'den', 'never']) await history.open(room);
        for (const room of ['zoo', '', 'den']) await (await history.open(room)).append([join('Cool')]);
        expect(await history.rooms()).toEqual(['zoo', '', 'den']);
      });
    });

    describe('times', () => {
      it('are those of the clock', async () => {
        const log = await history.open('');
        const [first] = await log.append([join('Cool')]);
        time += 5;
        const [second] = await log.append([leave('Cool')]);
        expect([first?.time, second?.time]).toEqual([TIME, TIME + 5]);
      });

      it('never go backwards when the clock does', async () => {
        const log = await filled('a');
        time -= 60_000;
        const [second] = await log.append([say('Cool', 'b')]);
        time = TIME + 1;
        const [third] = await log.append([say('Cool', 'c')]);
        expect([second?.time, third?.time]).toEqual([TIME, TIME + 1]);
        expect((await log.read({ from: 1, to: 3 })).map((entry) => entry.time)).toEqual([TIME, TIME, TIME + 1]);
      });
    });

    describe('listeners', () => {
      it('are told what was appended in one turn in one batch, before its callers are answered', async () => {
        const log = await history.open('');
        const told: string[] = [];
        log.subscribe(({ entries }) => told.push(`batch ${texts(entries).join('')}`));
        const answered = async (text: string): Promise<void> => {
          await log.append([say('Cool', text)]);
          told.push(`answer ${text}`);
        };
        await Promise.all([answered('a'), answered('b'), answered('c')]);
        await answered('d');
        expect(told).toEqual(['batch abc', 'answer a', 'answer b', 'answer c', 'batch d', 'answer d']);
      });

      it('find the batch in the history already', async () => {
        const log = await history.open('');
        const seen: { last: number; kept: Promise<readonly Entry[]> }[] = [];
        log.subscribe(() => seen.push({ last: log.last, kept: log.read({ from: 1, to: log.last }) }));
        await log.append([say('Cool', 'a'), say('Cool', 'b')]);
        expect(seen.map(({ last }) => last)).toEqual([2]);
        expect(texts((await seen[0]?.kept) ?? [])).toEqual(['a', 'b']);
      });

      it('are told of their own room only', async () => {
        const [lobby, den] = [await history.open(''), await history.open('den')];
        const told: string[] = [];
        lobby.subscribe(({ entries }) => told.push(...texts(entries)));
        await Promise.all([den.append([say('Fun', 'b')]), lobby.append([say('Cool', 'a')])]);
        expect(told).toEqual(['a']);
      });

      it('are all told, and no longer once they have unsubscribed', async () => {
        const log = await history.open('');
        const told: string[] = [];
        const endFirst = log.subscribe(({ entries }) => told.push(`first ${texts(entries).join('')}`));
        const endSecond = log.subscribe(({ entries }) => told.push(`second ${texts(entries).join('')}`));
        await log.append([say('Cool', 'a')]);
        endFirst();
        await log.append([say('Cool', 'b')]);
        endSecond();
        await log.append([say('Cool', 'c')]);
        expect(told).toEqual(['first a', 'second a', 'second b']);
      });

      it('may unsubscribe, and append, while they are told', async () => {
        const log = await history.open('');
        const told: string[] = [];
        const later: Promise<unknown>[] = [];
        const end = log.subscribe(({ entries }) => {
          told.push(...texts(entries));
          end();
          later.push(log.append([say('Fun', 'b')]));
        });
        log.subscribe(({ entries }) => told.push(...texts(entries).map((text) => text.toUpperCase())));
        await log.append([say('Cool', 'a')]);
        await Promise.all(later);
        expect(told).toEqual(['a', 'A', 'B']);
      });

      it('see the contents of a small file, which the history does not keep', async () => {
        const log = await history.open('');
        const told: Entry[] = [];
        log.subscribe(({ entries }) => told.push(...entries));
        const contents = Uint8Array.of(1, 2, 3);
        const [answer] = await log.append([{ ...share('Cool', 'a.png', 3), contents } as Draft]);
        expect(answer).toMatchObject({ contents });
        expect(told).toMatchObject([{ contents }]);
        const [kept] = await log.read({ from: 1, to: 1 });
        expect(kept).toEqual({ ...share('Cool', 'a.png', 3), sequence: 1, time: TIME });
      });
    });

    describe('reading', () => {
      it('gives entries as they were appended, of every kind', async () => {
        const log = await history.open('');
        const drafts = [
          join('Cool'),
          say('Cool', 'Hi.', 4_294_967_295),
          share('Cool', 'a.txt', 4_294_967_295),
          leave('Cool'),
        ];
        await log.append(drafts);
        const expected = drafts.map((draft, index) => ({ ...draft, sequence: index + 1, time: TIME }));
        expect(await log.read({ from: 1, to: 4 })).toEqual(expected);
      });

      it('gives the avatar of who joined with one, and none of who did not', async () => {
        const log = await history.open('');
        const answered = await log.append([joinAs('Cool', 'abc.png', 65_536), join('Fun'), leave('Cool')]);
        expect(await log.read({ from: 1, to: 3 })).toStrictEqual([
          { ...joinAs('Cool', 'abc.png', 65_536), sequence: 1, time: TIME },
          { ...join('Fun'), sequence: 2, time: TIME },
          { ...leave('Cool'), sequence: 3, time: TIME },
        ]);
        expect(answered).toEqual(await log.read({ from: 1, to: 3 }));
        expect(await history.present()).toEqual([{ room: '', names: ['Fun'] }]);
      });

      it.each([
        { name: 'both ends', range: { from: 2, to: 4 }, gives: 'bcd' },
        { name: 'one', range: { from: 3, to: 3 }, gives: 'c' },
        { name: 'all with no limit', range: { from: 1, to: 5 }, gives: 'abcde' },
        { name: 'beyond both ends', range: { from: -3, to: 99 }, gives: 'abcde' },
        { name: 'up to any place', range: { from: 4, to: Number.MAX_SAFE_INTEGER }, gives: 'de' },
        { name: 'nothing behind the end', range: { from: 6, to: 9 }, gives: '' },
        { name: 'nothing before the beginning', range: { from: 0, to: 0 }, gives: '' },
        { name: 'nothing the wrong way round', range: { from: 4, to: 2 }, gives: '' },
      ])('reads $name', async ({ range, gives }) => {
        const log = await filled('a', 'b', 'c', 'd', 'e');
        expect(texts(await log.read(range)).join('')).toBe(gives);
      });

      it.each([
        { name: 'those that fit', records: 2, gives: 'ab' },
        { name: 'no half of what was committed together', records: 3, gives: 'ab' },
        { name: 'all when it just fits', records: 5, gives: 'abcde' },
        { name: 'what was committed first at least', records: 0, gives: 'a' },
      ])('gives of a page limited in bytes $name', async ({ records, gives }) => {
        const log = await apart('a', 'b');
        await log.append([say('Cool', 'c'), say('Cool', 'd')]);
        time += HOUR;
        await log.append([say('Cool', 'e')]);
        const page = await log.read({ from: 1, to: 5, bytes: records * RECORD });
        expect(texts(page).join('')).toBe(gives);
      });

      it('gives a part of what was committed together', async () => {
        const log = await history.open('');
        await log.append([say('Cool', 'a'), say('Cool', 'é'), leave('Cool'), say('Fun', 'd')]);
        const page = await log.page({ from: 2, to: 3 });
        expect(page).toMatchObject({ first: 2, last: 3, hasFiles: false });
        expect(page?.entries.map(({ sequence, kind }) => [sequence, kind])).toEqual([
          [2, 'text'],
          [3, 'leave'],
        ]);
        expect(Buffer.from(page!.records).equals(encodeEntries(page!.entries, ''))).toBe(true);
      });

      it('gives the records of what it gives, of every kind', async () => {
        const log = await history.open('den');
        const drafts = [joinAs('Cool', 'a.png', 70), say('Cool', 'Hi.', 7), share('Cool', 'a.txt', 5), leave('Cool')];
        await log.append(drafts);
        await log.append([say('Fun', 'x')]);
        const page = await log.page({ from: 1, to: 5 });
        expect(page?.hasFiles).toBe(true);
        expect(Buffer.from(page!.records).equals(encodeEntries(await log.read({ from: 1, to: 5 }), 'den'))).toBe(true);
      });

      it.each([
        { name: 'NUL and other controls', text: 'a\0b\x1b[2Jc\x7f' },
        { name: 'emoji and marks', text: '👩‍👩‍👧 e\u0301 \u202e' },
        { name: 'a byte order mark', text: '\ufeffHi' },
        { name: 'line breaks', text: 'a\r\nb\n' },
        { name: 'quotes', text: `'"; DROP TABLE entry; --` },
        { name: '1 MiB', text: 'é'.repeat(MEBIBYTE / 2) },
      ])('gives back text with $name', async ({ text }) => {
        const log = await filled(text);
        const [entry] = await log.read({ from: 1, to: 1 });
        expect(entry?.kind === 'text' && entry.text === text).toBe(true);
      });
    });

    describe('the tail', () => {
      it.each([
        { name: 'all of it when it fits', to: 4, records: 9, first: 1 },
        { name: 'all of it when it just fits', to: 4, records: 4, first: 1 },
        { name: 'what fits', to: 4, records: 3.99, first: 2 },
        { name: 'the last one when only that fits', to: 4, records: 1, first: 4 },
        { name: 'nothing when not even that fits', to: 4, records: 0.99, first: 5 },
        { name: 'what ends with an earlier entry', to: 2, records: 1, first: 2 },
        { name: 'nothing of nothing', to: 0, records: 9, first: 1 },
      ])('gives $name', async ({ to, records, first }) => {
        const bytes = Math.floor(records * RECORD);
        const log = await filled('a', 'b', 'c', 'd');
        expect(await log.tail(to, bytes, 0)).toBe(first);
        const together = await history.open('den');
        await together.append(['a', 'b', 'c', 'd'].map((text) => say('C', text)));
        expect(await together.tail(to, bytes, 0)).toBe(first);
      });

      it('gives no earlier one that would fit behind one that does not', async () => {
        const log = await filled('a', 'b'.repeat(1000), 'c');
        expect(await log.tail(3, 2 * RECORD, 0)).toBe(3);
      });

      it('counts the contents of small files, and not those of others', async () => {
        const log = await history.open('');
        await log.append([say('Cool', 'a'), share('Cool', 'b', 100), say('Cool', 'c'), share('Cool', 'd', 101)]);
        const file = RECORD;
        expect(await log.tail(4, 3 * RECORD + file, 100)).toBe(3);
        expect(await log.tail(4, 3 * RECORD + file + 100, 100)).toBe(1);
        expect(await log.tail(4, 3 * RECORD + file, 99)).toBe(1);
      });

      it('leaves the history usable', async () => {
        const log = await filled('a', 'b');
        await log.tail(2, 20, 0);
        expect(places(await log.append([say('Cool', 'c')]))).toEqual([3]);
      });
    });

    describe('who is present', () => {
      it('are those who joined and have not left, in the order they joined', async () => {
        const [lobby, den] = [await history.open(''), await history.open('den')];
        await lobby.append([join('Cool'), join('Fun'), join('Fire')]);
        await den.append([join('Cool'), leave('Cool')]);
        await lobby.append([leave('Cool'), say('Fun', 'bye'), leave('Fire'), join('Cool')]);
        expect(await history.present()).toEqual([{ room: '', names: ['Fun', 'Cool'] }]);
      });

      it('are told room by room', async () => {
        await (await history.open('den')).append([join('Cool')]);
        await (await history.open('')).append([join('Fun'), join('Cool')]);
        expect(await history.present()).toEqual([
          { room: 'den', names: ['Cool'] },
          { room: '', names: ['Fun', 'Cool'] },
        ]);
      });
    });

    describe('letting go of old entries', () => {
      const ALL = { since: 0, bytes: Infinity, limit: 100 };

      it('removes those from before a time, and leaves the others in their places', async () => {
        const log = await filled('a', 'b');
        time += HOUR;
        await log.append([say('Cool', 'c'), say('Cool', 'd')]);
        expect(await history.trim({ ...ALL, since: TIME + HOUR })).toBe(2);
        expect(await history.trim({ ...ALL, since: TIME + HOUR })).toBe(0);
        expect([log.first, log.last]).toEqual([3, 4]);
        expect(texts(await log.read({ from: 1, to: 9 }))).toEqual(['c', 'd']);
        expect(places(await log.read({ from: 1, to: 3 }))).toEqual([3]);
        expect(places(await log.append([say('Cool', 'e')]))).toEqual([5]);
      });

      it('removes what was committed together only once all of it may go', async () => {
        const log = await apart('a');
        await log.append([say('Cool', 'b'), say('Cool', 'c'), say('Cool', 'd')]);
        time += HOUR;
        const room = 3 * RECORD + 64;
        expect(await history.trim({ ...ALL, bytes: room })).toBe(1);
        await log.append([say('Cool', 'e')]);
        expect(await history.trim({ ...ALL, bytes: room, limit: 1 })).toBe(3);
        expect([log.first, log.last]).toEqual([5, 5]);
      });

      it('keeps what was said last, however large it is', async () => {
        const log = await apart('a', 'b'.repeat(1000));
        expect(await history.trim({ ...ALL, bytes: 1 })).toBe(1);
        expect([log.first, log.last]).toEqual([2, 2]);
      });

      it('removes about as many as it is told to, of all rooms together', async () => {
        const [lobby, den] = [await apart('a', 'b', 'c'), await history.open('den')];
        for (const text of ['x', 'y']) {
          await den.append([say('Fun', text)]);
          time += HOUR;
        }
        const before = { ...ALL, since: time, limit: 2 };
        expect([await history.trim(before), lobby.first, den.first]).toEqual([2, 3, 1]);
        expect([await history.trim(before), lobby.first, den.first]).toEqual([2, 4, 2]);
        expect([await history.trim(before), lobby.first, den.first]).toEqual([1, 4, 3]);
        expect(await history.trim(before)).toBe(0);
      });

      it('keeps the youngest of each room that fit into so many bytes', async () => {
        const [lobby, den] = [await filled('a'.repeat(1000), 'b'.repeat(1000), 'c'), await history.open('den')];
        await den.append([say('Fun', 'x')]);
        await history.trim({ ...ALL, bytes: 1500 });
        expect([lobby.first, den.first]).toEqual([2, 1]);
        expect(texts(await lobby.read({ from: 1, to: 9 })).map((text) => text[0])).toEqual(['b', 'c']);
      });

      it('counts the bytes of what is said later, too', async () => {
        const log = await apart('a'.repeat(1000));
        expect(await history.trim({ ...ALL, bytes: 2000 })).toBe(0);
        await log.append([say('Cool', 'b'.repeat(1000))]);
        expect(await history.trim({ ...ALL, bytes: 2000 })).toBe(1);
        expect(log.first).toBe(2);
      });

      it('can empty a room, which goes on where it was', async () => {
        const log = await filled('a', 'b');
        time += 1;
        expect(await history.trim({ ...ALL, since: time })).toBe(2);
        expect([log.first, log.last]).toEqual([3, 2]);
        expect(await log.read({ from: 1, to: 9 })).toEqual([]);
        expect(await log.tail(2, 100, 0)).toBe(3);
        expect(await history.rooms()).toEqual(['']);
        time -= 100;
        expect(await log.append([say('Cool', 'c')])).toMatchObject([{ sequence: 3, time: TIME }]);
      });

      it('is seen by the tail, which ends there', async () => {
        const log = await apart('10', '10', '20', '30');
        await history.trim({ ...ALL, since: TIME + HOUR + 1, limit: 2 });
        expect(await log.tail(4, 1000, 0)).toBe(3);
        expect(await log.tail(2, 1000, 0)).toBe(3);
      });

      it('lets those stay present whose joining it removed', async () => {
        const log = await history.open('');
        await log.append([join('Cool'), join('Fun'), leave('Fun')]);
        await history.trim({ ...ALL, since: TIME + 1 });
        expect(await history.present()).toEqual([{ room: '', names: ['Cool'] }]);
      });

      it('is nothing that anyone is told of', async () => {
        const log = await filled('a');
        const told: Entry[] = [];
        log.subscribe(({ entries }) => told.push(...entries));
        await history.trim({ ...ALL, since: TIME + 1 });
        expect(told).toEqual([]);
      });
    });

    describe('the files', () => {
      const shared = (stored: string, size: number, digit = 'a'): Draft => ({
        kind: 'file',
        author: 'Cool',
        file: { name: 'a.txt', stored, size, sha256: digit.repeat(64) },
      });
      const gone = async (log: Log): Promise<(true | undefined)[]> =>
        (await log.read({ from: 1, to: log.last })).map((entry) =>
          entry.kind === 'file' ? entry.file.gone : undefined,
        );

      it('are counted once each, however often they are shared', async () => {
        const [lobby, den] = [await history.open(''), await history.open('den')];
        await Promise.all([lobby.append([shared('a.txt', 5), shared('b.txt', 7)]), den.append([shared('a.txt', 5)])]);
        expect(history.fileBytes).toBe(12);
        await lobby.append([shared('a.txt', 5)]);
        expect(history.fileBytes).toBe(12);
      });

      it('are told in the order in which they were shared last', async () => {
        const log = await history.open('');
        for (const name of ['a.txt', 'b.txt', 'c.txt', 'a.txt']) {
          await log.append([shared(name, 5)]);
          time += 1;
        }
        const oldest = await history.oldestFiles(2);
        expect(oldest).toEqual([
          { file: { name: 'b.txt', stored: 'b.txt', size: 5, sha256: 'a'.repeat(64) }, time: TIME + 1 },
          { file: { name: 'c.txt', stored: 'c.txt', size: 5, sha256: 'a'.repeat(64) }, time: TIME + 2 },
        ]);
        expect(await history.oldestFiles(9)).toHaveLength(3);
      });

      it('are gone once they are forgotten, from every entry that names them', async () => {
        const log = await history.open('');
        const drafts = [shared('a.txt', 5), shared('b.txt', 7), shared('a.txt', 5)];
        await log.append(drafts);
        expect(await gone(log)).toEqual([undefined, undefined, undefined]);
        await history.forgetFile({ name: 'a.txt', stored: 'a.txt', size: 5 });
        expect(await gone(log)).toEqual([true, undefined, true]);
        expect(history.fileBytes).toBe(7);
        await history.forgetFile({ name: 'a.txt', stored: 'a.txt', size: 5 });
        expect(history.fileBytes).toBe(7);
      });

      it('are gone from old entries when their name is given to another one', async () => {
        const log = await history.open('');
        await log.append([shared('a.txt', 5, 'a')]);
        await log.append([shared('a.txt', 5, 'b')]);
        expect(await gone(log)).toEqual([true, undefined]);
        expect(history.fileBytes).toBe(5);
      });

      it('are there again when they are shared again', async () => {
        const log = await history.open('');
        await log.append([shared('a.txt', 5)]);
        await history.forgetFile({ name: 'a.txt', stored: 'a.txt', size: 5 });
        await log.append([shared('a.txt', 5)]);
        expect(await gone(log)).toEqual([undefined, undefined]);
      });

      it('are counted though the entries that brought them were removed', async () => {
        const log = await history.open('');
        await log.append([shared('a.txt', 5)]);
        await history.trim({ since: TIME + 1, bytes: Infinity, limit: 9 });
        expect(history.fileBytes).toBe(5);
        expect(await history.oldestFiles(9)).toHaveLength(1);
      });
    });

    describe('closing', () => {
      it('keeps and answers what is under way', async () => {
        const log = await history.open('');
        const answer = log.append([say('Cool', 'last word')]);
        await history.close();
        expect(places(await answer)).toEqual([1]);
      });

      it('refuses to append afterwards', async () => {
        const log = await filled('a');
        await history.close();
        await expect(log.append([say('Cool', 'b')])).rejects.toMatchObject({
          code: 'not-kept',
          cause: { message: 'the history is closed' },
        });
      });

      it('may be asked for twice', async () => {
        await history.close();
        await expect(history.close()).resolves.toBeUndefined();
      });
    });

    const { refuse, reopen } = maker;
    if (refuse) {
      describe('a commit that fails', () => {
        it('rejects all of its turn, in every room, and keeps none of it', async () => {
          const [lobby, den] = [await filled('a'), await history.open('den')];
          const told: Entry[] = [];
          lobby.subscribe(({ entries }) => told.push(...entries));
          den.subscribe(({ entries }) => told.push(...entries));
          refuse('no');
          const turn = [
            lobby.append([say('Cool', 'b')]),
            den.append([join('Fun')]),
            lobby.append([join('Fire'), say('Cool', 'no')]),
            lobby.append([say('Cool', 'd')]),
          ];
          const outcomes = await Promise.allSettled(turn);
          expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
          expect(told).toEqual([]);
          expect([lobby.last, den.last]).toEqual([1, 0]);
          expect(texts(await lobby.read({ from: 1, to: 9 }))).toEqual(['a']);
          expect(await history.rooms()).toEqual(['']);
          expect(await history.present()).toEqual([]);
        });

        it('leaves its places to those who come next', async () => {
          const [lobby, den] = [await filled('a'), await history.open('den')];
          refuse('no');
          const failing = Promise.all([lobby.append([say('Cool', 'no')]), den.append([join('Fun')])]);
          await expect(failing).rejects.toHaveProperty('message');
          const answers = await Promise.all([lobby.append([say('Cool', 'b')]), den.append([join('Fun')])]);
          expect(answers.map(places)).toEqual([[2], [1]]);
          expect(texts(await lobby.read({ from: 1, to: 9 }))).toEqual(['a', 'b']);
          expect(await den.read({ from: 1, to: 9 })).toMatchObject([{ kind: 'join', author: 'Fun', sequence: 1 }]);
          expect(await history.rooms()).toEqual(['', 'den']);
        });
      });
    }

    if (reopen) {
      describe('opened again', () => {
        it('has everything that was answered, and goes on counting', async () => {
          const drafts = [
            join('Cool'),
            say('Cool', 'Hi.', 7),
            share('Cool', 'a.txt', 3),
            leave('Cool'),
            joinAs('Fun', 'a.png', 70),
          ];
          const before = await (await history.open('den')).append(drafts);
          await history.close();
          history = reopen(clock);
          const log = await history.open('den');
          expect(log.last).toBe(5);
          expect(await log.read({ from: 1, to: 5 })).toEqual(before);
          expect(places(await log.append([say('Fun', 'again')]))).toEqual([6]);
        });

        it('still knows its rooms and who was present', async () => {
          await (await history.open('zoo')).append([join('Cool'), join('Fun'), leave('Cool')]);
          await (await history.open('')).append([join('Fire')]);
          await history.close();
          history = reopen(clock);
          expect(await history.rooms()).toEqual(['zoo', '']);
          expect(await history.present()).toEqual([
            { room: 'zoo', names: ['Fun'] },
            { room: '', names: ['Fire'] },
          ]);
        });

        it('still has let go of what it let go of', async () => {
          const log = await filled('a', 'b', 'c');
          await log.append([{ ...share('Cool', 'a.txt', 3) }, { ...share('Cool', 'b.txt', 4) }]);
          await history.forgetFile({ name: 'a.txt', stored: 'a.txt (2)', size: 3 });
          await history.trim({ since: TIME + 1, bytes: Infinity, limit: 3 });
          await history.close();
          history = reopen(clock);
          const again = await history.open('');
          expect([again.first, again.last, history.fileBytes]).toEqual([4, 5, 4]);
          expect(await again.read({ from: 1, to: 9 })).toMatchObject([{ file: { gone: true } }, { sequence: 5 }]);
          await history.trim({ since: TIME + 1, bytes: Infinity, limit: 9 });
          await history.close();
          history = reopen(clock);
          expect(places(await (await history.open('')).append([say('Cool', 'd')]))).toEqual([6]);
        });

        it('lets no time go backwards, even if the clock did meanwhile', async () => {
          await filled('a');
          await history.close();
          time -= 3_600_000;
          history = reopen(clock);
          const [entry] = await (await history.open('')).append([say('Cool', 'b')]);
          expect(entry).toMatchObject({ sequence: 2, time: TIME });
        });
      });
    }
  });
}
