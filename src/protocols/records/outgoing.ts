/** What goes to the server: a file in its pieces, and whatever a person typed in the field that is meant for it. */
import { type Connection, RefusedError } from '../../client/connection.js';
import { type ChatRecord, encode, Flag, MAX_FILENAME, utf8 } from './codec.js';

/** Bytes of a file in one record: small, so that what is said meanwhile passes between them. */
const PIECE = 65_536;

const text = new TextDecoder();

/** Where it goes. */
export interface Outlet {
  /** The connection is no more. */
  isOver(): boolean;
  send(flags: number, fields: Partial<ChatRecord>): void;
  /** Resolves when there is room for more, or will never be. */
  drained(): Promise<void>;
}

/** As `Connection.share`. */
export async function sendFile(
  { name, size, contents, sent, signal }: Parameters<Connection['share']>[0],
  outlet: Outlet,
): Promise<void> {
  const fields = { filename: shortened(name), number: size };
  const isOver = (): boolean => signal?.aborted === true || outlet.isOver();
  let offset = 0;
  try {
    for await (const payload of pieces(contents, size)) {
      if (isOver()) break;
      offset += payload.length;
      outlet.send(Flag.ATTACHMENT | (offset < size ? Flag.MORE : 0), { ...fields, payload });
      sent?.(offset);
      await outlet.drained();
    }
  } finally {
    // R8: a last piece that comes too early takes the file back; an empty file is a last piece alone.
    if ((offset > 0 && offset < size) || (size === 0 && !isOver())) outlet.send(Flag.ATTACHMENT, fields);
  }
}

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
function shortened(name: string): string {
  const bytes = utf8(name);
  return bytes.length <= MAX_FILENAME
    ? name
    : text.decode(bytes.subarray(bytes.length - MAX_FILENAME)).replace(/^\uFFFD+/, '');
}

/** What a person typed may be too long for its field. Throws RefusedError. */
export function encodeTyped(record: ChatRecord): Uint8Array {
  try {
    return encode(record);
  } catch (error) {
    throw new RefusedError(`That is too long to be sent: ${(error as Error).message}.`);
  }
}
