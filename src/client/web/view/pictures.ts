/** Bytes that say of themselves that they are an image, and how large it is. */
import { imageSize } from 'image-size';
import { imageKind } from '../../../image-kind.js';

export interface Picture {
  readonly mime: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** What every browser shows. An SVG is only ever the source of an <img>, where it can run no script and load nothing. */
const SHOWN: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
};
const BY_NAME = /\.(png|jpe?g|gif|webp|svg)$/i;

/** Pixels of an image that is unpacked into memory without having been asked for. */
const MOST_PIXELS = 50_000_000;

/** An SVG is text that begins with its element, whatever stands before that in an XML document. */
const SVG = /^\uFEFF?\s*(<\?xml[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s>]/s;
/** Bytes within which an SVG has to begin. */
const SVG_BEGINNING = 4096;

const looked = new WeakMap<Uint8Array, Picture | undefined>();

/** `undefined` for what is no image, or one that would take too much memory. Looks at the same bytes only once. */
export function pictureIn(bytes: Uint8Array): Picture | undefined {
  if (!looked.has(bytes)) looked.set(bytes, look(bytes));
  return looked.get(bytes);
}

function look(bytes: Uint8Array): Picture | undefined {
  // What is none of these never gets to the parsers of the library, which knows many more kinds.
  if (!imageKind(bytes) && !isSvg(bytes)) return undefined;
  try {
    // A copy, since it reads on beyond the end of a part of something larger.
    const { type = '', width, height } = imageSize(bytes.slice());
    const mime = SHOWN[type];
    return mime && width > 0 && height > 0 && width * height <= MOST_PIXELS ? { mime, width, height } : undefined;
  } catch {
    return undefined;
  }
}

function isSvg(bytes: Uint8Array): boolean {
  return SVG.test(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, SVG_BEGINNING)));
}

/** Whether it is worth looking at the bytes of a file of this name. */
export function mayBePicture(name: string): boolean {
  return BY_NAME.test(name);
}

/** Width and height at which an image is shown in the stream: as it is, or as large as the box allows. */
export function fit(
  { width, height }: Picture,
  box: { width: number; height: number },
): { width: number; height: number } {
  const scale = Math.min(1, box.width / width, box.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
