import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { concat } from '../../../src/protocols/byte-queue.js';
import { ProtocolError } from '../../../src/protocols/errors.js';
import {
  type ChatRecord,
  Decoder,
  encode,
  encodeAll,
  Flag,
  hasMore,
  kindOf,
  makeRecord,
  MAX_FILENAME,
  MAX_NUMBER,
  MAX_PAYLOAD,
  MAX_TARGET,
  MAX_USERNAME,
  TEXT,
} from '../../../src/protocols/records/codec.js';
import { DecoderInParts } from '../../../src/protocols/records/in-parts.js';

const TIME = 1_704_227_560_000;
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Bytes written by hand from the table of docs/protocols.md, and the record they are. */
const CASES: readonly { name: string; hex: string; record: ChatRecord }[] = [
  {
    name: 'a text on its way to the server',
    hex: `01 00 0000  00000007  0000000000000000  0000000000000000  00 00 0000  00000003
          48692e`,
    record: makeRecord(TEXT, { number: 7, payload: ascii('Hi.') }),
  },
  {
    name: 'a text on its way to the members of a room',
    hex: `01 04 0000  00000007  0000018ccbe0da40  0000000000000002  03 00 0000  00000003
          436f6f6c 64656e 48692e`,
    record: makeRecord(TEXT, {
      number: 7,
      timestamp: TIME,
      sequence: 2,
      username: 'Cool',
      target: 'den',
      payload: ascii('Hi.'),
    }),
  },
  {
    name: 'REPORT_REQUEST',
    hex: '01 00 0001  00000000  0000000000000000  0000000000000000  00 00 0000  00000000',
    record: makeRecord(Flag.REPORT_REQUEST),
  },
  {
    name: 'REPORT_RESPONSE',
    hex: `01 00 0002  00000001  0000018ccbe0da40  0000000000000000  00 00 0000  00000023
          312e20436f6f6c2061742049503a20312e322e332e3420616e6420706f72743a20352e`,
    record: makeRecord(Flag.REPORT_RESPONSE, {
      number: 1,
      timestamp: TIME,
      payload: ascii('1. Cool at IP: 1.2.3.4 and port: 5.'),
    }),
  },
  {
    name: 'JOIN_REQUEST with an avatar',
    hex: `01 04 0004  00000000  0000000000000000  0000000000000000  00 00 0005  00000003
          436f6f6c 612e706e67 89504e`,
    record: makeRecord(Flag.JOIN_REQUEST, {
      username: 'Cool',
      filename: 'a.png',
      payload: Uint8Array.of(0x89, 0x50, 0x4e),
    }),
  },
  {
    name: 'JOIN_REJECT',
    hex: `01 00 0008  00000000  0000018ccbe0da40  0000000000000000  00 00 0000  00000003
          4e6f2e`,
    record: makeRecord(Flag.JOIN_REJECT, { timestamp: TIME, payload: ascii('No.') }),
  },
  {
    name: 'JOIN_ACCEPT that goes on',
    hex: `01 04 0210  00000000  0000018ccbe0da40  0000000000000000  00 00 0000  00000001
          436f6f6c 00`,
    record: makeRecord(Flag.JOIN_ACCEPT | Flag.MORE, {
      username: 'Cool',
      timestamp: TIME,
      payload: Uint8Array.of(0),
    }),
  },
  {
    name: 'NEW_USER',
    hex: `01 04 0020  00000000  0000018ccbe0da40  0000000000000001  00 00 0000  00000019
          436f6f6c 436f6f6c206a6f696e65642074686520 63686174726f6f6d2e`,
    record: makeRecord(Flag.NEW_USER, {
      username: 'Cool',
      timestamp: TIME,
      sequence: 1,
      payload: ascii('Cool joined the chatroom.'),
    }),
  },
  {
    name: 'QUIT_REQUEST',
    hex: '01 00 0040  00000000  0000000000000000  0000000000000000  00 00 0000  00000000',
    record: makeRecord(Flag.QUIT_REQUEST),
  },
  {
    name: 'QUIT_ACCEPT with the largest place',
    hex: `01 04 0080  00000000  001fffffffffffff  001fffffffffffff  00 00 0000  00000001
          436f6f6c 2e`,
    record: makeRecord(Flag.QUIT_ACCEPT, {
      username: 'Cool',
      timestamp: Number.MAX_SAFE_INTEGER,
      sequence: Number.MAX_SAFE_INTEGER,
      payload: ascii('.'),
    }),
  },
  {
    name: 'ATTACHMENT that goes on, with the largest size',
    hex: `01 00 0300  ffffffff  0000000000000000  0000000000000000  02 00 0003  00000002
          4062 612f62 0aff`,
    record: makeRecord(Flag.ATTACHMENT | Flag.MORE, {
      number: MAX_NUMBER,
      target: '@b',
      filename: 'a/b',
      payload: Uint8Array.of(0x0a, 0xff),
    }),
  },
  {
    name: 'FETCH_REQUEST beyond 32 bits',
    hex: '01 00 0400  80000000  0000000000000000  0000000100000002  00 00 0000  00000000',
    record: makeRecord(Flag.FETCH_REQUEST, { number: 0x8000_0000, sequence: 0x1_0000_0002 }),
  },
  {
    name: 'NOTICE with text beyond ASCII',
    hex: `01 05 0800  00000000  0000018ccbe0da40  0000000000000000  04 00 0003  00000002
          4ac3bc7267 f09f98 80 e4bda0 c3a9`,
    record: makeRecord(Flag.NOTICE, {
      timestamp: TIME,
      username: 'Jürg',
      target: '😀',
      filename: '你',
      payload: Uint8Array.of(0xc3, 0xa9),
    }),
  },
];

const NEXT = makeRecord(Flag.QUIT_REQUEST);

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
}

/** The head of a record with nothing behind it, with `bytes` put in at `offset`. */
function head(offset: number, ...bytes: readonly number[]): Uint8Array {
  const record = encode(makeRecord(TEXT));
  record.set(bytes, offset);
  return record;
}

function drain(decoder: Decoder): ChatRecord[] {
  const records: ChatRecord[] = [];
  for (let record = decoder.next(); record; record = decoder.next()) records.push(record);
  return records;
}

function decodeChunks(chunks: Iterable<Uint8Array>): ChatRecord[] {
  const decoder = new Decoder();
  return [...chunks].flatMap((chunk) => {
    decoder.append(chunk);
    return drain(decoder);
  });
}

function* singly(bytes: Uint8Array): Generator<Uint8Array> {
  for (let index = 0; index < bytes.length; index++) yield bytes.subarray(index, index + 1);
}

/** `expect` tells a Buffer from a Uint8Array of the same bytes; here they are the same. */
function plain(records: readonly ChatRecord[]): ChatRecord[] {
  return records.map((record) => ({ ...record, payload: Uint8Array.from(record.payload) }));
}

describe('the kinds of records', () => {
  it('are all in the table of cases', () => {
    const seen = CASES.map(({ record }) => kindOf(record));
    const kinds = Object.values(Flag).filter((flag) => flag !== Flag.MORE);
    expect(new Set(seen)).toEqual(new Set([TEXT, ...kinds]));
    expect(CASES.some(({ record }) => hasMore(record))).toBe(true);
  });

  describe.each(CASES)('$name', ({ hex, record }) => {
    const bytes = bytesOf(hex);
    const next = encode(NEXT);

    it('is encoded to exactly these bytes', () => {
      expect(Buffer.from(encode(record)).toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
    });

    it('is decoded from them whole', () => {
      expect(plain(decodeChunks([bytes]))).toEqual([record]);
    });

    it('is decoded from them byte by byte, with the last byte and not before', () => {
      const decoder = new Decoder();
      for (const byte of singly(bytes.subarray(0, -1))) {
        decoder.append(byte);
        expect(decoder.next()).toBeUndefined();
      }
      expect(decoder.unfinished).toBe(bytes.length - 1);
      decoder.append(bytes.subarray(-1));
      expect(plain(drain(decoder))).toEqual([record]);
      expect(decoder.unfinished).toBe(0);
    });

    it('is decoded with the next one glued to it', () => {
      expect(plain(decodeChunks([Buffer.concat([bytes, next])]))).toEqual([record, NEXT]);
    });

    it('is decoded with a part of the next one behind it, which is completed later', () => {
      const decoder = new Decoder();
      decoder.append(Buffer.concat([bytes, next.subarray(0, 5)]));
      expect(plain(drain(decoder))).toEqual([record]);
      expect(decoder.unfinished).toBe(5);
      decoder.append(next.subarray(5));
      expect(drain(decoder)).toEqual([NEXT]);
    });
  });
});

describe('a broken record', () => {
  const BROKEN: readonly { name: string; bytes: Uint8Array; says: RegExp }[] = [
    { name: 'two kinds', bytes: head(2, 0x00, 0x05), says: /at most one flag/ },
    { name: 'one of the seed and one of ours', bytes: head(2, 0x08, 0x01), says: /at most one flag/ },
    { name: 'both of ours', bytes: head(2, 0x0c, 0x00), says: /at most one flag/ },
    { name: 'MORE beside a text', bytes: head(2, 0x02, 0x00), says: /MORE goes with/ },
    { name: 'MORE beside a request to join', bytes: head(2, 0x02, 0x04), says: /MORE goes with/ },
    { name: 'the lowest reserved bit', bytes: head(2, 0x10, 0x00), says: /reserved bits.*0x1000/ },
    { name: 'the highest reserved bit', bytes: head(2, 0x80, 0x01), says: /reserved bits.*0x8001/ },
    { name: 'a reserved byte that is not 0', bytes: head(25, 1), says: /offset 25/ },
    { name: 'a USERNAME too long', bytes: head(1, 129), says: /USERNAME_LENGTH is 129.*128/ },
    { name: 'a TARGET too long', bytes: head(24, 130), says: /TARGET_LENGTH is 130.*129/ },
    { name: 'a FILENAME too long', bytes: head(26, 0x04, 0x01), says: /FILENAME_LENGTH is 1025.*1024/ },
    { name: 'a PAYLOAD one too long', bytes: head(28, 0, 0x10, 0, 1), says: /PAYLOAD_LENGTH is 1048577.*1048576/ },
    { name: 'a PAYLOAD far too long', bytes: head(28, 255, 255, 255, 255), says: /PAYLOAD_LENGTH is 4294967295/ },
    { name: 'a TIMESTAMP of 2^53', bytes: head(8, 0, 0x20, 0, 0, 0, 0, 0, 0), says: /TIMESTAMP is larger/ },
    { name: 'a SEQUENCE of 2^64 - 1', bytes: head(16, ...Buffer.alloc(8, 255)), says: /SEQUENCE is larger/ },
  ];

  it.each(BROKEN)('with $name is refused from its head alone', ({ bytes, says }) => {
    const decoder = new Decoder();
    decoder.append(bytes.subarray(0, 32));
    expect(() => decoder.next()).toThrow(ProtocolError);
    expect(() => decodeChunks([bytes.subarray(0, 32)])).toThrow(says);
    expect(() => decodeChunks(singly(bytes.subarray(0, 32)))).toThrow(says);
  });

  it.each(BROKEN)('with $name is not taken for a foreign protocol', ({ bytes }) => {
    expect(() => decodeChunks([bytes])).toThrow(expect.objectContaining({ foreign: false }));
  });

  it.each([0, 2, 0x47, 0xff])('with the version %i is foreign from its first byte on', (version) => {
    expect(() => decodeChunks([Uint8Array.of(version)])).toThrow(expect.objectContaining({ foreign: true }));
  });

  it.each(BROKEN)('with $name does not keep the good one before it from being delivered', ({ bytes }) => {
    const decoder = new Decoder();
    decoder.append(Buffer.concat([encode(NEXT), bytes]));
    expect(decoder.next()).toEqual(NEXT);
    expect(() => decoder.next()).toThrow(ProtocolError);
  });

  it('stays broken, whatever comes later', () => {
    const decoder = new Decoder();
    decoder.append(Uint8Array.of(9));
    expect(() => decoder.next()).toThrow(ProtocolError);
    decoder.append(encode(NEXT));
    expect(() => decoder.next()).toThrow(ProtocolError);
  });
});

describe('limits', () => {
  const LONGEST: readonly { field: string; fields: Partial<ChatRecord>; tooLong: Partial<ChatRecord> }[] = [
    {
      field: 'USERNAME',
      fields: { username: 'x'.repeat(MAX_USERNAME) },
      tooLong: { username: `${'x'.repeat(MAX_USERNAME - 1)}é` },
    },
    { field: 'TARGET', fields: { target: 'x'.repeat(MAX_TARGET) }, tooLong: { target: 'x'.repeat(MAX_TARGET + 1) } },
    {
      field: 'FILENAME',
      fields: { filename: 'x'.repeat(MAX_FILENAME) },
      tooLong: { filename: 'x'.repeat(MAX_FILENAME + 1) },
    },
    {
      field: 'PAYLOAD',
      fields: { payload: new Uint8Array(MAX_PAYLOAD).fill(7) },
      tooLong: { payload: new Uint8Array(MAX_PAYLOAD + 1) },
    },
    { field: 'NUMBER', fields: { number: MAX_NUMBER }, tooLong: { number: MAX_NUMBER + 1 } },
  ];

  it.each(LONGEST)('let the longest $field pass both ways', ({ fields }) => {
    const record = makeRecord(TEXT, fields);
    const [decoded] = decodeChunks([encode(record)]);
    // The payload apart, since comparing a mebibyte number by number takes its time.
    expect({ ...decoded, payload: [] }).toEqual({ ...record, payload: [] });
    expect(Buffer.from(record.payload).equals(decoded?.payload ?? Buffer.alloc(0))).toBe(true);
  });

  it.each(LONGEST)('refuse to encode a longer $field', ({ field, tooLong }) => {
    const record = makeRecord(TEXT, tooLong);
    expect(() => encode(record)).toThrow(RangeError);
    expect(() => encode(record)).toThrow(field);
  });
});

describe('names that are not valid UTF-8', () => {
  it('are read with U+FFFD in them', () => {
    const bytes = encode(makeRecord(Flag.JOIN_REQUEST, { username: 'abc', target: 'd', filename: 'ef' }));
    bytes.set([0xff, 0x62, 0xc3, 0x80, 0x65, 0xe4], 32);
    const [record] = decodeChunks([bytes]);
    expect(record).toMatchObject({ username: '\ufffdb\ufffd', target: '\ufffd', filename: 'e\ufffd' });
  });

  it('keep a byte order mark', () => {
    const record = makeRecord(TEXT, { username: '\ufeffCool' });
    expect(decodeChunks([encode(record)])).toEqual([record]);
  });
});

describe('any list of records', () => {
  const anyText = (max: number): fc.Arbitrary<string> =>
    fc.string({ unit: 'binary', maxLength: Math.floor(max / 4) }).filter((text) => Buffer.byteLength(text) <= max);
  const MAY_GO_ON: readonly number[] = [Flag.ATTACHMENT, Flag.JOIN_ACCEPT, Flag.FETCH_REQUEST];
  const anyRecord = fc
    .record({
      kind: fc.constantFrom(TEXT, ...Object.values(Flag).filter((flag) => flag !== Flag.MORE)),
      more: fc.boolean(),
      number: fc.nat(MAX_NUMBER),
      timestamp: fc.maxSafeNat(),
      sequence: fc.maxSafeNat(),
      username: anyText(MAX_USERNAME),
      target: anyText(MAX_TARGET),
      filename: anyText(MAX_FILENAME),
      payload: fc.uint8Array({ maxLength: 300 }),
    })
    .map(({ kind, more, ...fields }) => makeRecord(kind | (more && MAY_GO_ON.includes(kind) ? Flag.MORE : 0), fields));

  it('is decoded to the same list, however its bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 400 })),
        (records, cuts) => {
          const bytes = encodeAll(records);
          const chunks: Uint8Array[] = [];
          let offset = 0;
          for (const length of cuts) {
            chunks.push(bytes.subarray(offset, offset + length));
            offset += length;
          }
          chunks.push(bytes.subarray(offset));
          expect(plain(decodeChunks(chunks))).toEqual(plain(records));
        },
      ),
    );
  });

  it('is either decoded or refused with a ProtocolError when its bytes are made up', () => {
    const madeUp = fc.uint8Array({ maxLength: 120 }).map((bytes) => Uint8Array.from([1, ...bytes]));
    fc.assert(
      fc.property(madeUp, (bytes) => {
        try {
          decodeChunks(singly(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });
});

/** Found by `npm run fuzz`. */
describe('a record that breaks the rules', () => {
  it('is the last that is read: nothing behind it comes out', () => {
    const bad = encode(makeRecord(TEXT, { payload: ascii('Hi') }));
    bad[25] = 1;
    const decoder = new Decoder();
    decoder.append(Buffer.concat([bad, encode(makeRecord(TEXT)), encode(makeRecord(TEXT))]));
    expect(() => decoder.next()).toThrow(ProtocolError);
    expect(() => decoder.next()).toThrow(ProtocolError);
    decoder.append(encode(makeRecord(TEXT)));
    expect(() => decoder.next()).toThrow(ProtocolError);
  });
});

describe('a record of a file, where it may be given in parts', () => {
  const file = makeRecord(Flag.ATTACHMENT, { number: 5, username: 'Cool', filename: 'a.txt', payload: ascii('Hello') });

  it('is given as it comes, as several with MORE', () => {
    const decoder = new DecoderInParts();
    const bytes = encode(file);
    const [head, rest] = [bytes.subarray(0, -5), bytes.subarray(-5)];
    decoder.append(head);
    expect([decoder.next(), decoder.isAmid]).toEqual([undefined, false]);
    decoder.append(rest.subarray(0, 2));
    const part = { ...file, flags: file.flags | Flag.MORE };
    expect(decoder.next()).toEqual({ ...part, payload: ascii('He') });
    expect([decoder.next(), decoder.isAmid, decoder.unfinished]).toEqual([undefined, true, bytes.length - 3]);
    decoder.append(rest.subarray(2, 3));
    expect(decoder.next()).toEqual({ ...part, payload: ascii('l') });
    decoder.append(concat([rest.subarray(3), encode(file)]));
    expect(decoder.next()).toEqual({ ...file, payload: ascii('lo') });
    expect(decoder.isAmid).toBe(false);
    expect(decoder.next()).toEqual(file);
    expect(decoder.unfinished).toBe(0);
  });

  it('has names that are told apart, though they came in the same memory', () => {
    const decoder = new DecoderInParts();
    const lent = Buffer.from(encode(file));
    decoder.append(lent, true);
    expect(decoder.next()?.username).toBe('Cool');
    decoder.retain();
    lent.set(encode({ ...file, username: 'Fire' }));
    decoder.append(lent, true);
    expect(decoder.next()?.username).toBe('Fire');
  });

  it('is the only kind that is', () => {
    const decoder = new DecoderInParts();
    decoder.append(encode(makeRecord(TEXT, { payload: ascii('Hello') })).subarray(0, -1));
    expect(decoder.next()).toBeUndefined();
  });
});
