/**
 * CHAT/1.0 (seed 000, "Client/Server Protocol") as bytes: docs/protocols.md, "CHAT/1.0", clauses C1, C2 and C5. Pure, and
 * free of any platform's API; the way back is in decoder.ts.
 */
export type Method = 'JOIN' | 'LEAVE' | 'TEXT';

/** C1: one message. `text` is empty for all but TEXT, `username` where the header is missing. */
export interface Frame {
  readonly method: Method;
  readonly username: string;
  readonly text: string;
}

/** C5, in bytes: what one unfinished message can make its receiver hold. */
export const MAX_HEAD = 4096;
export const MAX_PAYLOAD = 65_536;
/** Bytes of a whole message that we send: many receivers take one `recv(1024)` for one message. */
const MAX_SENT = 1024;

const encoder = new TextEncoder();

/** The bytes of a message, exactly as the seed writes it: this order, this case, one space (C2). */
export function encode({ method, username, text }: Frame): Uint8Array {
  const length = method === 'TEXT' ? `Msg-len: ${encoder.encode(text).length}\r\n` : '';
  // A name that a person typed must not end its line, or the head.
  const name = username.replace(/[\r\n]+/g, ' ');
  return encoder.encode(`CHAT/1.0 ${method}\r\nUsername: ${name}\r\n${length}\r\n${text}`);
}

/** C2: bytes that the text of one message from `username` may have. */
export function roomForText(username: string): number {
  const furtherDigits = 3;
  return MAX_SENT - encode({ method: 'TEXT', username, text: '' }).length - furtherDigits;
}
