import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../../src/protocols/errors.js';
import {
  DatagramDecoder,
  encode,
  MAX_UNFINISHED,
  type RawMessage,
  StreamDecoder,
} from '../../../src/protocols/raw/codec.js';

/** Messages as `text` and, when a newline ended them, `text⏎`. */
function allOf(decoder: { next(): RawMessage | undefined }): string[] {
  const messages: string[] = [];
  for (let message = decoder.next(); message; message = decoder.next()) {
    messages.push(message.terminated ? `${message.text}⏎` : message.text);
  }
  return messages;
}

function read(...chunks: (string | number[])[]): { atOnce: string[]; afterSilence: string[] } {
  const decoder = new StreamDecoder();
  for (const chunk of chunks) decoder.append(typeof chunk === 'string' ? Buffer.from(chunk) : Uint8Array.from(chunk));
  const atOnce = allOf(decoder);
  decoder.quiet();
  return { atOnce, afterSilence: allOf(decoder) };
}

interface Case {
  readonly what: string;
  readonly chunks: (string | number[])[];
  readonly atOnce: string[];
  readonly afterSilence?: string[];
}

const CASES: readonly Case[] = [
  { what: 'a chunk is a message', chunks: ['bob'], atOnce: ['bob'] },
  { what: 'two chunks are two messages', chunks: ['bob', 'hello'], atOnce: ['bob', 'hello'] },
  { what: 'a newline ends a message and goes', chunks: ['bob\n'], atOnce: ['bob⏎'] },
  { what: 'so does CR LF', chunks: ['bob\r\n'], atOnce: ['bob⏎'] },
  { what: 'lines in one chunk are messages', chunks: ['bob\nhello\n'], atOnce: ['bob⏎', 'hello⏎'] },
  { what: 'a line may come in chunks', chunks: ['bob\n', 'hel', 'lo', '\n'], atOnce: ['bob⏎', 'hello⏎'] },
  { what: 'CR LF may be cut', chunks: ['bob\n', 'hello\r', '\n'], atOnce: ['bob⏎', 'hello⏎'] },
  { what: 'glued lines with one behind', chunks: ['bob\na\nb'], atOnce: ['bob⏎', 'a⏎'], afterSilence: ['b'] },
  { what: 'only the name had a newline', chunks: ['bob\n', 'hello'], atOnce: ['bob⏎'], afterSilence: ['hello'] },
  { what: 'blank lines are noise', chunks: ['\n', ' \r\n', '\n\n', 'bob\n', '\n'], atOnce: ['bob⏎'] },
  { what: 'blank chunks are noise', chunks: ['bob', '  ', 'hello'], atOnce: ['bob', 'hello'] },
  { what: 'spaces inside stay', chunks: ['bob', '  a  b '], atOnce: ['bob', '  a  b '] },
  { what: 'a cut character of two bytes waits', chunks: [[0x68, 0xc3], [0xa9]], atOnce: ['hé'] },
  { what: 'a cut character of three bytes waits', chunks: [[0xe2], [0x82], [0xac, 0x21]], atOnce: ['€!'] },
  { what: 'a cut character of four bytes waits', chunks: [[0x61, 0xf0, 0x9f, 0x99], [0x82]], atOnce: ['a🙂'] },
  { what: 'a whole character does not wait', chunks: [[0xf0, 0x9f, 0x99, 0x82], 'hi'], atOnce: ['🙂', 'hi'] },
  { what: 'half a character that stays alone', chunks: [[0x63, 0xe9]], atOnce: [], afterSilence: ['c\ufffd'] },
  {
    what: 'what is no UTF-8 does not wait',
    chunks: [
      [0x61, 0xff],
      [0x80, 0x62],
    ],
    atOnce: ['a\ufffd', '\ufffdb'],
  },
];

describe('messages over TCP', () => {
  it.each(CASES)('$what', ({ chunks, atOnce, afterSilence = [] }) => {
    expect(read(...chunks)).toEqual({ atOnce, afterSilence });
  });

  it('reads lines byte by byte', () => {
    const bytes = [...Buffer.from('\nbob\r\nhé €🙂\nexit\n')].map((byte) => [byte]);
    expect(read(...bytes).atOnce).toEqual(['bob⏎', 'hé €🙂⏎', 'exit⏎']);
  });

  it('goes back to a chunk a message when a line came without a newline', () => {
    const decoder = new StreamDecoder();
    decoder.append(Buffer.from('bob\nhello'));
    decoder.quiet();
    decoder.append(Buffer.from('at once'));
    expect(allOf(decoder)).toEqual(['bob⏎', 'hello', 'at once']);
  });

  it('stays with lines in a silence between them', () => {
    const decoder = new StreamDecoder();
    decoder.append(Buffer.from('bob\n'));
    decoder.quiet();
    decoder.append(Buffer.from('hel'));
    expect(allOf(decoder)).toEqual(['bob⏎']);
  });

  it('gives the good message before one that is too long', () => {
    const decoder = new StreamDecoder();
    decoder.append(Buffer.from('bob\n'));
    decoder.append(Buffer.alloc(MAX_UNFINISHED, 'a'));
    expect(allOf(decoder)).toEqual(['bob⏎']);
    decoder.append(Buffer.from('a'));
    expect(() => decoder.next()).toThrow(ProtocolError);
    decoder.quiet();
    expect(() => decoder.next()).toThrow(ProtocolError);
  });

  it('bounds what pretends to end in half a character', () => {
    const decoder = new StreamDecoder();
    for (let count = 0; count <= MAX_UNFINISHED; count += 4096) decoder.append(Buffer.alloc(4096, 0xc3));
    expect(() => decoder.next()).toThrow(ProtocolError);
  });
});

describe('messages over UDP', () => {
  const datagram = (bytes: Uint8Array): string[] => {
    const decoder = new DatagramDecoder();
    decoder.append(bytes);
    return allOf(decoder);
  };

  it.each([
    ['a datagram is a message', 'bob:join', ['bob:join']],
    ['also with line breaks in it', 'bob:one\ntwo', ['bob:one\ntwo']],
    ['a newline at its end goes', 'bob:join\n', ['bob:join⏎']],
    ['so does CR LF', 'bob:join\r\n', ['bob:join⏎']],
    ['an empty one is noise', '', []],
    ['a blank one is noise', ' \n', []],
  ])('%s', (_what, text, messages) => {
    expect(datagram(Buffer.from(text))).toEqual(messages);
  });

  it('is not glued to the next', () => {
    const decoder = new DatagramDecoder();
    decoder.append(Buffer.from('bob:join'));
    decoder.append(Buffer.from('bob:hello'));
    expect(allOf(decoder)).toEqual(['bob:join', 'bob:hello']);
  });

  it('passes over what is not UTF-8', () => {
    expect(datagram(Uint8Array.of(0x62, 0x3a, 0xe9))).toEqual([]);
  });

  it('takes the largest datagram there is', () => {
    expect(datagram(Buffer.alloc(65_507, 'x'))[0]).toHaveLength(65_507);
  });
});

describe('messages to peers', () => {
  it('are the bare text', () => {
    expect([...encode('Welcome')]).toEqual([0x57, 0x65, 0x6c, 0x63, 0x6f, 0x6d, 0x65]);
    expect([...encode('é')]).toEqual([0xc3, 0xa9]);
  });

  it('have a newline for those who send one', () => {
    expect([...encode('é', true)]).toEqual([0xc3, 0xa9, 0x0a]);
  });
});

/** Found by `npm run fuzz`. */
describe('behind a message that is too long', () => {
  it('nothing is read, be it ended by a newline or by silence', () => {
    const decoder = new StreamDecoder();
    decoder.append(Buffer.from('bob\n'));
    decoder.append(Buffer.alloc(MAX_UNFINISHED + 1, 'x'));
    expect(decoder.next()).toEqual({ text: 'bob', terminated: true });
    expect(() => decoder.next()).toThrow(ProtocolError);
    decoder.append(Buffer.from('the end\nHi\n'));
    decoder.quiet();
    expect(() => decoder.next()).toThrow(ProtocolError);
  });
});
