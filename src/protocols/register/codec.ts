/**
 * The register protocol (seed 004) as bytes: docs/protocols.md, "Register". The seed leaves open where a message ends, so
 * its programs differ: lines, nothing at all, or a length before each message (G2). The first bytes tell which, and
 * where they cannot, the silence after them does. Both sides of the protocol read with the same decoder.
 */
import { byteLength, ByteQueue } from '../byte-queue.js';
import { ProtocolError } from '../errors.js';

/** How messages are told apart: each ended by LF, each a write of its own, or each behind its length. */
export type Framing = 'lines' | 'none' | 'lengths';

/** Bytes of the decimal length before a message. */
export const HEADER_LENGTH = 10;
/** Bytes of a message to a peer, its framing included: many take what one `recv(1024)` gives. */
export const MAX_MESSAGE = 1024;
/** Bytes of a message that is not over yet: more than any of these programs sends, and little to hold. */
export const MAX_UNFINISHED = 65_536;
/** The same before the framing is known: nothing but one registration can be there. */
export const MAX_OPENING = 1024;
/** Silences in a row after which also a message that looks unfinished is taken to be over (G3). */
export const LONG_SILENCE = 20;

const LF = 0x0a;
const CR = 0x0d;
/** What a connection opens with, either way, when something follows it without a seam (G4). */
const GLUED_OPENING = /^(?:REGISTER \S+ CHAT\/1\.0|200 Registration successful)(?=@|DISCONNECT)/;
/**
 * Where one chunk without framing is certainly several messages (G4): behind an opening, at a line break before a new
 * start, and before a farewell at the very end that nobody typed, since there is no space before it.
 */
const SEAMS =
  /(?<=^(?:REGISTER \S+ CHAT\/1\.0|200 Registration successful))(?=@|DISCONNECT)|\n(?=@|DISCONNECT)|(?<=\S)(?=DISCONNECT (?:\S+ )?CHAT\/1\.0\s*$)/;
const START = /^(?:@|DISCONNECT)/;
/** A length with the beginning of a message behind it. */
const NEXT_HEADER = /(?=\d[\d ]{9}(?:@|DISCONNECT))\d+ *(?=@|DISCONNECT)/;
/** Bytes that it looks at. */
const NEXT_HEADER_LENGTH = HEADER_LENGTH + 'DISCONNECT'.length;

const utf8 = new TextDecoder();
const encoder = new TextEncoder();
/** One character a byte: for looking at bytes without caring about characters. */
const bytewise = new TextDecoder('latin1');

/** One message as bytes. */
export function encode(message: string, framing: Framing): Uint8Array {
  if (framing === 'none') return encoder.encode(message);
  if (framing === 'lines') return encoder.encode(`${message}\n`);
  return encoder.encode(String(byteLength(message)).padEnd(HEADER_LENGTH) + message);
}

/** Gives each message as a text: without its framing, never empty. */
export class Decoder {
  private readonly queue = new ByteQueue();
  private readonly ready: string[] = [];
  private silences = 0;
  /** Bytes of a message with a wrong length in which no next one was found: they are not looked through again. */
  private searched = 0;
  private told: Framing | undefined;
  /** The limit that a message went beyond: nothing behind it is read. */
  private exceeded: number | undefined;
  /** Before a text of whoever registered, with no space in front. */
  private textSeam: RegExp | undefined;

  /** What the peer's first message had; none until that is known. */
  get framing(): Framing {
    return this.told ?? 'none';
  }

  get unfinished(): number {
    return this.queue.length;
  }

  append(bytes: Uint8Array): void {
    if (this.exceeded !== undefined) return;
    this.silences = 0;
    if (this.told === 'none' && START.test(bytewise.decode(bytes.subarray(0, HEADER_LENGTH)))) this.cutAll(true);
    this.queue.append(bytes);
    if (this.told !== 'lines' || bytes.includes(LF)) this.cutAll(false);
    this.limit(this.queue.length, this.told ? MAX_UNFINISHED : MAX_OPENING);
  }

  /** Throws ProtocolError when a message is too long. */
  next(): string | undefined {
    const message = this.ready.shift();
    if (message !== undefined || this.exceeded === undefined) return message;
    throw new ProtocolError(`A message has at most ${this.exceeded} bytes.`);
  }

  /** G3: what looks unfinished is given more time, so that a registration in pieces is not refused. */
  quiet(over = false): boolean {
    if (this.exceeded !== undefined) return false;
    this.silences++;
    if (!over && this.silences < LONG_SILENCE && this.mayGoOn()) return true;
    this.cutAll(true);
    return false;
  }

  private mayGoOn(): boolean {
    if (this.queue.length === 0 || this.told === 'none') return false;
    if (this.told === 'lines') return true;
    const bytes = this.queue.peek(this.queue.length);
    const text = utf8.decode(bytes.subarray(headerLength(bytes)));
    return isBeginningOfHeader(text) || isBeginningOfRegistration(text);
  }

  private cutAll(silent: boolean): void {
    this.skipLineBreaks();
    for (let length = this.messageLength(silent); length > 0; length = this.messageLength(silent)) {
      this.limit(length, MAX_UNFINISHED);
      if (this.exceeded !== undefined) return;
      this.keep(this.queue.take(length));
      this.skipLineBreaks();
    }
  }

  private limit(length: number, most: number): void {
    if (length > most) this.exceeded ??= most;
  }

  /** Bytes of the next message with its framing; 0 when it is not complete. */
  private messageLength(silent: boolean): number {
    const { queue } = this;
    if (queue.length === 0) return 0;
    this.told ??= tellFraming(queue.peek(queue.length), silent);
    switch (this.told) {
      case 'lines':
        return lineLength(queue.peek(queue.length), silent);
      case 'lengths':
        return this.sizedLength(silent);
      default:
        return silent ? queue.length : 0;
    }
  }

  private sizedLength(silent: boolean): number {
    const { queue } = this;
    if (!silent && queue.length < this.announced()) return 0;
    const length = sizedLength(queue.peek(queue.length), silent, this.searched);
    this.searched = length === 0 ? queue.length : 0;
    return length;
  }

  /** Bytes that have to be there before it makes sense to look for the end of a message with a length. */
  private announced(): number {
    return this.queue.length < HEADER_LENGTH ? HEADER_LENGTH : announcedLength(this.queue.peek(HEADER_LENGTH));
  }

  private keep(bytes: Uint8Array): void {
    const text = utf8.decode(this.told === 'lengths' ? bytes.subarray(headerLength(bytes)) : bytes);
    const messages = this.told === 'none' ? text.split(SEAMS).flatMap((part) => this.splitTexts(part)) : [text];
    this.ready.push(...messages.map(withoutLineEnd).filter((message) => message.trim() !== ''));
  }

  /** G4: texts sent too fast after one another, each behind its author's own `@name: `. */
  private splitTexts(text: string): string[] {
    const author = /^REGISTER (\S+) /.exec(text)?.[1];
    if (author !== undefined) this.textSeam ??= new RegExp(`(?<=\\S)(?=@${escaped(author)}: )`);
    return this.textSeam ? text.split(this.textSeam) : [text];
  }

  /** Empty lines, and line ends behind a message that is over already, are noise. */
  private skipLineBreaks(): void {
    while (this.queue.length > 0 && isLineBreak(this.queue.peek(1)[0])) this.queue.take(1);
  }
}

function tellFraming(bytes: Uint8Array, silent: boolean): Framing | undefined {
  if (headerLength(bytes) > 0) return 'lengths';
  if (GLUED_OPENING.test(bytewise.decode(bytes))) return 'none';
  if (bytes.includes(LF)) return 'lines';
  return silent ? 'none' : undefined;
}

function lineLength(bytes: Uint8Array, silent: boolean): number {
  const length = bytes.indexOf(LF) + 1;
  return length > 0 || !silent ? length : bytes.length;
}

/**
 * G2: peers count characters as often as bytes, so the length is a hint. It is taken at its word where both counts are
 * the same and it leads to a possible end; otherwise the message goes on to the next header, or to the silence.
 */
function sizedLength(bytes: Uint8Array, silent: boolean, searched: number): number {
  const header = headerLength(bytes);
  const announced = announcedLength(bytes);
  const isThere = bytes.length >= announced;
  if (header > 0 && isThere && isAscii(bytes.subarray(header, announced)) && mayEndAt(bytes, announced))
    return announced;
  if (!isThere && !silent) return 0;
  const from = Math.max(isThere ? Math.max(announced, 1) : header, searched - NEXT_HEADER_LENGTH);
  const next = bytewise.decode(bytes.subarray(from)).search(NEXT_HEADER);
  if (next !== -1) return from + next;
  return silent ? bytes.length : 0;
}

/** Where the length says that the message ends; 0 when there is none. */
function announcedLength(bytes: Uint8Array): number {
  const header = headerLength(bytes);
  return header + Number(bytewise.decode(bytes.subarray(0, header)));
}

/** Bytes of the length at the beginning; 0 when there is none. */
function headerLength(bytes: Uint8Array): number {
  const isHeader = bytes.length >= HEADER_LENGTH && /^\d+ *$/.test(bytewise.decode(bytes.subarray(0, HEADER_LENGTH)));
  return isHeader ? HEADER_LENGTH : 0;
}

function mayEndAt(bytes: Uint8Array, end: number): boolean {
  const after = bytes[end];
  return after === undefined || isLineBreak(after) || (after >= 0x30 && after <= 0x39);
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === LF || byte === CR;
}

function isBeginningOfHeader(text: string): boolean {
  return text.length < HEADER_LENGTH && /^\d* *$/.test(text);
}

/** True for what could yet become `REGISTER name CHAT/1.0`. */
function isBeginningOfRegistration(text: string): boolean {
  const [verb = '', name, version, more] = text.split(' ', 4);
  if (name === undefined) return 'REGISTER'.startsWith(verb);
  return verb === 'REGISTER' && more === undefined && version !== 'CHAT/1.0' && 'CHAT/1.0'.startsWith(version ?? '');
}

/** A loop, since a pattern for this would look at a long row of line breaks again and again. */
function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isLineBreak(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** A text for a regular expression to find as it stands. */
function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
