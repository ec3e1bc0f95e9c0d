/** Targets that read a stream of bytes: what they have in common. */
import type { MessageDecoder } from '../../../src/protocols/protocol.js';
import { concat } from '../../../src/protocols/byte-queue.js';
import { Random } from '../engine/random.js';
import { check, checkSame, shown, type Target } from '../engine/target.js';
import { byByte, feed, held, type Outcome, type Piece, QUIET, withSilences } from './feed.js';
import { cut } from '../engine/mutate.js';

/** Branches a byte may cost: the dearest take some hundreds, and what costs with the square of the input thousands. */
const WORK_PER_BYTE = 3000;

export interface StreamOptions<Message> {
  readonly name: string;
  readonly decoder: () => MessageDecoder<Message>;
  readonly message: (random: Random) => Uint8Array;
  /** Says what is wrong with a message that came out of these bytes. */
  readonly fault: (message: Message, input: Uint8Array) => string | undefined;
  /** Says what is wrong with all of them. */
  readonly faults?: (outcome: Outcome<Message>, input: Uint8Array) => string | undefined;
  /** Where the bytes are cut makes no difference. */
  readonly ignoresCuts?: boolean;
  /** Bytes that may be held when all that is complete has been taken out. */
  readonly mostHeld: number;
}

/** Several messages one behind the other. */
export function stream(random: Random, message: (random: Random) => Uint8Array): Uint8Array {
  return concat([message(random), ...random.list(4, () => message(random))]);
}

/** Whatever comes: good messages, damaged ones and noise, in one piece, byte by byte and cut anywhere. */
export function streamTarget<Message>(options: StreamOptions<Message>): Target {
  const hasSilences = options.decoder().quiet !== undefined;
  const run = (input: Uint8Array): void => {
    const random = Random.from(input);
    const whole = readAll(options, [input], input);
    const pieces = readAll(options, random.once(4) ? byByte(input) : cut(input, random), input);
    if (options.ignoresCuts) checkSame(pieces, whole, 'In pieces and in one it is not the same');
    if (hasSilences) readAll(options, withSilences(input, random), input);
  };
  const make = (random: Random): Uint8Array => stream(random, options.message);
  return { name: options.name, kind: 'decoder', isGuided: true, make, run, workPerByte: WORK_PER_BYTE };
}

function readAll<Message>(options: StreamOptions<Message>, pieces: readonly Piece[], input: Uint8Array): unknown {
  const decoder = options.decoder();
  const outcome = feed(decoder, pieces);
  for (const message of outcome.messages) {
    const fault = options.fault(message, input);
    check(fault === undefined, () => `${fault}: ${shown(message)}`);
  }
  const fault = options.faults?.(outcome, input);
  check(fault === undefined, () => `${fault}: ${shown(outcome)}`);
  if (!outcome.error) checkHeld(decoder, options.mostHeld);
  return { messages: outcome.messages, error: outcome.error?.message };
}

function checkHeld(decoder: unknown, most: number): void {
  const bytes = held(decoder);
  check(bytes <= most, () => `It holds ${bytes} bytes, and at most ${most} are allowed.`);
}

export interface RoundTrip<Message> {
  readonly name: string;
  readonly decoder: () => MessageDecoder<Message>;
  /** A message, and the pieces that it is sent in. */
  readonly send: (random: Random, nth: number) => { message: Message; bytes: Uint8Array };
  /** A message ends with the silence behind it. */
  readonly isEndedBySilence?: (random: Random) => boolean;
  /** What stands before the first message, which may tell how the rest is to be read. */
  readonly before?: Uint8Array;
}

/** Good messages come out as they went in, wherever they were cut. */
export function roundTripTarget<Message>(options: RoundTrip<Message>): Target {
  const run = (input: Uint8Array): void => {
    const random = Random.from(input);
    const silent = options.isEndedBySilence?.(random) ?? false;
    const sent = Array.from({ length: 1 + random.below(5) }, (_, nth) => options.send(random, nth));
    const wanted = sent.map(({ message }) => message);
    const all = concat([options.before ?? new Uint8Array(0), ...sent.map(({ bytes }) => bytes)]);
    const ways: Piece[][] = silent
      ? [sent.flatMap(({ bytes }): Piece[] => [...cut(bytes, random), QUIET])]
      : [[all], byByte(all), cut(all, random)];
    for (const pieces of ways) {
      const { messages, error } = feed(options.decoder(), [...pieces, QUIET]);
      check(error === undefined, () => `${error?.message} for ${shown(sent)}`);
      checkSame(messages, wanted, `What came out of ${shown(pieces.map(String))} is not what went in`);
    }
  };
  return { name: options.name, kind: 'decoder', isGuided: false, make: (random) => random.bytes(8), run };
}

/** `text` stands in `bytes`, but for what is no UTF-8. */
export function standsIn(text: string, bytes: Uint8Array): boolean {
  if (text.includes('\ufffd')) return text.length <= bytes.length;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(text);
}
