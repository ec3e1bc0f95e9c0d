/**
 * Servers that somebody wrote to do harm: they let whoever comes in, and then put a text wherever their protocol has a
 * place for one, as it is. Each is a bare socket and knows no more of its protocol than it needs.
 */
import { encode, FLAG } from './records-peer.js';
import { listen, type Wire } from './foreign/wire.js';

export interface HostileServer {
  readonly port: number;
  /** What the client is called with. */
  readonly url: string;
  /** The places, by what they are. */
  readonly places: Readonly<Record<string, (text: string) => void>>;
}

/** Which words a server says to whoever wants to join; without it everyone is let in. */
export interface Mood {
  readonly refusal?: string;
}

/** Bytes that the length of a file name may have (records). */
const LONGEST_NAME = 128;

/** Messages that an answer has place for (pull). */
const AT_ONCE = 12;

/** One client at a time: whoever came last. */
async function serve(
  scheme: string,
  answer: (bytes: Buffer, send: (bytes: string | Uint8Array) => void, close: () => void) => void,
): Promise<{ port: number; url: string; send: (bytes: string | Uint8Array) => void }> {
  let wire: Wire | undefined;
  const { port } = await listen((other) => {
    wire = other;
    other.onRecv((bytes) =>
      answer(
        bytes,
        (said) => other.send(said),
        () => other.close(),
      ),
    );
  });
  return { port, url: `${scheme}://127.0.0.1:${port}`, send: (bytes) => wire?.send(bytes) };
}

async function records({ refusal }: Mood): Promise<HostileServer> {
  let sequence = 0;
  let number = 0;
  const stamp = (): { timestamp: number; sequence: number } => ({ timestamp: Date.now(), sequence: (sequence += 1) });
  const name = (text: string): string => Buffer.from(text).subarray(0, LONGEST_NAME).toString();
  const server = await serve('records', (bytes, send) => {
    const flags = bytes.readUInt16BE(2);
    if (flags === FLAG.REPORT_REQUEST)
      send(encode({ flags: FLAG.REPORT_RESPONSE, number: 1, payload: refusal ?? 'x' }));
    else if (flags === FLAG.JOIN_REQUEST && refusal !== undefined)
      send(encode({ flags: FLAG.JOIN_REJECT, payload: refusal }));
    else if (flags === FLAG.JOIN_REQUEST) send(encode({ flags: FLAG.JOIN_ACCEPT, username: 'ann' }));
    else if (flags === FLAG.QUIT_REQUEST)
      send(encode({ flags: FLAG.QUIT_ACCEPT, username: 'ann', payload: 'x', ...stamp() }));
  });
  const sends = (fields: (text: string) => Parameters<typeof encode>[0]) => (text: string) =>
    server.send(encode(fields(text)));
  return {
    ...server,
    places: {
      'a message': sends((text) => ({ username: 'eve', payload: text, ...stamp() })),
      'the name of an author': sends((text) => ({ username: name(text), payload: 'x', ...stamp() })),
      'a joining': sends((text) => ({ flags: FLAG.NEW_USER, username: 'eve', payload: text, ...stamp() })),
      'a leaving': sends((text) => ({ flags: FLAG.QUIT_ACCEPT, username: name(text), payload: text, ...stamp() })),
      'a notice': sends((text) => ({ flags: FLAG.NOTICE, payload: text })),
      'the name of a room': sends((text) => ({ username: 'eve', target: name(text), payload: text, ...stamp() })),
      'the name of a file': sends((text) => file(text, (number += 1), stamp())),
    },
  };
}

function file(filename: string, number: number, stamp: { sequence: number }): Parameters<typeof encode>[0] {
  return { flags: FLAG.ATTACHMENT, username: 'eve', filename, number: 2, payload: `${number % 10}\0`, ...stamp };
}

async function chat10({ refusal }: Mood): Promise<HostileServer> {
  const frame = (method: string, username: string, text?: string): string => {
    const length = text === undefined ? '' : `Msg-len: ${Buffer.byteLength(text)}\r\n`;
    return `CHAT/1.0 ${method}\r\nUsername: ${username}\r\n${length}\r\n${text ?? ''}`;
  };
  const server = await serve('chat10', (_, send, close) => {
    if (refusal === undefined) return;
    send(frame('TEXT', 'Server', refusal));
    close();
  });
  return {
    ...server,
    places: {
      'a message': (text) => server.send(frame('TEXT', 'eve', text)),
      'the name of an author': (text) => server.send(frame('TEXT', text, 'x')),
      'a joining': (text) => server.send(frame('JOIN', text)),
      'a notice': (text) => server.send(frame('TEXT', 'Server', text)),
    },
  };
}

async function pull({ refusal }: Mood): Promise<HostileServer> {
  let named = false;
  const waiting: string[] = [];
  const server = await serve('pull', (bytes, send, close) => {
    const asked = bytes.toString();
    if (!named && refusal !== undefined) {
      send(`error: ${refusal}`);
      close();
    } else if (!named) send('connected');
    else if (asked.startsWith('GET')) send(`MSGS: ${waiting.splice(0, AT_ONCE).join(' ')}`);
    else if (asked.startsWith('USERS')) send('USERS: ann eve');
    named = true;
  });
  return {
    ...server,
    places: {
      'a message': (text) => waiting.push(`<eve>${text}`),
      'a notice': (text) => waiting.push(`<Server>${text}`),
    },
  };
}

async function raw({ refusal }: Mood): Promise<HostileServer> {
  const server = await serve('raw', (_, send) => send(refusal ?? 'Welcome'));
  return {
    ...server,
    places: {
      'a message': (text) => server.send(`eve: ${text}`),
      'a joining': (text) => server.send(`User ${text} joined`),
      'a notice': (text) => server.send(text),
    },
  };
}

async function register({ refusal }: Mood): Promise<HostileServer> {
  const server = await serve('chat', (_, send, close) => {
    send(refusal === undefined ? '200 Registration successful' : `400 ${refusal}`);
    if (refusal !== undefined) close();
  });
  return {
    ...server,
    places: {
      'a message': (text) => server.send(`@eve: ${text}`),
      'a notice': (text) => server.send(`@Server: ${text}`),
      words: (text) => server.send(text),
    },
  };
}

export const HOSTILE_SERVERS = { records, chat10, pull, raw, register } as const;
