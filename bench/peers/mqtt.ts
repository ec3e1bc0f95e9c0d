/** MQTT 3.1.1 with QoS 0: aedes from npm, and mosquitto. A room is a topic. */
import { debian } from './debian.js';
import { fromNpm } from './npm.js';
import type { Peer, Step, Who, Wire } from './peer.js';
import { found, roomName, userName } from './peer.js';

const CONNECT = 0x10;
const PUBLISH = 0x30;
const SUBSCRIBE = 0x82;
const SUBACK_LENGTH = 5;
const CONNACK_LENGTH = 4;
const CLEAN_SESSION = 2;

const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);

function packet(type: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = [type];
  for (let left = body.length; head.length === 1 || left > 0; left = Math.floor(left / 128)) {
    head.push((left % 128) | (left >= 128 ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.from(head), body]);
}

const answer = (send: Buffer, length: number): Step => ({
  send,
  answered: (bytes) => (bytes.length < length ? -1 : length),
});

const wire: Wire = {
  hello: (who) => [
    answer(packet(CONNECT, text('MQTT'), Buffer.from([4, CLEAN_SESSION, 0, 0]), text(userName(who))), CONNACK_LENGTH),
    ...(who.listens ? [answer(subscribe(who), SUBACK_LENGTH)] : []),
  ],
  say: (who, payload) => packet(PUBLISH, text(roomName(who)), payload),
  next: (bytes, at, end, frame) => {
    const size = remaining(bytes, at + 1, end);
    if (!size || end < size.from + size.length) return false;
    const to = size.from + size.length;
    const from = size.from + 2 + ((bytes[size.from]! << 8) | bytes[size.from + 1]!);
    return (bytes[at]! & 0xf0) === PUBLISH ? found(frame, to - at, from, to) : found(frame, to - at);
  },
};

const subscribe = (who: Who): Buffer => packet(SUBSCRIBE, Buffer.from([0, 1]), text(roomName(who)), Buffer.from([0]));

/** The length that begins at `at`, and what it is the length of; undefined while it is not complete. */
function remaining(bytes: Buffer, at: number, end: number): { from: number; length: number } | undefined {
  let length = 0;
  for (let i = 0, unit = 1; i < 4 && at + i < end; i += 1, unit *= 128) {
    const byte = bytes[at + i]!;
    length += (byte & 0x7f) * unit;
    if (byte < 0x80) return { from: at + i + 1, length };
  }
  return undefined;
}

const base = {
  wire: () => wire,
  fileWire: wire,
  echoes: () => true,
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4', 'w6', 'w6slow'],
} satisfies Partial<Peer>;

export const aedes: Peer = { ...fromNpm('aedes', 'aedes.mjs'), ...base, name: 'aedes', title: 'aedes' };

export const mosquitto: Peer = {
  ...debian('mosquitto', ['mosquitto', '-h']),
  ...base,
  name: 'mosquitto',
  title: 'mosquitto',
  launch: ({ folder, port }) => ({
    command: ['mosquitto', '-c', `${folder}/mosquitto.conf`],
    files: {
      'mosquitto.conf': [
        `listener ${port} 127.0.0.1`,
        'allow_anonymous true',
        'user root',
        'set_tcp_nodelay true',
        // Otherwise it drops what a reader is slow to take, of which there is none here.
        'max_queued_messages 0',
        'log_type none',
      ].join('\n'),
    },
  }),
};
