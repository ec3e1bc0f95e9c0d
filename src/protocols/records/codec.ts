/**
 * The flag-field record of seed 002 as bytes and back: docs/protocols.md, "Records", clauses R1 to R4. Pure, and free of
 * any platform's API, so that the browser uses the same file.
 */
import { ByteQueue, concat } from '../byte-queue.js';
import { ProtocolError } from '../errors.js';

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
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, username.length);
  view.setUint16(2, record.flags);
  view.setUint32(4, record.number);
  setUint53(view, 8, record.timestamp);
  setUint53(view, 16, record.sequence);
  view.setUint8(24, target.length);
  view.setUint16(26, filename.length);
  view.setUint32(28, payload.length);
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
  private readonly queue = new ByteQueue();
  /** The head of the record whose variable part is still coming. */
  private head: Head | undefined;

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
    return {
      flags: head.flags,
      number: head.number,
      timestamp: head.timestamp,
      sequence: head.sequence,
      username: decoder.decode(this.queue.take(head.username)),
      target: decoder.decode(this.queue.take(head.target)),
      filename: decoder.decode(this.queue.take(head.filename)),
      payload: this.queue.take(head.payload),
    };
  }

  private readHead(): Head | undefined {
    if (this.queue.length > 0) checkVersion(this.queue.peek(1)[0]!);
    if (this.queue.length < HEADER_LENGTH) return undefined;
    // A bad head stays where it is, so that nothing behind it is ever read.
    const head = parseHead(this.queue.peek(HEADER_LENGTH));
    this.queue.take(HEADER_LENGTH);
    return head;
  }
}

/** The fixed part of a record, with the lengths of the variable part in bytes; `rest` is their sum. */
interface Head {
  readonly flags: number;
  readonly number: number;
  readonly timestamp: number;
  readonly sequence: number;
  readonly username: number;
  readonly target: number;
  readonly filename: number;
  readonly payload: number;
  readonly rest: number;
}

function parseHead(bytes: Uint8Array): Head {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const username = limited(view.getUint8(1), MAX_USERNAME, 'USERNAME_LENGTH');
  const flags = checkFlags(view.getUint16(2));
  const target = limited(view.getUint8(24), MAX_TARGET, 'TARGET_LENGTH');
  if (view.getUint8(25) !== 0) throw new ProtocolError('The reserved byte at offset 25 must be 0.');
  const filename = limited(view.getUint16(26), MAX_FILENAME, 'FILENAME_LENGTH');
  const payload = limited(view.getUint32(28), MAX_PAYLOAD, 'PAYLOAD_LENGTH');
  return {
    flags,
    number: view.getUint32(4),
    timestamp: getUint53(view, 8, 'TIMESTAMP'),
    sequence: getUint53(view, 16, 'SEQUENCE'),
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

function setUint53(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / 0x1_0000_0000));
  view.setUint32(offset + 4, value % 0x1_0000_0000);
}

/** An 8-byte field; beyond 2^53 - 1 a number is not exact, and no time or place gets there. */
function getUint53(view: DataView, offset: number, field: string): number {
  const value = view.getUint32(offset) * 0x1_0000_0000 + view.getUint32(offset + 4);
  if (!Number.isSafeInteger(value)) throw new ProtocolError(`${field} is larger than 2^53 - 1.`);
  return value;
}
