/** What UDP sends to an address that may be forged: docs/protocols.md, W12. */
import { afterEach, describe, expect, it } from '@jest/globals';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { Conversation } from '../../src/protocols/conversation.js';
import { rawUdp } from '../../src/protocols/raw/index.js';
import { Credit } from '../../src/transports/credit.js';
import { listenUdp } from '../../src/transports/udp.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { TestHouse } from '../support/fake-house.js';
import { settle } from '../support/settle.js';

const HOST = '127.0.0.1';

afterEach(closeAll);

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('the credit of an address', () => {
  it.each([
    { came: ['a:join'], sent: 'Welcome', allowed: true },
    { came: ['bob:join'], sent: 'Name already taken', allowed: true },
    { came: ['bob:join'], sent: 'The chatroom has reached its maximum capacity.', allowed: false },
    {
      came: ['bob:join', 'bob:join', 'bob:join'],
      sent: 'The chatroom has reached its maximum capacity.',
      allowed: true,
    },
    { came: [`${'x'.repeat(46)}`], sent: 'The chatroom has reached its maximum capacity.', allowed: true },
    { came: [], sent: '', allowed: false },
  ])('is what came from it: $came for $sent', ({ came, sent, allowed }) => {
    const credit = new Credit();
    for (const datagram of came) credit.came(bytes(datagram));
    expect(credit.allows(sent.length)).toBe(allowed);
  });

  it('is used up by what is sent there', () => {
    const credit = new Credit();
    credit.came(bytes('bob:join'));
    credit.spend(bytes('Welcome'));
    expect(credit.allows(1)).toBe(false);
  });

  it('has no end once something else came after an answer', () => {
    const credit = new Credit();
    credit.came(bytes('bob:join'));
    credit.spend(bytes('Welcome'));
    credit.came(bytes('bob:hello'));
    credit.spend(new Uint8Array(1_000_000));
    expect(credit.allows(1_000_000)).toBe(true);
  });

  it('has an end for who only repeats what came first, and for who did not wait for an answer', () => {
    const credit = new Credit();
    credit.came(bytes('bob:join'));
    credit.came(bytes('bob:hello'));
    credit.spend(bytes('Welcome'));
    credit.came(bytes('bob:join'));
    expect(credit.allows(1000)).toBe(false);
  });

  it('may be given in advance', () => {
    const credit = new Credit(1000);
    credit.came(bytes('bob:join'));
    expect([credit.allows(1018), credit.allows(1019)]).toEqual([true, false]);
  });
});

/** A room on UDP that trusts nobody's address, and programs at others that may be forged. */
async function room({ advance = 0, capacity = 10 } = {}) {
  const house = await TestHouse.open({ protocol: rawUdp(), capacity });
  const said: string[] = [];
  const log = await house.history.open('');
  log.subscribe(({ entries }) => entries.forEach((entry) => entry.kind === 'text' && said.push(entry.text)));
  const conversations: Conversation[] = [];
  const accept = (link: ConstructorParameters<typeof Conversation>[2]): Conversation => {
    const conversation = new Conversation(house.protocol, house.house, link, () => undefined);
    conversations.push(conversation);
    return conversation;
  };
  const listener = await listenUdp({ host: HOST, port: 0 }, accept, { advance, trusts: () => false });
  atEnd(async () => {
    const closed = listener.close();
    await Promise.all(conversations.map((conversation) => conversation.stop()));
    await closed;
  });
  const program = async () => {
    const socket = dgram.createSocket('udp4');
    const heard: string[] = [];
    socket.on('message', (datagram) => heard.push(datagram.toString()));
    socket.bind(0, HOST);
    await once(socket, 'listening');
    atEnd(() => new Promise<void>((closed) => socket.close(closed)));
    const send = (text: string): void => socket.send(text, listener.address.port, HOST);
    const hears = (...texts: string[]): Promise<unknown> =>
      eventually(() => JSON.stringify(heard) === JSON.stringify(texts), texts.join(', '), {
        show: () => heard.join(', '),
      });
    return { heard, send, hears };
  };
  const isSaid = (text: string): Promise<unknown> => eventually(() => said.includes(text), text.slice(-20));
  return { house, program, isSaid };
}

describe('a room on UDP', () => {
  it('welcomes a stranger, shows no more before it speaks, and then all that it missed, in order', async () => {
    const { program, isSaid } = await room();
    const [ann, bob] = [await program(), await program()];
    ann.send('ann:join');
    await ann.hears('Welcome');
    ann.send('ann:hello');
    bob.send('bob:join');
    await bob.hears('Welcome');
    await ann.hears('Welcome', 'User bob joined');
    const texts = Array.from({ length: 30 }, (_, nth) => `line ${nth}`);
    for (const text of texts) {
      ann.send(`ann:${text}`);
      await isSaid(text);
    }
    expect(bob.heard).toEqual(['Welcome']);
    bob.send('bob:hi');
    await bob.hears('Welcome', ...texts.map((text) => `ann: ${text}`));
    ann.send('ann:there');
    await bob.hears('Welcome', ...texts.map((text) => `ann: ${text}`), 'ann: there');
  });

  it.each([
    { asks: 'bob:join', leaves: 'bob:exit' },
    { asks: 'join:bob', leaves: 'exit' },
  ])('sends who joined by "$asks" nothing of what was held back when "$leaves" comes', async ({ asks, leaves }) => {
    const { house, program, isSaid } = await room();
    const [ann, bob] = [await program(), await program()];
    ann.send('ann:join');
    await ann.hears('Welcome');
    for (const round of [1, 2, 3]) {
      bob.send(asks);
      await bob.hears(...Array<string>(round).fill('Welcome'));
      for (let nth = 0; nth < 30; nth++) ann.send(`ann:${'x'.repeat(900)} ${round} ${nth}`);
      await isSaid(`${'x'.repeat(900)} ${round} 29`);
      bob.send(leaves);
      const hasLeft = (): boolean => house.events.filter((event) => event === 'left').length === round;
      await eventually(hasLeft, 'the leaving');
    }
    await settle(50);
    expect(bob.heard).toEqual(['Welcome', 'Welcome', 'Welcome']);
  });

  it('answers a joining that is repeated, and shows nothing for it', async () => {
    const { program } = await room();
    const [ann, bob] = [await program(), await program()];
    bob.send('bob:join');
    await bob.hears('Welcome');
    ann.send('ann:join');
    await ann.hears('Welcome');
    bob.send('bob:join');
    await bob.hears('Welcome', 'Welcome');
    bob.send('bob:hi');
    await bob.hears('Welcome', 'Welcome', 'User ann joined');
    await ann.hears('Welcome');
    ann.send('ann:hi');
    await ann.hears('Welcome', 'bob: hi');
  });

  it('refuses in an answer no larger than what came, and otherwise not at all', async () => {
    const { house, program } = await room({ capacity: 1 });
    const [ann, bob] = [await program(), await program()];
    ann.send('ann:join');
    await ann.hears('Welcome');
    bob.send('bob:join');
    await eventually(() => house.events.includes('rejected'), 'the refusal');
    bob.send(`bob:join${' '.repeat(40)}`);
    await bob.hears('The chatroom has reached its maximum capacity.');
  });

  it('says that a name is taken to whoever asks for it', async () => {
    const { program } = await room();
    const [ann, bob] = [await program(), await program()];
    ann.send('a:join');
    await ann.hears('Welcome');
    bob.send('a:join');
    await bob.hears('Name already taken');
  });

  it('shows a stranger so much more as is allowed in advance', async () => {
    const { program } = await room({ advance: 100_000 });
    const [ann, bob] = [await program(), await program()];
    bob.send('bob:join');
    await bob.hears('Welcome');
    ann.send('ann:join');
    await bob.hears('Welcome', 'User ann joined');
  });

  it('sends no more than came to 100 forged joins, however much is said', async () => {
    const { house, program, isSaid } = await room({ capacity: 200 });
    const ann = await program();
    ann.send('ann:join');
    await ann.hears('Welcome');
    const victims = await Promise.all(Array.from({ length: 100 }, program));
    for (const [nth, victim] of victims.entries()) victim.send(`v${nth}:join`);
    await eventually(() => house.events.filter((event) => event === 'joined').length === 101, '101 joinings');
    for (let nth = 0; nth < 20; nth++) ann.send(`ann:${'x'.repeat(1000)} ${nth}`);
    await isSaid(`${'x'.repeat(1000)} 19`);
    await settle(50);
    expect(new Set(victims.flatMap(({ heard }) => heard))).toEqual(new Set(['Welcome']));
    expect(Math.max(...victims.map(({ heard }) => heard.length))).toBe(1);
  });
});
