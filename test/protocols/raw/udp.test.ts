import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Conversation } from '../../../src/protocols/conversation.js';
import { rawUdp } from '../../../src/protocols/raw/index.js';
import { listenUdp } from '../../../src/transports/udp.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { TestHouse } from '../../support/fake-house.js';
import { FakeLink } from '../../support/fake-link.js';
import { settle } from '../../support/settle.js';
import { HOST, serve, TcpStudent, UdpStudent } from './students.js';

const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('clients of others on raw-udp', () => {
  afterEach(closeAll);

  it('walks through the seed', async () => {
    const { ports } = await serve();
    const ann = await UdpStudent.joined(ports['raw-udp'], 'ann:join');
    const bob = await UdpStudent.joined(ports['raw-udp'], 'bob:join');
    await ann.got('User bob joined');
    bob.send('bob:hello');
    await ann.got('User bob joined', 'bob: hello');
    ann.send('ann:hi');
    await bob.got('ann: hi');
    bob.send('bob:exit');
    await ann.got('User bob joined', 'bob: hello', 'User bob left');
    expect(bob.messages).toEqual(['ann: hi']);
  });

  it('serves the other family, in one room with the first and with TCP', async () => {
    const { ports } = await serve();
    const ann = await TcpStudent.joined(ports.raw, 'ann');
    const bob = await UdpStudent.joined(ports['raw-udp'], 'bob:join');
    const eve = await UdpStudent.joined(ports['raw-udp'], 'join:eve');
    eve.send('eve:hello: there');
    await ann.got('User bob joined', 'User eve joined', 'eve: eve:hello: there');
    eve.send('bob:exit');
    eve.send('exitexit');
    await bob.got('User eve joined', 'eve: eve:hello: there', 'eve: bob:exit', 'User eve left');
  });

  it('leaves colons in a text, and names that are not the sender', async () => {
    const { ports } = await serve();
    const ann = await UdpStudent.joined(ports['raw-udp'], 'ann:join');
    const bob = await UdpStudent.joined(ports['raw-udp'], 'bob:join');
    await ann.got('User bob joined');
    for (const text of ['bob:see: this', 'ann:said that', 'no name', 'ann:join', 'bob:bob:']) bob.send(text);
    await ann.got(
      'User bob joined',
      'bob: see: this',
      'bob: ann:said that',
      'bob: no name',
      'bob: ann:join',
      'bob: bob:',
    );
  });

  it('lets in somebody who is called join', async () => {
    const { ports } = await serve();
    const ann = await UdpStudent.joined(ports['raw-udp'], 'ann:join');
    const join = await UdpStudent.joined(ports['raw-udp'], 'join:join');
    join.send('join:hello');
    join.send('join:exit');
    await ann.got('User join joined', 'join: hello', 'User join left');
  });

  it('answers a joining that comes again, and announces nothing', async () => {
    const { ports } = await serve();
    const ann = await UdpStudent.joined(ports['raw-udp'], 'ann:join');
    const bob = await UdpStudent.joined(ports['raw-udp'], 'bob:join');
    bob.send('bob:join');
    await bob.got('Welcome');
    bob.send('bob:hello');
    await ann.got('User bob joined', 'bob: hello');
  });

  it('refuses a name that is taken; the same address may try another, and come again', async () => {
    const { ports } = await serve();
    const ann = await UdpStudent.joined(ports['raw-udp'], 'ann:join');
    const bob = await UdpStudent.open(ports['raw-udp']);
    bob.send('Ann:join');
    await bob.got('Name already taken');
    bob.send('bob:join');
    await bob.got('Name already taken', 'Welcome');
    bob.send('bob:exit');
    bob.send('bob:join');
    await bob.got('Name already taken', 'Welcome', 'Welcome');
    await ann.got('User bob joined', 'User bob left', 'User bob joined');
  });

  it('refuses in words without Welcome', async () => {
    const { ports } = await serve({ capacity: 1 });
    const ann = await UdpStudent.open(ports['raw-udp']);
    ann.send('Welcome home:join');
    await eventually(() => ann.messages[0]?.startsWith('A username has '), 'a refusal');
    await UdpStudent.joined(ports['raw-udp'], 'bob:join');
    ann.send('Welcome:join');
    await ann.until('The chatroom has reached its maximum capacity.');
  });

  it('drops what comes from an address that has not joined, without an answer', async () => {
    const { ports, events } = await serve();
    const ann = await UdpStudent.joined(ports['raw-udp'], 'ann:join');
    const bob = await UdpStudent.open(ports['raw-udp']);
    for (const text of ['bob:hello', 'hello', 'join', 'bob:exit', 'exit', ':join', '', '\n']) bob.send(text);
    bob.send(Uint8Array.of(0xff, 0xfe));
    bob.send('bob:join');
    await ann.got('User bob joined');
    await bob.got('Welcome');
    expect(events.map(({ event }) => event).filter((event) => event !== 'listening')).toEqual(['joined', 'joined']);
  });

  it('survives bad and large datagrams', async () => {
    const { ports } = await serve();
    const ann = await UdpStudent.joined(ports['raw-udp'], 'ann:join');
    const bob = await UdpStudent.joined(ports['raw-udp'], 'bob:join');
    await ann.got('User bob joined');
    ann.messages.length = 0;
    bob.send('');
    bob.send(Uint8Array.of(0x62, 0xff));
    bob.send(`bob:${'x'.repeat(65_000)}`);
    bob.send('bob:end');
    await ann.until('bob: end');
    const texts = ann.messages.slice(0, -1).map((message) => message.replace(/^bob: /, ''));
    expect(texts.join('')).toBe('x'.repeat(65_000));
    expect(Math.max(...ann.messages.map((message) => message.length))).toBeLessThan(1024);
  });

  it('goes on when a peer has vanished', async () => {
    const { ports } = await serve();
    const ann = await UdpStudent.joined(ports['raw-udp'], 'ann:join');
    const bob = await UdpStudent.joined(ports['raw-udp'], 'bob:join');
    const eve = await UdpStudent.joined(ports['raw-udp'], 'eve:join');
    await eve.close();
    for (const text of ['1', '2', '3', '4', '5']) ann.send(`ann:${text}`);
    await bob.got('User eve joined', 'ann: 1', 'ann: 2', 'ann: 3', 'ann: 4', 'ann: 5');
  });

  it('gives newlines back to who sends them', async () => {
    const { ports } = await serve();
    const ann = await UdpStudent.open(ports['raw-udp']);
    ann.send('join:ann\n');
    await ann.got('Welcome\n');
    await UdpStudent.joined(ports['raw-udp'], 'bob:join');
    await ann.got('Welcome\n', 'User bob joined\n');
  });

  it('tells everyone when it stops, and then hears nobody', async () => {
    const { ports, server } = await serve();
    const ann = await UdpStudent.joined(ports['raw-udp'], 'ann:join');
    const bob = await UdpStudent.joined(ports['raw-udp'], 'join:bob');
    await ann.got('User bob joined');
    await server.stop();
    await ann.got('User bob joined', 'server-shutdown');
    await bob.got('server-shutdown');
  });
});

describe('an address on raw-udp', () => {
  afterEach(closeAll);

  async function room() {
    const house = await TestHouse.open({ protocol: rawUdp(), capacity: 10 });
    const conversations: Conversation[] = [];
    let open = 0;
    const listener = await listenUdp({ host: HOST, port: 0 }, (link) => {
      open++;
      const conversation = new Conversation(house.protocol, house.house, link, () => open--);
      conversations.push(conversation);
      return conversation;
    });
    atEnd(async () => {
      const closed = listener.close();
      await Promise.all(conversations.map((conversation) => conversation.stop()));
      await closed;
    });
    const send = (port: number, text: string): void => listener.receive({ address: HOST, port }, Buffer.from(text));
    return { house, send, open: () => open };
  }

  it('keeps no link without having joined', async () => {
    const { send, open, house } = await room();
    for (let port = 20_000; port < 22_000; port++) send(port, 'bob:hello');
    await settle();
    expect(open()).toBe(0);
    expect(house.events).toEqual([]);
  });

  it('joins, leaves and joins again in one breath', async () => {
    const { send, house, open } = await room();
    for (const text of ['bob:join', 'bob:hi', 'bob:exit', 'bob:join', 'bob:exit', 'join:eve']) send(40_000, text);
    await settle(40);
    const joinedAndLeft = house.reported.filter(({ event }) => event === 'joined' || event === 'left');
    expect(joinedAndLeft.map(({ event, fields }) => `${fields['name']} ${event}`)).toEqual([
      'bob joined',
      'bob left',
      'bob joined',
      'bob left',
      'eve joined',
    ]);
    expect(open()).toBe(1);
  });

  it('is refused and joins by another name in one breath', async () => {
    const { send, house } = await room();
    send(30_000, 'ann:join');
    await settle();
    send(40_000, 'ann:join');
    send(40_000, 'bob:join');
    await settle();
    expect(house.events).toEqual(['joined', 'rejected', 'joined']);
  });

  it('that is silent for ten minutes is told, and has left', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    try {
      const house = await TestHouse.open({ protocol: rawUdp() });
      const link = new FakeLink();
      const conversation = new Conversation(house.protocol, house.house, link, () => undefined);
      link.attach(conversation);
      link.send(Buffer.from('ann:join'));
      await settle();
      jest.advanceTimersByTime(599_000);
      link.send(Buffer.from('ann:still here'));
      await settle();
      jest.advanceTimersByTime(599_000);
      await settle();
      expect([conversation.isSeated, link.isEnded]).toEqual([true, false]);
      await jest.advanceTimersByTimeAsync(2_000);
      await settle();
      expect([conversation.isSeated, link.isEnded]).toEqual([false, true]);
      expect(link.written.map(decode)).toEqual([
        'Welcome',
        'You have said nothing for too long, and so you have left the chatroom.',
      ]);
      expect(house.events).toEqual(expect.arrayContaining(['joined', 'fell-silent', 'left']));
    } finally {
      jest.useRealTimers();
    }
  });
});
