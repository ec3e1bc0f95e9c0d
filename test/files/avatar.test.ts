import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_AVATAR_BYTES, MAX_AVATAR_SIDE, offeredAvatar } from '../../src/files/avatar.js';
import { MemoryStore } from '../../src/files/memory.js';
import type { StoredFile } from '../../src/room/entry.js';
import type { IncomingFile } from '../../src/room/ports.js';
import { gif, LOSSLESS_WEBP, nameOf, PICTURES, png } from '../support/pictures.js';

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
});

const NO_IMAGE = 'Your avatar was not kept: it is not a PNG, JPEG, GIF or WebP image.';
const TOO_MANY_BYTES = 'Your avatar was not kept: it has more than 65536 bytes.';
const TOO_MANY_PIXELS = 'Your avatar was not kept: it has more than 1024 x 1024 pixels.';

async function offer(bytes: Uint8Array): Promise<{ file: StoredFile | undefined; refusal: string | undefined }> {
  const avatar = offeredAvatar(bytes, store)!;
  const file = await avatar.keep();
  return { file, refusal: avatar.refusal?.message };
}

async function expectRefused(bytes: Uint8Array, words: string): Promise<void> {
  expect(await offer(bytes)).toEqual({ file: undefined, refusal: words });
  expect(store.files.size).toBe(0);
}

describe('an avatar', () => {
  it.each([
    ...Object.entries(PICTURES).map(([extension, picture]) => ({ extension, picture })),
    { extension: 'webp', picture: LOSSLESS_WEBP },
    { extension: 'png', picture: readFileSync('attachments/coolfile1.png') },
  ])('is kept under a name made from its bytes: $extension', async ({ extension, picture }) => {
    const name = nameOf(picture, extension);
    expect(await offer(picture)).toMatchObject({
      file: { name, stored: name, size: picture.length },
      refusal: undefined,
    });
    expect(store.files.get(name)?.equals(picture)).toBe(true);
  });

  it('is kept once, whoever brings it', async () => {
    const files = [await offer(PICTURES.png), await offer(PICTURES.png), await offer(PICTURES.gif)];
    expect(new Set(files.map(({ file }) => file?.stored)).size).toBe(2);
    expect(store.files.size).toBe(2);
  });

  it('is not there without a byte', () => {
    expect(offeredAvatar(new Uint8Array(0), store)).toBeUndefined();
  });

  it('may be as large as R14 says', async () => {
    const largest = png(MAX_AVATAR_SIDE, MAX_AVATAR_SIDE, MAX_AVATAR_BYTES);
    expect(await offer(largest)).toMatchObject({ file: { size: 65_536 }, refusal: undefined });
  });

  it.each([
    { name: 'a byte too many', bytes: png(1, 1, 65_537), words: TOO_MANY_BYTES },
    { name: 'a payload full', bytes: Buffer.alloc(1_048_576, PICTURES.png), words: TOO_MANY_BYTES },
    { name: 'a column too many', bytes: png(1025, 1), words: TOO_MANY_PIXELS },
    { name: 'a row too many', bytes: gif(1, 1025), words: TOO_MANY_PIXELS },
    { name: '100000 x 100000 pixels', bytes: png(100_000, 100_000), words: TOO_MANY_PIXELS },
    { name: 'all the pixels there can be', bytes: png(0xffffffff, 0xffffffff), words: TOO_MANY_PIXELS },
    { name: 'no pixels', bytes: gif(0, 0), words: NO_IMAGE },
    { name: 'no columns', bytes: png(0, 5), words: NO_IMAGE },
  ])('is refused with $name', async ({ bytes, words }) => expectRefused(bytes, words));

  it.each([
    { name: 'a text', bytes: Buffer.from('I am on a light diet.') },
    { name: 'a single byte', bytes: Buffer.from('G') },
    { name: 'SVG', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>') },
    { name: 'SVG behind a beginning', bytes: Buffer.from('GIF8<svg width="9" height="9"></svg>') },
    { name: 'HTML', bytes: Buffer.from('<!doctype html><script>alert(1)</script>') },
    { name: 'BMP', bytes: Buffer.concat([Buffer.from('BM'), Buffer.alloc(60, 1)]) },
    { name: 'TIFF', bytes: Buffer.from('49492a000800000001000001030001000000090000000101030001000000090000', 'hex') },
    { name: 'an icon', bytes: Buffer.from('00000100010010100000010020006804000016000000', 'hex') },
    { name: 'a signature of PNG and no more', bytes: PICTURES.png.subarray(0, 8) },
    { name: 'PNG without its head', bytes: Buffer.concat([PICTURES.png.subarray(0, 8), Buffer.alloc(50)]) },
    { name: 'JPEG without a size', bytes: Buffer.alloc(65_536, Buffer.from('ffd8ffe00002', 'hex')) },
    { name: 'JPEG that goes on and on', bytes: Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(65_000)]) },
    { name: 'WebP of no kind', bytes: Buffer.from('RIFF\0\0\0\0WEBPVP8?aaaaaaaaaaaaaaaaaaaaaaaa') },
    { name: 'HEIF in the clothes of WebP', bytes: Buffer.from('RIFFftypWEBPmif1aaaaaaaaaaaaaaaaaaaaaaaa') },
  ])('is refused when it is $name', async ({ bytes }) => expectRefused(bytes, NO_IMAGE));

  it('says what it is by itself: what is behind it in memory does not count', async () => {
    for (const picture of [PICTURES.png, PICTURES.gif, PICTURES.jpg]) {
      await expectRefused(Buffer.concat([picture]).subarray(0, 9), NO_IMAGE);
    }
    await expectRefused(Buffer.from(PICTURES.png).subarray(0, 22), NO_IMAGE);
  });

  it('never fails, whatever the bytes are', async () => {
    const beginnings = [...Object.values(PICTURES), LOSSLESS_WEBP].map((picture) =>
      fc.integer({ min: 1, max: picture.length }).map((end) => picture.subarray(0, end)),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(...beginnings), fc.uint8Array({ maxLength: 200 }), async (beginning, rest) => {
        const { file, refusal } = await offer(Buffer.concat([beginning, rest]));
        expect(file === undefined).toBe(refusal !== undefined);
        if (file) expect(file.name).toMatch(/^[0-9a-f]{32}\.(png|jpg|gif|webp)$/);
        else expect([NO_IMAGE, TOO_MANY_PIXELS]).toContain(refusal);
      }),
    );
  });
});

describe('a store that fails', () => {
  const onFire = (): Promise<never> => Promise.reject(new Error('The disk is on fire.'));

  it.each(['receive', 'write', 'keep'])('keeps the avatar out and nobody else: at %s', async (when) => {
    let discarded = 0;
    const incoming: IncomingFile = {
      write: when === 'write' ? onFire : () => Promise.resolve(),
      keep: onFire,
      discard: async () => void discarded++,
    };
    store.receive = when === 'receive' ? onFire : () => Promise.resolve(incoming);
    await expectRefused(PICTURES.png, 'Your avatar was not kept: the server could not store it.');
    expect(discarded).toBe(when === 'receive' ? 0 : 1);
  });
});
