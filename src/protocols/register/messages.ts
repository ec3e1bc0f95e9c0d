/** What the messages of the register protocol say (seed 004): docs/protocols.md, "Register", G5 to G8. */

/** The server's answers to a registration, in the seed's spelling: there are clients that compare all of it. */
export const Answer = {
  ACCEPTED: '200 Registration successful',
  INVALID: '400 Invalid registration',
  TAKEN: '401 Client already registered',
} as const;

export const SERVER_FAREWELL = 'DISCONNECT CHAT/1.0';

/** What a message from a client asks for; `other` is what nobody has to understand. */
export type Request =
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'other' };

export function parseRequest(message: string): Request {
  if (isFarewell(message)) return { kind: 'disconnect' };
  const said = parseText(message);
  if (said) return said.text.trim() === '' ? { kind: 'other' } : { kind: 'text', text: said.text };
  const name = /^REGISTER (\S+) CHAT\/1\.0\s*$/.exec(message)?.[1];
  return name === undefined ? { kind: 'other' } : { kind: 'register', name };
}

export function isFarewell(message: string): boolean {
  return /^DISCONNECT(?:\s|$)/.test(message);
}

/** `@name: text`, also without the colon; `undefined` for anything else. */
export function parseText(message: string): { name: string; text: string } | undefined {
  const match = /^@([^\s:]*):? ?/.exec(message);
  return match ? { name: match[1]!, text: message.slice(match[0].length) } : undefined;
}

/** What stands before every text. */
export function textPrefix(name: string): string {
  return `@${name}: `;
}
