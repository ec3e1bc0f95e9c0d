/**
 * Entries of a room's history as records, and back: docs/protocols.md, R5 to R8. What is sent live is what JOIN_ACCEPT
 * repeats, and what the history keeps.
 */
import { announcement, type Entry, type StoredFile, type TextEntry } from '../../room/entry.js';
import { concat } from '../byte-queue.js';
import {
  type ChatRecord,
  Decoder,
  encode,
  Flag,
  HEADER_LENGTH,
  kindOf,
  makeRecord,
  MAX_PAYLOAD,
  TEXT,
  utf8,
  writeHead,
} from './codec.js';
import { readUint16, readUint32, readUint64 } from './integers.js';

/**
 * Bytes of a file in one record. A little less than a payload may hold, so that the record of a piece fits, whole, into
 * the payload of a JOIN_ACCEPT.
 */
export const MAX_PIECE = MAX_PAYLOAD - 2048;

/** Bytes of most batches. */
const shared = Buffer.allocUnsafeSlow(65_536);

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The records of entries that follow each other, one behind the other. */
export function encodeEntries(entries: readonly Entry[], target: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let next = 0; next < entries.length;) {
    const texts = textsFrom(entries, next);
    if (texts.length > 0) parts.push(encodeTexts(texts, target));
    else parts.push(...encodeEntry(entries[next]!, target));
    next += Math.max(1, texts.length);
  }
  return concat(parts);
}

/** The entries of records as `encodeEntries` makes them without contents; `file` is what one of them brought. */
export function decodeEntries(records: Uint8Array, file?: StoredFile): readonly Entry[] {
  const decoder = new Decoder();
  decoder.append(records);
  const entries: Entry[] = [];
  for (let record = decoder.next(); record; record = decoder.next()) entries.push(decodeEntry(record, file));
  if (decoder.unfinished > 0) throw new RangeError(`${decoder.unfinished} bytes are left over`);
  return entries;
}

/** Of records as above, those of the entries from `from` to `to`, both included. */
export function cutEntries(records: Uint8Array, from: number, to: number): Uint8Array {
  let [start, at] = [0, 0];
  for (; at < records.length; at += recordLength(records, at)) {
    const sequence = readUint64(records, at + 16);
    if (sequence > to) break;
    if (sequence < from) start = at + recordLength(records, at);
  }
  return records.subarray(start, at);
}

/** Bytes of each record. */
export function recordLengths(records: Uint8Array): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < records.length; at += lengths.at(-1)!) lengths.push(recordLength(records, at));
  return lengths;
}

/** Bytes of the record that begins there. */
function recordLength(records: Uint8Array, at: number): number {
  const names = records[at + 1]! + records[at + 24]! + readUint16(records, at + 26);
  return HEADER_LENGTH + names + readUint32(records, at + 28);
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

/** Cuts records between each other into as few payloads as may be (R7); at least one, which may be empty. */
export function splitPayload(records: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let [start, end] = [0, 0];
  while (records.length - start > MAX_PAYLOAD) {
    while (end + recordLength(records, end) - start <= MAX_PAYLOAD) end += recordLength(records, end);
    payloads.push(records.subarray(start, end));
    start = end;
  }
  return [...payloads, records.subarray(start)];
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

function decodeEntry(record: ChatRecord, file: StoredFile | undefined): Entry {
  const { username: author, timestamp: time, sequence } = record;
  switch (kindOf(record)) {
    case Flag.NEW_USER:
      return { kind: 'join', author, ...(record.filename !== '' && { avatar: fileOf(record, file) }), sequence, time };
    case Flag.QUIT_ACCEPT:
      return { kind: 'leave', author, sequence, time };
    case Flag.ATTACHMENT:
      return { kind: 'file', author, file: fileOf(record, file), sequence, time };
    case TEXT:
      return { kind: 'text', author, text: decoder.decode(record.payload), id: record.number, sequence, time };
    default:
      throw new RangeError(`a record of the kind ${record.flags} is no entry`);
  }
}

function fileOf({ filename: name, number: size }: ChatRecord, file?: StoredFile): StoredFile {
  return { stored: name, ...file, name, size };
}

function textsFrom(entries: readonly Entry[], start: number): readonly TextEntry[] {
  let end = start;
  while (entries[end]?.kind === 'text') end++;
  return entries.slice(start, end) as readonly TextEntry[];
}

/** As `encodeEntry` for each of them, in one piece: most of what is said is a text. */
function encodeTexts(texts: readonly TextEntry[], target: string): Uint8Array {
  const bytes = workspace(texts.reduce((most, text) => most + mostBytes(text, target), 0));
  let at = 0;
  for (const { author, text, id, time, sequence } of texts) {
    const names = at + HEADER_LENGTH;
    const username = writeName(bytes, names, author);
    const room = writeName(bytes, names + username, target);
    const payload = bytes.write(text, names + username + room);
    writeHead(bytes, at, {
      flags: TEXT,
      number: id,
      timestamp: time,
      sequence,
      username,
      target: room,
      filename: 0,
      payload,
    });
    at = names + username + room + payload;
  }
  return Buffer.from(bytes.subarray(0, at));
}

/** What is short takes longer to be handed over to `write` than to be written. Gives its bytes. */
function writeName(bytes: Buffer, at: number, name: string): number {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code > 127) return bytes.write(name, at);
    bytes[at + index] = code;
  }
  return name.length;
}

/** Bytes to write to until the next call, which costs less than memory of its own for each batch. */
function workspace(length: number): Buffer {
  return length <= shared.length ? shared : Buffer.allocUnsafeSlow(length);
}

/** Bytes of a record of that text if each of its characters took as many as one can. */
function mostBytes({ author, text }: TextEntry, target: string): number {
  return HEADER_LENGTH + 3 * (author.length + target.length + text.length);
}
