/** Register in its three framings: docs/protocols.md, G1 to G10. */
import { Decoder, encode, type Framing } from '../../../src/protocols/register/codec.js';
import { parseRequest, parseText } from '../../../src/protocols/register/messages.js';
import type { Random } from '../engine/random.js';
import { check, shown, type Target } from '../engine/target.js';
import { register, registerAnswer } from '../grammar/plain.js';
import { goodName, plainText, text } from '../grammar/text.js';
import { roundTripTarget, standsIn, streamTarget } from './streams.js';

/** G10. */
const LONGEST = 65_536;

function fault(message: string, input: Uint8Array): string | undefined {
  if (message.trim() === '') return 'An empty message is none';
  if (/[\r\n]$/.test(message)) return 'A line end is no part of a message';
  if (Buffer.byteLength(message) > LONGEST && !message.includes('\ufffd')) return 'A message is too long';
  return standsIn(message, input) ? undefined : 'Nobody has sent this';
}

function sender(framing: Framing): (random: Random, nth: number) => { message: string; bytes: Uint8Array } {
  return (random, nth) => {
    const said = framing === 'none' ? plainText(random) : text(random).replace(/[\r\n]/g, '.');
    // A length counts where all of it is ASCII; elsewhere the next one is looked for (G2).
    const harmless = framing === 'lengths' ? said.replace(/[^ -~]/g, '?').replace(/\d/g, 'n') : said;
    const message = nth === 0 ? `REGISTER ${goodName(random)} CHAT/1.0` : `@bob: ${harmless}.`;
    return { message, bytes: encode(message, framing) };
  };
}

const parsing: Target = {
  name: 'register-messages',
  kind: 'decoder',
  isGuided: true,
  make: (random) => Buffer.from(register(0)(random)),
  run: (input) => {
    const message = Buffer.from(input).toString();
    const request = parseRequest(message);
    const said = parseText(message);
    if (said) check(message.startsWith('@') && message.endsWith(said.text), () => `Nobody has said ${shown(said)}`);
    if (request.kind === 'register') check(/^\S+$/.test(request.name), () => `A name is ${shown(request.name)}`);
    if (request.kind === 'text') check(request.text.trim() !== '', () => 'An empty text is ignored.');
  },
};

export const REGISTER: readonly Target[] = [
  ...([0, 1, 2, 3] as const).map((framing) =>
    streamTarget({
      name: `register-${['none', 'lines', 'lengths', 'characters'][framing]}`,
      decoder: () => new Decoder(),
      message: (random) => Buffer.from(random.once(4) ? registerAnswer(framing)(random) : register(framing)(random)),
      fault,
      mostHeld: LONGEST + 4096,
    }),
  ),
  ...(['lines', 'lengths', 'none'] as const).map((framing) =>
    roundTripTarget({
      name: `register-${framing}-roundtrip`,
      decoder: () => new Decoder(),
      send: sender(framing),
      isEndedBySilence: () => framing === 'none',
    }),
  ),
  parsing,
];
