import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { ServerTCP } from '../../src/chatroom.js';
import { TransportError } from '../../src/transports/errors.js';
import type { Link } from '../../src/transports/link.js';
import { TcpStudent } from '../protocols/raw/students.js';
import { closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { HOST, serverTCP } from './support.js';

describe('ServerTCP', () => {
  afterEach(closeAll);

  function socketOf({ clients }: ServerTCP, name: string): Link {
    return [...clients].find(([, one]) => one === name)![0];
  }

  it('has the instance variables of the seed', async () => {
    const server = await serverTCP();
    expect(server.serverSocket!.address).toEqual({ address: HOST, port: server.serverPort });
    expect(server.serverPort).toBeGreaterThan(0);
    expect(server.clients).toEqual(new Map());
    expect([server.runEvent.isSet, server.handleEvent.isSet]).toEqual([false, false]);
  });

  it('acceptClient says whether a client got in, and getClientsNumber how many did', async () => {
    const server = await serverTCP();
    const bob = await TcpStudent.connect(server.serverPort);
    bob.send('bob');
    expect(await server.acceptClient()).toBe(true);
    await bob.got('Welcome');
    expect([server.getClientsNumber(), [...server.clients.values()]]).toEqual([1, ['bob']]);

    const other = await TcpStudent.connect(server.serverPort);
    other.send('bob');
    expect(await server.acceptClient()).toBe(false);
    await other.got('Name already taken');
    expect(server.getClientsNumber()).toBe(1);

    const ann = await TcpStudent.connect(server.serverPort);
    const accepted = server.acceptClient();
    ann.send('ann');
    expect(await accepted).toBe(true);
    await bob.got('Welcome', 'User ann joined');
  });

  it('acceptClient is not held up by who sends no name, and false for who goes without', async () => {
    const server = await serverTCP();
    const silent = await TcpStudent.connect(server.serverPort);
    const bob = await TcpStudent.connect(server.serverPort);
    bob.send('bob');
    expect(await server.acceptClient()).toBe(true);
    silent.socket.resetAndDestroy();
    expect(await server.acceptClient()).toBe(false);
  });

  it('closeClient says whether there was one to close, and the others hear of it', async () => {
    const server = await serverTCP();
    const ann = await TcpStudent.joined(server.serverPort, 'ann');
    const bob = await TcpStudent.joined(server.serverPort, 'bob');
    const socket = socketOf(server, 'bob');
    expect(await server.closeClient(socket)).toBe(true);
    expect([server.getClientsNumber(), server.clients.has(socket)]).toEqual([1, false]);
    expect(await server.closeClient(socket)).toBe(false);
    await bob.end();
    expect(await server.closeClient(socket)).toBe(false);
    await ann.got('User bob joined', 'User bob left');
  });

  it('broadcast tells all others the join, the exit and any other message', async () => {
    const server = await serverTCP();
    const ann = await TcpStudent.joined(server.serverPort, 'ann');
    const bob = await TcpStudent.joined(server.serverPort, 'bob');
    const eve = await TcpStudent.joined(server.serverPort, 'eve');
    await ann.got('User bob joined', 'User eve joined');
    const socket = socketOf(server, 'eve');
    await server.broadcast(socket, 'hello');
    await server.broadcast(socket, 'join');
    await ann.got('User bob joined', 'User eve joined', 'eve: hello', 'User eve joined');
    await server.broadcast(socket, 'exit');
    expect(await server.closeClient(socket)).toBe(true);
    await bob.got('User eve joined', 'eve: hello', 'User eve joined', 'User eve left');
    await eve.end();
    expect(eve.messages).toEqual([]);
    await server.broadcast(socket, 'not any more');
  });

  it('handleClient lasts until the client exits, or handleEvent is set', async () => {
    const server = await serverTCP();
    const ann = await TcpStudent.joined(server.serverPort, 'ann');
    const bob = await TcpStudent.joined(server.serverPort, 'bob');
    const [annHandled, bobHandled] = ['ann', 'bob'].map((name) => server.handleClient(socketOf(server, name)));
    bob.send('hello');
    await ann.until('bob: hello');
    bob.send('exit');
    await bob.end();
    await bobHandled;
    await ann.until('User bob left');
    server.handleEvent.set();
    await annHandled;
    expect(server.getClientsNumber()).toBe(1);
  });

  it('shutdown tells everyone, closes and sets the events', async () => {
    const server = await serverTCP();
    const ann = await TcpStudent.joined(server.serverPort, 'ann');
    const bob = await TcpStudent.joined(server.serverPort, 'bob');
    await ann.got('User bob joined');
    await server.shutdown();
    await Promise.all([
      ann.got('User bob joined', 'server-shutdown'),
      bob.got('server-shutdown'),
      ann.end(),
      bob.end(),
    ]);
    expect([server.runEvent.isSet, server.handleEvent.isSet, server.getClientsNumber()]).toEqual([true, true, 0]);
    await expect(TcpStudent.connect(server.serverPort)).rejects.toThrow('ECONNREFUSED');
    await server.shutdown();
    expect(await server.acceptClient()).toBe(false);
  });

  it.each(['runEvent', 'Ctrl-C'])('run serves everyone until %s', async (end) => {
    const server = await serverTCP();
    const interrupt = new EventEmitter();
    const running = server.run(interrupt);
    const ann = await TcpStudent.joined(server.serverPort, 'ann');
    const bob = await TcpStudent.joined(server.serverPort, 'bob');
    bob.send('hello');
    await ann.until('bob: hello');
    bob.send('exitexit');
    await ann.until('User bob left');
    await eventually(() => server.getClientsNumber() === 1, 'the leaving of bob');
    if (end === 'Ctrl-C') interrupt.emit('SIGINT');
    else server.runEvent.set();
    await running;
    await ann.until('server-shutdown');
    expect(interrupt.listenerCount('SIGINT')).toBe(0);
  });

  it('run throws when the port is in use', async () => {
    const { serverPort } = await serverTCP();
    const second = new ServerTCP(serverPort, HOST);
    await expect(second.run()).rejects.toThrow(TransportError);
    await second.shutdown();
  });

  it('listens on every address of the machine by default', async () => {
    const server = new ServerTCP(0);
    await server.listening;
    await TcpStudent.joined(server.serverPort, 'ann');
    await server.shutdown();
  });
});
