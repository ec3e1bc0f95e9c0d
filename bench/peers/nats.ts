/** NATS. A room is a subject; its history, where one is asked for, is a stream of JetStream. */
import { debian } from './debian.js';
import type { HistoryWire, Peer, Step, Who, Wire } from './peer.js';
import { exchange, found, nextLine, roomName } from './peer.js';

const CONNECT = 'CONNECT {"verbose":false,"pedantic":false}\r\n';
const MESSAGE = 'MSG ';
const PONG = Buffer.from('PONG\r\n');

/** The server speaks first; a PING answered says that all before it is done. */
const hello = (words = ''): Step => exchange(`${CONNECT}${words}PING\r\n`, 'PONG\r\n');

const publish = (subject: string, payload: Buffer | string, reply = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`PUB ${subject} ${reply}${String(payload.length)}\r\n`),
    Buffer.from(payload as string),
    Buffer.from('\r\n'),
  ]);

const wire: Wire = {
  hello: (who) => [hello(who.listens ? `SUB ${roomName(who)} 1\r\n` : '')],
  say: (who, payload) => publish(roomName(who), payload),
  next: (bytes, at, end, frame) => {
    if (!nextLine(bytes, at, end, frame)) return false;
    const line = bytes.toString('latin1', at, at + frame.length - 2);
    if (line === 'PING') frame.reply = PONG;
    if (line.startsWith('-ERR')) throw new Error(line);
    if (!line.startsWith(MESSAGE)) return true;
    const from = at + frame.length;
    const to = from + Number(line.slice(line.lastIndexOf(' ') + 1));
    return to + 2 <= end && found(frame, to + 2 - at, from, to);
  },
};

const stream = (who: Who): string => `S${roomName(who)}`;

const history: HistoryWire = {
  hello: () => [hello()],
  fill: (who, texts) => [
    exchange(
      Buffer.concat([
        Buffer.from('SUB made 1\r\n'),
        publish(
          `$JS.API.STREAM.CREATE.${stream(who)}`,
          JSON.stringify({ name: stream(who), subjects: [`${roomName(who)}.*`], storage: 'file' }),
          'made ',
        ),
      ]),
      '}\r\n',
    ),
    {
      send: Buffer.concat(texts.map((text) => publish(`${roomName(who)}.text`, text, 'made '))),
      answered: (bytes) => (bytes.toString('latin1').includes(`"seq":${String(texts.length)}}`) ? bytes.length : -1),
    },
  ],
  join: (who, count) => ({
    send: Buffer.concat([
      Buffer.from(`SUB got.${String(who.seat)} 1\r\n`),
      publish(
        `$JS.API.CONSUMER.CREATE.${stream(who)}`,
        JSON.stringify({
          stream_name: stream(who),
          config: { deliver_subject: `got.${String(who.seat)}`, deliver_policy: 'all', ack_policy: 'none' },
        }),
        'made ',
      ),
    ]),
    answered: counted(count),
  }),
};

function counted(count: number): Step['answered'] {
  const frame = { length: 0, from: 0, to: 0, reply: undefined };
  let at = 0;
  let got = 0;
  return (bytes) => {
    while (got < count && wire.next(bytes, at, bytes.length, frame, { room: 0, seat: 0, listens: true })) {
      if (frame.to > 0) got += 1;
      at += frame.length;
    }
    return got < count ? -1 : at;
  };
}

export const nats: Peer = {
  ...debian('nats-server', ['nats-server', '--version']),
  name: 'nats',
  title: 'nats-server',
  launch: ({ folder, port, workload }) => ({
    command: [
      ...(['nats-server', '-a', '127.0.0.1', '-p', String(port), '-l', `${folder}/log`] as const),
      ...(workload === 'w5' ? ['-js', '-sd', folder] : []),
    ],
  }),
  wire: () => wire,
  fileWire: wire,
  history,
  echoes: () => true,
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4', 'w5', 'w6', 'w6slow'],
};
