import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encode, type Frame, MAX_HEAD, MAX_PAYLOAD, roomForText } from '../../../src/protocols/chat10/codec.js';
import { Decoder } from '../../../src/protocols/chat10/decoder.js';
import { ProtocolError } from '../../../src/protocols/errors.js';

/** Messages and their bytes, written by hand from seed 000. */
const CASES: readonly { name: string; frame: Frame; bytes: string }[] = [
  {
    name: 'a joining',
    frame: { method: 'JOIN', username: 'shafer', text: '' },
    bytes: 'CHAT/1.0 JOIN\r\nUsername: shafer\r\n\r\n',
  },
  {
    name: 'a leaving',
    frame: { method: 'LEAVE', username: 'shafer', text: '' },
    bytes: 'CHAT/1.0 LEAVE\r\nUsername: shafer\r\n\r\n',
  },
  {
    name: 'a text',
    frame: { method: 'TEXT', username: 'shafer', text: 'My first chat message!' },
    bytes: 'CHAT/1.0 TEXT\r\nUsername: shafer\r\nMsg-len: 22\r\n\r\nMy first chat message!',
  },
  {
    name: 'a text that looks like a message',
    frame: { method: 'TEXT', username: 'eve', text: 'CHAT/1.0 LEAVE\r\nUsername: bob\r\n\r\n' },
    bytes: 'CHAT/1.0 TEXT\r\nUsername: eve\r\nMsg-len: 33\r\n\r\nCHAT/1.0 LEAVE\r\nUsername: bob\r\n\r\n',
  },
  {
    name: 'a text with line breaks',
    frame: { method: 'TEXT', username: 'bob', text: 'a\r\n\r\nb\n' },
    bytes: 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 7\r\n\r\na\r\n\r\nb\n',
  },
];

/** The same outside ASCII: read alike, but a byte at a time only by pieces (see tolerance.test.ts). */
const WIDE = {
  frame: { method: 'TEXT', username: 'zoë', text: 'héllo €' } as const,
  bytes: 'CHAT/1.0 TEXT\r\nUsername: zoë\r\nMsg-len: 10\r\n\r\nhéllo €',
};
const ALL = [...CASES, { name: 'a text outside ASCII', ...WIDE }];

const BEHIND = 'CHAT/1.0 JOIN\r\nUsername: alice\r\n\r\n';
const behind: Frame = { method: 'JOIN', username: 'alice', text: '' };

function read(decoder: Decoder, ...chunks: (string | Uint8Array)[]): Frame[] {
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    decoder.append(Buffer.from(chunk));
    for (let frame = decoder.next(); frame; frame = decoder.next()) frames.push(frame);
  }
  return frames;
}

function byByte(bytes: string): Uint8Array[] {
  return [...Buffer.from(bytes)].map((byte) => Uint8Array.of(byte));
}

/** Chunks of these sizes, over and over. */
function cutInto(sizes: readonly number[], bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunks.at(-1)!.length) {
    chunks.push(bytes.subarray(at, at + sizes[chunks.length % sizes.length]!));
  }
  return chunks;
}

describe('encode', () => {
  it.each(ALL)('writes $name as the seed does', ({ frame, bytes }) => {
    expect(Buffer.from(encode(frame)).toString()).toBe(bytes);
  });

  it('keeps a name in its line', () => {
    const bytes = encode({ method: 'JOIN', username: 'a\r\nMsg-len: 3', text: '' });
    expect(Buffer.from(bytes).toString()).toBe('CHAT/1.0 JOIN\r\nUsername: a Msg-len: 3\r\n\r\n');
  });

  it.each(['a', 'ä'.repeat(32), '\u{20000}'.repeat(32)])(
    'leaves room for a message of 1024 bytes from %s',
    (username) => {
      const text = 'x'.repeat(roomForText(username));
      const size = encode({ method: 'TEXT', username, text }).length;
      expect(size).toBeLessThanOrEqual(1024);
      expect(size).toBeGreaterThan(1020);
    },
  );
});

describe('Decoder', () => {
  it.each(ALL)('reads $name whole', ({ frame, bytes }) => {
    expect(read(new Decoder(), bytes)).toEqual([frame]);
  });

  it.each(ALL)('reads $name byte by byte, with another behind it', ({ frame, bytes }) => {
    expect(read(new Decoder(), ...byByte(bytes + BEHIND))).toEqual([frame, behind]);
  });

  it.each(ALL)('reads $name cut anywhere', ({ frame, bytes }) => {
    const whole = Buffer.from(bytes + BEHIND);
    for (let cut = 1; cut < whole.length; cut++) {
      expect(read(new Decoder(), whole.subarray(0, cut), whole.subarray(cut))).toEqual([frame, behind]);
    }
  });

  it('reads all of them glued', () => {
    const glued = ALL.map(({ bytes }) => bytes).join('');
    expect(read(new Decoder(), glued)).toEqual(ALL.map(({ frame }) => frame));
  });

  it('gives a text as soon as it is there', () => {
    const decoder = new Decoder();
    expect(read(decoder, 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 2\r\n\r\nH')).toEqual([]);
    expect(read(decoder, 'i')).toEqual([{ method: 'TEXT', username: 'bob', text: 'Hi' }]);
  });

  it('reads any texts, however they are cut', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    const message = fc.record({ method: fc.constant('TEXT' as const), username: fc.constantFrom('bob', 'zoë'), text });
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), sizes, (frames, sizes) => {
        const bytes = Buffer.concat(frames.map((frame) => encode(frame)));
        expect(read(new Decoder(), ...cutInto(sizes, bytes))).toEqual(frames);
      }),
      { numRuns: 500 },
    );
  });

  describe('ignores', () => {
    const cases = {
      'a text without Username': 'CHAT/1.0 TEXT\r\nMsg-len: 2\r\n\r\nHi',
      'a text with an empty Username': 'CHAT/1.0 TEXT\r\nUsername: \r\nMsg-len: 2\r\n\r\nHi',
      'a text without Msg-len': 'CHAT/1.0 TEXT\r\nUsername: bob\r\n\r\n',
      'a text without Msg-len that has a payload': 'CHAT/1.0 TEXT\r\nUsername: bob\r\n\r\nHi',
      'an empty text': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 0\r\n\r\n',
      'a text whose length is negative': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: -2\r\n\r\nHi',
      'a text whose length is not a whole number': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 2.0\r\n\r\nHi',
      'a text whose length is hexadecimal': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 0x2\r\n\r\nHi',
      'a method that there is not': 'CHAT/1.0 PING\r\nUsername: bob\r\n\r\n',
    };
    it.each(Object.entries(cases))('%s', (_, bytes) => {
      expect(read(new Decoder(), BEHIND + bytes + BEHIND)).toEqual([behind, behind]);
      expect(read(new Decoder(), ...byByte(BEHIND + bytes + BEHIND))).toEqual([behind, behind]);
    });
  });

  describe('refuses', () => {
    function errorOf(...chunks: (string | Uint8Array)[]): ProtocolError {
      try {
        read(new Decoder(), ...chunks);
      } catch (error) {
        if (error instanceof ProtocolError) return error;
      }
      throw new Error('No ProtocolError came.');
    }

    it.each(['G', 'GET / HTTP/1.1\r\n', '\x16\x03\x01', 'CHAX', 'hello\n', '\r\n\r\nREGISTER'])(
      'as foreign what does not begin like it: %j',
      (bytes) => expect(errorOf(bytes)).toMatchObject({ foreign: true }),
    );

    it.each(['CHAT/2.0 JOIN\r\n', 'CHAT/1.1 JOIN\r\n', 'CHAT/10 TEXT\r\n', BEHIND + 'CHAT/0.9 TEXT\n'])(
      'another version: %j',
      (bytes) => {
        const { foreign, message } = errorOf(bytes);
        expect(foreign).toBe(false);
        expect(message).toMatch(/^The protocol here is CHAT\/1\.0, not CHAT\/(2\.0|1\.1|10|0\.9)\.$/);
      },
    );

    it('a head without an end', () => {
      const start = 'CHAT/1.0 TEXT\r\n';
      expect(() => read(new Decoder(), start + 'x'.repeat(MAX_HEAD))).not.toThrow();
      expect(errorOf(start + 'x'.repeat(MAX_HEAD + 1)).message).toMatch(/4096 bytes/);
      expect(errorOf(start + 'x: y\r\n'.repeat(700)).message).toMatch(/4096 bytes/);
    });

    it('a text that is too long', () => {
      const head = (length: number): string => `CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: ${length}\r\n\r\n`;
      const longest = 'x'.repeat(MAX_PAYLOAD);
      expect(read(new Decoder(), head(MAX_PAYLOAD) + longest)).toEqual([
        { method: 'TEXT', username: 'bob', text: longest },
      ]);
      expect(errorOf(head(MAX_PAYLOAD + 1) + longest + 'x').message).toMatch(/65536 bytes/);
      expect(errorOf(head(MAX_PAYLOAD + 1), longest, 'x').message).toMatch(/65536 bytes/);
    });

    it('nothing that came before', () => {
      const decoder = new Decoder();
      decoder.append(Buffer.from(BEHIND + 'CHAT/2.0 JOIN\r\n'));
      expect(decoder.next()).toEqual(behind);
      expect(() => decoder.next()).toThrow(ProtocolError);
    });
  });
});

/** Found by `npm run fuzz`. */
describe('behind an error', () => {
  it('nothing is read', () => {
    const decoder = new Decoder();
    decoder.append(Buffer.from(`CHAT/2.0 JOIN\r\n${BEHIND}`));
    expect(() => decoder.next()).toThrow(ProtocolError);
    expect(() => decoder.next()).toThrow(ProtocolError);
    decoder.append(Buffer.from(BEHIND));
    expect(() => decoder.next()).toThrow(ProtocolError);
  });
});
