import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { TransportError } from '../../src/transports/errors.js';
import { ServerUDP } from '../../src/chatroom.js';
import { UdpStudent } from '../protocols/raw/students.js';
import { closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { HOST, serverUDP } from './support.js';

describe('ServerUDP', () => {
  afterEach(closeAll);

  const addressOf = ({ socket }: UdpStudent): string => `${HOST}:${socket.address().port}`;

  it('has the instance variables of the seed', async () => {
    const server = await serverUDP();
    expect(server.serverSocket!.address).toEqual({ address: HOST, port: server.serverPort });
    expect([server.clients, server.messages]).toEqual([new Map(), []]);
  });

  it('acceptClient says whether a client got in, and getClientsNumber how many did', async () => {
    const server = await serverUDP();
    const bob = await UdpStudent.open(server.serverPort);
    const ann = await UdpStudent.open(server.serverPort);
    expect(await server.acceptClient(addressOf(bob), 'bob:join')).toBe(true);
    await bob.got('Welcome');
    expect(server.clients).toEqual(new Map([[addressOf(bob), 'bob']]));
    expect(server.messages).toEqual([[addressOf(bob), 'User bob joined']]);
    expect(await server.acceptClient(addressOf(bob), 'bob:join')).toBe(false);
    expect(await server.acceptClient(addressOf(ann), 'bob:join')).toBe(false);
    await ann.got('Name already taken');
    expect(await server.acceptClient(addressOf(ann), 'ann:hello')).toBe(false);
    expect(server.getClientsNumber()).toBe(1);
    expect(await server.acceptClient(addressOf(ann), 'ann:join')).toBe(true);
    expect(server.getClientsNumber()).toBe(2);
    await bob.got('Welcome', 'User ann joined');
  });

  it('closeClient says whether there was one to close, and the others hear of it', async () => {
    const server = await serverUDP();
    const ann = await UdpStudent.joined(server.serverPort, 'ann:join');
    const bob = await UdpStudent.joined(server.serverPort, 'bob:join');
    expect(await server.closeClient(addressOf(bob))).toBe(true);
    expect(await server.closeClient(addressOf(bob))).toBe(false);
    expect(server.messages.at(-1)).toEqual([addressOf(bob), 'User bob left']);
    expect(server.getClientsNumber()).toBe(1);
    await ann.got('User bob joined', 'User bob left');
  });

  it('broadcast sends the most recent message to all others', async () => {
    const server = await serverUDP();
    server.broadcast();
    const ann = await UdpStudent.joined(server.serverPort, 'ann:join');
    const bob = await UdpStudent.joined(server.serverPort, 'bob:join');
    await ann.got('User bob joined');
    server.messages.push([addressOf(bob), 'bob: by hand']);
    server.broadcast();
    await ann.got('User bob joined', 'bob: by hand');
    server.messages.push(['', 'to everyone']);
    server.broadcast();
    await ann.until('to everyone');
    await bob.got('to everyone');
  });

  it('shutdown tells everyone and closes', async () => {
    const server = await serverUDP();
    const ann = await UdpStudent.joined(server.serverPort, 'ann:join');
    await server.shutdown();
    await ann.got('server-shutdown');
    expect(server.getClientsNumber()).toBe(0);
    await server.shutdown();
  });

  it.each(['runEvent', 'Ctrl-C'])('run serves everyone until %s', async (end) => {
    const server = await serverUDP();
    const interrupt = new EventEmitter();
    const running = server.run(interrupt);
    const ann = await UdpStudent.joined(server.serverPort, 'ann:join');
    const bob = await UdpStudent.joined(server.serverPort, 'join:bob');
    bob.send('hello');
    bob.send('exit');
    await ann.got('User bob joined', 'bob: hello', 'User bob left');
    await eventually(() => server.messages.length === 4, 'the messages');
    expect(server.messages.map(([, content]) => content)).toEqual([
      'User ann joined',
      'User bob joined',
      'bob: hello',
      'User bob left',
    ]);
    if (end === 'Ctrl-C') interrupt.emit('SIGINT');
    else server.runEvent.set();
    await running;
    await ann.until('server-shutdown');
    expect(interrupt.listenerCount('SIGINT')).toBe(0);
  });

  it('run throws when the port is in use', async () => {
    const { serverPort } = await serverUDP();
    const second = new ServerUDP(serverPort, HOST);
    await expect(second.run()).rejects.toThrow(TransportError);
    await second.shutdown();
  });
});
