/**
 * The menu client on the terminal it is started in, with a server within the process that does what it is told by
 * messages: `!lines N` says N lines as fast as a person cannot read, `!file SIZE` shares a file, `!gone` goes away.
 */
import { setTimeout } from 'node:timers/promises';
import { chat } from '../../../../src/client/terminal/chat.js';
import { FakeConnection, FakeInbox, fileLine, line } from './fakes.js';

const MILLISECONDS_BETWEEN_LINES = 10;
const PART = 256 * 1024;

let name = '';
let sequence = 0;
const connection = new FakeConnection();

function say(author: string, text: string): void {
  connection.listener.line(line({ sequence: ++sequence, time: new Date(), author, text }), false);
}

async function sayLines(count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await setTimeout(MILLISECONDS_BETWEEN_LINES);
    say('Cool', `line ${number} 漢字 👋 ${'x'.repeat(number)}.`);
  }
}

function announce(kind: 'joined' | 'left'): void {
  const text = `${name} ${kind} the chatroom.`;
  connection.listener.line(line({ kind, sequence: ++sequence, time: new Date(), author: name, text }), false);
}

const ORDERS: Record<string, (argument: number) => unknown> = {
  '!lines': sayLines,
  '!file': (size) =>
    connection.listener.line(
      fileLine({ sequence: ++sequence, time: new Date(), author: 'Cool', file: { name: 'big.iso', size } }),
      false,
    ),
  '!gone': () => connection.listener.closed('The server closed the connection.'),
};

connection.join = async (as) => {
  name = as;
  connection.listener.joined(as);
  announce('joined');
};
connection.say = async (text) => {
  const [order = '', argument] = text.split(' ');
  const obey = ORDERS[order];
  if (obey) void obey(Number(argument));
  else say(name, text);
};
connection.leaving = async () => announce('left');
connection.fetch = async function* () {
  for (let part = 0; part < 8; part += 1) {
    await setTimeout(100);
    yield new Uint8Array(PART);
  }
};
connection.close = () => undefined;

process.exitCode = await chat({
  connect: connection.connect,
  attachments: 'attachments',
  inbox: new FakeInbox(),
  input: process.stdin,
  output: process.stdout,
  color: false,
  signal: new AbortController().signal,
  clock: Date.now,
  suspend: () =>
    new Promise((resolve) => {
      process.once('SIGCONT', () => resolve());
      process.kill(process.pid, 'SIGTSTP');
    }),
});
