/** IRC: InspIRCd and ngIRCd, with everything off that slows down one address or one sender. */
import { debian } from './debian.js';
import type { HistoryWire, Peer, Step, Who, Wire } from './peer.js';
import { exchange, exchangeLine, nextLine, roomName, userName } from './peer.js';

const PRIVATE_MESSAGE = ' PRIVMSG ';
const TEXT = ' :';
/** Hosts differ in length, the payload does not, and comes last. */
const END_OF_LINE = 2;

const channel = (who: Who): string => `#${roomName(who)}`;
const register = (who: Who): Step =>
  exchangeLine(`NICK ${userName(who)}\r\nUSER bench 0 * :bench\r\n`, ` 376 ${userName(who)} `);
const END_OF_NAMES = ' 366 ';

const wire: Wire = {
  hello: (who) => [register(who), exchangeLine(`JOIN ${channel(who)}\r\n`, END_OF_NAMES)],
  say: (who, payload) => Buffer.from(`PRIVMSG ${channel(who)} :${payload.toString('latin1')}\r\n`),
  next: (bytes, at, end, frame) => {
    if (!nextLine(bytes, at, end, frame)) return false;
    const line = bytes.toString('latin1', at, at + frame.length - END_OF_LINE);
    if (line.startsWith('PING')) frame.reply = Buffer.from(`PONG${line.slice(4)}\r\n`);
    if (line.startsWith('ERROR')) throw new Error(line);
    if (!line.includes(PRIVATE_MESSAGE)) return true;
    frame.from = at + line.indexOf(TEXT, 1) + TEXT.length;
    frame.to = at + line.length;
    return true;
  },
};

/** The module `chanhistory` shows new members what was said. */
const history: HistoryWire = {
  hello: (who) => [register(who)],
  fill: (who, texts) => [
    register(who),
    exchangeLine(`JOIN ${channel(who)}\r\nMODE ${channel(who)} +H ${String(texts.length)}:1d\r\n`, ' MODE '),
    exchange(Buffer.concat([...texts.map((text) => wire.say(who, text)), Buffer.from('PING end\r\n')]), 'end\r\n'),
  ],
  join: (who, count) => ({
    send: Buffer.from(`JOIN ${channel(who)}\r\n`),
    answered: (bytes) => {
      let at = -1;
      for (let got = 0; got < count; got += 1) if ((at = bytes.indexOf(PRIVATE_MESSAGE, at + 1)) < 0) return -1;
      return bytes.indexOf('\n', at) + 1 || -1;
    },
  }),
  leave: () => Buffer.from('QUIT\r\n'),
};

const base = { wire: () => wire, echoes: () => false } satisfies Partial<Peer>;

export const inspircd: Peer = {
  ...debian('inspircd', ['inspircd', '--version']),
  ...base,
  name: 'inspircd',
  title: 'InspIRCd',
  history,
  launch: ({ folder, port, connections }) => ({
    command: ['inspircd', '--runasroot', '--nofork', '--nolog', '--config', `${folder}/inspircd.conf`],
    files: {
      motd: 'bench',
      'inspircd.conf': `
<server name="bench.local" description="bench" network="bench">
<admin name="bench" nick="bench" email="bench@localhost">
<path configdir="${folder}" datadir="${folder}" logdir="${folder}" runtimedir="${folder}">
<files motd="${folder}/motd">
<pid file="${folder}/pid">
<bind address="127.0.0.1" port="${port}" type="clients">
<connect name="all" allow="*" timeout="60" pingfreq="600" recvq="1M" softsendq="100M" hardsendq="100M"
  commandrate="100000000" threshold="100000000" fakelag="no" localmax="20000" globalmax="20000" maxchans="20"
  limit="20000" resolvehostnames="no" maxconnwarn="no" useident="no">
<performance netbuffersize="65534" softlimit="${connections + 100}" somaxconn="1024" quietbursts="yes">
<options moronbanner="" prefixquit="" allowzerolimit="no">
<module name="chanhistory"><chanhistory maxlines="1000" prefixmsg="no" bots="no">
`,
    },
  }),
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4', 'w5'],
};

export const ngircd: Peer = {
  ...debian('ngircd', ['ngircd', '--version']),
  ...base,
  name: 'ngircd',
  // Its queue of connections has room for ten.
  joinsAtOnce: 10,
  title: 'ngIRCd',
  launch: ({ folder, port }) => ({
    command: ['ngircd', '-n', '-f', `${folder}/ngircd.conf`],
    files: {
      'ngircd.conf': `
[Global]
Name = bench.local
Info = bench
AdminInfo1 = bench
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = bench
ServerUID = root
ServerGID = root
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
PingTimeout = 600
PongTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
`,
    },
  }),
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4'],
};
