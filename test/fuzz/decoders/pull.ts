/** Pull: docs/protocols.md, P1 to P9, requests and answers. */
import {
  AnswerDecoder,
  announced,
  isRefusal,
  messageIn,
  messagesIn,
  readAnswer,
  type Said,
  wantsHandshake,
} from '../../../src/protocols/pull/answers.js';
import { encodeRequest, type Family, type Request, RequestDecoder } from '../../../src/protocols/pull/codec.js';
import { FORMS } from '../../../src/protocols/pull/forms.js';
import { Mailbox } from '../../../src/protocols/pull/mailbox.js';
import { Random } from '../engine/random.js';
import { check, checkSame, shown, type Target } from '../engine/target.js';
import { pull, pullAnswer } from '../grammar/plain.js';
import { goodName, NAMES, plainText } from '../grammar/text.js';
import type { Outcome } from './feed.js';
import { roundTripTarget, standsIn, stream, streamTarget } from './streams.js';

/** P8, in characters. */
const LONGEST = 16_384;

function requestFault(request: Request, input: Uint8Array): string | undefined {
  switch (request.kind) {
    case 'name':
      if (request.name !== request.name.trim()) return 'A name has no space around it';
      return standsIn(request.name, input) ? undefined : 'Nobody has said this name';
    case 'put':
      if (request.text.trim() === '') return 'A PUT without a text is nothing';
      if (/[\s\0]$/.test(request.text)) return 'White space and zeros at the end go';
      return standsIn(request.text, input) ? undefined : 'Nobody has said this';
    default:
      return ['get', 'users', 'canvas'].includes(request.kind) ? undefined : 'There is no such request';
  }
}

function requestFaults({ messages }: Outcome<Request>): string | undefined {
  const names = messages.flatMap(({ kind }, index) => (kind === 'name' ? [index] : []));
  return messages.length === 0 || (names.length === 1 && names[0] === 0) ? undefined : 'The first message is the name';
}

function sendRequest(family: Family): (random: Random, nth: number) => { message: Request; bytes: Uint8Array } {
  return (random, nth) => {
    const message: Request =
      nth === 0
        ? { kind: 'name', name: `n${random.below(100)}`, family }
        : random.once(2)
          ? { kind: 'put', text: plainText(random).trim() }
          : { kind: random.pick(['get', 'users', 'canvas'] as const) };
    return { message, bytes: encodeRequest(message, family) };
  };
}

const bytesOf = (random: Random): Uint8Array => Buffer.from(pullAnswer(random));

/** What an answer says is in the answer, and says nothing that was not there. */
const reading: Target = {
  name: 'pull-read-answer',
  kind: 'decoder',
  isGuided: true,
  make: bytesOf,
  run: (input) => {
    const answer = Buffer.from(input).toString();
    const people = new Set(NAMES);
    const read = readAnswer(answer, people);
    if (read.kind === 'messages') read.messages.forEach((said) => checkSaid(said, answer));
    if (read.kind === 'users')
      read.names.forEach((name) => check(!/\s|^$/.test(name), () => `A name is ${shown(name)}`));
    if (read.kind === 'list') read.items.map(messageIn).forEach((said) => void announced(said));
    for (const said of messagesIn(answer, people)) checkSaid(said, answer);
    check(typeof isRefusal(answer) === 'boolean' && typeof wantsHandshake(answer) === 'boolean', () => 'no answer');
  },
};

function checkSaid(said: Said, answer: string): void {
  check(answer.includes(said.text), () => `Nobody has said ${shown(said)}`);
  check(said.author === undefined || answer.includes(`<${said.author}>`), () => `Nobody is ${shown(said.author)}`);
  void announced(said);
}

/** What the server answers is what our client reads. */
const forms: Target = {
  name: 'pull-forms-roundtrip',
  kind: 'decoder',
  isGuided: false,
  make: (random) => random.bytes(8),
  run: (input) => {
    const random = Random.from(input);
    const form = FORMS[random.pick(['seed', 'json'] as const)];
    const said = random.list(4, (): Said => ({ author: goodName(random), text: plainText(random).trim() }));
    const mailbox = new Mailbox();
    for (const { author, text } of said) mailbox.put(form.part(author!, form.harmless(text)));
    const answer = form.messages(mailbox.take(1024 - 5));
    check(answer.length <= 1024, () => `The answer has ${answer.length} bytes.`);
    const read = readAnswer(answer.toString(), new Set());
    const messages = read.kind === 'messages' ? read.messages : read.kind === 'list' ? read.items.map(messageIn) : [];
    checkSame(messages, said.slice(0, messages.length), 'What was answered is not what is read');
    check(messages.length > 0 || said.length === 0, () => 'Nothing was answered.');
  },
};

export const PULL: readonly Target[] = [
  streamTarget({
    name: 'pull-requests',
    decoder: () => new RequestDecoder(),
    message: (random) => Buffer.from(pull(random)),
    fault: requestFault,
    faults: requestFaults,
    mostHeld: LONGEST + 4096,
  }),
  ...(['seed', 'json'] as const).map((family) =>
    roundTripTarget({
      name: `pull-${family}-roundtrip`,
      decoder: () => new RequestDecoder(),
      send: sendRequest(family),
      isEndedBySilence: () => true,
    }),
  ),
  streamTarget({
    name: 'pull-answers',
    decoder: () => new AnswerDecoder(),
    message: (random) => stream(random, bytesOf),
    fault: (answer, input) => (answer !== '' && standsIn(answer, input) ? undefined : 'Nobody has answered this'),
    mostHeld: 1_048_576 + 8192,
  }),
  reading,
  forms,
];
