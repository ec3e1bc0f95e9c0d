/** What a peer of a text-only protocol was told, read by rules that are not ours (docs/protocols.md, C2, P3, W6, G6). */
import { check, shown } from '../engine/target.js';

export type Told =
  | { readonly kind: 'joined' | 'left'; readonly name: string }
  | { readonly kind: 'text'; readonly name: string; readonly text: string }
  /** A word of the server: an answer, a refusal, a farewell. */
  | { readonly kind: 'other'; readonly text: string };

/** Bytes of one write (C2, P3, W1, G10). */
const LONGEST = 1024;

type Reader = (write: Buffer) => Told[];

export function toldTo(protocol: string, writes: readonly Uint8Array[]): Told[] {
  const read = READERS[protocol]!;
  return writes.flatMap((write) => read(Buffer.from(write)));
}

function inText(write: Buffer): string {
  const text = write.toString();
  check(Buffer.from(text).equals(write), () => `This is not UTF-8: ${shown(write)}`);
  return text;
}

function checkLength(message: { readonly length: number }): void {
  check(message.length > 0 && message.length <= LONGEST, () => `A write has ${message.length} bytes.`);
}

const FRAME = /^CHAT\/1\.0 (JOIN|LEAVE|TEXT)\r\nUsername: ([^\r\n]+)\r\n(?:Msg-len: (\d+)\r\n)?\r\n/;

const chat10: Reader = (write) => {
  const told: Told[] = [];
  for (let rest = write; rest.length > 0;) {
    const [head, method, name = '', length] = FRAME.exec(rest.toString()) ?? [];
    check(
      head !== undefined && (method === 'TEXT') === (length !== undefined),
      () => `This is no message: ${shown(rest)}`,
    );
    const from = Buffer.byteLength(head);
    const end = from + Number(length ?? 0);
    check(
      end <= rest.length && (length === undefined || end > from),
      () => `A payload is not all there: ${shown(rest)}`,
    );
    checkLength(rest.subarray(0, end));
    const text = inText(rest.subarray(from, end));
    if (method !== 'TEXT') told.push({ kind: method === 'JOIN' ? 'joined' : 'left', name });
    else told.push(name === 'Server' ? { kind: 'other', text } : { kind: 'text', name, text });
    rest = rest.subarray(end);
  }
  return told;
};

/** The words with which the room announces somebody. */
function saidBy(name: string, text: string): Told {
  if (name !== 'Server') return { kind: 'text', name, text };
  const [, who, verb] = /^(\S+) (joined|left) the chatroom\.$/.exec(text) ?? [];
  if (who === undefined) return { kind: 'other', text };
  return { kind: verb === 'joined' ? 'joined' : 'left', name: who };
}

const pull: Reader = (write) => {
  checkLength(write);
  const answer = inText(write);
  if (answer.startsWith('[')) {
    const items = JSON.parse(answer) as string[];
    const messages = items.map((item) => /^([^\s:]+): (.*)$/s.exec(item));
    return messages.flatMap((match) => (match ? [saidBy(match[1]!, match[2]!)] : []));
  }
  if (!answer.startsWith('MSGS:')) return [{ kind: 'other', text: answer }];
  const messages = [...answer.slice('MSGS:'.length).matchAll(/ <([^<>\s]+)>(.*?)(?= <[^<>\s]+>|$)/gsy)];
  const read = messages.reduce((length, [all]) => length + all.length, 'MSGS:'.length);
  check(read === answer.length, () => `This is no answer: ${shown(answer)}`);
  return messages.map(([, name = '', text = '']) => saidBy(name, text));
};

const raw: Reader = (write) => {
  checkLength(write);
  const message = inText(write).replace(/\n$/, '');
  check(!message.includes('\n'), () => `Two messages in one: ${shown(message)}`);
  const [, who, verb] = /^User (\S+) (joined|left)$/.exec(message) ?? [];
  if (who !== undefined) return [{ kind: verb === 'joined' ? 'joined' : 'left', name: who }];
  const [, name, text] = /^([^\s:]+): (.*)$/.exec(message) ?? [];
  return [name === undefined || text === undefined ? { kind: 'other', text: message } : { kind: 'text', name, text }];
};

const register: Reader = (write) => {
  checkLength(write);
  const message = unframed(inText(write));
  check(!message.includes('\n'), () => `Two messages in one: ${shown(message)}`);
  const [, name, text] = /^@([^\s:]+): (.*)$/.exec(message) ?? [];
  if (name !== undefined && text !== undefined) return [saidBy(name, text)];
  const isAnswer =
    /^(?:200 Registration successful|400 Invalid registration|401 Client already registered|DISCONNECT CHAT\/1\.0)$/;
  check(isAnswer.test(message), () => `There is no such answer: ${shown(message)}`);
  return [{ kind: 'other', text: message }];
};

function unframed(message: string): string {
  const [, length] = /^(\d+) *(?=.)/.exec(message.slice(0, 10)) ?? [];
  const body = message.slice(10);
  if (length !== undefined && /^\d+ *$/.test(message.slice(0, 10)) && Buffer.byteLength(body) === Number(length))
    return body;
  return message.replace(/\n$/, '');
}

const READERS: Readonly<Record<string, Reader>> = { chat10, pull, raw, 'raw-udp': raw, register };
