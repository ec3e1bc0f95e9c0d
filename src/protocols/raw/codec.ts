/**
 * The raw protocols (seed 003) as bytes: docs/protocols.md, "Raw". Messages have neither header nor terminator. Over TCP
 * one chunk is one message, unless its sender ends lines with a newline (W2); over UDP a datagram is one. Both sides read
 * with the same decoders.
 */
import { ByteQueue } from '../byte-queue.js';
import { ProtocolError } from '../errors.js';

export interface RawMessage {
  /** Not blank, and without a line end. */
  readonly text: string;
  /** A newline ended it: its sender is one that works by lines, and wants them back (W2). */
  readonly terminated: boolean;
}

/** Bytes of a message that goes on in a next chunk: as much as a text can have in the records protocol. */
export const MAX_UNFINISHED = 1_048_576;
/** Bytes of a message to a peer, all of it: many take what one `recv(1024)` gives. */
export const MAX_MESSAGE = 1024;

const NEWLINE = 0x0a;

const encoder = new TextEncoder();
const forgiving = new TextDecoder();
const strict = new TextDecoder('utf-8', { fatal: true });

export function encode(text: string, terminated = false): Uint8Array {
  return encoder.encode(terminated ? `${text}\n` : text);
}

/** Messages from a TCP connection. */
export class StreamDecoder {
  private readonly ready: RawMessage[] = [];
  private readonly line = new ByteQueue();
  /** The last bytes of what is unfinished, enough to hold a character that is cut off. */
  private tail: Uint8Array = new Uint8Array(0);
  /** The peer ended its last message with a newline, so that what has none yet goes on. */
  private byLines = false;
  private isTooLong = false;

  append(bytes: Uint8Array): void {
    if (this.isTooLong) return;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      this.line.append(bytes.subarray(start, end));
      this.finish(true);
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    this.line.append(rest);
    this.tail = lastOf(this.tail, rest);
    if (!this.byLines && !isCutOff(this.tail)) this.finish(false);
    this.isTooLong = this.line.length > MAX_UNFINISHED;
  }

  get unfinished(): number {
    return this.line.length;
  }

  /** Throws ProtocolError when a message is too long. */
  next(): RawMessage | undefined {
    const message = this.ready.shift();
    if (message || !this.isTooLong) return message;
    throw new ProtocolError(`A message has at most ${MAX_UNFINISHED} bytes.`);
  }

  /** W2: whoever ended one line with a newline, as some do with the name alone, need not do so with the next. */
  quiet(): void {
    if (this.line.length > 0 && !this.isTooLong) this.finish(false);
  }

  private finish(terminated: boolean): void {
    const bytes = this.line.take(this.line.length);
    this.tail = bytes.subarray(bytes.length);
    if (bytes.length > 0 || terminated) this.byLines = terminated;
    keep(this.ready, forgiving.decode(bytes), terminated);
  }
}

/** Messages from one UDP address: a datagram each. What is not UTF-8 is no message. */
export class DatagramDecoder {
  private readonly ready: RawMessage[] = [];

  append(datagram: Uint8Array): void {
    const text = decodeStrictly(datagram);
    if (text !== undefined) keep(this.ready, text.replace(/\n$/, ''), text.endsWith('\n'));
  }

  next(): RawMessage | undefined {
    return this.ready.shift();
  }
}

/** W3: blank messages are noise. */
function keep(messages: RawMessage[], line: string, terminated: boolean): void {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (text.trim() !== '') messages.push({ text, terminated });
}

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The last three bytes of both: a character has four at most, and if all are there it is not cut off. */
function lastOf(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (bytes.length >= 3) return bytes.subarray(-3);
  return Uint8Array.from([...before, ...bytes]).subarray(-3);
}

/** True when the bytes end in the middle of a character. */
function isCutOff(bytes: Uint8Array): boolean {
  const start = bytes.findLastIndex((byte) => byte < 0x80 || byte >= 0xc0);
  return start !== -1 && bytes.length - start < characterLength(bytes[start]!);
}

/** Bytes of the character that starts with `lead`; 1 for what starts none. */
function characterLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
