/**
 * The flag-field record of seed 002 as bytes and back: docs/protocols.md, "Records", clauses R1 to R4. Pure, and free of
 * any platform's API, so that the browser uses the same file.
 */
import { ByteQueue, concat } from '../byte-queue.js';
import { ProtocolError } from '../errors.js';
import { readUint16, readUint32, readUint64, writeUint16, writeUint32, writeUint64 } from './integers.js';

/** R3: what a record is for. At most one of the first nine is set; none of them and none of ours is a text message. */
export const Flag = {
  REPORT_REQUEST: 0x0001,
  REPORT_RESPONSE: 0x0002,
  JOIN_REQUEST: 0x0004,
  JOIN_REJECT: 0x0008,
  JOIN_ACCEPT: 0x0010,
  NEW_USER: 0x0020,
  QUIT_REQUEST: 0x0040,
  QUIT_ACCEPT: 0x0080,
  ATTACHMENT: 0x0100,
  MORE: 0x0200,
  FETCH_REQUEST: 0x0400,
  NOTICE: 0x0800,
} as const;

/** A record with no kind's bit set (MORE is a property of a record, not a kind). */
export const TEXT = 0;

/** R2: one record. Fields that do not apply are 0 or empty, as seed 002, section 4 asks. */
export interface ChatRecord {
  /** Bits of `Flag`. */
  readonly flags: number;
  /** 0 to 2^32 - 1; its meaning goes with the kind. */
  readonly number: number;
  /** Milliseconds since 1970-01-01 UTC, 0 for none. */
  readonly timestamp: number;
  /** Place in the room's history, from 1; 0 for none. */
  readonly sequence: number;
  readonly username: string;
  readonly target: string;
  readonly filename: string;
  readonly payload: Uint8Array;
}

export const VERSION = 1;
/** Bytes of a record before its variable part. */
export const HEADER_LENGTH = 32;

/** R2: the longest of each field, in bytes. */
export const MAX_USERNAME = 128;
/** A username and the `@` before it. */
export const MAX_TARGET = 129;
export const MAX_FILENAME = 1024;
/** Bounds what one unfinished record can make its receiver hold. */
export const MAX_PAYLOAD = 1_048_576;
export const MAX_NUMBER = 0xffff_ffff;

const KINDS = 0x01ff | Flag.FETCH_REQUEST | Flag.NOTICE;
const KNOWN_FLAGS = KINDS | Flag.MORE;
const MAY_GO_ON = Flag.ATTACHMENT | Flag.JOIN_ACCEPT | Flag.FETCH_REQUEST;
const NOTHING = new Uint8Array(0);

/** What the record is, without MORE: one of `Flag`, or TEXT. */
export function kindOf(record: ChatRecord): number {
  return record.flags & KINDS;
}

export function hasMore(record: ChatRecord): boolean {
  return (record.flags & Flag.MORE) !== 0;
}

const encoder = new TextEncoder();
/** Names are only compared and shown, and U+FFFD is not legal in them, so a broken one need not break the record. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A record of the given fields; the rest 0 or empty. */
export function makeRecord(flags: number, fields: Partial<Omit<ChatRecord, 'flags'>> = {}): ChatRecord {
  return {
    flags,
    number: fields.number ?? 0,
    timestamp: fields.timestamp ?? 0,
    sequence: fields.sequence ?? 0,
    username: fields.username ?? '',
    target: fields.target ?? '',
    filename: fields.filename ?? '',
    payload: fields.payload ?? NOTHING,
  };
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The bytes of a record. Throws RangeError when a field is longer or larger than R2 and R4 allow. */
export function encode(record: ChatRecord): Uint8Array {
  const username = encodeText(record.username, MAX_USERNAME, 'USERNAME');
  const target = encodeText(record.target, MAX_TARGET, 'TARGET');
  const filename = encodeText(record.filename, MAX_FILENAME, 'FILENAME');
  const { payload } = record;
  checkAtMost(payload.length, MAX_PAYLOAD, 'PAYLOAD');
  checkAtMost(record.number, MAX_NUMBER, 'NUMBER');

  const bytes = new Uint8Array(HEADER_LENGTH + username.length + target.length + filename.length + payload.length);
  writeHead(bytes, 0, {
    flags: record.flags,
    number: record.number,
    timestamp: record.timestamp,
    sequence: record.sequence,
    username: username.length,
    target: target.length,
    filename: filename.length,
    payload: payload.length,
  });
  let offset = HEADER_LENGTH;
  for (const field of [username, target, filename, payload]) {
    bytes.set(field, offset);
    offset += field.length;
  }
  return bytes;
}

/** Several records, one behind the other. */
export function encodeAll(records: readonly ChatRecord[]): Uint8Array {
  return concat(records.map(encode));
}

/** Reads records out of a stream of bytes, however it was cut. */
export class Decoder {
  protected readonly queue = new ByteQueue();
  private readonly username = new Repeated();
  private readonly target = new Repeated();
  /** The head of the record whose variable part is still coming. */
  protected head: ParsedHead | undefined;

  append(bytes: Uint8Array): void {
    this.queue.append(bytes);
  }

  /** Bytes of a record that is not complete. */
  get unfinished(): number {
    return this.queue.length + (this.head ? HEADER_LENGTH : 0);
  }

  /** The next record; `undefined` when it is not all there yet. Throws ProtocolError when it never will be. */
  next(): ChatRecord | undefined {
    this.head ??= this.readHead();
    if (this.head === undefined || this.queue.length < this.head.rest) return undefined;
    const { head } = this;
    this.head = undefined;
    return this.read(head);
  }

  /** The record of that head, whose variable part is there. */
  protected read(head: ParsedHead): ChatRecord {
    const { flags, number, timestamp, sequence } = head;
    const bytes = this.queue.gather(head.rest);
    const username = this.queue.offset;
    const target = username + head.username;
    const filename = target + head.target;
    const payload = filename + head.filename;
    const record = {
      flags,
      number,
      timestamp,
      sequence,
      username: this.username.read(bytes, username, target),
      target: this.target.read(bytes, target, filename),
      filename: decode(bytes, filename, payload),
      payload: head.payload === 0 ? NOTHING : bytes.subarray(payload, payload + head.payload),
    };
    this.queue.skip(head.rest);
    return record;
  }

  private readHead(): ParsedHead | undefined {
    const { queue } = this;
    if (queue.length > 0) checkVersion(queue.gather(1)[queue.offset]!);
    if (queue.length < HEADER_LENGTH) return undefined;
    // A bad head stays where it is, so that nothing behind it is ever read.
    const head = parseHead(queue.gather(HEADER_LENGTH), queue.offset);
    queue.skip(HEADER_LENGTH);
    return head;
  }
}

/** A field that is mostly what it was in the record before: that one is not decoded again. */
class Repeated {
  private text = '';

  read(bytes: Uint8Array, from: number, to: number): string {
    if (!this.isSame(bytes, from, to)) this.text = decode(bytes, from, to);
    return this.text;
  }

  /** Never of what is more than ASCII, whose bytes are not what `charCodeAt` gives. */
  private isSame(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from !== this.text.length) return false;
    for (let at = from; at < to; at++)
      if (bytes[at]! > 127 || bytes[at] !== this.text.charCodeAt(at - from)) return false;
    return true;
  }
}

/** The fixed part of a record, with the lengths of the variable part in bytes. */
export interface Head {
  readonly flags: number;
  readonly number: number;
  readonly timestamp: number;
  readonly sequence: number;
  readonly username: number;
  readonly target: number;
  readonly filename: number;
  readonly payload: number;
}

/** `rest` is the sum of the lengths. */
export type ParsedHead = Head & { readonly rest: number };

/** R2: writes the fixed part of a record to where `at` is. */
export function writeHead(bytes: Uint8Array, at: number, head: Head): void {
  bytes[at] = VERSION;
  bytes[at + 1] = head.username;
  writeUint16(bytes, at + 2, head.flags);
  writeUint32(bytes, at + 4, head.number);
  writeUint64(bytes, at + 8, head.timestamp);
  writeUint64(bytes, at + 16, head.sequence);
  bytes[at + 24] = head.target;
  bytes[at + 25] = 0;
  writeUint16(bytes, at + 26, head.filename);
  writeUint32(bytes, at + 28, head.payload);
}

function parseHead(bytes: Uint8Array, at: number): ParsedHead {
  const username = limited(bytes[at + 1]!, MAX_USERNAME, 'USERNAME_LENGTH');
  const flags = checkFlags(readUint16(bytes, at + 2));
  const target = limited(bytes[at + 24]!, MAX_TARGET, 'TARGET_LENGTH');
  if (bytes[at + 25] !== 0) throw new ProtocolError('The reserved byte at offset 25 must be 0.');
  const filename = limited(readUint16(bytes, at + 26), MAX_FILENAME, 'FILENAME_LENGTH');
  const payload = limited(readUint32(bytes, at + 28), MAX_PAYLOAD, 'PAYLOAD_LENGTH');
  return {
    flags,
    number: readUint32(bytes, at + 4),
    timestamp: readUint53(bytes, at + 8, 'TIMESTAMP'),
    sequence: readUint53(bytes, at + 16, 'SEQUENCE'),
    username,
    target,
    filename,
    payload,
    rest: username + target + filename + payload,
  };
}

function checkVersion(version: number): void {
  if (version !== VERSION) throw new ProtocolError(`The version must be ${VERSION}, not ${version}.`, true);
}

function checkFlags(flags: number): number {
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    throw new ProtocolError(
      `The reserved bits of FLAGS must be 0, but it is 0x${flags.toString(16).padStart(4, '0')}.`,
    );
  }
  const kind = flags & KINDS;
  if ((kind & (kind - 1)) !== 0)
    throw new ProtocolError('A record is of one kind: at most one flag besides MORE is set.');
  if ((flags & Flag.MORE) !== 0 && (kind & MAY_GO_ON) === 0) {
    throw new ProtocolError('MORE goes with ATTACHMENT, JOIN_ACCEPT and FETCH_REQUEST only.');
  }
  return flags;
}

function limited(length: number, max: number, field: string): number {
  if (length > max) throw new ProtocolError(`${field} is ${length}, and at most ${max} is allowed.`);
  return length;
}

function encodeText(text: string, max: number, field: string): Uint8Array {
  if (text === '') return NOTHING;
  const bytes = encoder.encode(text);
  checkAtMost(bytes.length, max, field);
  return bytes;
}

function checkAtMost(value: number, max: number, field: string): void {
  if (value > max) throw new RangeError(`${field} is ${value}, and at most ${max} is allowed`);
}

function decode(bytes: Uint8Array, from: number, to: number): string {
  return from === to ? '' : decoder.decode(bytes.subarray(from, to));
}

/** An 8-byte field; beyond 2^53 - 1 a number is not exact, and no time or place gets there. */
function readUint53(bytes: Uint8Array, at: number, field: string): number {
  const value = readUint64(bytes, at);
  if (!Number.isSafeInteger(value)) throw new ProtocolError(`${field} is larger than 2^53 - 1.`);
  return value;
}
