/** Records that are entries of the history as lines for a reader; the pieces of a file are put together. */
import type { Line } from '../../client/connection.js';
import { ProtocolError } from '../errors.js';
import { concat } from '../byte-queue.js';
import { type ChatRecord, Flag, hasMore, kindOf, TEXT } from './codec.js';

/** Bytes of files that are half-way here, at most: what a server shows with its entries has to be small. */
const MAX_ASSEMBLED = 67_108_864;

/** S5: a text is kept to the byte, also one that begins with U+FEFF. */
const text = new TextDecoder('utf-8', { ignoreBOM: true });

export class LineReader {
  /** Pieces of files, by the sequence of their entry. */
  private readonly pieces = new Map<number, Uint8Array[]>();
  private assembled = 0;

  /** The line a record is, `undefined` for a piece of a file that goes on, and for what is not an entry. */
  read(record: ChatRecord): Line | undefined {
    switch (kindOf(record)) {
      case TEXT:
        return { ...line('text', record), id: record.number };
      case Flag.NEW_USER:
        return { ...line('joined', record), ...avatarOf(record) };
      case Flag.QUIT_ACCEPT:
        return line('left', record);
      case Flag.ATTACHMENT:
        return this.file(record);
      default:
        return undefined;
    }
  }

  private file(record: ChatRecord): Line | undefined {
    const pieces = this.pieces.get(record.sequence) ?? [];
    pieces.push(record.payload);
    this.assembled += record.payload.length;
    if (this.assembled > MAX_ASSEMBLED) throw new ProtocolError('A file is too large to be shown with its contents.');
    this.pieces.set(record.sequence, pieces);
    if (hasMore(record)) return undefined;
    this.pieces.delete(record.sequence);
    const contents = concat(pieces);
    this.assembled -= contents.length;
    const { filename: name, number: size } = record;
    const file = contents.length === size ? { name, size, contents } : { name, size };
    return { ...line('file', record), text: '', file };
  }
}

function line(kind: Line['kind'], { sequence, timestamp, username, payload }: ChatRecord): Line {
  return {
    kind,
    sequence,
    time: new Date(timestamp),
    author: username,
    text: kind === 'file' ? '' : text.decode(payload),
  };
}

/** R6: who has an avatar joins with its name and its size. */
function avatarOf({ filename: name, number: size }: ChatRecord): Pick<Line, 'avatar'> {
  return name === '' ? {} : { avatar: { name, size } };
}
