/**
 * CHAT/1.0 (C1 to C8). It shows nobody his own texts, and has no answer to a JOIN; but to a second one it has, under
 * another name, and that says that the first one is done.
 */
import type { Wire } from './peer.js';
import { exchange, found, userName } from './peer.js';

const TEXT = 'CHAT/1.0 TEXT\r\n';
const LENGTH = 'Msg-len: ';
const END = '\r\n\r\n';

const join = (name: string): string => `CHAT/1.0 JOIN\r\nUsername: ${name}${END}`;

export const chat10Wire: Wire = {
  hello: (who) => [exchange(join(userName(who)) + join(`${userName(who)}again`), `already, as ${userName(who)}.`)],
  say: (who, payload) =>
    Buffer.concat([
      Buffer.from(`${TEXT}Username: ${userName(who)}\r\n${LENGTH}${String(payload.length)}${END}`),
      payload,
    ]),
  next: (bytes, at, end, frame) => {
    const headEnd = bytes.indexOf(END, at) + END.length;
    if (headEnd < END.length || headEnd > end) return false;
    const head = bytes.toString('latin1', at, headEnd);
    if (!head.startsWith(TEXT)) return found(frame, headEnd - at);
    const to = headEnd + Number(head.slice(head.indexOf(LENGTH) + LENGTH.length, -END.length));
    if (to > end) return false;
    if (head.includes('Username: Server')) throw new Error(bytes.toString('utf8', headEnd, to));
    return found(frame, to - at, headEnd, to);
  },
};
