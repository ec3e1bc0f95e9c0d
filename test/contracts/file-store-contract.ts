/** What every implementation of the FileStore port promises (src/room/ports.ts). */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredFile } from '../../src/room/entry.js';
import type { FileStore } from '../../src/room/ports.js';

export interface FileStoreMaker {
  /** A store without files. */
  fresh(): Promise<FileStore>;
  /** Names of everything that is in the store made last. */
  names(): string[];
  /** Removes a file from it, or puts other bytes in its place, behind its back. */
  remove(file: StoredFile): void;
  change(file: StoredFile, bytes: Uint8Array): void;
}

/** Bytes that a protocol can send in one message, and so the most that one piece of a file may have. */
const MAX_PIECE = 1_048_576;
const MAX_NAME_BYTES = 255;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function keep(store: FileStore, name: string, ...chunks: readonly Uint8Array[]): Promise<StoredFile> {
  const incoming = await store.receive(name);
  for (const chunk of chunks) await incoming.write(chunk);
  return incoming.keep();
}

export async function piecesOf(store: FileStore, file: StoredFile, offset: number): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(file, offset)) pieces.push(Uint8Array.from(piece));
  return pieces;
}

export async function textOf(store: FileStore, file: StoredFile, offset = 0): Promise<string> {
  return Buffer.concat(await piecesOf(store, file, offset)).toString();
}

export function fileStoreContract(name: string, maker: FileStoreMaker): void {
  describe(`the file store contract: ${name}`, () => {
    let store: FileStore;

    beforeEach(async () => {
      store = await maker.fresh();
    });

    describe('keeping', () => {
      it('keeps the bytes under the name', async () => {
        const file = await keep(store, 'hi.txt', bytesOf('Hello '), bytesOf('there'));
        const sha256 = createHash('sha256').update('Hello there').digest('hex');
        expect(file).toEqual({ name: 'hi.txt', stored: 'hi.txt', size: 11, sha256 });
        expect(await textOf(store, file)).toBe('Hello there');
        expect(Buffer.from(await store.contents(file)).toString()).toBe('Hello there');
        expect(maker.names()).toEqual(['hi.txt']);
      });

      it('keeps an empty file', async () => {
        const file = await keep(store, 'empty.txt');
        expect(file.size).toBe(0);
        expect(await textOf(store, file)).toBe('');
        expect(await store.contents(file)).toHaveLength(0);
      });

      it('keeps the bytes as they were handed over, though the caller uses his buffer again', async () => {
        const incoming = await store.receive('a.bin');
        const buffer = Uint8Array.of(1, 2, 3);
        await incoming.write(buffer);
        buffer.fill(9);
        await incoming.write(buffer);
        const file = await incoming.keep();
        expect([...(await store.contents(file))]).toEqual([1, 2, 3, 9, 9, 9]);
      });

      it('shows nobody a file before it is kept', async () => {
        const incoming = await store.receive('hi.txt');
        await incoming.write(bytesOf('half'));
        expect(maker.names()).not.toContain('hi.txt');
        await incoming.keep();
        expect(maker.names()).toEqual(['hi.txt']);
      });

      it('keeps the same bytes under the same name once', async () => {
        const first = await keep(store, 'hi.txt', bytesOf('Hello'));
        const second = await keep(store, 'hi.txt', bytesOf('He'), bytesOf('llo'));
        expect(second).toEqual(first);
        expect(maker.names()).toEqual(['hi.txt']);
      });

      it('numbers the names of other bytes', async () => {
        const files = [];
        for (const text of ['one', 'two', 'three', 'two', 'one']) {
          files.push(await keep(store, 'hi.txt', bytesOf(text)));
        }
        const [first, second, third] = ['hi.txt', 'hi (2).txt', 'hi (3).txt'];
        expect(files.map(({ stored }) => stored)).toEqual([first, second, third, second, first]);
        expect(files.map((file) => file.name)).toEqual(Array(5).fill('hi.txt'));
        expect(await Promise.all(files.map((file) => textOf(store, file)))).toEqual([
          'one',
          'two',
          'three',
          'two',
          'one',
        ]);
      });

      it('takes bytes of the same size for other bytes', async () => {
        await keep(store, 'hi.txt', bytesOf('abc'));
        expect((await keep(store, 'hi.txt', bytesOf('abd'))).stored).toBe('hi (2).txt');
      });

      it.each([
        { typed: 'archive.tar.gz', second: 'archive.tar (2).gz' },
        { typed: 'README', second: 'README (2)' },
        { typed: 'photo (2).png', second: 'photo (2) (2).png' },
      ])('numbers $typed as $second', async ({ typed, second }) => {
        await keep(store, typed, bytesOf('one'));
        expect((await keep(store, typed, bytesOf('two'))).stored).toBe(second);
      });

      it('gives files that are kept at the same time under one name each its own place', async () => {
        const texts = Array.from({ length: 12 }, (_, index) => `text ${index % 6}`);
        const files = await Promise.all(texts.map((text) => keep(store, 'hi.txt', bytesOf(text))));
        expect(await Promise.all(files.map((file) => textOf(store, file)))).toEqual(texts);
        expect(new Set(files.map(({ stored }) => stored)).size).toBe(6);
        expect(maker.names()).toHaveLength(6);
      });
    });

    describe('discarding', () => {
      it('leaves nothing', async () => {
        const incoming = await store.receive('hi.txt');
        await incoming.write(bytesOf('half'));
        await incoming.discard();
        expect(maker.names()).toEqual([]);
      });

      it('may be asked for twice', async () => {
        const incoming = await store.receive('hi.txt');
        await incoming.discard();
        await incoming.discard();
        expect(maker.names()).toEqual([]);
      });

      it('leaves alone a file that was kept', async () => {
        const incoming = await store.receive('hi.txt');
        await incoming.write(bytesOf('all'));
        const file = await incoming.keep();
        await incoming.discard();
        expect(await textOf(store, file)).toBe('all');
        expect(maker.names()).toEqual(['hi.txt']);
      });
    });

    describe('reading', () => {
      it.each([
        { offset: 0, text: '0123456789' },
        { offset: 1, text: '123456789' },
        { offset: 9, text: '9' },
        { offset: 10, text: '' },
      ])('goes on from byte $offset', async ({ offset, text }) => {
        const file = await keep(store, 'digits.txt', bytesOf('0123456789'));
        expect(await textOf(store, file, offset)).toBe(text);
      });

      it.each([
        { name: 'an empty file', text: '', offset: 0 },
        { name: 'the end of a file', text: 'abc', offset: 3 },
      ])('gives no piece of $name', async ({ text, offset }) => {
        const file = await keep(store, 'a.txt', bytesOf(text));
        expect(await piecesOf(store, file, offset)).toEqual([]);
      });

      it('gives a large file in pieces that fit into a message', async () => {
        const bytes = Buffer.alloc(3 * MAX_PIECE + 7, 'The quick brown fox');
        const file = await keep(store, 'large.txt', bytes);
        const pieces = await piecesOf(store, file, 0);
        expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(MAX_PIECE);
        expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      });

      it('may be given up half-way, and the file is still there', async () => {
        const file = await keep(store, 'large.bin', Buffer.alloc(2 * MAX_PIECE, 1));
        for await (const piece of store.read(file, 0)) {
          expect(piece.length).toBeGreaterThan(0);
          break;
        }
        expect((await store.contents(file)).length).toBe(2 * MAX_PIECE);
      });
    });

    describe('a file that is no longer there as it was shared', () => {
      it.each([
        { name: 'was removed', harm: (file: StoredFile) => maker.remove(file) },
        { name: 'became shorter', harm: (file: StoredFile) => maker.change(file, bytesOf('ab')) },
        { name: 'became longer', harm: (file: StoredFile) => maker.change(file, bytesOf('abcd')) },
      ])('is told to be gone when it $name', async ({ harm }) => {
        const file = await keep(store, 'hi.txt', bytesOf('abc'));
        harm(file);
        const gone = { name: 'RoomError', code: 'file-gone' };
        await expect(textOf(store, file)).rejects.toMatchObject(gone);
        await expect(store.contents(file)).rejects.toMatchObject(gone);
      });

      it('gives its place to one that is kept later', async () => {
        const file = await keep(store, 'hi.txt', bytesOf('abc'));
        maker.remove(file);
        expect((await keep(store, 'hi.txt', bytesOf('other'))).stored).toBe('hi.txt');
      });
    });

    describe('removing', () => {
      const LATER = Number.MAX_SAFE_INTEGER;

      it('removes a file, and says so', async () => {
        const [file, other] = [await keep(store, 'a.txt', bytesOf('a')), await keep(store, 'b.txt', bytesOf('b'))];
        expect(await store.remove(file, LATER)).toBe(true);
        expect(maker.names()).toEqual([other.stored]);
        expect(await store.remove(file, LATER)).toBe(true);
      });

      it('leaves what was changed to whoever changed it', async () => {
        const file = await keep(store, 'a.txt', bytesOf('abc'));
        maker.change(file, bytesOf('abd'));
        expect(await store.remove(file, LATER)).toBe(true);
        expect(maker.names()).toEqual(['a.txt']);
      });

      it('spares what was given to somebody who is about to share it', async () => {
        const file = await keep(store, 'a.txt', bytesOf('abc'));
        expect(await store.remove(file, 0)).toBe(false);
        expect(await textOf(store, file)).toBe('abc');
      });

      it('is a file that is gone to those who read it, whatever has its name then', async () => {
        const file = await keep(store, 'a.txt', bytesOf('abc'));
        await expect(textOf(store, { ...file, gone: true })).rejects.toMatchObject({ code: 'file-gone' });
        await expect(store.contents({ ...file, gone: true })).rejects.toMatchObject({ code: 'file-gone' });
      });
    });

    describe('names', () => {
      it.each([
        ['a path', 'attachments/coolfile1.txt', 'coolfile1.txt'],
        ['a path upwards', '../../etc/passwd', 'passwd'],
        ['an absolute path', '/etc/passwd', 'passwd'],
        ['a path of Windows', 'C:\\Users\\Cool\\cool file.txt', 'cool file.txt'],
        ['a path upwards of Windows', '..\\..\\boot.ini', 'boot.ini'],
        ['both', '..\\a/..\\b.txt', 'b.txt'],
        ['nothing', '', 'unnamed'],
        ['a folder', 'attachments/', 'unnamed'],
        ['one dot', '.', 'unnamed'],
        ['two dots', '..', 'unnamed'],
        ['dots behind a path', 'a/..', 'unnamed'],
        ['dots and spaces', ' .. . ', 'unnamed'],
        ['letters that show as nothing', 'a\u115f\u1160b\u3164\uffa0.txt', 'a__b__.txt'],
        ['nothing but such letters', '\u3164', '_'],
        ['emoji', '😀 👩‍👩‍👧.png', '😀 👩‍👩‍👧.png'],
        ['letters of many scripts', '你好 Ünïcødé.txt', '你好 Ünïcødé.txt'],
        ['a dot in front', '.profile', '.profile'],
        ['spaces inside', 'my  cool file.txt', 'my  cool file.txt'],
        ['a name that ends in dots and spaces', 'cool.txt. .', 'cool.txt'],
      ])('are made safe: %s', async (_, typed, stored) => {
        const file = await keep(store, typed, bytesOf('x'));
        expect(file).toMatchObject({ name: stored, stored });
        expect(maker.names()).toEqual([stored]);
      });

      it.each([
        ['NUL', 'a\0b.txt'],
        ['line breaks', 'a\r\nb.txt'],
        ['an escape sequence', '\x1b[2J\x1b]0;owned\x07.txt'],
        ['C1 controls', 'a\x9b2Jb.txt'],
        ['bidirectional controls', 'invoice\u202etxt.exe'],
        ['bidirectional isolates', 'a\u2066b\u2069.txt'],
        ['characters that take no room', 'a\u200bb\u2060c\ufeff.txt'],
        ['line separators', 'a\u2028b\u2029.txt'],
        ['what Windows reserves', 'a<b>c:d"e|f?g*h.txt'],
        ['a stream of Windows', 'a.txt:hidden'],
        ['only what is not allowed', '\0\0'],
      ])('have nothing in them that a terminal or a file system could take amiss: %s', async (_, typed) => {
        const { name, stored } = await keep(store, typed, bytesOf('x'));

        const amiss = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff<>:"|?*/\\]/;
        expect([name, stored].filter((one) => one === '' || amiss.test(one))).toEqual([]);
        expect(maker.names()).toEqual([stored]);
      });

      it.each(['CON', 'con.txt', 'NUL', 'aux.tar.gz', 'COM1', 'lpt9.txt', 'CON .txt'])(
        'are not those of devices of Windows: %s',
        async (typed) => {
          const { stored } = await keep(store, typed, bytesOf('x'));
          expect(stored).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d) *(\..*)?$/i);
        },
      );

      it.each([
        ['letters', 'x'.repeat(300), ''],
        ['letters with an extension', `${'x'.repeat(300)}.txt`, '.txt'],
        ['emoji', '😀'.repeat(80) + '.png', '.png'],
        ['emoji off by one', 'x' + '😀'.repeat(80) + '.png', '.png'],
        ['an extension longer than any name', `a.${'x'.repeat(300)}`, ''],
        ['dots', `${'.'.repeat(300)}a`, ''],
      ])('are never longer than a file system allows: %s', async (_, typed, extension) => {
        const files = [];
        for (const text of ['one', 'two']) files.push(await keep(store, typed, bytesOf(text)));
        const stored = files.map((file) => file.stored);
        expect(Math.max(...stored.map((one) => Buffer.byteLength(one)))).toBeLessThanOrEqual(MAX_NAME_BYTES);
        expect(stored.filter((one) => !one.endsWith(extension) || one.includes('\ufffd'))).toEqual([]);
        expect(await Promise.all(files.map((file) => textOf(store, file)))).toEqual(['one', 'two']);
      });
    });
  });
}
