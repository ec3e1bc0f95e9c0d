import { afterEach, describe, expect, it } from '@jest/globals';
import { ClientTCP, ClientUDP, ServerTCP, ServerUDP } from '../../src/chatroom.js';
import { TcpStudent, UdpStudent } from '../protocols/raw/students.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { client, HOST, serverTCP, serverUDP } from './support.js';

describe.each([
  { name: 'ClientTCP', kind: ClientTCP, serve: serverTCP },
  { name: 'ClientUDP', kind: ClientUDP, serve: serverUDP },
])('$name', ({ kind, serve }) => {
  afterEach(closeAll);

  async function student(port: number, name: string): Promise<TcpStudent | UdpStudent> {
    return kind === ClientTCP ? TcpStudent.joined(port, name) : UdpStudent.joined(port, `${name}:join`);
  }

  /** What a student of this kind sends to say something. */
  function words(name: string, text: string): string {
    return kind === ClientTCP ? text : `${name}:${text}`;
  }

  it('has the instance variables of the seed', () => {
    const { client: bob } = client(kind, 'bob', { serverPort: 12345 });
    expect([bob.clientName, bob.serverPort, bob.serverAddr, bob.clientSocket]).toEqual(['bob', 12345, HOST, undefined]);
    expect([bob.exitRun.isSet, bob.exitReceive.isSet]).toEqual([false, false]);
    expect(new kind('bob', 12345).serverAddr).not.toBe('');
  });

  it('connectServer says whether it was welcome', async () => {
    const server = await serve();
    expect(await client(kind, 'bob', server).client.connectServer()).toBe(true);
    expect(await client(kind, 'bob', server).client.connectServer()).toBe(false);
    expect([...server.clients.values()]).toEqual(['bob']);
    const { serverPort } = server;
    await server.shutdown();
    expect(await client(kind, 'bob', { serverPort }).client.connectServer()).toBe(false);
  });

  it('send says something, and needs a connection', async () => {
    const server = await serve();
    const ann = await student(server.serverPort, 'ann');
    const { client: bob } = client(kind, 'bob', server);
    await expect(bob.send('hello')).rejects.toThrow('Connect to the server first.');
    await bob.connectServer();
    await bob.send('hello: there');
    await ann.got('User bob joined', 'bob: hello: there');
    await bob.send('exit');
    await ann.until('User bob left');
  });

  it('receive shows what comes, until exitReceive is set', async () => {
    const server = await serve();
    const { client: bob, desk } = client(kind, 'bob', server);
    await bob.connectServer();
    const receiving = bob.receive();
    const ann = await student(server.serverPort, 'ann');
    ann.send(words('ann', 'hello\u001b[2J'));
    await bob.send('mine');
    await desk.saw('User ann joined', 'ann: hello␛[2J');
    bob.exitReceive.set();
    await receiving;
    expect(bob.exitRun.isSet).toBe(false);
  });

  it('receive ends with the server, and sets both events', async () => {
    const server = await serve();
    const { client: bob, desk } = client(kind, 'bob', server);
    await bob.connectServer();
    const receiving = bob.receive();
    await server.shutdown();
    await receiving;
    expect([bob.exitRun.isSet, bob.exitReceive.isSet]).toEqual([true, true]);
    expect(desk.shown).toEqual(['The server is shutting down.']);
  });

  it.each(['exit', 'the end of the input', 'Ctrl-C'])('run talks until %s, and leaves', async (end) => {
    const server = await serve();
    const ann = await student(server.serverPort, 'ann');
    const { client: bob, desk } = client(kind, 'bob', server);
    const running = bob.run();
    await ann.got('User bob joined');
    desk.type('hello');
    desk.type('');
    await ann.got('User bob joined', 'bob: hello');
    ann.send(words('ann', 'hi'));
    await desk.saw('ann: hi');
    if (end === 'exit') desk.type('exit');
    else if (end === 'Ctrl-C') desk.interrupt.emit('SIGINT');
    else desk.input.end();
    await running;
    await ann.got('User bob joined', 'bob: hello', 'User bob left');
    expect(desk.shown).toEqual(['ann: hi']);
    expect([bob.exitRun.isSet, bob.exitReceive.isSet]).toEqual([true, true]);
    expect(desk.interrupt.listenerCount('SIGINT')).toBe(0);
  });

  it('run ends with the server, and when it is not let in', async () => {
    const server = await serve();
    const { client: bob, desk } = client(kind, 'bob', server);
    const running = bob.run();
    await eventually(() => server.getClientsNumber() === 1, 'the joining of bob');
    const ann = await student(server.serverPort, 'ann');
    await desk.saw('User ann joined');
    const second = client(kind, 'ann', server);
    await second.client.run();
    expect(second.desk.shown).toEqual(['Name already taken']);
    await server.shutdown();
    await running;
    expect(desk.shown).toEqual(['User ann joined', 'The server is shutting down.']);
    expect(ann.messages.at(-1)).toBe('server-shutdown');
  });

  it('finds a server on the same machine without being told where', async () => {
    const server = kind === ClientTCP ? new ServerTCP(0) : new ServerUDP(0);
    atEnd(() => server.shutdown());
    await server.listening;
    const bob = new kind('bob', server.serverPort);
    atEnd(() => bob.clientSocket?.close());
    expect(await bob.connectServer()).toBe(true);
  });
});
