/**
 * The requests of the pull protocol (seed 001): docs/protocols.md, "Pull", P1 to P5. Nothing says where a message ends,
 * so three things tell: silence, a chunk that begins with a request, and a request glued to what comes before it.
 */
import { ProtocolError } from '../errors.js';

/** Which of the two ways of speaking a peer has (P1). */
export type Family = 'seed' | 'json';

export type Request =
  | { readonly kind: 'name'; readonly name: string; readonly family: Family }
  | { readonly kind: 'put'; readonly text: string }
  | { readonly kind: 'get' | 'users' | 'canvas' };

/** Characters of a message whose end has not come: a peer that never pauses must not cost more. */
export const MAX_MESSAGE = 16_384;

/** Characters looked at again when more has come, since a request may be split: longer than any of them. */
const OVERLAP = 32;

const ASKING = '(?:C?GET|USERS)';
const PUTTING = 'C?PUT:';
const FOLLOWS = `(?=${ASKING}|${PUTTING})`;
const PAD = '[\\s:\\0]';
/** P4: what a text runs into is no part of it. After a space or a capital it is one: "forgot to GET", "BUDGET". */
const RUNS_INTO = '(?<=[^A-Z \\t])';

const PADDING = new RegExp(`^${PAD}+`);
const REQUEST = /^(?:(C?GET|USERS)|(C?PUT)[: ])/i;
const BEGINNINGS = ['GET', 'USERS', 'PUT:', 'CGET', 'CPUT:'];
const BEGINS_WITH_REQUEST = new RegExp(`^\\s*(?:${ASKING}${PAD}*(?:$|${FOLLOWS})|${PUTTING})`);
const REQUEST_INSIDE = `(?:${PUTTING}|${ASKING}${PAD}*${FOLLOWS})`;
const GLUED = new RegExp(RUNS_INTO + REQUEST_INSIDE);
const GLUED_TO_NOISE = new RegExp(REQUEST_INSIDE);
const GLUED_AT_END = new RegExp(`(?:${RUNS_INTO}${ASKING}|${ASKING}:)${PAD}*$`);

const HANDSHAKE = /^\s*USERNAME:/;

/** Tells requests apart; the first message is the peer's name. */
export class RequestDecoder {
  private readonly utf8 = new TextDecoder();
  private readonly ready: Request[] = [];
  /** What the message is whose end has not come; `noise` is swallowed. */
  private open: 'name' | 'put' | 'noise' | undefined = 'name';
  private rest = '';
  /** How much of `rest` holds no glued request. */
  private searched = 0;
  private isTooLong = false;

  append(bytes: Uint8Array): void {
    this.take(this.utf8.decode(bytes, { stream: true }));
  }

  /** Characters; of what is swallowed there is never more than a few. */
  get unfinished(): number {
    return this.open === 'name' || this.open === 'put' ? this.rest.length : 0;
  }

  next(): Request | undefined {
    const request = this.ready.shift();
    if (request || !this.isTooLong) return request;
    throw new ProtocolError(`A message has at most ${MAX_MESSAGE} characters.`);
  }

  /** The message that is there is complete. */
  quiet(): void {
    this.take(this.utf8.decode());
    this.finish();
  }

  private take(chunk: string): void {
    if (this.isTooLong) return;
    if (this.open && BEGINS_WITH_REQUEST.test(chunk) && !this.isNamelessYet()) this.finish();
    this.rest += chunk;
    while (this.open ? this.cut() : this.begin());
  }

  /** Whatever comes first is the name, be it `GET`. */
  private isNamelessYet(): boolean {
    return this.open === 'name' && this.rest.trim() === '';
  }

  /** Between two messages: false when more has to come before anything can be told. */
  private begin(): boolean {
    this.rest = this.rest.replace(PADDING, '');
    const [found, asking, putting] = REQUEST.exec(this.rest) ?? [];
    if (found !== undefined) {
      this.rest = this.rest.slice(found.length);
      if (asking !== undefined) this.ready.push({ kind: kindOf(asking) });
      else this.open = putting?.toUpperCase() === 'PUT' ? 'put' : 'noise';
      return true;
    }
    const word = this.rest.toUpperCase();
    if (BEGINNINGS.some((beginning) => beginning.startsWith(word))) return false;
    this.open = 'noise';
    return true;
  }

  /** Within a message: ends it where another request is glued to it. */
  private cut(): boolean {
    const from = Math.max(0, this.searched - OVERLAP);
    const at = this.rest.slice(from).search(this.open === 'noise' ? GLUED_TO_NOISE : GLUED);
    if (at !== -1) {
      this.close(from + at);
      return true;
    }
    if (this.open === 'noise') this.rest = this.rest.slice(-OVERLAP);
    this.searched = this.rest.length;
    if (this.rest.length > MAX_MESSAGE) this.giveUp();
    return false;
  }

  private giveUp(): void {
    this.isTooLong = true;
    this.open = 'noise';
    this.rest = '';
  }

  private finish(): void {
    const end = GLUED_AT_END.exec(this.rest)?.index ?? this.rest.length;
    if (this.open) this.close(end);
    else this.rest = '';
    while (this.open === undefined && this.begin());
    // A name is still to come when there was only noise.
    if (this.open === 'name') this.rest = '';
  }

  /** The message goes up to `end`. */
  private close(end: number): void {
    const message = this.rest.slice(0, end);
    this.rest = this.rest.slice(end);
    this.searched = 0;
    if (this.open === 'put') this.put(message);
    if (this.open !== 'name' || this.name(message)) this.open = undefined;
  }

  private put(message: string): void {
    const text = trimmed(message.replace(/^ /, ''));
    if (text.trim() !== '') this.ready.push({ kind: 'put', text });
  }

  private name(message: string): boolean {
    const name = trimmed(message).trim();
    if (name === '') return false;
    const family = HANDSHAKE.test(message) ? 'json' : 'seed';
    this.ready.push({ kind: 'name', name: name.replace(HANDSHAKE, '').trim(), family });
    return true;
  }
}

/** Line breaks and the zeros of a fixed buffer are how it was sent, not what was said. */
function trimmed(message: string): string {
  return message.replace(/[\s\0]+$/, '');
}

function kindOf(asking: string): 'get' | 'users' | 'canvas' {
  switch (asking.toUpperCase()) {
    case 'GET':
      return 'get';
    case 'USERS':
      return 'users';
    default:
      return 'canvas';
  }
}

const utf8 = new TextEncoder();

/** A request as a client of that family sends it. */
export function encodeRequest(request: Request, family: Family): Uint8Array {
  return utf8.encode(family === 'seed' ? plainRequest(request) : colonRequest(request));
}

function plainRequest(request: Request): string {
  switch (request.kind) {
    case 'name':
      return request.name;
    case 'put':
      return `PUT: ${request.text}`;
    default:
      return wordOf(request.kind);
  }
}

function colonRequest(request: Request): string {
  switch (request.kind) {
    case 'name':
      return `USERNAME:${request.name}`;
    case 'put':
      return `PUT:${request.text}`;
    default:
      return `${wordOf(request.kind)}:`;
  }
}

function wordOf(kind: 'get' | 'users' | 'canvas'): string {
  return kind === 'canvas' ? 'CGET' : kind.toUpperCase();
}
