/** Gives bytes to a decoder as a connection would, and watches what every decoder has to keep to (protocols/protocol.ts). */
import { ProtocolError } from '../../../src/protocols/errors.js';
import type { MessageDecoder } from '../../../src/protocols/protocol.js';
import { cut } from '../engine/mutate.js';
import type { Random } from '../engine/random.js';
import { check, shown } from '../engine/target.js';

/** Nothing comes for a while. */
export const QUIET: unique symbol = Symbol('quiet');
export type Piece = Uint8Array | typeof QUIET;

/** As long as protocols that wait once more do (G3). */
const LONG_QUIET: readonly Piece[] = Array.from({ length: 25 }, (): Piece => QUIET);

export interface Outcome<Message> {
  readonly messages: Message[];
  readonly error: ProtocolError | undefined;
}

export function feed<Message>(decoder: MessageDecoder<Message>, pieces: readonly Piece[]): Outcome<Message> {
  const messages: Message[] = [];
  for (const [index, piece] of pieces.entries()) {
    const error = give(decoder, piece, messages);
    if (!error) continue;
    for (const later of pieces.slice(index + 1, index + 4)) checkDead(decoder, later);
    return { messages, error };
  }
  return { messages, error: undefined };
}

function give<Message>(decoder: MessageDecoder<Message>, piece: Piece, messages: Message[]): ProtocolError | undefined {
  const most = messages.length + 100_000;
  if (piece === QUIET) decoder.quiet?.();
  else decoder.append(piece);
  try {
    for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
      messages.push(message);
      check(messages.length < most, () => 'It gives messages without an end.');
    }
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

/** After an error there is nothing more to be had. */
function checkDead<Message>(decoder: MessageDecoder<Message>, piece: Piece): void {
  const messages: Message[] = [];
  give(decoder, piece, messages);
  check(messages.length === 0, () => `After its error it gave ${shown(messages)}`);
}

/** The bytes cut anywhere, with silences in between and at the end. */
export function withSilences(bytes: Uint8Array, random: Random): Piece[] {
  const pieces = cut(bytes, random).flatMap((piece): Piece[] => (random.once(6) ? [piece, QUIET] : [piece]));
  const last: readonly Piece[] = random.once(4) ? LONG_QUIET : [QUIET];
  return [...pieces, ...last];
}

export function byByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}

/** Bytes and characters that a decoder holds, wherever it keeps them. */
export function held(value: unknown, depth = 0): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + 8 + held(one, depth + 1), 0);
  if (typeof value !== 'object' || value === null || value instanceof RegExp || depth > 4) return 0;
  return Object.values(value).reduce((sum: number, one) => sum + held(one, depth + 1), 0);
}
