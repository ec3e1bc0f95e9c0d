/** Entries of a room's history as records: docs/protocols.md, R5 to R8. What is sent live is what JOIN_ACCEPT repeats. */
import { announcement, type Entry, type StoredFile } from '../../room/entry.js';
import { type ChatRecord, encode, Flag, HEADER_LENGTH, makeRecord, MAX_PAYLOAD, TEXT, utf8 } from './codec.js';

/**
 * Bytes of a file in one record. A little less than a payload may hold, so that the record of a piece fits, whole, into
 * the payload of a JOIN_ACCEPT.
 */
export const MAX_PIECE = MAX_PAYLOAD - 2048;

/** Bytes of everything but the payload, as an estimate: a header, a name, a room, a file name. */
const USUAL_OVERHEAD = HEADER_LENGTH + 32;

/** About how many bytes an entry takes in a replay. */
export function weigh(entry: Entry, inlineFile: number): number {
  if (entry.kind === 'text') return USUAL_OVERHEAD + Buffer.byteLength(entry.text);
  if (entry.kind === 'file' && entry.file.size <= inlineFile) return USUAL_OVERHEAD + entry.file.size;
  return USUAL_OVERHEAD;
}

/** The entry's records as bytes: one, or several for a file that does not fit into one. */
export function encodeEntry(entry: Entry, target: string): Uint8Array[] {
  const place = placeOf(entry, target);
  switch (entry.kind) {
    case 'join': {
      const payload = utf8(announcement(entry));
      return [encode(makeRecord(Flag.NEW_USER, { ...fileFields(entry, entry.avatar, target), payload }))];
    }
    case 'leave':
      return [encode(makeRecord(Flag.QUIT_ACCEPT, { ...place, payload: utf8(announcement(entry)) }))];
    case 'text':
      return [encode(makeRecord(TEXT, { ...place, number: entry.id, payload: utf8(entry.text) }))];
    case 'file':
      return filePieces(fileFields(entry, entry.file, target), entry.contents);
  }
}

/** What every record about the file of this entry carries, and about its author's avatar (R14). */
export function fileFields(entry: Entry, file: StoredFile | undefined, target: string): Partial<ChatRecord> {
  return { ...placeOf(entry, target), ...(file && { filename: file.name, number: file.size }) };
}

function placeOf({ author, time, sequence }: Entry, target: string): Partial<ChatRecord> {
  return { username: author, target, timestamp: time, sequence };
}

/** One batch for all the members on this protocol: encoded once, the same bytes for each. */
export class BatchEncoder {
  private batch: readonly Entry[] = [];
  private bytes = new Uint8Array(0);

  encode(batch: readonly Entry[], target: string): Uint8Array {
    if (batch !== this.batch) {
      this.bytes = Buffer.concat(batch.flatMap((entry) => encodeEntry(entry, target)));
      this.batch = batch;
    }
    return this.bytes;
  }
}

/** Packs encoded records into as few payloads as may be, cut between records (R7). */
export function packPayloads(records: readonly Uint8Array[]): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let packed: Uint8Array[] = [];
  let length = 0;
  for (const record of records) {
    if (length + record.length > MAX_PAYLOAD) {
      payloads.push(Buffer.concat(packed));
      packed = [];
      length = 0;
    }
    packed.push(record);
    length += record.length;
  }
  payloads.push(Buffer.concat(packed));
  return payloads;
}

function filePieces(fields: Partial<ChatRecord>, contents: Uint8Array | undefined): Uint8Array[] {
  if (!contents || contents.length === 0) return [encode(makeRecord(Flag.ATTACHMENT, fields))];
  const pieces: Uint8Array[] = [];
  for (let offset = 0; offset < contents.length; offset += MAX_PIECE) {
    const more = offset + MAX_PIECE < contents.length ? Flag.MORE : 0;
    const payload = contents.subarray(offset, offset + MAX_PIECE);
    pieces.push(encode(makeRecord(Flag.ATTACHMENT | more, { ...fields, payload })));
  }
  return pieces;
}
