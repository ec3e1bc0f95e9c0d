/** The records of docs/protocols.md, as far as the bench speaks them (R1 to R9). */
import type { Frame, HistoryWire, Step, Who, Wire } from './peer.js';
import { found, roomName, userName } from './peer.js';

const HEAD = 32;
const TEXT = 0;
const JOIN_REQUEST = 0x0004;
const JOIN_REJECT = 0x0008;
const JOIN_ACCEPT = 0x0010;
const NEW_USER = 0x0020;
const QUIT_REQUEST = 0x0040;
const ATTACHMENT = 0x0100;
const MORE = 0x0200;
const FETCH_REQUEST = 0x0400;
const NOTICE = 0x0800;

interface Fields {
  flags: number;
  number?: number;
  sequence?: number;
  username?: string;
  target?: string;
  filename?: string;
  payload?: Buffer;
}

export function record(fields: Fields): Buffer {
  const username = Buffer.from(fields.username ?? '');
  const target = Buffer.from(fields.target ?? '');
  const filename = Buffer.from(fields.filename ?? '');
  const payload = fields.payload ?? Buffer.alloc(0);
  const head = Buffer.alloc(HEAD);
  head[0] = 1;
  head[1] = username.length;
  head.writeUInt16BE(fields.flags, 2);
  head.writeUInt32BE(fields.number ?? 0, 4);
  head.writeBigUInt64BE(BigInt(fields.sequence ?? 0), 16);
  head[24] = target.length;
  head.writeUInt16BE(filename.length, 26);
  head.writeUInt32BE(payload.length, 28);
  return Buffer.concat([head, username, target, filename, payload]);
}

const flagsAt = (bytes: Buffer, at: number): number => (bytes[at + 2]! << 8) | bytes[at + 3]!;
const payloadAt = (bytes: Buffer, at: number): number =>
  at + HEAD + bytes[at + 1]! + bytes[at + 24]! + bytes.readUInt16BE(at + 26);

/** The record at `at` as text, or undefined while it is not complete. */
function whole(
  bytes: Buffer,
  at: number,
): { flags: number; end: number; username: string; payload: Buffer } | undefined {
  if (bytes.length - at < HEAD) return undefined;
  const from = payloadAt(bytes, at);
  const end = from + bytes.readUInt32BE(at + 28);
  if (bytes.length < end) return undefined;
  const username = bytes.toString('utf8', at + HEAD, at + HEAD + bytes[at + 1]!);
  return { flags: flagsAt(bytes, at), end, username, payload: bytes.subarray(from, end) };
}

/** Behind the NEW_USER of who joined: there the history ends and the room begins. */
function behindOwnArrival(name: string): (bytes: Buffer) => number {
  return (bytes) => {
    for (let one = whole(bytes, 0); one; one = whole(bytes, one.end)) {
      if (one.flags === JOIN_REJECT) throw new Error(one.payload.toString());
      if (one.flags === NEW_USER && one.username === name) return one.end;
    }
    return -1;
  };
}

const join = (who: Who, target: string): Step => ({
  send: record({ flags: JOIN_REQUEST, username: userName(who), target }),
  answered: behindOwnArrival(userName(who)),
});

/** Joins the room, and waits for the end of its history. */
export const joining = (who: Who): Step => join(who, roomName(who));

export const quit = (): Buffer => record({ flags: QUIT_REQUEST });

/** The page of history before an entry (R10). */
export const page = (before: number): Step => ({
  send: record({ flags: FETCH_REQUEST, number: before }),
  answered: (bytes) => {
    let end = -1;
    for (let one = whole(bytes, 0); one; one = whole(bytes, one.end)) if (one.flags === FETCH_REQUEST) end = one.end;
    return end;
  },
});

/** `lobby` is for rooms with members who know no other. */
export function recordsWire({ lobby = false } = {}): Wire {
  return {
    hello: (who) => [join(who, lobby ? '' : roomName(who))],
    say: (_who, payload) => record({ flags: TEXT, payload }),
    next: (bytes, at, end, frame) => {
      if (!nextRecord(bytes, at, end, frame)) return false;
      if (flagsAt(bytes, at) !== TEXT) frame.from = frame.to = 0;
      return true;
    },
  };
}

function nextRecord(bytes: Buffer, at: number, end: number, frame: Frame): boolean {
  if (end - at < HEAD) return false;
  const from = payloadAt(bytes, at);
  const length = from - at + bytes.readUInt32BE(at + 28);
  if (end - at < length) return false;
  if (flagsAt(bytes, at) === NOTICE) throw new Error(`A notice: ${bytes.toString('utf8', from, at + length)}`);
  return found(frame, length, from, at + length);
}

/** A file goes up in pieces; who is shown that it is there fetches it. */
export const recordsFileWire: Wire = {
  ...recordsWire(),
  stored: true,
  opening: (_who, size) => record({ flags: ATTACHMENT | MORE, number: size, filename: 'bench.bin' }),
  say: (_who, payload, last) => record({ flags: last ? ATTACHMENT : ATTACHMENT | MORE, payload }),
  next: (bytes, at, end, frame, who) => {
    if (!nextRecord(bytes, at, end, frame)) return false;
    const flags = flagsAt(bytes, at);
    const announced = flags === ATTACHMENT && frame.from === frame.to;
    if (announced && who.listens) {
      frame.reply = record({ flags: FETCH_REQUEST, sequence: Number(bytes.readBigUInt64BE(at + 16)) });
    }
    if (announced || (flags & ATTACHMENT) === 0) frame.from = frame.to = 0;
    return true;
  },
};

/** The record's own texts are its history; who fills it has joined first. */
export const recordsHistory: HistoryWire = {
  hello: () => [],
  fill: (who, texts) => [
    join(who, roomName(who)),
    { send: Buffer.concat(texts.map((payload) => record({ flags: TEXT, payload }))), answered: texted(texts.length) },
  ],
  join: (who, count) => ({
    send: record({ flags: JOIN_REQUEST, username: userName(who), target: roomName(who) }),
    answered: (bytes) => {
      const end = behindOwnArrival(userName(who))(bytes);
      if (end > 0 && texted(count)(unpacked(bytes)) < 0) throw new Error(`Fewer than ${count} texts in the history.`);
      return end;
    },
  }),
  leave: quit,
};

const texted = (count: number) => (bytes: Buffer) => {
  let texts = 0;
  for (let one = whole(bytes, 0); one; one = whole(bytes, one.end)) {
    if (one.flags === TEXT) texts += 1;
    if (texts === count) return one.end;
  }
  return -1;
};

/** The records that came inside of JOIN_ACCEPT. */
function unpacked(bytes: Buffer): Buffer {
  const payloads = [];
  for (let one = whole(bytes, 0); one; one = whole(bytes, one.end)) {
    if ((one.flags & JOIN_ACCEPT) !== 0) payloads.push(one.payload);
  }
  return Buffer.concat(payloads);
}
