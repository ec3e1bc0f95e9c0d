/** The records decoder against another one, which is written from the table of R2 and keeps to R3 and R4 alone. */
import { Decoder, encode, type ChatRecord } from '../../../src/protocols/records/codec.js';
import type { Random } from '../engine/random.js';
import { mutated } from '../engine/mutate.js';
import { check, isSame, type Target } from '../engine/target.js';
import { anyRecord } from '../grammar/records.js';
import { name, text } from '../grammar/text.js';
import { roundTripTarget, streamTarget } from './streams.js';
import type { Outcome } from './feed.js';

const HEADER = 32;
const KINDS = [0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x400, 0x800];
const MORE = 0x200;
const MAY_GO_ON = [0x100, 0x10, 0x400];
const MOST = { username: 128, target: 129, filename: 1024, payload: 1_048_576 };

interface Expected {
  readonly records: ChatRecord[];
  readonly isBroken: boolean;
  readonly isForeign: boolean;
}

/** What R2 to R4 say about these bytes. */
function expected(bytes: Buffer): Expected {
  const records: ChatRecord[] = [];
  for (let rest = bytes; rest.length > 0;) {
    if (rest[0] !== 1) return { records, isBroken: true, isForeign: true };
    if (rest.length < HEADER) break;
    const lengths = [rest.readUInt8(1), rest.readUInt8(24), rest.readUInt16BE(26), rest.readUInt32BE(28)] as const;
    if (!isLegal(rest, lengths)) return { records, isBroken: true, isForeign: false };
    const end = HEADER + lengths.reduce((sum, length) => sum + length, 0);
    if (rest.length < end) break;
    records.push(recordOf(rest, lengths));
    rest = rest.subarray(end);
  }
  return { records, isBroken: false, isForeign: false };
}

function isLegal(head: Buffer, [username, target, filename, payload]: readonly number[]): boolean {
  const flags = head.readUInt16BE(2);
  const kind = flags & ~MORE;
  const longest = BigInt(Number.MAX_SAFE_INTEGER);
  return (
    KINDS.includes(kind) &&
    ((flags & MORE) === 0 || MAY_GO_ON.includes(kind)) &&
    head[25] === 0 &&
    username! <= MOST.username &&
    target! <= MOST.target &&
    filename! <= MOST.filename &&
    payload! <= MOST.payload &&
    head.readBigUInt64BE(8) <= longest &&
    head.readBigUInt64BE(16) <= longest
  );
}

function recordOf(bytes: Buffer, lengths: readonly number[]): ChatRecord {
  let from = HEADER;
  const [username, target, filename, payload] = lengths.map((length) => bytes.subarray(from, (from += length)));
  return {
    flags: bytes.readUInt16BE(2),
    number: bytes.readUInt32BE(4),
    timestamp: Number(bytes.readBigUInt64BE(8)),
    sequence: Number(bytes.readBigUInt64BE(16)),
    username: username!.toString(),
    target: target!.toString(),
    filename: filename!.toString(),
    payload: payload!,
  };
}

function faults({ messages, error }: Outcome<ChatRecord>, input: Uint8Array): string | undefined {
  const { records, isBroken, isForeign } = expected(Buffer.from(input));
  if (isBroken !== (error !== undefined)) return isBroken ? 'A bad record was taken' : 'A good record was not taken';
  if (isForeign !== (error?.foreign ?? false)) return 'Another protocol was told wrongly';
  return isSame(records, messages) ? undefined : 'The table of R2 says something else';
}

function legalRecord(random: Random): ChatRecord {
  const kind = random.pick(KINDS);
  return {
    flags: MAY_GO_ON.includes(kind) && random.once(2) ? kind | MORE : kind,
    number: random.pick([0, random.word(), 0xffff_ffff]),
    timestamp: random.pick([0, random.word(), Number.MAX_SAFE_INTEGER]),
    sequence: random.pick([0, random.word(), Number.MAX_SAFE_INTEGER]),
    username: name(random),
    target: name(random),
    filename: random.once(2) ? [...text(random)].slice(0, 200).join('') : '',
    payload: random.once(3) ? new Uint8Array(0) : Buffer.from(text(random)),
  };
}

/** What cannot be encoded is refused, and nothing else; what can comes back. */
const encoding: Target = {
  name: 'records-encode',
  kind: 'decoder',
  isGuided: true,
  make: (random) => mutated(anyRecord(random), anyRecord(random), random),
  run: (input) => {
    const bytes = Buffer.from(input);
    if (bytes.length < HEADER) return;
    const lengths = [0, 24, 26, 28].map((at) => bytes[at]! % 140);
    const record = { ...recordOf(bytes, lengths), flags: 0, timestamp: bytes.readUInt32BE(12), sequence: bytes[23]! };
    const tooLong =
      Buffer.byteLength(record.username) > MOST.username || Buffer.byteLength(record.target) > MOST.target;
    let sent: Uint8Array | undefined;
    try {
      sent = encode(record);
    } catch (error) {
      check(error instanceof RangeError && tooLong, () => `It could not be encoded: ${String(error)}`);
      return;
    }
    check(!tooLong, () => 'A field that is too long was encoded.');
    const decoder = new Decoder();
    decoder.append(sent);
    check(isSame(decoder.next()!, record), () => 'What was encoded is not what was decoded.');
  },
};

export const RECORDS: readonly Target[] = [
  streamTarget({
    name: 'records',
    decoder: () => new Decoder(),
    message: anyRecord,
    fault: () => undefined,
    faults,
    ignoresCuts: true,
    mostHeld: 1_100_000,
  }),
  roundTripTarget({
    name: 'records-roundtrip',
    decoder: () => new Decoder(),
    send: (random) => {
      const message = legalRecord(random);
      return { message, bytes: encode(message) };
    },
  }),
  encoding,
];
