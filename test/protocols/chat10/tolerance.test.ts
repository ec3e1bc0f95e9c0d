/** What clients and servers of CHAT/1.0 that others wrote really send. */
import { describe, expect, it } from '@jest/globals';
import type { Frame } from '../../../src/protocols/chat10/codec.js';
import { Decoder } from '../../../src/protocols/chat10/decoder.js';

const QUIET = Symbol('nothing comes for a while');
type Chunk = string | Uint8Array | typeof QUIET;

function read(...chunks: Chunk[]): Frame[] {
  const decoder = new Decoder();
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    if (chunk === QUIET) decoder.quiet();
    else decoder.append(Buffer.from(chunk));
    for (let frame = decoder.next(); frame; frame = decoder.next()) frames.push(frame);
  }
  return frames;
}

function byByte(bytes: string): Uint8Array[] {
  return [...Buffer.from(bytes)].map((byte) => Uint8Array.of(byte));
}

const bob = (text: string): Frame => ({ method: 'TEXT', username: 'bob', text });
const said = (length: number | string, text: string): string =>
  `CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: ${length}\r\n\r\n${text}`;
const NEXT = 'CHAT/1.0 JOIN\r\nUsername: alice\r\n\r\n';
const next: Frame = { method: 'JOIN', username: 'alice', text: '' };

describe('heads', () => {
  const heads = {
    'names in other cases': 'CHAT/1.0 TEXT\r\nUSERNAME: bob\r\nmsg-LEN: 2\r\n\r\nHi',
    'another order': 'CHAT/1.0 TEXT\r\nMsg-len: 2\r\nUsername: bob\r\n\r\nHi',
    'spaces before and after the colon': 'CHAT/1.0 TEXT\r\nUsername  :   bob \r\nMsg-len : 2 \r\n\r\nHi',
    'no space after the colon': 'CHAT/1.0 TEXT\r\nUsername:bob\r\nMsg-len:2\r\n\r\nHi',
    'bare line ends': 'CHAT/1.0 TEXT\nUsername: bob\nMsg-len: 2\n\nHi',
    'mixed line ends': 'CHAT/1.0 TEXT\nUsername: bob\r\nMsg-len: 2\n\r\nHi',
    'Mesg-len': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMesg-len: 2\r\n\r\nHi',
    'further headers': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 2\r\nColour: red\r\nTime: 12:00\r\n\r\nHi',
    'spaces behind the method': 'CHAT/1.0  TEXT \r\nUsername: bob\r\nMsg-len: 2\r\n\r\nHi',
    'zeros before the length': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 002\r\n\r\nHi',
    'the payload inside the head': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 2\r\nHi\r\n\r\n',
    'the payload inside the head, the name behind the length':
      'CHAT/1.0 TEXT\r\nMsg-len: 2\r\nUsername: bob\r\nHi\r\n\r\n',
  };
  it.each(Object.entries(heads))('may have %s', (_, bytes) => {
    expect(read(bytes + NEXT)).toEqual([bob('Hi'), next]);
    expect(read(...byByte(bytes + NEXT))).toEqual([bob('Hi'), next]);
  });

  it.each([
    ['with a colon in it', 9, 'note: yes'],
    ['with a wrong length', 500, 'see you'],
    ['counted in characters', 7, 'héllo €'],
    ['of several lines', 4, 'a\r\nb'],
  ])('may have the payload inside, %s', (_, length, payload) => {
    const bytes = `CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: ${length}\r\n${payload}\r\n\r\n`;
    expect(read(bytes + NEXT)).toEqual([bob(payload.replace('\r', '')), next]);
  });

  it('may lack the empty line where no payload follows', () => {
    expect(read(`CHAT/1.0 JOIN\r\nUsername: bob\r\n${NEXT}`)).toEqual([
      { method: 'JOIN', username: 'bob', text: '' },
      next,
    ]);
  });

  it('may say a length where there is no payload', () => {
    const bytes = 'CHAT/1.0 LEAVE\r\nUsername: bob\r\nMsg-len: 22\r\n\r\n';
    expect(read(bytes + NEXT)).toEqual([{ method: 'LEAVE', username: 'bob', text: '' }, next]);
  });
});

describe('Msg-len in characters', () => {
  it.each([
    ['UTF-8', 'héllo €', 7],
    ['the astral planes, as code points', 'hi 😀', 4],
    ['the astral planes, as UTF-16 units', 'hi 😀', 5],
    ['line breaks', 'é\né', 3],
    ['nothing else', '€', 1],
    ['an ending like that of a message', '€€CHA', 5],
  ])('is taken for such, in a text with %s', (_, text, length) => {
    expect(read(said(length, text) + NEXT)).toEqual([bob(text), next]);
    expect(read(said(length, text), NEXT)).toEqual([bob(text), next]);
    expect(read(said(length, text), QUIET)).toEqual([bob(text)]);
  });

  it('is taken for such with empty lines behind', () => {
    expect(read(said(7, 'héllo €\r\n') + NEXT)).toEqual([bob('héllo €'), next]);
  });

  it('is taken for such when it ends inside a character', () => {
    expect(read(...byByte(said(1, '€') + NEXT))).toEqual([bob('€'), next]);
    expect(read(...byByte(said(2, '€€')), QUIET)).toEqual([bob('€€')]);
  });

  it('loses nothing when the rest comes later', () => {
    const bytes = Buffer.from(said(7, 'héllo €'));
    for (let cut = 1; cut < bytes.length; cut++) {
      const frames = read(bytes.subarray(0, cut), bytes.subarray(cut), NEXT);
      expect(frames.at(-1)).toEqual(next);
      expect(
        frames
          .slice(0, -1)
          .map(({ text }) => text)
          .join(''),
      ).toBe('héllo €');
    }
  });

  it('is not looked for where the bytes are right', () => {
    expect(read(said(2, 'é') + NEXT + said(3, '€') + NEXT)).toEqual([bob('é'), next, bob('€'), next]);
    expect(read(...byByte(said(2, 'é') + NEXT))).toEqual([bob('é'), next]);
  });

  it('is not looked for in bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from(said(4, '')), Buffer.from('caf\xe9', 'latin1'), Buffer.from(NEXT)]);
    expect(read(bytes)).toEqual([bob('caf\uFFFD'), next]);
  });
});

describe('Msg-len too large', () => {
  it.each([7, 100, 65_536, 70_000, '9'.repeat(400)])('of %s ends with the silence', (length) => {
    expect(read(said(length, 'hello'))).toEqual([]);
    expect(read(said(length, 'hello'), QUIET)).toEqual([bob('hello')]);
  });

  it('may have counted line ends that are none of the text', () => {
    expect(read(said(9, 'hello\r\n'), QUIET)).toEqual([bob('hello')]);
  });

  it.each([6, 7, 12, 100, 70_000])('of %s ends with the next message', (length) => {
    expect(read(said(length, 'hello') + NEXT, QUIET)).toEqual([bob('hello'), next]);
    expect(read(said(length, 'hello') + said(length, 'again') + NEXT, QUIET)).toEqual([
      bob('hello'),
      bob('again'),
      next,
    ]);
  });

  it('ends with the next message at once where the length says nothing else', () => {
    expect(read(said(7, 'hello') + NEXT)).toEqual([bob('hello'), next]);
  });

  it('does not keep the next one waiting', () => {
    expect(read(said(100, 'hello'), QUIET, said(5, 'again'))).toEqual([bob('hello'), bob('again')]);
  });

  it('does not make a text of nothing', () => {
    expect(read(said(5, ''), QUIET)).toEqual([]);
    expect(read(said(5, '') + NEXT, QUIET)).toEqual([next]);
    expect(read(said(5, '\r\n') + NEXT, QUIET)).toEqual([next]);
  });
});

describe('a right Msg-len', () => {
  const tricky = 'paste:\r\nCHAT/1.0 LEAVE\r\nUsername: bob\r\n\r\n€';

  it('wins over what the text looks like', () => {
    const bytes = said(Buffer.byteLength(tricky), tricky);
    expect(read(bytes + NEXT)).toEqual([bob(tricky), next]);
    expect(read(...byByte(bytes + NEXT))).toEqual([bob(tricky), next]);
  });

  it('waits for a payload that takes its time', () => {
    expect(read(said(2, ''), QUIET, 'Hi')).toEqual([bob('Hi')]);
  });

  it('loses nothing when a sender pauses in the middle', () => {
    expect(read(said(11, 'hello '), QUIET, 'world', NEXT)).toEqual([bob('hello '), bob('world'), next]);
    expect(read(said(11, 'he'), QUIET, 'llo ', QUIET, 'world' + NEXT)).toEqual([
      bob('he'),
      bob('llo '),
      bob('world'),
      next,
    ]);
  });
});

describe('noise', () => {
  it.each(['\r\n', '\n\n\n', '0', '0\r\n', ' ', '\0', 'xyz\r\nabc', '\r\n0\r\n'])(
    'between messages is skipped: %j',
    (noise) => {
      expect(read(said(2, 'Hi') + noise + NEXT)).toEqual([bob('Hi'), next]);
      expect(read(said(2, 'Hi'), noise, NEXT)).toEqual([bob('Hi'), next]);
      expect(read(NEXT, noise, NEXT)).toEqual([next, next]);
      expect(read(...byByte(NEXT + noise + NEXT))).toEqual([next, next]);
    },
  );

  it('behind a message does not hold it up', () => {
    expect(read(said(2, 'Hi') + '\r\n')).toEqual([bob('Hi')]);
    expect(read(said(2, 'Hi') + '\r\n0\r\n')).toEqual([bob('Hi')]);
  });

  it.each(['\r\n', '\n\n\n', ' \n'])('before the first message is skipped: %j', (noise) => {
    expect(read(noise + NEXT)).toEqual([next]);
    expect(read(...byByte(noise + NEXT))).toEqual([next]);
  });

  it('without an end is not kept', () => {
    const noise = 'x'.repeat(60_000);
    expect(read(NEXT, ...Array<string>(50).fill(noise), '\r\n' + NEXT)).toEqual([next, next]);
  });

  it('may be a farewell twice', () => {
    const leave = 'CHAT/1.0 LEAVE\r\nUsername: bob\r\n\r\n';
    const left: Frame = { method: 'LEAVE', username: 'bob', text: '' };
    expect(read(leave + leave)).toEqual([left, left]);
  });
});
