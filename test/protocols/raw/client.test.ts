import { afterEach, describe, expect, it, jest } from '@jest/globals';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import {
  type Connection,
  type ConnectionListener,
  type Line,
  RefusedError,
  UnreachableError,
} from '../../../src/client/connection.js';
import { raw, rawUdp } from '../../../src/protocols/raw/index.js';
import { dialTcp } from '../../../src/transports/tcp.js';
import { dialUdp } from '../../../src/transports/udp.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { FakeLink } from '../../support/fake-link.js';
import { HOST, serve, TcpStudent, UdpStudent } from './students.js';

/** What a person sees. */
class Screen implements ConnectionListener {
  readonly lines: string[] = [];
  joinedAs: string | undefined;
  ending: string | undefined;

  joined(name: string): void {
    this.joinedAs = name;
  }

  line({ kind, author, text }: Line): void {
    this.lines.push(kind === 'text' ? `${author} says ${text}` : `${kind} ${author}: ${text}`);
  }

  notice(text: string): void {
    this.lines.push(`* ${text}`);
  }

  closed(reason: string): void {
    this.ending = reason;
  }

  async saw(...lines: string[]): Promise<void> {
    const show = (): string => JSON.stringify(this.lines);
    await eventually(() => this.lines.length >= lines.length, JSON.stringify(lines), { show });
    expect(this.lines).toEqual(lines);
  }

  async end(): Promise<string> {
    return eventually(() => this.ending, 'the end of the connection', { show: () => JSON.stringify(this.lines) });
  }
}

async function connect(scheme: 'raw' | 'raw-udp', port: number): Promise<{ screen: Screen; connection: Connection }> {
  const screen = new Screen();
  const [protocol, dial] = scheme === 'raw' ? [raw(), dialTcp] : [rawUdp(), dialUdp];
  const connection = await protocol.connect((accept) => dial({ host: HOST, port }, accept), '', screen);
  atEnd(() => connection.close());
  return { screen, connection };
}

async function joined(scheme: 'raw' | 'raw-udp', port: number, name: string): ReturnType<typeof connect> {
  const client = await connect(scheme, port);
  await client.connection.join(name);
  return client;
}

/** A server of the seed as a student writes it: a dictionary, `recv(1024)`, and no thought for segments. */
class SeedTcpServer {
  readonly clients = new Map<net.Socket, string>();
  readonly received: string[] = [];
  private readonly server = net.createServer((socket) => this.accept(socket));

  static async start(onName?: (socket: net.Socket, name: string) => boolean): Promise<SeedTcpServer> {
    const server = new SeedTcpServer(onName);
    server.server.listen(0, HOST);
    await once(server.server, 'listening');
    atEnd(() => {
      server.clients.forEach((_name, socket) => socket.destroy());
      server.server.close();
    });
    return server;
  }

  private constructor(private readonly onName?: (socket: net.Socket, name: string) => boolean) {}

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  broadcast(from: net.Socket | undefined, text: string): void {
    for (const socket of this.clients.keys()) if (socket !== from) socket.write(text);
  }

  private accept(socket: net.Socket): void {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      const name = bytes.toString();
      if (this.onName?.(socket, name)) return void this.clients.set(socket, name);
      if ([...this.clients.values()].includes(name)) return void socket.end('Name already taken');
      socket.write('Welcome');
      this.clients.set(socket, name);
      this.broadcast(socket, `User ${name} joined`);
      socket.on('data', (chunk) => this.handle(socket, name, chunk.toString()));
      socket.on('close', () => this.clients.delete(socket));
    });
  }

  private handle(socket: net.Socket, name: string, message: string): void {
    this.received.push(message);
    if (message !== 'exit') return this.broadcast(socket, `${name}: ${message}`);
    this.broadcast(socket, `User ${name} left`);
    this.clients.delete(socket);
    socket.end();
  }
}

/** The same over UDP, in the seed's family or in the bare one. */
class SeedUdpServer {
  readonly clients = new Map<string, string>();
  readonly received: string[] = [];
  private readonly socket = dgram.createSocket('udp4');

  static async start(family: 'seed' | 'bare'): Promise<SeedUdpServer> {
    const server = new SeedUdpServer(family);
    server.socket.bind(0, HOST);
    await once(server.socket, 'listening');
    atEnd(() => server.close());
    return server;
  }

  private constructor(private readonly family: 'seed' | 'bare') {
    this.socket.on('message', (bytes, { port }) => this.handle(`${port}`, bytes.toString()));
  }

  get port(): number {
    return this.socket.address().port;
  }

  close(): void {
    try {
      this.socket.close();
    } catch {
      // It is closed already.
    }
  }

  broadcast(from: string, text: string): void {
    for (const to of this.clients.keys()) if (to !== from) this.socket.send(text, Number(to), HOST);
  }

  private handle(from: string, message: string): void {
    this.received.push(message);
    if (this.family === 'seed') {
      const [name = '', text = ''] = message.split(/:(.*)/s);
      if (text === 'join') this.accept(from, name);
      else if (text === 'exit') this.leave(from);
      // This one passes on what it got, without a space.
      else if (this.clients.has(from)) this.broadcast(from, `${name}:${text}`);
    } else if (message.startsWith('join:')) this.accept(from, message.slice('join:'.length));
    else if (message === 'exit') this.leave(from);
    else if (this.clients.has(from)) this.broadcast(from, `${this.clients.get(from)}: ${message}`);
  }

  private accept(from: string, name: string): void {
    if ([...this.clients.values()].includes(name)) return this.socket.send('Name already taken', Number(from), HOST);
    this.socket.send('Welcome', Number(from), HOST);
    this.broadcast(from, `User ${name} joined`);
    this.clients.set(from, name);
  }

  private leave(from: string): void {
    this.broadcast(from, `User ${this.clients.get(from)} left`);
    this.clients.delete(from);
  }
}

describe('our client on raw, with a server of the seed', () => {
  afterEach(closeAll);

  it('joins, talks and leaves', async () => {
    const server = await SeedTcpServer.start();
    const ann = await joined('raw', server.port, 'ann');
    const bob = await joined('raw', server.port, 'bob');
    expect(ann.screen.joinedAs).toBe('ann');
    await ann.screen.saw('joined bob: User bob joined');
    await bob.connection.say('hello: there');
    await bob.screen.saw('bob says hello: there');
    await ann.screen.saw('joined bob: User bob joined', 'bob says hello: there');
    await bob.connection.leave();
    await bob.screen.end();
    await ann.screen.saw('joined bob: User bob joined', 'bob says hello: there', 'left bob: User bob left');
    expect(server.received).toEqual(['hello: there', 'exit']);
  });

  it('sends a message a segment, each of at most 1024 bytes and without line breaks', async () => {
    const server = await SeedTcpServer.start();
    const bob = await joined('raw', server.port, 'bob');
    await Promise.all(['1', '2', 'one\n\ntwo', 'é'.repeat(600)].map((text) => bob.connection.say(text)));
    await bob.connection.leave();
    await eventually(() => server.received.includes('exit'), 'the farewell');
    expect(server.received).toEqual(['1', '2', 'one', 'two', 'é'.repeat(512), 'é'.repeat(88), 'exit']);
    expect(bob.screen.lines).toContain('bob says one\n\ntwo');
  });

  it('is refused with the words of the server', async () => {
    const server = await SeedTcpServer.start();
    await joined('raw', server.port, 'ann');
    const other = await connect('raw', server.port);
    const joining = other.connection.join('ann');
    await expect(joining).rejects.toThrow(RefusedError);
    await expect(joining).rejects.toThrow('Name already taken');
    await other.screen.end();
  });

  it('leaves by the word exit', async () => {
    const server = await SeedTcpServer.start();
    const bob = await joined('raw', server.port, 'bob');
    await bob.connection.say('exit');
    expect(await bob.screen.end()).toBe('You have left the chatroom.');
    await eventually(() => server.received.length > 0, 'the farewell');
    expect([server.received, bob.screen.lines]).toEqual([['exit'], []]);
  });

  it('ends when the server says so, and when it only closes', async () => {
    const server = await SeedTcpServer.start();
    const ann = await joined('raw', server.port, 'ann');
    server.broadcast(undefined, 'server-shutdown');
    expect(await ann.screen.end()).toBe('The server is shutting down.');
    const bob = await joined('raw', server.port, 'bob');
    server.clients.forEach((_name, socket) => socket.resetAndDestroy());
    expect(await bob.screen.end()).toBe('The server closed the connection.');
  });

  it.each([
    ['WelcomeUser bob joined', ['joined bob: User bob joined']],
    ['Welcomebob: hi', ['bob says hi']],
    ['Welcome to the chat, ann!', ['* Welcome to the chat, ann!']],
    ['Welcome\n', []],
  ])('is let in by %j', async (answer, lines) => {
    const server = await SeedTcpServer.start((socket) => socket.write(answer));
    const ann = await joined('raw', server.port, 'ann');
    await ann.screen.saw(...lines);
  });

  it.each([
    ['User bob joinedUser eve joined', ['joined bob: User bob joined', 'joined eve: User eve joined']],
    ['User bob joinedbob: hi', ['joined bob: User bob joined', 'bob says hi']],
    ['ann: echoed\nbob: hi\n', ['bob says hi']],
    ['Maintenance tonight', ['* Maintenance tonight']],
    ['bob: one\nbob: two\n', ['bob says one', 'bob says two']],
  ])('reads %j', async (message, lines) => {
    const server = await SeedTcpServer.start();
    const ann = await joined('raw', server.port, 'ann');
    server.broadcast(undefined, message);
    await ann.screen.saw(...lines);
  });

  it('survives a farewell that is glued to a text, and one that was only typed', async () => {
    const server = await SeedTcpServer.start();
    const ann = await joined('raw', server.port, 'ann');
    server.broadcast(undefined, 'bob: server-shutdown');
    await ann.screen.saw('bob says server-shutdown');
    server.broadcast(undefined, 'bob: hi');
    await ann.screen.saw('bob says server-shutdown', 'bob says hi');
    expect(ann.screen.ending).toBeUndefined();
    server.broadcast(undefined, 'bob: hoserver-shutdown');
    server.clients.forEach((_name, socket) => socket.end());
    expect(await ann.screen.end()).toBe('The server is shutting down.');
  });

  it('joins a server that stops meanwhile', async () => {
    const server = await SeedTcpServer.start((socket) => socket.write('server-shutdown'));
    const { connection } = await connect('raw', server.port);
    const joining = connection.join('ann');
    await expect(joining).rejects.toThrow(UnreachableError);
    await expect(joining).rejects.toThrow('The server is shutting down.');
  });
});

describe('our client on raw-udp, with a server of the seed', () => {
  afterEach(closeAll);

  it('joins, talks and leaves', async () => {
    const server = await SeedUdpServer.start('seed');
    const ann = await joined('raw-udp', server.port, 'ann');
    const bob = await joined('raw-udp', server.port, 'bob');
    await bob.connection.say('hello: there');
    await bob.connection.say('join');
    await bob.connection.leave();
    expect(await bob.screen.end()).toBe('The server closed the connection.');
    await ann.screen.saw(
      'joined bob: User bob joined',
      'bob says hello: there',
      'bob says join',
      'left bob: User bob left',
    );
    expect(server.received).toEqual(['ann:join', 'bob:join', 'bob:hello: there', 'bob: join', 'bob:exit']);
  });

  it('finds out that a server knows only the other family', async () => {
    const server = await SeedUdpServer.start('bare');
    const ann = await joined('raw-udp', server.port, 'ann');
    const bob = await joined('raw-udp', server.port, 'bob');
    await bob.connection.say('hello');
    await bob.connection.leave();
    await ann.screen.saw('joined bob: User bob joined', 'bob says hello', 'left bob: User bob left');
  });

  it('is refused with the words of the server', async () => {
    const server = await SeedUdpServer.start('seed');
    await joined('raw-udp', server.port, 'ann');
    const { connection } = await connect('raw-udp', server.port);
    await expect(connection.join('ann')).rejects.toThrow(new RefusedError('Name already taken'));
  });

  it('is told at once that nobody is there', async () => {
    const server = await SeedUdpServer.start('seed');
    const { port } = server;
    server.close();
    const { connection, screen } = await connect('raw-udp', port);
    const joining = connection.join('ann');
    await expect(joining).rejects.toThrow(UnreachableError);
    await expect(joining).rejects.toThrow(`There is no server at ${HOST}, port ${port}.`);
    expect(await screen.end()).toBe(`There is no server at ${HOST}, port ${port}.`);
  });

  it('finds that the server is gone when it says something', async () => {
    const server = await SeedUdpServer.start('seed');
    const { port } = server;
    const ann = await joined('raw-udp', port, 'ann');
    server.close();
    await ann.connection.say('hello?');
    expect(await ann.screen.end()).toBe(`There is no server at ${HOST}, port ${port}.`);
  });

  it('gives up when no answer comes in time', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    try {
      const link = new FakeLink();
      const screen = new Screen();
      const dial = async (accept: Parameters<typeof dialUdp>[1]): Promise<void> => link.attach(accept(link));
      const connection = await rawUdp().connect(dial, '', screen);
      const joining = expect(connection.join('ann')).rejects.toThrow(
        new UnreachableError('The server does not answer.'),
      );
      await jest.advanceTimersByTimeAsync(60_000);
      await joining;
      expect(link.written.map((bytes) => Buffer.from(bytes).toString())).toEqual(['ann:join', 'join:ann']);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('our client with our server', () => {
  afterEach(closeAll);

  it.each(['raw', 'raw-udp'] as const)('joins, talks, leaves and hears the farewell on %s', async (scheme) => {
    const { ports, server } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const eve = await UdpStudent.joined(ports['raw-udp'], 'eve:join');
    const bob = await joined(scheme, ports[scheme], 'bob');
    ann.send('one');
    await bob.screen.saw('ann says one');
    await bob.connection.say('two: three');
    await eve.got('User bob joined', 'ann: one', 'bob: two: three');
    const second = await joined(scheme, ports[scheme], 'second');
    await second.connection.leave();
    await bob.screen.saw(
      'ann says one',
      'bob says two: three',
      'joined second: User second joined',
      'left second: User second left',
    );
    await server.stop();
    expect(await bob.screen.end()).toBe('The server is shutting down.');
  });

  it.each(['raw', 'raw-udp'] as const)('is refused on %s', async (scheme) => {
    const { ports } = await serve({ capacity: 1 });
    const illegal = await connect(scheme, ports[scheme]);
    await expect(illegal.connection.join('a b')).rejects.toThrow(/^A username has /);
    await joined(scheme, ports[scheme], 'ann');
    const full = await connect(scheme, ports[scheme]);
    await expect(full.connection.join('bob')).rejects.toThrow('The chatroom has reached its maximum capacity.');
  });
});

/** Found by `npm run fuzz`. */
describe('whoever is gone, or on the way', () => {
  async function inside(): Promise<{ screen: Screen; connection: Connection; link: FakeLink }> {
    const [screen, link] = [new Screen(), new FakeLink()];
    const connection = await raw().connect(async (accept) => link.attach(accept(link)), '', screen);
    atEnd(() => link.destroy());
    const joining = connection.join('bob');
    link.send(Buffer.from('Welcome'));
    await joining;
    return { screen, connection, link };
  }

  it('takes nothing that still comes for an answer to a joining', async () => {
    const { screen, connection, link } = await inside();
    const leaving = connection.leave();
    link.send(Buffer.from('ann: one'), Buffer.from('ann: Welcome'), Buffer.from('ann: two'));
    await leaving;
    expect(await screen.end()).toBe('The server closed the connection.');
    expect(screen.lines).toEqual([]);
  });

  it('is not shown a text as said that cannot be sent any more', async () => {
    const { screen, connection, link } = await inside();
    link.reset();
    await connection.say('into the void');
    expect(screen.lines).toEqual([]);
  });

  it('is not shown a text as said behind the leaving', async () => {
    const { screen, connection } = await inside();
    const leaving = connection.leave();
    await connection.say('one more thing');
    await leaving;
    expect(screen.lines).toEqual([]);
  });
});
