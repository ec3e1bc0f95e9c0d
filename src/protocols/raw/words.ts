/** What messages say in the raw protocols (seed 003), in the seed's words: docs/protocols.md, "Raw", W4 to W9. */

export const WELCOME = 'Welcome';
export const NAME_TAKEN = 'Name already taken';
export const SHUTDOWN = 'server-shutdown';
export const JOIN = 'join';
export const EXIT = 'exit';

/** Characters of a name before a colon, at most: what is longer is a sentence with a colon in it. */
const MAX_NAME = 64;

/** An announcement that another message may follow without a seam (W10). */
const ANNOUNCED = /^User (\S{1,64}?) (joined|left)(?=$|User \S+ (?:joined|left)|server-shutdown|[^\s:]{1,64}: )/;
/** The same from servers whose names have spaces. */
const ANNOUNCED_ALONE = /^User (.+) (joined|left)$/s;

/** Servers that close one client after the other may glue announcements behind it. */
const FAREWELL = /^server-shutdown(?!:)/;

/** What a server tells: W10. */
export type Heard =
  | { readonly kind: 'joined' | 'left' | 'text'; readonly name: string; readonly text: string }
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'shutdown' };

/** How somebody joined over UDP (W7). */
export interface Joining {
  readonly name: string;
  /** What stands before everything he sends, such as `bob:`; nothing in the bare family. */
  readonly own: string;
  /** The datagram that asked for it. */
  readonly asked: string;
}

export function announced(kind: 'join' | 'leave', name: string): string {
  return `User ${name} ${kind === 'join' ? 'joined' : 'left'}`;
}

/** What stands before a text to the others. */
export function textPrefix(name: string): string {
  return `${name}: `;
}

/** W5: `exit`, also several glued together. */
export function isExit(text: string): boolean {
  return /^(?:exit)+$/.test(text.trim());
}

/** `bob:join` or `join:bob`; `join:join` is somebody called `join` who speaks as the seed says. */
export function parseJoin(asked: string): Joining | undefined {
  const colon = asked.lastIndexOf(':');
  const [before, after] = [asked.slice(0, Math.max(colon, 0)).trim(), asked.slice(colon + 1).trim()];
  if (before === '' || after === '') return undefined;
  if (after === JOIN) return { name: before, own: asked.slice(0, asked.lastIndexOf(JOIN)), asked };
  return before === JOIN ? { name: after, own: '', asked } : undefined;
}

/** What somebody says in a datagram (W8): only his own name in front is no part of it. */
export function withoutOwnName(text: string, { own }: Joining): string {
  return text.startsWith(own) ? text.slice(own.length) : text;
}

/** What is in a server's message, several things where they came glued together. */
export function heardIn(message: string): Heard[] {
  const heard: Heard[] = [];
  let rest = message;
  for (let match = ANNOUNCED.exec(rest); match; match = ANNOUNCED.exec(rest)) {
    heard.push(announcement(match));
    rest = rest.slice(match[0].length);
  }
  return rest.trim() === '' ? heard : [...heard, heardAlone(rest)];
}

function heardAlone(message: string): Heard {
  if (FAREWELL.test(message)) return { kind: 'shutdown' };
  const match = ANNOUNCED_ALONE.exec(message);
  if (match) return announcement(match);
  // A colon without a space: UDP servers that pass on what they got, as `bob:hello`.
  const [, name, text] = /^([^:\n]+): ?(.*)$/s.exec(message) ?? [];
  if (name === undefined || text === undefined || name.length > MAX_NAME) return { kind: 'notice', text: message };
  return { kind: 'text', name, text };
}

function announcement([text, name = '', kind]: RegExpExecArray): Heard {
  return { kind: kind === 'joined' ? 'joined' : 'left', name, text };
}
