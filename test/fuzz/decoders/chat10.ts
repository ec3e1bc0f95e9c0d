/** CHAT/1.0: docs/protocols.md, C1 to C5. */
import { encode, type Frame } from '../../../src/protocols/chat10/codec.js';
import { Decoder } from '../../../src/protocols/chat10/decoder.js';
import type { Random } from '../engine/random.js';
import type { Target } from '../engine/target.js';
import { chat10 } from '../grammar/plain.js';
import { goodName, text } from '../grammar/text.js';
import { roundTripTarget, standsIn, streamTarget } from './streams.js';

/** C5. */
const [HEAD, PAYLOAD] = [4096, 65_536];
/** What may lie around a payload while its end is looked for. */
const AROUND = 1024;

function fault({ method, username, text }: Frame, input: Uint8Array): string | undefined {
  if (!['JOIN', 'LEAVE', 'TEXT'].includes(method)) return 'There is no such method';
  if (/[\r\n]/.test(username.replace(/\r/g, '')) || username !== username.trim())
    return 'A name has a line end or spaces';
  if (Buffer.byteLength(username) > 3 * HEAD) return 'The name is longer than a head';
  if (method !== 'TEXT') return text === '' ? undefined : 'Only a TEXT has a payload';
  if (username === '' || text === '') return 'A TEXT without a name or a payload is ignored';
  if (text.length > PAYLOAD) return 'The payload is too long';
  // In a head, headers of ours may stand between its lines, which have lost their returns.
  return text.split('\n').every((line) => standsIn(line, input)) ? undefined : 'Nobody has sent this';
}

function frame(random: Random): Frame {
  const method = random.pick(['JOIN', 'LEAVE', 'TEXT', 'TEXT', 'TEXT'] as const);
  return { method, username: goodName(random), text: method === 'TEXT' ? text(random) : '' };
}

export const CHAT10: readonly Target[] = [
  streamTarget({
    name: 'chat10',
    decoder: () => new Decoder(),
    message: (random) => Buffer.from(chat10(random)),
    fault,
    mostHeld: 4 * PAYLOAD + HEAD + AROUND,
  }),
  roundTripTarget({
    name: 'chat10-roundtrip',
    decoder: () => new Decoder(),
    send: (random) => {
      const message = frame(random);
      return { message, bytes: encode(message) };
    },
  }),
];
