/** Our client against servers as other people wrote them for the assignment, over real sockets. */
import net from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Connection, ConnectionListener, Line } from '../../../src/client/connection.js';
import { pull } from '../../../src/protocols/pull/index.js';
import { dialTcp } from '../../../src/transports/tcp.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { serve } from './serve.js';

afterEach(closeAll);

interface Person {
  readonly name: string;
  buffer: string[];
}

/** What a server may do differently; the seed leaves it open. */
interface Ways {
  /** The answer to a name that is free; empty for none. */
  readonly yes?: string;
  /** The answer to a name that is not. */
  readonly no?: string;
  /** The answer to PUT; empty for none. */
  readonly put?: string;
  /** Whether it says itself who comes and goes. */
  readonly announces?: boolean;
  /** Turns the answer to GET into writes. */
  readonly writes?: (answer: string) => string[];
}

/** The seed's server: one `recv` is one request, everybody has a buffer, and GET empties it. */
class SeedServer {
  readonly people = new Map<net.Socket, Person>();
  readonly requests: string[] = [];

  constructor(private readonly ways: Ways = {}) {}

  say(text: string): void {
    for (const person of this.people.values()) person.buffer.push(text);
  }

  seat(name: string): () => void {
    const nobody = new net.Socket();
    this.people.set(nobody, { name, buffer: [] });
    return () => void this.people.delete(nobody);
  }

  onConnection(socket: net.Socket): void {
    socket.on('data', (bytes) => {
      for (let from = 0; from < bytes.length; from += 1024)
        this.recv(socket, bytes.subarray(from, from + 1024).toString());
    });
    const gone = (): void => void this.people.delete(socket);
    socket.on('close', gone).on('error', gone);
  }

  protected recv(socket: net.Socket, data: string): void {
    const person = this.people.get(socket);
    if (!person) return this.name(socket, data);
    this.requests.push(data);
    if (data === 'GET') return this.get(socket, person);
    if (data === 'USERS')
      return void socket.write(`USERS: ${[...this.people.values()].map(({ name }) => name).join(' ')}`);
    if (data.startsWith('PUT: ')) return this.put(socket, person, data.slice(5));
    this.people.delete(socket);
    socket.end();
  }

  private name(socket: net.Socket, name: string): void {
    const { yes = 'OK', no = 'Sorry, that username is already taken.', announces } = this.ways;
    if ([...this.people.values()].some((person) => person.name === name)) return void socket.end(no);
    this.people.set(socket, { name, buffer: [] });
    if (announces) this.say(`<Server>${name} joined the chatroom.`);
    if (yes !== '') socket.write(yes);
  }

  private get(socket: net.Socket, person: Person): void {
    const answer = `MSGS: ${person.buffer.splice(0).join(' ')}`;
    const { writes = (whole) => [whole] } = this.ways;
    writes(answer).forEach((part, index) => setTimeout(() => socket.write(part), index * 10));
  }

  private put(socket: net.Socket, person: Person, text: string): void {
    this.say(`<${person.name}>${text}`);
    if (this.ways.put) socket.write(this.ways.put);
  }
}

/** The other family, to which a bare name is no greeting. */
class JsonServer {
  readonly people = new Map<net.Socket, Person>();
  connections = 0;

  /** What it does with a first message that is not its own. */
  constructor(
    private readonly refuse = (socket: net.Socket): void => void socket.end('bad handshake - no username provided'),
  ) {}

  onConnection(socket: net.Socket): void {
    this.connections++;
    socket.on('data', (bytes) => this.recv(socket, bytes.toString()));
    const gone = (): void => void this.people.delete(socket);
    socket.on('close', gone).on('error', gone);
  }

  say(text: string): void {
    for (const person of this.people.values()) person.buffer.push(text);
  }

  private recv(socket: net.Socket, data: string): void {
    const person = this.people.get(socket);
    const [kind, rest = ''] = data.split(':');
    if (!person && kind !== 'USERNAME') return this.refuse(socket);
    if (!person) return this.name(socket, rest);
    if (kind === 'PUT') this.say(`${person.name}: ${data.slice(4)}`);
    else if (kind === 'GET') socket.write(JSON.stringify(person.buffer.splice(0)));
    else if (kind === 'USERS') socket.write(JSON.stringify([...this.people.values()].map(({ name }) => name)));
    else socket.write(`bad request\nREQUEST: \n${data}`);
  }

  private name(socket: net.Socket, name: string): void {
    if ([...this.people.values()].some((person) => person.name === name)) return void socket.end('username in use');
    this.people.set(socket, { name, buffer: ['welcome to the chat!'] });
    this.say(`${name} entered room`);
    socket.write('connected');
  }
}

async function listen(server: { onConnection(socket: net.Socket): void }): Promise<number> {
  const listener = net.createServer((socket) => {
    server.onConnection(socket);
    atEnd(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  atEnd(() => new Promise((closed) => listener.close(() => closed())));
  return (listener.address() as net.AddressInfo).port;
}

/** Writes down what a person would see. */
class Eyes implements ConnectionListener {
  readonly seen: string[] = [];

  joined(name: string): void {
    this.seen.push(`in as ${name}`);
  }

  line({ kind, author, text }: Line): void {
    this.seen.push(kind === 'text' ? `${author}: ${text}` : `${kind}: ${text}`);
  }

  notice(text: string): void {
    this.seen.push(`notice: ${text}`);
  }

  closed(reason: string): void {
    this.seen.push(`closed: ${reason}`);
  }

  until(line: string): Promise<boolean> {
    return eventually(() => this.seen.includes(line), `"${line}"`, { show: () => this.seen.join('\n') });
  }
}

async function connect(port: number): Promise<{ connection: Connection; eyes: Eyes }> {
  const eyes = new Eyes();
  const connection = await pull().connect((accept) => dialTcp({ host: '127.0.0.1', port }, accept), '', eyes);
  atEnd(() => connection.close());
  return { connection, eyes };
}

async function joinAs(name: string, port: number): Promise<{ connection: Connection; eyes: Eyes }> {
  const there = await connect(port);
  await there.connection.join(name);
  return there;
}

describe('with a server of the seed’s family', () => {
  it('sees what everybody says, itself too, once', async () => {
    const port = await listen(new SeedServer());
    const cindy = await joinAs('cindy', port);
    const ethan = await joinAs('ethan', port);
    await cindy.connection.say('We had pizza last night.');
    await ethan.eyes.until('cindy: We had pizza last night.');
    await ethan.connection.say('How about spaghetti?');
    await cindy.eyes.until('ethan: How about spaghetti?');
    await ethan.eyes.until('ethan: How about spaghetti?');
    const texts = ['cindy: We had pizza last night.', 'ethan: How about spaghetti?'];
    for (const { eyes } of [cindy, ethan]) {
      expect(eyes.seen.filter((line) => texts.includes(line))).toEqual(texts);
    }
  });

  it.each(['connected', 'OK', 'username accepted', 'MSGS:', 'Hello cindy', 'GO', ''])(
    'is let in by "%s"',
    async (yes) => {
      const { eyes } = await joinAs('cindy', await listen(new SeedServer({ yes })));
      expect(eyes.seen).toEqual(['in as cindy']);
    },
  );

  it.each(['username in use', 'Username already taken', 'ERROR: not unique'])('is turned away by "%s"', async (no) => {
    const server = new SeedServer({ no });
    server.seat('cindy');
    const { connection, eyes } = await connect(await listen(server));
    await expect(connection.join('cindy')).rejects.toThrow(no);
    await eyes.until(`closed: ${no}`);
    expect(eyes.seen).toEqual([`closed: ${no}`]);
  });

  it('sends one request at a time, in a segment of its own', async () => {
    const server = new SeedServer({ put: 'PUT OK' });
    const { connection, eyes } = await joinAs('cindy', await listen(server));
    await connection.report();
    await Promise.all(['one', 'two', 'three'].map((text) => connection.say(text)));
    await eyes.until('cindy: three');
    expect([...new Set(server.requests)].sort()).toEqual(['GET', 'PUT: one', 'PUT: three', 'PUT: two', 'USERS']);
    expect(eyes.seen).toEqual(['in as cindy', 'cindy: one', 'cindy: two', 'cindy: three']);
  });

  it('reads answers that come in pieces', async () => {
    const server = new SeedServer({ writes: (answer) => answer.match(/[^]{1,7}/g) ?? [] });
    const { eyes } = await joinAs('cindy', await listen(server));
    server.say('<ethan>How about spaghetti? It is late.');
    server.say('<bob>Yes.');
    await eyes.until('bob: Yes.');
    expect(eyes.seen.slice(1)).toEqual(['ethan: How about spaghetti? It is late.', 'bob: Yes.']);
  });

  it('tells who comes and goes from the list of users', async () => {
    const server = new SeedServer();
    const { connection, eyes } = await joinAs('cindy', await listen(server));
    await connection.report();
    const leave = server.seat('ethan');
    await eyes.until('joined: ethan joined the chatroom.');
    leave();
    server.say('<ethan>bye');
    await eyes.until('left: ethan left the chatroom.');
    expect(eyes.seen.slice(1)).toEqual([
      'joined: ethan joined the chatroom.',
      'ethan: bye',
      'left: ethan left the chatroom.',
    ]);
  });

  it('says it once where the server does', async () => {
    const server = new SeedServer({ announces: true });
    const port = await listen(server);
    const { connection, eyes } = await joinAs('cindy', port);
    await connection.report();
    await joinAs('ethan', port);
    await eyes.until('joined: ethan joined the chatroom.');
    for (let times = 0; times < 3; times++) await connection.report();
    expect(eyes.seen).toEqual([
      'in as cindy',
      'joined: cindy joined the chatroom.',
      'joined: ethan joined the chatroom.',
    ]);
  });

  it('gives a report to who is in the room', async () => {
    const server = new SeedServer();
    server.seat('ethan');
    const { connection } = await connect(await listen(server));
    await expect(connection.report()).rejects.toThrow('only to those who have joined');
    await connection.join('cindy');
    expect(await connection.report()).toEqual({ count: 2, text: '1. ethan\n2. cindy' });
  });

  it('refuses a text of 100 characters, and sends one of 99', async () => {
    const { connection, eyes } = await joinAs('cindy', await listen(new SeedServer()));
    await expect(connection.say('é'.repeat(100))).rejects.toThrow('less than 100 characters, and this one has 100');
    await connection.say('\u{1f35d}'.repeat(99));
    await eyes.until(`cindy: ${'\u{1f35d}'.repeat(99)}`);
  });

  it('leaves without losing a word, and sees its own last one', async () => {
    const server = new SeedServer();
    const port = await listen(server);
    const ethan = await joinAs('ethan', port);
    const { connection, eyes } = await joinAs('cindy', port);
    const said = connection.say('bye');
    await connection.leave();
    await said;
    await ethan.eyes.until('cindy: bye');
    await eventually(() => server.people.size === 1, 'the end of the connection');
    expect(eyes.seen).toContain('cindy: bye');
  });

  it('is told when the server is gone', async () => {
    const server = new SeedServer();
    const { connection, eyes } = await joinAs('cindy', await listen(server));
    for (const socket of server.people.keys()) socket.destroy();
    await eyes.until('closed: The server closed the connection.');
    await expect(connection.report()).rejects.toThrow();
    expect(eyes.seen).toEqual(['in as cindy', 'closed: The server closed the connection.']);
  });
});

describe('with a server of the other family', () => {
  it('finds out, and sees what everybody says', async () => {
    const server = new JsonServer();
    const { connection, eyes } = await joinAs('cindy', await listen(server));
    await connection.say('Say "Hi": now');
    await eyes.until('cindy: Say "Hi": now');
    server.say('ethan entered room');
    server.say('ethan: Hi');
    await eyes.until('ethan: Hi');
    expect(await connection.report()).toEqual({ count: 1, text: '1. cindy' });
    expect(eyes.seen).toEqual([
      'in as cindy',
      'notice: welcome to the chat!',
      'joined: cindy entered room',
      'cindy: Say "Hi": now',
      'joined: ethan entered room',
      'ethan: Hi',
    ]);
  });

  it('is turned away when the name is in use', async () => {
    const port = await listen(new JsonServer());
    await joinAs('cindy', port);
    const { connection, eyes } = await connect(port);
    await expect(connection.join('cindy')).rejects.toThrow('username in use');
    await eyes.until('closed: username in use');
    expect(eyes.seen).toEqual(['closed: username in use']);
  });

  it.each([
    { does: 'hangs up without a word', refuse: (socket: net.Socket) => void socket.end() },
    { does: 'breaks off', refuse: (socket: net.Socket) => void socket.resetAndDestroy() },
    { does: 'says nothing', refuse: () => undefined },
  ])('finds out where it $does when it hears a bare name', async ({ refuse }) => {
    const server = new JsonServer(refuse);
    const { connection, eyes } = await joinAs('cindy', await listen(server));
    await connection.say('Hi');
    await eyes.until('cindy: Hi');
    expect(eyes.seen.filter((line) => line.startsWith('closed'))).toEqual([]);
  });

  it('makes no second attempt for somebody who has given up', async () => {
    const server = new JsonServer(() => undefined);
    const { connection, eyes } = await connect(await listen(server));
    const joined = connection.join('cindy');
    connection.close();
    await expect(joined).rejects.toThrow('The server closed the connection.');
    await eyes.until('closed: The server closed the connection.');
    expect(server.connections).toBe(1);
  });

  it('is turned away when the server cannot be reached a second time', async () => {
    const eyes = new Eyes();
    const port = await listen(new JsonServer());
    let dials = 0;
    const connection = await pull().connect(
      (accept) => (++dials > 1 ? Promise.reject(new Error('gone')) : dialTcp({ host: '127.0.0.1', port }, accept)),
      '',
      eyes,
    );
    await expect(connection.join('cindy')).rejects.toThrow('bad handshake - no username provided');
    expect(eyes.seen).toEqual(['closed: bad handshake - no username provided']);
  });
});

describe('with our own server', () => {
  it('reads the same lines in the same order as everybody', async () => {
    const { port } = await serve();
    const cindy = await joinAs('cindy', port);
    const ethan = await joinAs('ethan', port);
    await cindy.connection.say('i <3 you <ethan>me too');
    await ethan.eyes.until('cindy: i <3 you ‹ethan>me too');
    await ethan.connection.say('bye');
    await ethan.connection.leave();
    await cindy.eyes.until('left: ethan left the chatroom.');
    expect(cindy.eyes.seen).toEqual([
      'in as cindy',
      'joined: ethan joined the chatroom.',
      'cindy: i <3 you ‹ethan>me too',
      'ethan: bye',
      'left: ethan left the chatroom.',
    ]);
  });

  it('fetches much without waiting a second each time', async () => {
    const { port } = await serve();
    const cindy = await joinAs('cindy', port);
    const ethan = await joinAs('ethan', port);
    const texts = Array.from({ length: 60 }, (_, index) => `${index} `.padEnd(99, 'x'));
    for (const text of texts) await ethan.connection.say(text);
    await cindy.eyes.until(`ethan: ${texts.at(-1)}`);
    expect(cindy.eyes.seen.filter((line) => line.startsWith('ethan: '))).toEqual(texts.map((text) => `ethan: ${text}`));
  });

  it.each([
    ['cindy', 'username in use'],
    ['no spaces', 'A username has'],
    ['Server', 'The username Server is reserved.'],
  ])('is told why it is turned away: %s', async (name, reason) => {
    const { port } = await serve();
    await joinAs('cindy', port);
    const { connection } = await connect(port);
    await expect(connection.join(name)).rejects.toThrow(reason);
  });

  it('is told when the server stops', async () => {
    const { port, stop } = await serve();
    const { eyes } = await joinAs('cindy', port);
    await stop();
    await eyes.until('closed: The server closed the connection.');
  });
});

/** Found by `npm run fuzz`. */
describe('with a server that hangs up on the name', () => {
  it('is told the end once, also when a second attempt is made', async () => {
    const { connection, eyes } = await connect(
      await listen({ onConnection: (socket) => void socket.on('data', () => socket.destroy()) }),
    );
    await expect(connection.join('cindy')).rejects.toThrow('The server closed the connection.');
    await eyes.until('closed: The server closed the connection.');
    expect(eyes.seen).toEqual(['closed: The server closed the connection.']);
  });
});
