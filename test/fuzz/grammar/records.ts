/** Records (docs/protocols.md, R2 and R3), written by a codec that is not ours. */
import { encode, FLAG, type WireRecord } from '../../support/records-peer.js';
import { PICTURES } from '../../support/pictures.js';
import type { Random } from '../engine/random.js';
import { name, text } from './text.js';

type Fields = Partial<Omit<WireRecord, 'payload'>> & { payload?: Buffer | string };

const TO_SERVER = [0, FLAG.REPORT_REQUEST, FLAG.JOIN_REQUEST, FLAG.QUIT_REQUEST, FLAG.ATTACHMENT, FLAG.FETCH_REQUEST];
const ALL = [...Object.values(FLAG), 0];
const MAY_GO_ON = [FLAG.ATTACHMENT, FLAG.JOIN_ACCEPT, FLAG.FETCH_REQUEST];

/** Where the fields of a head are, and how long. */
const FIELDS = [
  [0, 1],
  [1, 1],
  [2, 2],
  [4, 4],
  [8, 4],
  [12, 4],
  [16, 4],
  [24, 1],
  [25, 1],
  [26, 2],
  [28, 4],
] as const;
/** What lies at a limit of one of them (R2). */
const EDGES = [0, 1, 2, 127, 128, 129, 130, 255, 1023, 1024, 1025, 0x1f_ffff, 0x20_0000, 0x10_0000, 0x10_0001];

/** Any record, most of them legal, some with a field at a limit. */
export function anyRecord(random: Random): Buffer {
  const record = usualRecord(random);
  if (!random.once(4)) return record;
  const [at, length] = random.pick(FIELDS);
  record.writeUIntBE(random.pick(EDGES) % 256 ** length, at, length);
  // What a length announces has to be there, or nothing is read at all.
  return random.once(2) ? record : Buffer.concat([record, Buffer.alloc(200, 'x')]);
}

function usualRecord(random: Random): Buffer {
  const kind = random.pick(ALL);
  return encode({
    flags: random.once(4) ? random.pick(MAY_GO_ON) | FLAG.MORE : kind,
    number: number(random),
    timestamp: random.once(3) ? 0 : 1_704_227_560_000 + random.below(10_000),
    sequence: random.once(3) ? 0 : number(random),
    username: random.once(3) ? '' : name(random),
    target: random.once(2) ? '' : name(random),
    filename: random.once(2) ? '' : `${[...text(random)].slice(0, 60).join('')}.txt`,
    payload: random.once(3) ? '' : text(random),
  });
}

export function request(random: Random, sequence: number): Buffer {
  return encode(
    random.way<Fields>([
      [8, () => ({ payload: text(random), number: number(random) })],
      [3, () => joining(random)],
      [1, () => ({ flags: FLAG.REPORT_REQUEST, target: room(random) })],
      [1, () => ({ flags: FLAG.QUIT_REQUEST })],
      [4, () => attachment(random)],
      [2, () => ({ flags: FLAG.FETCH_REQUEST, sequence: random.below(sequence + 2), number: random.below(6) })],
      [1, () => ({ flags: random.pick(TO_SERVER), target: random.pick(['@ann', 'Tea', 'nowhere', '']), payload: 'x' })],
      [1, () => ({ flags: random.pick(ALL), payload: text(random) })],
    ]),
  );
}

export function joining(random: Random): Fields {
  const picture = random.once(6) ? { payload: random.pick(Object.values(PICTURES)), filename: 'me.png' } : {};
  return { flags: FLAG.JOIN_REQUEST, username: name(random), target: room(random), ...picture };
}

/** The lobby most of the time, so that people meet. */
function room(random: Random): string {
  return random.once(5) ? random.pick(['Tea', 'tea', 'a b', 'Too many']) : '';
}

/** A file in one piece, right or wrong, or a piece of one. */
function attachment(random: Random): Fields {
  const payload = text(random);
  const size = Buffer.byteLength(payload);
  const filename = random.pick(['a.txt', '../../b.txt', 'c\0.txt', '']);
  const flags = random.once(3) ? FLAG.ATTACHMENT | FLAG.MORE : FLAG.ATTACHMENT;
  return { flags, filename, payload, number: random.once(4) ? size * 2 : size };
}

function number(random: Random): number {
  return random.pick([0, 1, 2, 7, random.below(300), 0xffff_ffff]);
}

/** What a server may send: an entry, a page of them, an answer, pieces of a file. */
export function answer(random: Random, sequence: number): Buffer {
  const place = { sequence, timestamp: 1_704_227_560_000, username: name(random) };
  return random.way<Buffer>([
    [4, () => encode({ ...place, payload: text(random), number: number(random) })],
    [2, () => encode({ ...place, flags: FLAG.NEW_USER, payload: `${place.username} joined the chatroom.` })],
    [1, () => encode({ ...place, flags: FLAG.QUIT_ACCEPT, payload: `${place.username} left the chatroom.` })],
    [2, () => encode({ ...place, flags: FLAG.JOIN_ACCEPT | more(random), payload: page(random, sequence) })],
    [1, () => encode({ flags: FLAG.JOIN_REJECT, payload: 'The server rejects the join request.' })],
    [2, () => encode({ flags: FLAG.REPORT_RESPONSE, number: 1, payload: '1. ann at IP: 127.0.0.1 and port: 1.' })],
    [2, () => encode({ flags: FLAG.FETCH_REQUEST | more(random), payload: page(random, sequence) })],
    [2, () => encode({ flags: FLAG.NOTICE, payload: text(random), number: number(random), sequence: random.below(4) })],
    [3, () => file({ ...place, sequence: random.below(4) }, random)],
    [1, () => anyRecord(random)],
  ]);
}

function more(random: Random): number {
  return random.once(4) ? FLAG.MORE : 0;
}

function file(place: Fields, random: Random): Buffer {
  const payload = text(random);
  const number = random.once(3) ? random.below(50) : Buffer.byteLength(payload);
  return encode({ ...place, flags: FLAG.ATTACHMENT | more(random), filename: 'a.txt', number, payload });
}

function page(random: Random, sequence: number): Buffer {
  const entry = (): Buffer =>
    encode({ username: name(random), sequence: random.below(sequence + 1), payload: text(random) });
  return Buffer.concat(random.list(3, entry)).subarray(random.once(6) ? 1 : 0);
}
