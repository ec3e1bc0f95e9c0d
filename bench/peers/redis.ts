/** Redis, publish and subscribe over RESP3, in which one connection can do both. A room is a channel. */
import { debian } from './debian.js';
import type { HistoryWire, Peer, Step, Wire } from './peer.js';
import { exchange, found, nextLine, roomName } from './peer.js';

const PUSH = '>'.charCodeAt(0);
const FAILURE = '-'.charCodeAt(0);

function command(...words: (string | Buffer)[]): Buffer {
  const parts = words.flatMap((word) => [`$${String(Buffer.byteLength(word))}\r\n`, word, '\r\n']);
  return Buffer.concat([`*${String(words.length)}\r\n`, ...parts].map((part) => Buffer.from(part as string)));
}

/** Its answer ends with what it says of its modules. */
const hello = (): Step => exchange(command('HELLO', '3'), '$7\r\nmodules\r\n*0\r\n');
const subscribe = (room: string): Step => exchange(command('SUBSCRIBE', room), `${room}\r\n:1\r\n`);

const wire: Wire = {
  hello: (who) => [hello(), ...(who.listens ? [subscribe(roomName(who))] : [])],
  say: (who, payload) => command('PUBLISH', roomName(who), payload),
  next: (bytes, at, end, frame) => {
    if (bytes[at] === FAILURE) throw new Error(bytes.toString('latin1', at, end).split('\r\n')[0]);
    if (bytes[at] !== PUSH) return nextLine(bytes, at, end, frame);
    // ">3", then "$7" message, "$6" the channel and "$64" the payload, each with its length.
    let here = lineEnd(bytes, at, end);
    let from = here;
    for (let i = 0; i < 3; i += 1) {
      from = here < 0 ? -1 : lineEnd(bytes, here, end);
      if (from < 0) return false;
      here = from + Number(bytes.toString('latin1', here + 1, from - 2)) + 2;
    }
    return here <= end && found(frame, here - at, from, here - 2);
  },
};

function lineEnd(bytes: Buffer, at: number, end: number): number {
  const stop = bytes.indexOf(10, at) + 1;
  return stop === 0 || stop > end ? -1 : stop;
}

/** A stream holds the history: who joins subscribes to the channel and reads the stream. */
const history: HistoryWire = {
  hello: () => [hello()],
  fill: (who, texts) => [
    {
      send: Buffer.concat(texts.map((text) => command('XADD', `${roomName(who)}s`, '*', 'text', text))),
      answered: (bytes) => (bytes.toString('latin1').split('$').length > texts.length ? bytes.length : -1),
    },
  ],
  join: (who, count) => ({
    send: Buffer.concat([
      command('SUBSCRIBE', roomName(who)),
      command('XRANGE', `${roomName(who)}s`, '-', '+', 'COUNT', String(count)),
    ]),
    answered: (bytes) => {
      // The answer has one length, so its end is known from its beginning on.
      const entries = bytes.indexOf(`*${String(count)}\r\n`);
      if (entries < 0) return -1;
      const first = entries + String(count).length + 3;
      const second = bytes.indexOf('*2\r\n', first + 1);
      if (second < 0) return -1;
      const end = first + (second - first) * count;
      return bytes.length < end ? -1 : end;
    },
  }),
};

export const redis: Peer = {
  ...debian('redis-server', ['redis-server', '--version']),
  name: 'redis',
  title: 'redis pub/sub',
  launch: ({ folder, port, connections }) => ({
    command: ['redis-server', `${folder}/redis.conf`],
    files: {
      'redis.conf': [
        'bind 127.0.0.1',
        `port ${port}`,
        `dir ${folder}`,
        'save ""',
        'loglevel warning',
        `maxclients ${Math.max(connections + 100, 10_000)}`,
      ].join('\n'),
    },
  }),
  wire: () => wire,
  fileWire: wire,
  history,
  echoes: () => true,
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4', 'w5', 'w6', 'w6slow'],
};
