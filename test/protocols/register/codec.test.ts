import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../../src/protocols/errors.js';
import {
  Decoder,
  encode,
  type Framing,
  LONG_SILENCE,
  MAX_OPENING,
  MAX_UNFINISHED,
} from '../../../src/protocols/register/codec.js';

interface Case {
  readonly name: string;
  readonly framing: Framing;
  readonly bytes: string;
  readonly messages: readonly string[];
  /** Only what comes in one piece can be told. */
  readonly whole?: boolean;
}

/** Bytes written by hand, with a whole conversation's way of telling messages apart; and the messages they are. */
const CASES: readonly Case[] = [
  {
    name: 'a registration in a line',
    framing: 'lines',
    bytes: 'REGISTER Alice CHAT/1.0\n',
    messages: ['REGISTER Alice CHAT/1.0'],
  },
  {
    name: 'lines that end as in HTTP',
    framing: 'lines',
    bytes: 'REGISTER Alice CHAT/1.0\r\n@Alice: hi\r\nDISCONNECT Alice CHAT/1.0\r\n',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: hi', 'DISCONNECT Alice CHAT/1.0'],
  },
  {
    name: 'empty lines before, between and behind',
    framing: 'lines',
    bytes: '\n\r\nREGISTER Alice CHAT/1.0\n\n@Alice: hi\n\n\n \nDISCONNECT Alice CHAT/1.0\n\n',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: hi', 'DISCONNECT Alice CHAT/1.0'],
  },
  {
    name: 'a line in which a start and a farewell are quoted',
    framing: 'lines',
    bytes: 'REGISTER Alice CHAT/1.0\n@Alice: @Bob: say DISCONNECT Bob CHAT/1.0\n',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: @Bob: say DISCONNECT Bob CHAT/1.0'],
  },
  {
    name: 'a registration alone',
    framing: 'none',
    bytes: 'REGISTER Alice CHAT/1.0',
    messages: ['REGISTER Alice CHAT/1.0'],
  },
  {
    name: 'an accepted registration alone',
    framing: 'none',
    bytes: '200 Registration successful',
    messages: ['200 Registration successful'],
  },
  {
    name: 'a registration behind its length',
    framing: 'lengths',
    bytes: '23        REGISTER Alice CHAT/1.0',
    messages: ['REGISTER Alice CHAT/1.0'],
  },
  {
    name: 'several messages behind their lengths',
    framing: 'lengths',
    bytes: '23        REGISTER Alice CHAT/1.0' + '10        @Alice: hi' + '25        DISCONNECT Alice CHAT/1.0',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: hi', 'DISCONNECT Alice CHAT/1.0'],
  },
  {
    name: 'an answer behind its length',
    framing: 'lengths',
    bytes: '27        200 Registration successful' + '8         @Bob: hi',
    messages: ['200 Registration successful', '@Bob: hi'],
  },
  {
    name: 'a length in bytes of a text outside ASCII',
    framing: 'lengths',
    bytes: '23        REGISTER Alice CHAT/1.0' + '18        @Alice: héllo €' + '10        @Alice: hi',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: héllo €', '@Alice: hi'],
  },
  {
    name: 'a length in characters of a text outside ASCII',
    framing: 'lengths',
    bytes: '23        REGISTER Alice CHAT/1.0' + '15        @Alice: héllo €' + '10        @Alice: hi',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: héllo €', '@Alice: hi'],
  },
  {
    name: 'a length in characters before a text that ends with digits',
    framing: 'lengths',
    bytes: '23        REGISTER Alice CHAT/1.0' + '12        @Alice: é 12' + '10        @Alice: hi',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: é 12', '@Alice: hi'],
  },
  {
    name: 'a length that is too small',
    framing: 'lengths',
    bytes: '23        REGISTER Alice CHAT/1.0' + '5         @Alice: hello' + '10        @Alice: hi',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: hello', '@Alice: hi'],
    whole: true,
  },
  {
    name: 'a length that is far too large',
    framing: 'lengths',
    bytes: '23        REGISTER Alice CHAT/1.0' + '999999    @Alice: hello' + '10        @Alice: hi',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: hello', '@Alice: hi'],
  },
  {
    name: 'a length that does not count the line end behind the text',
    framing: 'lengths',
    bytes: '23        REGISTER Alice CHAT/1.0\n' + '10        @Alice: hi\r\n' + '10        @Alice: ho\n',
    messages: ['REGISTER Alice CHAT/1.0', '@Alice: hi', '@Alice: ho'],
  },
];

/** Each stops for a moment where this stands between chunks. */
const SILENCE = 'silence';
const LONG = 'long silence';

describe('the decoder', () => {
  it.each(CASES)('reads $name', ({ bytes, messages, framing }) => {
    expect(read([bytes, SILENCE])).toEqual({ framing, messages });
  });

  it.each(CASES.filter(({ whole }) => !whole))('reads $name, byte by byte', ({ bytes, messages, framing }) => {
    expect(read([...bytewise(bytes), SILENCE])).toEqual({ framing, messages });
  });

  it.each(CASES)('reads $name with another message behind', ({ bytes, messages, framing }) => {
    const behind = { lines: '@Alice: more\n', none: '@Alice: more', lengths: '12        @Alice: more' }[framing];
    expect(read([bytes + behind, SILENCE])).toEqual({ framing, messages: [...messages, '@Alice: more'] });
  });

  it('needs no silence for lines and for lengths', () => {
    expect(read(['REGISTER Alice CHAT/1.0\n@Alice: hi\n']).messages).toHaveLength(2);
    expect(read(['23        REGISTER Alice CHAT/1.0', '10        @Alice: hi']).messages).toHaveLength(2);
  });

  it('keeps to the framing of the first message', () => {
    expect(read(['REGISTER Alice CHAT/1.0', SILENCE, '@Alice: hi\n', SILENCE]).framing).toBe('none');
    expect(read(['REGISTER Alice CHAT/1.0\n', SILENCE, '@Alice: hi', LONG]).framing).toBe('lines');
  });

  it('knows no framing but none before a first message is there', () => {
    expect(read(['REGISTER Al'])).toEqual({ framing: 'none', messages: [] });
  });

  describe('without framing', () => {
    const registered = ['REGISTER Alice CHAT/1.0', SILENCE];
    const cases: readonly { name: string; chunks: readonly string[]; messages: readonly string[] }[] = [
      { name: 'ends a message with the silence', chunks: ['@Alice: hi', SILENCE], messages: ['@Alice: hi'] },
      { name: 'joins the chunks of a long message', chunks: ['@Alice: h', 'i', SILENCE], messages: ['@Alice: hi'] },
      {
        name: 'ends a message where the next chunk starts with @',
        chunks: ['@Alice: hi', '@Alice: there', SILENCE],
        messages: ['@Alice: hi', '@Alice: there'],
      },
      {
        name: 'ends a message where the next chunk is a farewell',
        chunks: ['@Alice: hi', 'DISCONNECT Alice CHAT/1.0', SILENCE],
        messages: ['@Alice: hi', 'DISCONNECT Alice CHAT/1.0'],
      },
      {
        name: 'takes glued texts apart at the name that registered, where no space stands before it',
        chunks: ['@Alice: hi@Alice: there@Bob: x @Alice: y', SILENCE],
        messages: ['@Alice: hi', '@Alice: there@Bob: x @Alice: y'],
      },
      {
        name: 'takes lines in one chunk apart where a start follows',
        chunks: ['@Alice: hi\r\n@Alice: a\nb\nDISCONNECT Alice CHAT/1.0\n', SILENCE],
        messages: ['@Alice: hi', '@Alice: a\nb', 'DISCONNECT Alice CHAT/1.0'],
      },
      {
        name: 'finds a farewell glued to a text',
        chunks: ['@Alice: byeDISCONNECT Alice CHAT/1.0', SILENCE],
        messages: ['@Alice: bye', 'DISCONNECT Alice CHAT/1.0'],
      },
      {
        name: 'finds a farewell twice',
        chunks: ['DISCONNECT CHAT/1.0DISCONNECT CHAT/1.0', SILENCE],
        messages: ['DISCONNECT CHAT/1.0', 'DISCONNECT CHAT/1.0'],
      },
      {
        name: 'leaves a farewell that someone quotes in the text',
        chunks: ['@Alice: send DISCONNECT Alice CHAT/1.0', SILENCE],
        messages: ['@Alice: send DISCONNECT Alice CHAT/1.0'],
      },
      { name: 'passes over empty lines', chunks: ['\n', SILENCE, '\r\n', '\n', SILENCE], messages: [] },
    ];

    it.each(cases)('$name', ({ chunks, messages }) => {
      expect(read([...registered, ...chunks]).messages).toEqual(['REGISTER Alice CHAT/1.0', ...messages]);
    });

    it('finds a text glued to the registration', () => {
      const messages = ['REGISTER Alice CHAT/1.0', '@Alice: hi'];
      expect(read(['REGISTER Alice CHAT/1.0@Alice: hi', SILENCE])).toEqual({ framing: 'none', messages });
    });

    it('finds a text with a line end glued to the answer', () => {
      const messages = ['200 Registration successful', '@Bob: hi'];
      expect(read(['200 Registration successful@Bob: hi\n', SILENCE])).toEqual({ framing: 'none', messages });
    });
  });

  describe('in silence', () => {
    it.each([
      ['a registration', 'REGISTER Al', 'ice CHAT/1.0'],
      ['the last word of a registration', 'REGISTER Alice CHA', 'T/1.0'],
      ['a length', '23   ', '     REGISTER Alice CHAT/1.0'],
      ['a registration with a length', '23        REGISTER Al', 'ice CHAT/1.0'],
    ])('waits for the rest of %s', (_, first, rest) => {
      expect(read([first, SILENCE, SILENCE, rest, SILENCE]).messages).toEqual(['REGISTER Alice CHAT/1.0']);
    });

    it('takes half a registration as it is when nothing more comes', () => {
      expect(read(['REGISTER Al', LONG]).messages).toEqual(['REGISTER Al']);
    });

    it('does not wait with what cannot become a registration', () => {
      expect(read(['HELLO', SILENCE]).messages).toEqual(['HELLO']);
      expect(read(['REGISTER Alice Smith CHAT/1.0', SILENCE]).messages).toEqual(['REGISTER Alice Smith CHAT/1.0']);
    });

    it('waits for the rest of a line', () => {
      const messages = ['REGISTER Alice CHAT/1.0', '@Alice: hi there'];
      expect(read(['REGISTER Alice CHAT/1.0\n@Alice: hi', SILENCE, ' there\n']).messages).toEqual(messages);
    });

    it('takes a line without its end when nothing more comes', () => {
      const messages = ['REGISTER Alice CHAT/1.0', '@Alice: hi'];
      expect(read(['REGISTER Alice CHAT/1.0\n@Alice: hi', LONG]).messages).toEqual(messages);
    });

    it('takes what is there at the end of the connection', () => {
      const decoder = new Decoder();
      decoder.append(bytesOf('REGISTER Al'));
      expect(decoder.quiet(true)).toBe(false);
      expect(decoder.next()).toBe('REGISTER Al');
    });

    it('asks to be told again only while something may go on', () => {
      const decoder = new Decoder();
      expect(decoder.quiet()).toBe(false);
      decoder.append(bytesOf('REGISTER Al'));
      expect(decoder.quiet()).toBe(true);
      decoder.append(bytesOf('ice CHAT/1.0'));
      expect(decoder.quiet()).toBe(false);
    });

    it('takes a text whose length is in characters and that has nothing behind it', () => {
      const sent = ['23        REGISTER Alice CHAT/1.0', '15        @Alice: héllo €'];
      expect(read([...sent, SILENCE]).messages).toEqual(['REGISTER Alice CHAT/1.0', '@Alice: héllo €']);
    });

    it('takes a message without its length', () => {
      const sent = ['23        REGISTER Alice CHAT/1.0', '@Alice: hi'];
      expect(read([...sent, SILENCE]).messages).toEqual(['REGISTER Alice CHAT/1.0', '@Alice: hi']);
    });
  });

  it('shows bytes that are not UTF-8 as such', () => {
    const decoder = new Decoder();
    decoder.append(Uint8Array.of(0x40, 0x61, 0x20, 0xe9, 0x0a));
    expect(decoder.next()).toBe('@a \ufffd');
  });

  it('refuses a first message that is too long', () => {
    expect(() => read(['x'.repeat(MAX_OPENING + 1)])).toThrow(ProtocolError);
  });

  it.each([
    ['a line', 'REGISTER Alice CHAT/1.0\n', ''],
    ['a message without framing', 'REGISTER Alice CHAT/1.0', ''],
    ['a message with a length', '23        REGISTER Alice CHAT/1.0', '9999999999'],
  ])('refuses %s that is too long, and delivers what was before it', (_, first, start) => {
    const decoder = new Decoder();
    decoder.append(bytesOf(first));
    decoder.quiet();
    decoder.append(bytesOf(`${start}@Alice: ${'x'.repeat(MAX_UNFINISHED)}`));
    expect(decoder.next()).toBe('REGISTER Alice CHAT/1.0');
    expect(() => decoder.next()).toThrow(ProtocolError);
  });

  it('reads what the encoder writes, however it is split', () => {
    const line = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).filter((text) => !/[\r\n]/.test(text));
    const framing = fc.constantFrom<Framing[]>('lines', 'lengths');
    const cuts = fc.array(fc.nat(300), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), framing, cuts, (texts, framing, cuts) => {
        const messages = ['REGISTER Alice CHAT/1.0', ...texts.map((text) => `@Alice: ${text}`)];
        const bytes = Buffer.concat(messages.map((message) => encode(message, framing)));
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const decoder = new Decoder();
        at.slice(1).forEach((end, index) => decoder.append(bytes.subarray(at[index], end)));
        decoder.quiet();
        expect(takeAll(decoder)).toEqual(messages);
      }),
    );
  });
});

describe('the encoder', () => {
  it.each([
    ['lines', '200 Registration successful\n'],
    ['none', '200 Registration successful'],
    ['lengths', '27        200 Registration successful'],
  ] as const)('writes %s', (framing, bytes) => {
    expect(Buffer.from(encode('200 Registration successful', framing)).toString()).toBe(bytes);
  });

  it('counts bytes', () => {
    expect(Buffer.from(encode('@Bob: héllo €', 'lengths')).toString()).toBe('16        @Bob: héllo €');
  });
});

/** Found by `npm run fuzz`. */
describe('a message that is too long', () => {
  const TOO_LONG = `@Alice: ${'x'.repeat(MAX_UNFINISHED)}`;

  it.each([
    ['in lines', 'REGISTER Alice CHAT/1.0\n', `${TOO_LONG}\n`],
    ['with lengths', '23        REGISTER Alice CHAT/1.0', `65544     ${TOO_LONG}`],
  ])('is one also when its end comes in the same chunk, %s', (_, opening, message) => {
    const decoder = new Decoder();
    decoder.append(bytesOf(opening));
    expect(takeAll(decoder)).toEqual(['REGISTER Alice CHAT/1.0']);
    decoder.append(bytesOf(message));
    expect(() => decoder.next()).toThrow(ProtocolError);
  });

  it('is the last that is read: nothing behind it comes out', () => {
    const decoder = new Decoder();
    decoder.append(bytesOf('x'.repeat(MAX_OPENING + 1)));
    expect(() => decoder.next()).toThrow(ProtocolError);
    decoder.append(bytesOf('\n@Alice: Hi\n'));
    decoder.quiet(true);
    expect(() => decoder.next()).toThrow(ProtocolError);
  });
});

function read(chunks: readonly (string | Uint8Array)[]): { framing: Framing; messages: string[] } {
  const decoder = new Decoder();
  const messages: string[] = [];
  for (const chunk of chunks) {
    if (chunk === SILENCE) decoder.quiet();
    else if (chunk === LONG) for (let times = 0; times < LONG_SILENCE; times++) decoder.quiet();
    else decoder.append(typeof chunk === 'string' ? bytesOf(chunk) : chunk);
    messages.push(...takeAll(decoder));
  }
  return { framing: decoder.framing, messages };
}

function takeAll(decoder: Decoder): string[] {
  const messages: string[] = [];
  for (let message = decoder.next(); message !== undefined; message = decoder.next()) messages.push(message);
  return messages;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function bytewise(text: string): Uint8Array[] {
  return [...bytesOf(text)].map((byte) => Uint8Array.of(byte));
}
