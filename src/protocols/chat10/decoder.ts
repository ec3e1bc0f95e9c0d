/**
 * Bytes as messages of CHAT/1.0: docs/protocols.md, "CHAT/1.0", clauses C1 and C3 to C5. A head is read line by line, as
 * its lines come; where a payload ends is found in payload.ts.
 */
import { ByteQueue } from '../byte-queue.js';
import { ProtocolError } from '../errors.js';
import { type Frame, MAX_HEAD, type Method } from './codec.js';
import {
  BEHIND,
  charactersIn,
  type End,
  findEnd,
  lookFor,
  PREFIX,
  TOO_LONG,
  whatFollows,
  withoutNewlines,
} from './payload.js';

const NEWLINE = 10;
/** The line that starts a message; what stands before it on the line is noise. */
const START = /CHAT\/1\.0[ \t]+(JOIN|LEAVE|TEXT)[ \t]*$/;
const OTHER_VERSION = /^CHAT\/(?!1\.0\s)([\w.]{1,16})(?:\s|$)/;
const HEADER = /^\s*([\w-]+)\s*:(.*)$/;

const encoder = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

interface Head {
  readonly method: Method;
  size: number;
  username: string;
  length: number | undefined;
  /** Lines behind Msg-len that are no header of ours. */
  readonly loose: string[];
}

interface Body {
  readonly username: string;
  readonly length: number;
  /** What the length leaves open after a part of the payload was given. */
  readonly isRest: boolean;
}

export class Decoder {
  private readonly queue = new ByteQueue();
  private readonly ready: Frame[] = [];
  private head: Head | undefined;
  private body: Body | undefined;
  private started = false;
  private silent = false;
  /** What was wrong: nothing behind it is read. */
  private failure: Error | undefined;
  /** Bytes that have to be there before another look at the payload can tell more. */
  private enough = 0;

  /** Noise, and what may still belong to a payload that is over, are no message. */
  get unfinished(): number {
    if (this.head) return this.head.size + this.queue.length;
    return this.body?.isRest === false ? this.queue.length : 0;
  }

  append(bytes: Uint8Array): void {
    this.queue.append(bytes);
    this.silent = false;
  }

  /** C4: what is there of a payload is all of it. */
  quiet(): void {
    this.silent = true;
  }

  /**
   * The next message; those that the seed has ignored are passed over. Throws ProtocolError beyond a limit (C5), for
   * another version, and, as foreign, for what is not this protocol at all (C3).
   */
  next(): Frame | undefined {
    while (this.ready.length === 0 && this.failure === undefined && this.tryToAdvance());
    const frame = this.ready.shift();
    if (frame || this.failure === undefined) return frame;
    throw this.failure;
  }

  private tryToAdvance(): boolean {
    try {
      return this.advance();
    } catch (error) {
      this.failure = error as Error;
      return false;
    }
  }

  private advance(): boolean {
    return this.body ? this.readPayload(this.body) : this.readLine();
  }

  private readLine(): boolean {
    const line = this.takeLine();
    if (line === undefined) return false;
    const start = START.exec(line);
    if (start) this.openHead(start[1] as Method);
    else if (!this.head) checkVersion(line);
    else if (line.trim() === '') this.closeHead({ payloadFollows: true });
    else addHeader(this.head, line);
    this.started ||= line.trim() !== '';
    return true;
  }

  private takeLine(): string | undefined {
    const there = this.queue.peek(this.queue.length);
    if (!this.started) checkPrefix(there);
    const end = there.indexOf(NEWLINE);
    const size = end === -1 ? there.length : end + 1;
    if (this.head && this.head.size + size > MAX_HEAD) {
      throw new ProtocolError(`The head of a message has at most ${MAX_HEAD} bytes.`);
    }
    if (end === -1) return this.dropNoise(size);
    if (this.head) this.head.size += size;
    return utf8.decode(this.queue.take(size)).replace(/\r?\n$/, '');
  }

  /** C4: noise without an end is not kept, but for what may be the beginning of a message. */
  private dropNoise(size: number): undefined {
    if (!this.head && size > MAX_HEAD) this.queue.take(size - BEHIND);
  }

  private openHead(method: Method): void {
    this.closeHead({ payloadFollows: false });
    this.head = { method, size: 0, username: '', length: undefined, loose: [] };
  }

  private closeHead({ payloadFollows }: { payloadFollows: boolean }): void {
    const { head } = this;
    this.head = undefined;
    if (!head) return;
    const { method, username, length = 0 } = head;
    const inside = payloadInHead(head);
    if (method !== 'TEXT') this.ready.push({ method, username, text: '' });
    else if (inside !== undefined) this.give(username, inside);
    else if (payloadFollows && length > 0) this.body = { username, length, isRest: false };
  }

  private readPayload(body: Body): boolean {
    const follows = body.isRest ? this.whatFollows() : 'noise';
    if (follows !== 'noise') return (follows === 'message' || this.silent) && this.endPayload();
    const there = this.queue.length;
    if (there === 0 || (!this.silent && there < Math.max(body.length, this.enough))) return false;
    const look = Math.min(there, lookFor(body.length));
    const found = findEnd(this.queue.peek(look), body.length, this.silent || look < there);
    if ('enough' in found) this.enough = found.enough;
    else this.takePayload(body, found);
    return !('enough' in found);
  }

  private takePayload({ username, length }: Body, { end, isOpen }: End): void {
    const payload = this.queue.take(end);
    const text = utf8.decode(end === length ? payload : withoutNewlines(payload));
    this.give(username, text);
    const open = isOpen ? length - charactersIn(text) : 0;
    this.endPayload(open > 0 ? { username, length: open, isRest: true } : undefined);
    // The silence was over what is taken now; what comes later is the rest.
    if (this.queue.length === 0) this.silent = false;
  }

  /** What the length left open does not come once the next message is there, or nothing came in time. */
  private whatFollows(): ReturnType<typeof whatFollows> {
    return whatFollows(this.queue.peek(Math.min(this.queue.length, BEHIND)));
  }

  private endPayload(rest?: Body): true {
    this.body = rest;
    this.enough = 0;
    return true;
  }

  /** Seed 000, TEXT: those without Username, Msg-len or payload are ignored. */
  private give(username: string, text: string): void {
    if (username !== '' && text !== '') this.ready.push({ method: 'TEXT', username, text });
  }
}

/** C3: a peer whose first bytes are another protocol's would not understand an answer. */
function checkPrefix(there: Uint8Array): void {
  const first = utf8.decode(there.subarray(0, BEHIND)).trimStart().slice(0, PREFIX.length);
  if (!PREFIX.startsWith(first)) throw new ProtocolError('This is not CHAT/1.0.', true);
}

function checkVersion(line: string): void {
  const other = OTHER_VERSION.exec(line)?.[1];
  if (other !== undefined) throw new ProtocolError(`The protocol here is CHAT/1.0, not CHAT/${other}.`);
}

/** C1 and C4: names in any case and order, with or without spaces before the colon. */
function addHeader(head: Head, line: string): void {
  const [, name = '', value = ''] = HEADER.exec(line) ?? [];
  switch (name.toLowerCase()) {
    case 'username':
      head.username = value.trim();
      break;
    case 'msg-len':
    case 'mesg-len':
      head.length = parseLength(value.trim());
      break;
    default:
      if (head.length !== undefined) head.loose.push(line);
  }
}

/** C1: a length that is none is as good as missing. */
function parseLength(value: string): number | undefined {
  return /^\d+$/.test(value) ? Math.min(Number(value), TOO_LONG) : undefined;
}

/**
 * C4: the payload of a message that has it behind Msg-len in the head. It is told from a header that is not ours by
 * having no colon, or by its length.
 */
function payloadInHead({ length, loose }: Head): string | undefined {
  if (loose.length === 0) return undefined;
  const [text, asSent] = [loose.join('\n'), loose.join('\r\n')];
  const lengths = [text, asSent].flatMap((one) => [charactersIn(one), encoder.encode(one).length]);
  return loose.some((line) => !line.includes(':')) || lengths.some((one) => one === length) ? text : undefined;
}
