/** A file on its way to the server. */
import { MAX_FILENAME, utf8 } from './codec.js';

/** Bytes of a file in one record: small, so that what is said meanwhile passes between them. */
const PIECE = 65_536;

const text = new TextDecoder();

/** The first `size` bytes, in pieces that leave room for what is said meanwhile. */
export async function* pieces(contents: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const chunk of contents) {
    for (let start = 0; start < chunk.length && left > 0; start += PIECE) {
      const piece = chunk.subarray(start, start + Math.min(PIECE, left));
      left -= piece.length;
      yield piece;
    }
  }
}

/** A path too long for the field loses its beginning: the server keeps its last part only. */
export function shortened(name: string): string {
  const bytes = utf8(name);
  return bytes.length <= MAX_FILENAME
    ? name
    : text.decode(bytes.subarray(bytes.length - MAX_FILENAME)).replace(/^\uFFFD+/, '');
}
