import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import net from 'node:net';
import { closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { decode, encode, FLAG } from '../../support/records-peer.js';
import { HOST, serve, TcpStudent } from './students.js';

describe('clients of others on raw', () => {
  afterEach(closeAll);

  it('walks through the seed', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.joined(ports.raw, 'bob');
    await ann.got('User bob joined');
    bob.send('hello');
    await ann.got('User bob joined', 'bob: hello');
    ann.send('hi: bob');
    await bob.got('ann: hi: bob');
    bob.send('exit');
    await ann.got('User bob joined', 'bob: hello', 'User bob left');
    await bob.end();
    expect(bob.messages).toEqual(['ann: hi: bob']);
  });

  it('takes the first chunk for the name, without its newline, and gives newlines back', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.connect(ports.raw);
    bob.send('bob\r\n');
    await bob.got('Welcome\n');
    await ann.got('User bob joined');
    ann.send('hello');
    await bob.got('Welcome\n', 'ann: hello\n');
  });

  it('reads the name and texts that come in one chunk, by lines', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.connect(ports.raw);
    bob.send('\n\nbob\nhello\r\n\nhow are');
    bob.send(' you?\nexit\n');
    await ann.got('User bob joined', 'bob: hello', 'bob: how are you?', 'User bob left');
  });

  it('serves who ends only the name with a newline', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.connect(ports.raw);
    bob.send('bob\n');
    await bob.got('Welcome\n');
    bob.send('hello');
    await ann.until('bob: hello');
    bob.send('exit');
    await ann.got('User bob joined', 'bob: hello', 'User bob left');
  });

  it('hears a last word without a newline', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.connect(ports.raw);
    bob.socket.end('bob\nhello');
    await ann.got('User bob joined', 'bob: hello', 'User bob left');
  });

  it('waits for the rest of a character', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.joined(ports.raw, 'bob');
    bob.send(Uint8Array.of(0x68, 0xc3));
    await new Promise((resolve) => setTimeout(resolve, 30));
    bob.send(Uint8Array.of(0xa9));
    await ann.got('User bob joined', 'bob: hé');
  });

  it.each(['exit', 'exitexit', 'exitexitexit', 'exit\n', 'exit\nexit\n'])('takes %j for leaving', async (word) => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.joined(ports.raw, 'bob');
    bob.send(word);
    await bob.end();
    await TcpStudent.joined(ports.raw, 'bob');
    await ann.got('User bob joined', 'User bob left', 'User bob joined');
  });

  it('announces once who leaves by a farewell twice, an end, or a reset', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.joined(ports.raw, 'bob');
    bob.send('exit');
    await new Promise((resolve) => setTimeout(resolve, 30));
    bob.send('exit');
    bob.socket.end();
    await ann.until('User bob left');
    const eve = await TcpStudent.joined(ports.raw, 'eve');
    eve.socket.end();
    await ann.until('User eve left');
    const joe = await TcpStudent.joined(ports.raw, 'joe');
    joe.socket.resetAndDestroy();
    await ann.until('User joe left');
    await TcpStudent.joined(ports.raw, 'last');
    await ann.until('User last joined');
    expect(ann.messages).toEqual([
      'User bob joined',
      'User bob left',
      'User eve joined',
      'User eve left',
      'User joe joined',
      'User joe left',
      'User last joined',
    ]);
  });

  it('refuses a name that is taken, and closes', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'Welcome');
    const other = await TcpStudent.connect(ports.raw);
    other.send('welcome');
    await other.got('Name already taken');
    other.send('exit');
    await other.end();
    expect([other.messages, ann.messages]).toEqual([['Name already taken'], []]);
  });

  it('refuses a name that looks like one that is taken in the same words', async () => {
    const { ports } = await serve();
    await TcpStudent.joined(ports.raw, 'ann');
    const other = await TcpStudent.connect(ports.raw);
    other.send('\u0430nn');
    await other.got('Name already taken');
    await other.end();
  });

  it('refuses a name that is not legal, or nobody has room for, in words without Welcome, and closes', async () => {
    const { ports } = await serve({ capacity: 1 });
    const refuse = async (name: string): Promise<string> => {
      const other = await TcpStudent.connect(ports.raw);
      other.send(name);
      await other.end();
      expect(other.messages).toHaveLength(1);
      return other.messages[0]!;
    };
    expect(await refuse('Welcome home')).toMatch(/^A username has /);
    expect(await refuse('Welcome'.repeat(10))).toMatch(/^A username has /);
    expect(await refuse('Server')).toBe('The username Server is reserved.');
    await TcpStudent.joined(ports.raw, 'ann');
    expect(await refuse('Welcome')).toBe('The chatroom has reached its maximum capacity.');
  });

  it('lets nobody in who leaves before he has a name', async () => {
    const { ports, events } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const other = await TcpStudent.connect(ports.raw);
    other.send('exit');
    await other.end();
    (await TcpStudent.connect(ports.raw)).socket.end();
    const bob = await TcpStudent.joined(ports.raw, 'bob');
    await ann.got('User bob joined');
    expect(bob.messages).toEqual([]);
    expect(events.filter(({ event }) => event === 'joined')).toHaveLength(2);
  });

  it('gives each message a segment of its own', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.joined(ports.raw, 'bob');
    await ann.until('User bob joined');
    ann.messages.length = 0;
    bob.send('1\n2\n3\n4\n5\n');
    await ann.got('bob: 1', 'bob: 2', 'bob: 3', 'bob: 4', 'bob: 5');
  });

  it('cuts a long text into messages of at most 1024 bytes, complete each', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.joined(ports.raw, 'bob');
    await ann.until('User bob joined');
    ann.messages.length = 0;
    bob.send(`${'€uro '.repeat(500)}end`);
    await eventually(() => ann.messages.at(-1)?.endsWith('end'), 'the end of the text');
    const texts = ann.messages.map((message) => /^bob: (.*)$/.exec(message)![1]);
    expect(texts.join(' ')).toBe(`${'€uro '.repeat(500)}end`);
    expect(Math.max(...ann.messages.map((message) => Buffer.byteLength(message)))).toBeLessThan(1024);
  });

  it('says farewell alone, some time behind what was said last, and then closes', async () => {
    const { ports, server } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await TcpStudent.joined(ports.raw, 'bob');
    await ann.until('User bob joined');
    const stopped = server.stop();
    await bob.got('server-shutdown');
    await ann.got('User bob joined', 'server-shutdown');
    expect([ann.ended, bob.ended]).toEqual([false, false]);
    await stopped;
    await ann.end();
    await bob.end();
    expect([ann.messages.length, bob.messages.length]).toEqual([2, 1]);
  });

  it('closes to who sends a message without end', async () => {
    const { ports, events } = await serve();
    const ann = await TcpStudent.connect(ports.raw);
    ann.send('ann\n');
    ann.send(Buffer.alloc(1_200_000, 'a'));
    await ann.end();
    expect(ann.messages.join('')).toContain('A message has at most 1048576 bytes.');
    expect(events.map(({ event }) => event)).toContain('broke-protocol');
  });

  it('shows what other protocols say: texts with line breaks and controls, files, joining and leaving', async () => {
    const { ports } = await serve();
    const bob = await TcpStudent.joined(ports.raw, 'bob');
    const cool = net.connect(ports.records, HOST);
    const seen: Buffer[] = [];
    cool.on('data', (bytes) => seen.push(bytes));
    await once(cool, 'connect');
    cool.write(encode({ flags: FLAG.JOIN_REQUEST, username: 'Cool' }));
    await bob.until('User Cool joined');
    cool.write(encode({ payload: 'one\n\n\x1b[2Jtwo' }));
    cool.write(encode({ flags: FLAG.ATTACHMENT, filename: 'a/hi.txt', number: 5, payload: 'hello' }));
    await bob.got('User Cool joined', 'Cool: one', 'Cool: ␛[2Jtwo', 'Cool: shared hi.txt (5 bytes)');
    bob.send('fine');
    await eventually(
      () =>
        decode(Buffer.concat(seen)).records.some(
          ({ username, payload }) => username === 'bob' && `${payload.toString()}` === 'fine',
        ),
      'the text as a record',
    );
    cool.destroy();
    await bob.until('User Cool left');
  });
});
