/**
 * What servers answer (docs/protocols.md, P3, P6 and P9), read generously: an answer ends with the silence after it, and
 * what it is shows in what it says rather than in what was asked.
 */
import { ProtocolError } from '../errors.js';

/** Characters of an answer whose end has not come. */
export const MAX_ANSWER_READ = 1_048_576;

export type Answer =
  | { readonly kind: 'messages'; readonly messages: readonly Said[] }
  | { readonly kind: 'users'; readonly names: readonly string[] }
  /** A JSON array, of messages or of names. */
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'words'; readonly text: string };

export interface Said {
  /** `undefined` where nobody is named. */
  readonly author: string | undefined;
  readonly text: string;
}

/** Gives whole answers, as text. */
export class AnswerDecoder {
  private readonly utf8 = new TextDecoder();
  private readonly pieces: string[] = [];
  private size = 0;
  private complete: string | undefined;

  append(bytes: Uint8Array): void {
    this.take(this.utf8.decode(bytes, { stream: true }));
  }

  next(): string | undefined {
    if (this.size > MAX_ANSWER_READ) throw new ProtocolError(`An answer has at most ${MAX_ANSWER_READ} characters.`);
    const { complete } = this;
    this.complete = undefined;
    return complete;
  }

  /** What has come is the answer. */
  quiet(): void {
    this.take(this.utf8.decode());
    const answer = this.pieces.splice(0).join('');
    this.size = 0;
    if (answer !== '') this.complete = answer;
  }

  private take(text: string): void {
    if (this.size > MAX_ANSWER_READ) return;
    this.pieces.push(text);
    this.size += text.length;
  }
}

const MESSAGES = /MSGS:([^]*)$/;
const USERS = /^\s*USERS:([^]*)$/;

/** Reads an answer; `people` are those whose messages may begin without a space before them. */
export function readAnswer(answer: string, people: ReadonlySet<string> = new Set()): Answer {
  const names = USERS.exec(answer)?.[1];
  if (names !== undefined) return { kind: 'users', names: namesIn(names) };
  const messages = MESSAGES.exec(answer)?.[1];
  if (messages !== undefined) return { kind: 'messages', messages: messagesIn(messages, people) };
  const items = listIn(answer);
  return items ? { kind: 'list', items } : { kind: 'words', text: answer.trim() };
}

export function namesIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '');
}

/** `<cindy>Hi <ethan>Ho`; what stands before the first name is nobody's. */
export function messagesIn(text: string, people: ReadonlySet<string>): readonly Said[] {
  const begins = [...text.matchAll(/<([^<>\s]{1,64})>/g)].filter(
    ({ index, 1: name = '' }) => index === 0 || /\s/.test(text[index - 1]!) || people.has(name),
  );
  const said = begins.map(({ 0: tag, 1: author, index }, nth) => ({
    author,
    text: text.slice(index + tag.length, begins[nth + 1]?.index).trim(),
  }));
  const before = text.slice(0, begins[0]?.index).trim();
  return before === '' ? said : [{ author: undefined, text: before }, ...said];
}

/** `cindy: Hi`, as an item of a JSON array. */
export function messageIn(item: string): Said {
  const [, author, text] = /^([^:]{1,64}): ?([^]*)$/.exec(item) ?? [];
  return author === undefined || text === undefined ? { author: undefined, text: item } : { author, text };
}

function listIn(answer: string): readonly string[] | undefined {
  const from = answer.indexOf('[');
  if (from === -1) return undefined;
  try {
    const list: unknown = JSON.parse(answer.slice(from));
    return Array.isArray(list)
      ? list.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
      : undefined;
  } catch {
    return undefined;
  }
}

const COMING_AND_GOING = /^(\S+) (?:has |just )*(joined|entered|left|disconnected)\b/i;

export function isFromServer({ author }: Said): boolean {
  return author === undefined || author.toLowerCase() === 'server';
}

/** Who came or went, where the server says so in words. */
export function announced(said: Said): { kind: 'joined' | 'left'; name: string } | undefined {
  if (!isFromServer(said)) return undefined;
  const [, name, verb] = COMING_AND_GOING.exec(said.text) ?? [];
  if (name === undefined || verb === undefined) return undefined;
  return { kind: /joined|entered/i.test(verb) ? 'joined' : 'left', name };
}

const CLEAR_YES = /^\s*(MSGS:|USERS:|\[|connected|ok|welcome|hello|accepted|success)/i;
const NO =
  /\b(in use|used|taken|already|exists?|error|invalid|not|no|bad|denied|refused|rejected|reserved|failed|duplicate|full)\b|n't\b|unavailable|maximum|too (many|long)/i;
const YES = /\b(ok|okay|connected|welcome|accepted|success\w*|joined|available|registered|added|valid|created)\b/i;

/** Whether an answer to the name means no (P9): seed 001 leaves the words to the server. */
export function isRefusal(answer: string): boolean {
  if (CLEAR_YES.test(answer)) return false;
  return NO.test(answer) || (/use/i.test(answer) && !YES.test(answer));
}

/** Whether the server wants to be spoken to in the way of the other family. */
export function wantsHandshake(answer: string): boolean {
  return /handshake|no username|USERNAME:|(?:invalid|bad|unknown) (?:request|command|message|format)|malformed/i.test(
    answer,
  );
}
