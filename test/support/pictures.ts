/** Pictures: real ones, of one pixel, and the beginnings of such as claim to be of any size. */
import { createHash } from 'node:crypto';

const real = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** One of each kind, by what its name ends in. */
export const PICTURES = {
  png: real('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='),
  jpg: real(
    '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP///////////////////////////////////////////////////////////////////////' +
      '///////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
  ),
  gif: real('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs='),
  webp: real('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA='),
} as const;

export const LOSSLESS_WEBP = real('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==');

/** A PNG whose head claims this size, `bytes` long. */
export function png(width: number, height: number, bytes: number = PICTURES.png.length): Buffer {
  const picture = Buffer.alloc(bytes);
  PICTURES.png.copy(picture);
  picture.writeUInt32BE(width, 16);
  picture.writeUInt32BE(height, 20);
  return picture;
}

/** A GIF whose head claims this size. */
export function gif(width: number, height: number): Buffer {
  const picture = Buffer.from(PICTURES.gif);
  picture.writeUInt16LE(width, 6);
  picture.writeUInt16LE(height, 8);
  return picture;
}

/** What R14 says of a picture's name. */
export function nameOf(picture: Uint8Array, extension: string): string {
  return `${createHash('sha256').update(picture).digest('hex').slice(0, 32)}.${extension}`;
}
