/** Our client against servers written from seed 000, and against ours. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type Connection,
  type ConnectionListener,
  type Line,
  RefusedError,
  UnreachableError,
} from '../../../src/client/connection.js';
import { chat10 } from '../../../src/protocols/chat10/index.js';
import type { Accept } from '../../../src/transports/link.js';
import { dialTcp } from '../../../src/transports/tcp.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { FakeLink } from '../../support/fake-link.js';
import { connect, joined, listen, listenAsTheSeed, type Peer, startServer, textOf } from './support.js';

afterEach(closeAll);

/** A person at our client: what there is to see. */
class Person implements ConnectionListener {
  readonly seen: string[] = [];
  connection!: Connection;

  static async at(port: number): Promise<Person> {
    const person = new Person();
    const dial = (accept: Accept): Promise<void> => dialTcp({ host: '127.0.0.1', port }, accept);
    person.connection = await chat10().connect(dial, '', person);
    atEnd(() => person.connection.close());
    return person;
  }

  joined(name: string): void {
    this.seen.push(`* ${name}`);
  }

  line({ kind, author, text }: Line): void {
    this.seen.push(kind === 'text' ? `${author}: ${text}` : `${kind} ${author}: ${text}`);
  }

  notice(text: string): void {
    this.seen.push(`! ${text}`);
  }

  closed(reason: string): void {
    this.seen.push(`. ${reason}`);
  }

  until(...seen: string[]): Promise<unknown> {
    return eventually(() => this.seen.join('\n') === seen.join('\n'), seen.join('\n'), {
      show: () => this.seen.join('\n'),
    });
  }
}

/** A server that has one connection and does nothing of itself. */
async function listenForOne(): Promise<{ port: number; peer: () => Promise<Peer> }> {
  let found: Peer | undefined;
  const port = await listen((peer) => (found = peer));
  return { port, peer: () => eventually(() => found, 'a connection') };
}

const CLOSED = '. The server closed the connection.';

describe('our client', () => {
  it('joins, says, reads and leaves at a server of the seed', async () => {
    const { port, peers } = await listenAsTheSeed();
    const bob = await connect(port);
    const alice = await Person.at(port);
    await alice.connection.join('alice');
    await bob.until('CHAT/1.0 JOIN\r\nUsername: alice\r\n\r\n');
    bob.join('bob');
    await alice.until('* alice', 'joined bob: bob joined the chatroom.');
    bob.say('bob', 'héllo €');
    await alice.connection.say('Hi');
    await alice.connection.say('wörld');
    bob.leave('bob');
    await bob.until('wörld');
    await alice.until(
      '* alice',
      'joined bob: bob joined the chatroom.',
      'alice: Hi',
      'alice: wörld',
      'bob: héllo €',
      'left bob: bob left the chatroom.',
    );
    await alice.connection.leave();
    await bob.until('LEAVE');
    expect(bob.chunks).toEqual([
      'CHAT/1.0 JOIN\r\nUsername: alice\r\n\r\n',
      textOf('alice', 'Hi'),
      textOf('alice', 'wörld'),
      'CHAT/1.0 LEAVE\r\nUsername: alice\r\n\r\n',
    ]);
    await alice.until(...alice.seen.slice(0, 6), CLOSED);
    await eventually(() => peers.length === 1, 'the end of the connection at the server');
  });

  it('says what is long or has line breaks as several messages that one recv takes, and shows it once', async () => {
    const { port } = await listenAsTheSeed();
    const bob = await connect(port);
    const alice = await Person.at(port);
    await alice.connection.join('alice');
    const long = 'word '.repeat(300) + 'end';
    await alice.connection.say('one\ntwo');
    await alice.connection.say(long);
    await alice.connection.say(' ');
    await bob.until('end');
    expect(bob.chunks.slice(1, 3)).toEqual([textOf('alice', 'one'), textOf('alice', 'two')]);
    expect(bob.chunks.slice(3).every((chunk) => chunk.startsWith('CHAT/1.0 TEXT'))).toBe(true);
    expect(bob.all.match(/word/g)).toHaveLength(300);
    expect(alice.seen).toEqual(['* alice', 'alice: one\ntwo', `alice: ${long}`]);
  });

  it('takes what a server says before it closes for a refusal', async () => {
    const { port, peer } = await listenForOne();
    const alice = await Person.at(port);
    const joining = alice.connection.join('alice');
    const server = await peer();
    await server.until('JOIN');
    server.socket.end(textOf('Server', 'Not today.'));
    await expect(joining).rejects.toThrow(new RefusedError('Not today.'));
    await alice.until('. Not today.');
  });

  it.each([
    ['a name that is taken', 'BOB', 'Another user is using this username.'],
    ['a name that looks like another', 'b\u043eb', 'Another user is using a username that looks like this one.'],
    ['a name that is not legal', 'a b', 'A username has 1 to 32 letters, digits, marks, "_", "-" or ".".'],
  ])('is told by our server of %s', async (_, name, words) => {
    const { port } = await startServer();
    await joined(port, 'bob', await joined(port, 'carol'));
    const person = await Person.at(port);
    await expect(person.connection.join(name)).rejects.toThrow(new RefusedError(words));
    await person.until(`. ${words}`);
  });

  it('takes what a server says and goes on after it for a welcome', async () => {
    const { port, peer } = await listenForOne();
    const alice = await Person.at(port);
    const joining = alice.connection.join('alice');
    const server = await peer();
    await server.until('JOIN');
    server.send(textOf('Server', 'Welcome!') + 'CHAT/1.0 JOIN\r\nUsername: bob\r\n\r\n');
    await joining;
    await alice.until('* alice', '! Welcome!', 'joined bob: bob joined the chatroom.');
  });

  it('takes a welcome for one when nothing follows, too', async () => {
    const { port, peer } = await listenForOne();
    const alice = await Person.at(port);
    (await peer()).send(textOf('SERVER', 'Welcome!'));
    await alice.connection.join('alice');
    await alice.until('* alice', '! Welcome!');
  });

  it('says that the server is gone when it closes without a word', async () => {
    const { port, peer } = await listenForOne();
    const alice = await Person.at(port);
    const joining = alice.connection.join('alice');
    (await peer()).socket.end();
    await expect(joining).rejects.toThrow(UnreachableError);
    await alice.until(CLOSED);
  });

  it('shows the farewell of a server', async () => {
    const { port, server } = await startServer();
    const alice = await Person.at(port);
    await alice.connection.join('alice');
    await server.stop();
    await alice.until('* alice', '! The server is shutting down.', CLOSED);
  });

  it('reads servers that miscount, pad and cut', async () => {
    const { port, peer } = await listenForOne();
    const alice = await Person.at(port);
    await alice.connection.join('alice');
    const server = await peer();
    server.send('CHAT/1.0 TEXT\nusername : bob\nMesg-len: 7\n\nhéllo €\n\n');
    await alice.until('* alice', 'bob: héllo €');
    server.send('CHAT/1.0 LEAVE\r\n\r\nCHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 999\r\n\r\nHi');
    await alice.until('* alice', 'bob: héllo €', 'bob: Hi');
    for (const byte of Buffer.from(textOf('bob', '€ and on'))) server.send(Uint8Array.of(byte));
    await alice.until('* alice', 'bob: héllo €', 'bob: Hi', 'bob: € and on');
  });

  it('ends where a server speaks something else', async () => {
    const { port, peer } = await listenForOne();
    const alice = await Person.at(port);
    const joining = alice.connection.join('alice');
    (await peer()).send('HTTP/1.1 400 Bad Request\r\n\r\n');
    await expect(joining).rejects.toThrow('The server does not keep to the protocol: This is not CHAT/1.0.');
  });

  it('offers no more than the protocol can do', async () => {
    const { port } = await listenAsTheSeed();
    const { can } = (await Person.at(port)).connection;
    expect(can).toEqual({ report: false, files: false, history: false });
  });
});

describe('our client, by the clock', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  async function joining(): Promise<{ person: Person; link: FakeLink; join(): Promise<void> }> {
    const link = new FakeLink();
    const person = new Person();
    const dial = (accept: Accept): Promise<void> => Promise.resolve(link.attach(accept(link)));
    person.connection = await chat10().connect(dial, '', person);
    return { person, link, join: () => person.connection.join('alice') };
  }

  it('takes silence for a yes', async () => {
    const { person, link, join } = await joining();
    const joined = join();
    expect(link.bytes.toString()).toBe('CHAT/1.0 JOIN\r\nUsername: alice\r\n\r\n');
    jest.advanceTimersByTime(149);
    expect(person.seen).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(person.seen).toEqual(['* alice']);
    await joined;
  });

  it('gives a server that has said something the time to close', async () => {
    const { person, link, join } = await joining();
    const joined = join();
    link.send(Buffer.from(textOf('Server', 'No.')));
    jest.advanceTimersByTime(900);
    link.reset();
    await expect(joined).rejects.toThrow(new RefusedError('No.'));
    expect(person.seen).toEqual(['. No.']);
  });

  it('shows nothing of what comes before it joins but what the server says', async () => {
    const { person, link, join } = await joining();
    link.send(Buffer.from(textOf('bob', 'early') + textOf('Server', 'Welcome!')));
    void join();
    jest.advanceTimersByTime(150);
    link.send(Buffer.from(textOf('bob', 'late')));
    expect(person.seen).toEqual(['* alice', '! Welcome!', 'bob: late']);
  });

  it('does not come in again by what arrives after it has left', async () => {
    const { person, link, join } = await joining();
    void join();
    jest.advanceTimersByTime(150);
    void person.connection.leave();
    link.send(Buffer.from(textOf('bob', 'bye') + textOf('Server', 'Bye.')));
    expect(person.seen).toEqual(['* alice']);
  });
});
