/** What kind of image some bytes say they are. Free of any platform's API, so that the page uses the same file. */

export type ImageKind = 'png' | 'jpg' | 'gif' | 'webp';

/** How the bytes of each kind begin, as Latin-1. */
const BEGINNINGS: readonly (readonly [ImageKind, RegExp])[] = [
  ['png', /^\x89PNG\r\n\x1a\n/],
  ['jpg', /^\xff\xd8\xff/],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF.{4}WEBPVP8[ LX]/s],
];
const LONGEST_BEGINNING = 16;

/** The kind by the beginning of `bytes`; `undefined` for none of these four. */
export function imageKind(bytes: Uint8Array): ImageKind | undefined {
  const beginning = String.fromCharCode(...bytes.subarray(0, LONGEST_BEGINNING));
  return BEGINNINGS.find(([, pattern]) => pattern.test(beginning))?.[0];
}
