/**
 * What the person has seen of the room since the gateway is there, for pages that come later or again: as the records
 * that showed it, with places of the gateway's own counting, since the protocols behind it have none.
 */
import type { Line } from '../client/connection.js';
import { cutLines } from '../protocols/projection.js';
import { MAX_USERNAME } from '../protocols/records/codec.js';
import { encodeEntry, MAX_PIECE } from '../protocols/records/entries.js';
import type { Draft } from '../room/entry.js';
import { clipped } from './clipped.js';

/** Entries, and bytes of their records, that are kept: the newest. */
const MOST_ENTRIES = 10_000;
const MOST_BYTES = 8_388_608;

export interface Kept {
  /** Place, from 1. */
  readonly sequence: number;
  /** The entry as it is sent. */
  readonly records: readonly Uint8Array[];
}

export class Transcript {
  private readonly kept: Kept[] = [];
  private bytes = 0;
  private newest = 0;

  /** Place of the oldest entry that is kept, or of the next one when there is none. */
  get first(): number {
    return this.kept[0]?.sequence ?? this.newest + 1;
  }

  /** Place of the newest entry, 0 when there is none. */
  get last(): number {
    return this.newest;
  }

  /** What is kept behind that place, oldest first; a place that there is not is none. */
  since(sequence: number): readonly Uint8Array[] {
    const from = sequence > this.newest ? 0 : sequence;
    return this.kept.filter((kept) => kept.sequence > from).flatMap(({ records }) => records);
  }

  /** The oldest entry behind that place that is kept. */
  after(sequence: number): Kept | undefined {
    return this.kept[Math.max(0, sequence + 1 - this.first)];
  }

  /** `id` is the number that the page gave the text. */
  add(line: Line, id: number): void {
    for (const draft of draftsOf(line, id)) this.keep(draft, line.time.getTime());
    while (this.kept.length > MOST_ENTRIES || this.bytes > MOST_BYTES) this.bytes -= sizeOf(this.kept.shift()!);
  }

  private keep(draft: Draft, time: number): void {
    const sequence = ++this.newest;
    const kept = { sequence, records: encodeEntry({ ...draft, sequence, time }, '') };
    this.kept.push(kept);
    this.bytes += sizeOf(kept);
  }
}

/** Mostly one; a text that is too long for a record (R2) is several. */
function draftsOf({ kind, author: name, text }: Line, id: number): Draft[] {
  const author = clipped(name, MAX_USERNAME);
  switch (kind) {
    case 'joined':
      return [{ kind: 'join', author }];
    case 'left':
      return [{ kind: 'leave', author }];
    // Over the protocols that need a gateway there are no files; what is said of one is a text.
    case 'file':
    case 'text':
      return piecesOf(text).map((piece, index) => ({ kind: 'text', author, text: piece, id: index === 0 ? id : 0 }));
  }
}

function piecesOf(text: string): readonly string[] {
  return Buffer.byteLength(text) <= MAX_PIECE ? [text] : cutLines(text, MAX_PIECE);
}

function sizeOf({ records }: Kept): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}
