/** Messages of the text-only protocols, written from docs/protocols.md: C1, P3, W1 to W10, G1 and G2. */
import type { Random } from '../engine/random.js';
import { name, text } from './text.js';

export type Say = (random: Random) => string;

export const chat10: Say = (random) => {
  const said = text(random);
  const end = random.once(6) ? '\n' : '\r\n';
  const length = random.way<number | string>([
    [10, () => Buffer.byteLength(said)],
    [2, () => [...said].length],
    [1, () => said.length],
    [1, () => Buffer.byteLength(said) + 1 + random.below(20)],
    [1, () => random.pick(['', 'x', '-1', '0', '99999999999', '65536', '65537'])],
  ]);
  return random.way<string>([
    [3, () => ['CHAT/1.0 JOIN', `Username: ${name(random)}`, '', ''].join(end)],
    [1, () => ['CHAT/1.0 LEAVE', `Username: ${name(random)}`, '', ''].join(end)],
    [8, () => ['CHAT/1.0 TEXT', `Username: ${name(random)}`, `Msg-len: ${length}`, '', said].join(end)],
    [1, () => ['CHAT/1.0 TEXT', `mesg-LEN : ${length}`, `username:${name(random)}`, 'X-Other: 1', '', said].join(end)],
    [1, () => ['CHAT/1.0 TEXT', `Username: ${name(random)}`, `Msg-len: ${length}`, said, '', ''].join(end)],
    [1, () => random.pick([`CHAT/2.0 JOIN${end}`, end, 'noise', 'CHAT/1.0 NOPE\r\n\r\n'])],
  ]);
};

export const pull: Say = (random) => {
  const asking = random.pick(['GET', 'USERS', 'CGET', 'get', 'GET:', 'USERS:', 'CGET:']);
  return random.way<string>([
    [6, () => asking],
    [6, () => `${random.pick(['PUT: ', 'PUT:', 'put ', 'PUT: PUT: '])}${text(random)}`],
    [1, () => `CPUT:10 20 5 red ${text(random)}`],
    [1, () => random.pick(['FILE:x', '\0\0', '  \n', ':', 'G', 'PU', 'USER'])],
    [1, () => `USERNAME:${name(random)}`],
    [2, () => name(random)],
  ]);
};

export const raw: Say = (random) => {
  const line = random.way<string>([
    [4, () => name(random)],
    [8, () => text(random)],
    [1, () => random.pick(['exit', 'exitexit', ' exit '])],
    [2, () => `${name(random)}:join`],
    [2, () => `join:${name(random)}`],
    [3, () => `${name(random)}:${text(random)}`],
  ]);
  return random.once(3) ? `${line}${random.pick(['\n', '\r\n'])}` : line;
};

const FRAMINGS: readonly ((message: string) => string)[] = [
  (message) => message,
  (message) => `${message}\n`,
  (message) => `${String(Buffer.byteLength(message)).padEnd(10)}${message}`,
  (message) => `${String([...message].length).padEnd(10)}${message}`,
];

/** The framing stays the same most of the time. */
export function register(framing: number): Say {
  return (random) => {
    const message = random.way<string>([
      [3, () => `REGISTER ${name(random)} CHAT/1.0`],
      [8, () => `@${name(random)}${random.pick([': ', ':', ' '])}${text(random)}`],
      [1, () => random.pick(['DISCONNECT x CHAT/1.0', 'DISCONNECT', 'DISCONNECT CHAT/1.0'])],
      [1, () => text(random)],
    ]);
    return FRAMINGS[random.once(10) ? random.below(FRAMINGS.length) : framing % FRAMINGS.length]!(message);
  };
}

/** What servers of these protocols say. */
export const pullAnswer: Say = (random) =>
  random.way<string>([
    [3, () => `MSGS: ${random.list(3, () => `<${name(random)}>${text(random)}`).join(' ')}`],
    [3, () => `USERS: ${random.list(3, () => name(random)).join(' ')}`],
    [2, () => JSON.stringify(random.list(3, () => `${name(random)}: ${text(random)}`))],
    [
      2,
      () => random.pick(['connected', 'OK', 'username in use', 'bad handshake - no username provided', 'MSGS:', '[]']),
    ],
    [1, () => `MSGS: <Server>${name(random)} ${random.pick(['joined', 'left'])} the chatroom.`],
    [1, () => text(random)],
  ]);

export const rawAnswer: Say = (random) => {
  const message = random.way<string>([
    [3, () => random.pick(['Welcome', 'Welcome to us', 'Name already taken', 'server-shutdown'])],
    [3, () => `User ${name(random)} ${random.pick(['joined', 'left'])}`],
    [4, () => `${name(random)}${random.pick([': ', ':'])}${text(random)}`],
    [1, () => text(random)],
  ]);
  return random.once(3) ? `${message}\n` : message;
};

export function registerAnswer(framing: number): Say {
  return (random) => {
    const message = random.way<string>([
      [
        3,
        () =>
          random.pick([
            '200 Registration successful',
            '200 OK',
            '400 Invalid registration',
            '401 Client already registered',
          ]),
      ],
      [6, () => `@${name(random)}: ${text(random)}`],
      [2, () => `@Server: ${name(random)} ${random.pick(['joined', 'left'])} the chatroom.`],
      [1, () => random.pick(['DISCONNECT CHAT/1.0', text(random)])],
    ]);
    return FRAMINGS[framing % FRAMINGS.length]!(message);
  };
}
