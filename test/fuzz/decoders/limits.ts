/**
 * Streams that go up to a limit and beyond it (R2, C5, P8, W11, G10): nothing longer than allowed comes out, what is held
 * stays bounded, and an error is the end.
 */
import { Decoder as Chat10Decoder } from '../../../src/protocols/chat10/decoder.js';
import type { MessageDecoder } from '../../../src/protocols/protocol.js';
import { RequestDecoder } from '../../../src/protocols/pull/codec.js';
import { StreamDecoder } from '../../../src/protocols/raw/codec.js';
import { Decoder as RecordsDecoder } from '../../../src/protocols/records/codec.js';
import { Decoder as RegisterDecoder } from '../../../src/protocols/register/codec.js';
import { Random } from '../engine/random.js';
import { check, type Target } from '../engine/target.js';
import { encode } from '../../support/records-peer.js';
import { feed, held, type Piece, QUIET } from './feed.js';

/** Bytes that one chunk of a TCP connection has at most. */
const CHUNK = 65_536;

interface Limit {
  readonly name: string;
  readonly decoder: () => MessageDecoder<unknown>;
  /** Bytes, or characters, of one message. */
  readonly most: number;
  /** A message around so many bytes. */
  readonly message: (payload: Buffer, random: Random) => Buffer;
  /** Bytes that lie around a message at most while it is read. */
  readonly around: number;
}

const LIMITS: readonly Limit[] = [
  {
    name: 'records',
    decoder: () => new RecordsDecoder(),
    most: 1_048_576,
    message: (payload, random) => {
      const record = encode({ payload });
      if (random.once(3)) record.writeUInt32BE(payload.length + random.below(1_000_000), 28);
      return record;
    },
    around: 2048,
  },
  {
    name: 'chat10',
    decoder: () => new Chat10Decoder(),
    most: 65_536,
    message: (payload, random) => {
      const length = payload.length + (random.once(2) ? 0 : random.below(70_000));
      const head = random.once(4) ? `X: ${'y'.repeat(random.below(5000))}\r\n` : '';
      return Buffer.concat([Buffer.from(`CHAT/1.0 TEXT\r\nUsername: a\r\n${head}Msg-len: ${length}\r\n\r\n`), payload]);
    },
    around: 4 * CHUNK,
  },
  {
    name: 'pull',
    decoder: () => new RequestDecoder(),
    most: 16_384,
    message: (payload) => Buffer.concat([Buffer.from('PUT: '), payload]),
    around: 4096,
  },
  {
    name: 'raw',
    decoder: () => new StreamDecoder(),
    most: 1_048_576,
    message: (payload, random) => Buffer.concat([payload, Buffer.from(random.once(2) ? '\n' : 'é').subarray(0, 1)]),
    around: 4096,
  },
  {
    name: 'register',
    decoder: () => new RegisterDecoder(),
    most: 65_536,
    message: (payload, random) => {
      const text = Buffer.concat([Buffer.from('@a: '), payload]);
      const length = Buffer.from(String(text.length - (random.once(3) ? 1 : 0)).padEnd(10));
      return random.once(2) ? Buffer.concat([text, Buffer.from('\n')]) : Buffer.concat([length, text]);
    },
    around: 4096,
  },
];

function streamOf(limit: Limit, random: Random): Buffer {
  const size = (): number =>
    random.pick([10, limit.most - 20, limit.most, limit.most + 1, 2 * limit.most]) + random.below(9);
  const letters = random.pick(['x', 'é', 'ab cd ', '1 ', '\r', '@a: ']);
  const messages = Array.from({ length: 1 + random.below(3) }, () =>
    limit.message(Buffer.alloc(size(), letters), random),
  );
  const opening = random.pick(['', 'bob\n', 'REGISTER bob CHAT/1.0\n', '23        REGISTER bob CHAT/1.0']);
  return Buffer.concat([Buffer.from(limit.name === 'records' ? '' : opening), ...messages]);
}

function piecesOf(bytes: Buffer, random: Random): Piece[] {
  const most = random.pick([CHUNK, CHUNK, 1460, 9000]);
  const pieces: Piece[] = [];
  for (let start = 0; start < bytes.length; start += most) {
    pieces.push(bytes.subarray(start, start + most));
    if (random.once(20)) pieces.push(QUIET);
  }
  return [...pieces, QUIET];
}

function target(limit: Limit): Target {
  const run = (input: Uint8Array): void => {
    const random = Random.from(input);
    const decoder = limit.decoder();
    const pieces = piecesOf(streamOf(limit, random), random);
    let isOver = false;
    for (const piece of pieces) {
      const { messages, error } = feed(decoder, [piece]);
      check(!isOver || messages.length === 0, () => 'After its error it gave more.');
      isOver ||= error !== undefined;
      for (const message of messages) {
        // What is whole in one chunk needs not be held for another.
        const length = held(message);
        check(length <= limit.most + CHUNK, () => `A message has ${length} bytes.`);
      }
      // The chunk that a message began in, and the one that it ends in, are held as a whole.
      if (!isOver) {
        const bytes = held(decoder);
        check(bytes <= limit.most + 2 * CHUNK + limit.around, () => `It holds ${bytes} bytes.`);
      }
    }
  };
  return { name: `limits-${limit.name}`, kind: 'decoder', isGuided: false, make: (random) => random.bytes(8), run };
}

export const LIMIT_TARGETS: readonly Target[] = LIMITS.map(target);
