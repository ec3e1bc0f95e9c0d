/** Raw: docs/protocols.md, W1 to W10. */
import { DatagramDecoder, encode, type RawMessage, StreamDecoder } from '../../../src/protocols/raw/codec.js';
import { heardIn, isExit, parseJoin, withoutOwnName } from '../../../src/protocols/raw/words.js';
import type { Random } from '../engine/random.js';
import { check, shown, type Target } from '../engine/target.js';
import { raw, rawAnswer } from '../grammar/plain.js';
import { plainText, text } from '../grammar/text.js';
import { roundTripTarget, standsIn, streamTarget } from './streams.js';

/** W11. */
const LONGEST = 1_048_576;

function fault({ text }: RawMessage, input: Uint8Array): string | undefined {
  if (text.trim() === '') return 'Blank messages are passed over';
  return standsIn(text, input) ? undefined : 'Nobody has sent this';
}

const streamFault = (message: RawMessage, input: Uint8Array): string | undefined =>
  message.text.includes('\n') ? 'A newline ends a message' : fault(message, input);

/** What a server says comes to one's ears once, and nothing else does. */
const words: Target = {
  name: 'raw-words',
  kind: 'decoder',
  isGuided: true,
  make: (random) => Buffer.from([rawAnswer(random), ...random.list(3, () => rawAnswer(random))].join('')),
  run: (input) => {
    const message = Buffer.from(input).toString();
    const heard = heardIn(message);
    const length = heard.reduce((sum, one) => sum + ('text' in one ? one.text.length : 0), 0);
    check(length <= message.length, () => `More was heard than said: ${shown(heard)}`);
    for (const one of heard) if ('name' in one) check(one.name !== '', () => `Somebody has no name: ${shown(heard)}`);
    checkJoining(message);
  },
};

function checkJoining(message: string): void {
  const joining = parseJoin(message);
  if (!joining) return;
  const { name, own, asked } = joining;
  check(name !== '' && name === name.trim() && asked === message, () => `A joining is ${shown(joining)}`);
  check(message.startsWith(own), () => `What is taken off was not there: ${shown(joining)}`);
  check(
    withoutOwnName(`${own}Hi`, joining) === 'Hi' && isExit('exit'),
    () => `Too much was taken off: ${shown(joining)}`,
  );
}

function line(random: Random): RawMessage {
  return {
    text: random.once(3)
      ? plainText(random)
      : text(random)
          .replace(/[\r\n]/g, '.')
          .trim() || 'x',
    terminated: true,
  };
}

export const RAW: readonly Target[] = [
  streamTarget({
    name: 'raw-stream',
    decoder: () => new StreamDecoder(),
    message: (random) => Buffer.from(raw(random)),
    fault: streamFault,
    mostHeld: LONGEST + 4096,
  }),
  streamTarget({
    name: 'raw-datagrams',
    decoder: () => new DatagramDecoder(),
    message: (random) => Buffer.from(raw(random)),
    fault,
    mostHeld: 0,
  }),
  roundTripTarget({
    name: 'raw-lines-roundtrip',
    decoder: () => new StreamDecoder(),
    // Whoever has ended a line goes on by lines (W2).
    before: Buffer.from('\n'),
    send: (random) => {
      const message = line(random);
      return { message, bytes: encode(message.text, true) };
    },
  }),
  words,
];
