/** Our client against servers as others write them for the assignment: they share no code with ours. */
import net from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Connection, Line } from '../../../src/client/connection.js';
import { RefusedError, UnreachableError } from '../../../src/client/connection.js';
import { register } from '../../../src/protocols/register/index.js';
import { TransportError } from '../../../src/transports/errors.js';
import type { Accept } from '../../../src/transports/link.js';
import { dialTcp } from '../../../src/transports/tcp.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { FakeLink } from '../../support/fake-link.js';
import { settle } from '../../support/settle.js';

afterEach(async () => {
  jest.useRealTimers();
  await closeAll();
});

/** A server that does with each chunk what a student's does with each `recv(1024)`. */
class StudentServer {
  readonly chunks: string[] = [];
  readonly sockets: net.Socket[] = [];
  private server!: net.Server;

  static async start(
    onChunk: (socket: net.Socket, chunk: string, server: StudentServer) => void,
  ): Promise<StudentServer> {
    const student = new StudentServer();
    student.server = net.createServer((socket) => {
      student.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        student.chunks.push(bytes.toString());
        onChunk(socket, bytes.toString(), student);
      });
    });
    await new Promise<void>((resolve) => student.server.listen(0, '127.0.0.1', resolve));
    atEnd(() => student.close());
    return student;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** What a client's listener was told, as lines to compare. */
class Person {
  readonly told: string[] = [];
  readonly lines: Line[] = [];
  connection!: Connection;

  static async dial(dial: (accept: Accept) => Promise<void>): Promise<Person> {
    const person = new Person();
    person.connection = await register().connect(dial, '', {
      joined: (name) => person.told.push(`joined as ${name}`),
      line: (line) => {
        person.lines.push(line);
        person.told.push(`${line.kind} ${line.author}: ${line.text}`);
      },
      notice: (text) => person.told.push(`notice ${text}`),
      closed: (reason) => person.told.push(`closed: ${reason}`),
    });
    atEnd(() => person.connection.close());
    return person;
  }

  static to(server: StudentServer): Promise<Person> {
    return Person.dial((accept) => dialTcp({ host: '127.0.0.1', port: server.port }, accept));
  }

  async hears(line: string): Promise<void> {
    await eventually(() => this.told.includes(line), line, { show: () => this.told.join('\n') });
  }
}

/** Takes each chunk for one message, compares it as a whole, and ends nothing with anything. */
function bare(socket: net.Socket, chunk: string): void {
  if (/^REGISTER \w+ CHAT\/1\.0$/.test(chunk)) socket.write('200 Registration successful');
  else if (chunk.startsWith('REGISTER')) socket.end('400 Invalid registration');
}

/** Reads lines, as with `makefile().readline()`. */
function byLines(): (socket: net.Socket, chunk: string) => void {
  let rest = '';
  return (socket, chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    if (lines.some((line) => line.startsWith('REGISTER'))) socket.write('200 Registration successful\n');
  };
}

/** Reads a length, then as many bytes; what is no number ends the connection, `refusal` before it. */
function byLengths(refusal = ''): (socket: net.Socket, chunk: string) => void {
  return (socket, chunk) => {
    const length = Number(chunk.slice(0, 10));
    if (!Number.isInteger(length)) return void socket.end(refusal);
    const message = chunk.slice(10, 10 + length);
    if (message.startsWith('REGISTER')) socket.write('27        200 Registration successful');
  };
}

describe('registering with a server', () => {
  it('that takes one chunk for one message', async () => {
    const server = await StudentServer.start(bare);
    const alice = await Person.to(server);
    await alice.connection.join('Alice');
    expect(alice.told).toEqual(['joined as Alice']);
    expect(server.chunks).toEqual(['REGISTER Alice CHAT/1.0']);
  });

  it('that answers with a line end nevertheless', async () => {
    const server = await StudentServer.start((socket) => socket.write('200 Registration successful\r\n'));
    const alice = await Person.to(server);
    await alice.connection.join('Alice');
    await alice.connection.say('hi');
    await eventually(() => server.chunks.includes('@Alice: hi'), 'the text without a line end');
  });

  it('that reads lines: the line end follows, and then every message has one', async () => {
    const server = await StudentServer.start(byLines());
    const alice = await Person.to(server);
    await alice.connection.join('Alice');
    await alice.connection.say('hi');
    await eventually(() => server.chunks.length === 3, 'the text');
    expect(server.chunks).toEqual(['REGISTER Alice CHAT/1.0', '\n', '@Alice: hi\n']);
  });

  it.each([
    ['hangs up on anything else', ''],
    ['refuses anything else', '24        400 Invalid registration'],
  ])('that reads lengths and %s', async (_, refusal) => {
    const server = await StudentServer.start(byLengths(refusal));
    const alice = await Person.to(server);
    await alice.connection.join('Alice');
    await alice.connection.say('héllo');
    await eventually(() => server.chunks.length === 3, 'the text');
    expect(server.chunks.slice(1)).toEqual(['23        REGISTER Alice CHAT/1.0', '14        @Alice: héllo']);
    expect(alice.told).toEqual(['joined as Alice', 'text Alice: héllo']);
  });

  it('that reads lengths and says nothing to anything else', async () => {
    const server = await StudentServer.start((socket, chunk) => {
      if (/^\d+ *REGISTER/.test(chunk)) socket.write('27        200 Registration successful');
    });
    const alice = await Person.to(server);
    await alice.connection.join('Alice');
    expect(server.chunks).toEqual(['REGISTER Alice CHAT/1.0', '\n', '23        REGISTER Alice CHAT/1.0']);
  });

  it('that answers the bare registration with lengths', async () => {
    const server = await StudentServer.start((socket) => socket.write('27        200 Registration successful'));
    const alice = await Person.to(server);
    await alice.connection.join('Alice');
    await alice.connection.say('hi');
    await eventually(() => server.chunks.includes('10        @Alice: hi'), 'the text with its length');
  });

  it.each([
    ['401 Client already registered', '401 Client already registered'],
    ['401 Client already registered\n', '401 Client already registered'],
    ['29        401 Client already registered', '401 Client already registered'],
    ['400 Invalid registration', '400 Invalid registration'],
    ['The room is full, sorry.', 'The room is full, sorry.'],
  ])('that says no with %j', async (answer, reason) => {
    const server = await StudentServer.start((socket) => socket.write(answer));
    const alice = await Person.to(server);
    await expect(alice.connection.join('Alice')).rejects.toEqual(new RefusedError(reason));
    await alice.hears(`closed: ${reason}`);
    expect(server.chunks).toEqual(['REGISTER Alice CHAT/1.0']);
  });

  it.each([
    ['closes', (socket: net.Socket) => socket.end('401 Client already registered')],
    [
      'breaks off',
      (socket: net.Socket) => socket.write('401 Client already registered', () => socket.resetAndDestroy()),
    ],
  ])('that says no and %s at once', async (_, refuse) => {
    const server = await StudentServer.start((socket) => void refuse(socket));
    const alice = await Person.to(server);
    await expect(alice.connection.join('Alice')).rejects.toThrow(RefusedError);
    expect(server.sockets).toHaveLength(1);
  });

  it('that tells what others say before it answers', async () => {
    const server = await StudentServer.start((socket) => {
      socket.write('@Bob: early\n');
      socket.write('200 Registration successful\n');
    });
    const alice = await Person.to(server);
    await alice.connection.join('Alice');
    expect(alice.told).toEqual(['joined as Alice']);
  });

  it('that hangs up whatever is said', async () => {
    const server = await StudentServer.start((socket) => socket.end());
    const alice = await Person.to(server);
    await expect(alice.connection.join('Alice')).rejects.toThrow(UnreachableError);
    await alice.hears('closed: The server closed the connection.');
    expect(server.chunks).toHaveLength(2);
  });

  it('that is gone after it hung up', async () => {
    const server = await StudentServer.start((_socket, _chunk, server) => void server.close());
    const alice = await Person.to(server);
    await expect(alice.connection.join('Alice')).rejects.toThrow(UnreachableError);
    await alice.hears('closed: The server closed the connection.');
  });

  it('that never answers', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    const links: FakeLink[] = [];
    const alice = await Person.dial(async (accept) => {
      const link = new FakeLink();
      links.push(link);
      link.attach(accept(link));
    });
    const refused = expect(alice.connection.join('Alice')).rejects.toThrow('The server does not answer.');
    await jest.advanceTimersByTimeAsync(20_000);
    await settle();
    await refused;
    const written = links.map((link) => link.bytes.toString());
    expect(written).toEqual(['REGISTER Alice CHAT/1.0\n', '23        REGISTER Alice CHAT/1.0']);
    expect(links.map(({ isEnded }) => isEnded)).toEqual([true, true]);
    expect(alice.told).toEqual(['closed: The server does not answer.']);
  });

  it('is given up by closing, without another attempt', async () => {
    const server = await StudentServer.start(() => undefined);
    const alice = await Person.to(server);
    const refused = expect(alice.connection.join('Alice')).rejects.toThrow(UnreachableError);
    await eventually(() => server.chunks.length === 1, 'the registration');
    alice.connection.close();
    server.sockets[0]!.end();
    await refused;
    expect(server.sockets).toHaveLength(1);
  });

  it('that is not there throws what dialling throws', async () => {
    const server = await StudentServer.start(bare);
    const { port } = server;
    await server.close();
    const dialling = Person.dial((accept) => dialTcp({ host: '127.0.0.1', port }, accept));
    await expect(dialling).rejects.toThrow(TransportError);
  });
});

describe('in the room of a server', () => {
  async function joined(onChunk = bare): Promise<{ server: StudentServer; socket: net.Socket; alice: Person }> {
    const server = await StudentServer.start(onChunk);
    const alice = await Person.to(server);
    await alice.connection.join('Alice');
    alice.told.length = 0;
    return { server, socket: server.sockets[0]!, alice };
  }

  it('shows texts by their authors, and what the server announces', async () => {
    const { socket, alice } = await joined();
    const chunks = [
      '@Server: Bob joined the chatroom.',
      '@Bob: héllo: you @Alice',
      '@Bob no colon',
      '@Bob: with a line end\n',
      '@Server: All is well.',
      'Bob has left',
      '@Server: Bob left the chatroom.',
    ];
    for (const [index, chunk] of chunks.entries()) {
      socket.write(chunk);
      await eventually(() => alice.told.length === index + 1, chunk);
    }
    expect(alice.told).toEqual([
      'joined Bob: Bob joined the chatroom.',
      'text Bob: héllo: you @Alice',
      'text Bob: no colon',
      'text Bob: with a line end',
      'notice All is well.',
      'notice Bob has left',
      'left Bob: Bob left the chatroom.',
    ]);
  });

  it('survives a text glued to the answer', async () => {
    const alice = await Person.to(
      await StudentServer.start((socket) => socket.write('200 Registration successful@Bob: hi')),
    );
    await alice.connection.join('Alice');
    await alice.hears('text Bob: hi');
  });

  it('shows one`s own line at once, and not again when the server sends it back', async () => {
    const { socket, alice } = await joined((socket, chunk) => {
      bare(socket, chunk);
      if (chunk.startsWith('@')) socket.write(chunk);
    });
    await alice.connection.say('hi');
    expect(alice.told).toEqual(['text Alice: hi']);
    await eventually(() => socket.bytesRead > 'REGISTER Alice CHAT/1.0'.length, 'the text');
    socket.write('@Bob: ho');
    await alice.hears('text Bob: ho');
    expect(alice.told).toEqual(['text Alice: hi', 'text Bob: ho']);
  });

  it('sends each message in a write of its own, of at most 1024 bytes, one after the other', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    const link = new FakeLink();
    const alice = await Person.dial(async (accept) => link.attach(accept(link)));
    const joining = alice.connection.join('Alice');
    link.send(Buffer.from('200 Registration successful\n'));
    await joining;
    for (const text of ['one', 'a\nb', 'é'.repeat(800), ' \n ']) await alice.connection.say(text);
    expect(link.written).toHaveLength(1);
    const leaving = alice.connection.leave();
    await jest.advanceTimersByTimeAsync(1000);
    await leaving;
    const [, one, a, b, first, second, goodbye, ...more] = link.written.map((bytes) => Buffer.from(bytes).toString());
    expect([one, a, b, goodbye]).toEqual(['@Alice: one', '@Alice: a', '@Alice: b', 'DISCONNECT Alice CHAT/1.0']);
    expect([first, second].map((text) => text?.replace('@Alice: ', '')).join('')).toBe('é'.repeat(800));
    expect(Buffer.byteLength(first!)).toBeLessThanOrEqual(1024);
    expect(more).toEqual([]);
    expect(alice.lines.map(({ text }) => text)).toEqual(['one', 'a\nb', 'é'.repeat(800)]);
  });

  it('says goodbye and closes', async () => {
    const { server, socket, alice } = await joined();
    const ended = new Promise((resolve) => socket.once('end', resolve));
    await alice.connection.leave();
    await ended;
    expect(server.chunks.at(-1)).toBe('DISCONNECT Alice CHAT/1.0');
    await alice.hears('closed: The server closed the connection.');
  });

  it.each([
    ['alone', 'DISCONNECT CHAT/1.0'],
    ['with a line end', 'DISCONNECT CHAT/1.0\n'],
    ['glued to a text', '@Bob: byeDISCONNECT CHAT/1.0'],
  ])('ends with the server: a farewell %s', async (_, farewell) => {
    const { socket, alice } = await joined();
    socket.write(farewell);
    await alice.hears('closed: The server is shutting down.');
  });

  it('ends with a server that closes right after its farewell', async () => {
    const { socket, alice } = await joined();
    socket.end('DISCONNECT CHAT/1.0');
    await alice.hears('closed: The server is shutting down.');
  });

  it('ends with a server that closes without a word', async () => {
    const { socket, alice } = await joined();
    socket.end();
    await alice.hears('closed: The server closed the connection.');
  });

  it('offers nothing that the protocol does not have', async () => {
    const { alice } = await joined();
    expect(alice.connection.can).toEqual({ report: false, files: false, history: false });
  });
});

/** Found by `npm run fuzz`. */
describe('when a server hangs up behind half a refusal with a length', () => {
  it('is told the end once, and makes no other connection', async () => {
    const links: FakeLink[] = [];
    const person = await Person.dial(async (accept) => {
      const link = new FakeLink();
      links.push(link);
      link.attach(accept(link));
    });
    const joining = person.connection.join('Alice');
    links[0]!.send(Buffer.from('99        400 Invalid registration'));
    links[0]!.reset();
    await expect(joining).rejects.toThrow('400 Invalid registration');
    await settle();
    expect(links).toHaveLength(1);
    expect(person.told).toEqual(['closed: 400 Invalid registration']);
  });
});
