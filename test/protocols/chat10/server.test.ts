/** Clients written from seed 000 against our server. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { connect, joined, type Peer, startServer, textOf } from './support.js';

afterEach(closeAll);

const FULL = textOf('Server', 'The chatroom has reached its maximum capacity.');
const TAKEN = textOf('Server', 'Another user is using this username.');
const LEFT = 'CHAT/1.0 LEAVE\r\nUsername: bob\r\n\r\n';
const JOINED = 'CHAT/1.0 JOIN\r\nUsername: bob\r\n\r\n';

/** Alice, who watches, and bob; the port for more. */
async function two(capacity = 3): Promise<{ alice: Peer; bob: Peer; port: number }> {
  const { port } = await startServer(capacity);
  const alice = await joined(port, 'alice');
  const bob = await joined(port, 'bob', alice);
  return { alice, bob, port };
}

describe('the room over CHAT/1.0', () => {
  it('shows joins, texts and leaves to the others, in the seed’s bytes and one message a segment', async () => {
    const { alice, bob } = await two();
    bob.say('bob', 'Hi');
    bob.say('bob', 'héllo €');
    await alice.until('€');
    alice.say('alice', 'Ho');
    await bob.until('Ho');
    bob.leave('bob');
    await alice.until('LEAVE');
    expect(alice.chunks).toEqual([JOINED, textOf('bob', 'Hi'), textOf('bob', 'héllo €'), LEFT]);
    expect(bob.chunks).toEqual([textOf('alice', 'Ho')]);
  });

  it('sends a newcomer nothing of what was before', async () => {
    const { alice, bob, port } = await two();
    bob.say('bob', 'before');
    await alice.until('before');
    const carol = await joined(port, 'carol', alice);
    bob.say('bob', 'after');
    await carol.until('after');
    expect(carol.all).toBe(textOf('bob', 'after'));
  });

  it('takes pipelined messages and keeps their order', async () => {
    const { port } = await startServer();
    const alice = await joined(port, 'alice');
    const bob = await connect(port);
    const texts = Array.from({ length: 200 }, (_, index) => textOf('bob', `text ${index}`));
    bob.send(JOINED + texts.join('') + LEFT);
    await alice.until('LEAVE');
    expect(alice.all).toBe(JOINED + texts.join('') + LEFT);
    expect(bob.all).toBe('');
  });

  it('sends long texts and texts with line breaks as several messages of at most 1024 bytes', async () => {
    const { alice, bob } = await two();
    bob.say('bob', 'one\r\ntwo\n\nthree');
    bob.say('bob', 'word '.repeat(1000) + 'end');
    await alice.until('end');
    expect(alice.all).toContain(textOf('bob', 'one') + textOf('bob', 'two') + textOf('bob', 'three'));
    expect(alice.chunks.every((chunk) => chunk.startsWith('CHAT/1.0 '))).toBe(true);
    expect(alice.all.match(/word/g)).toHaveLength(1000);
  });

  it('announces once who closes without LEAVE, and who breaks off', async () => {
    const { alice, bob, port } = await two();
    bob.socket.end();
    await alice.until(LEFT);
    const again = await joined(port, 'bob');
    await eventually(() => alice.all === JOINED + LEFT + JOINED, 'the second joining');
    again.socket.resetAndDestroy();
    await eventually(() => alice.all === JOINED + LEFT + JOINED + LEFT, 'the second leaving');
  });

  it('obeys what came before the end of a connection', async () => {
    const { port } = await startServer();
    const alice = await joined(port, 'alice');
    const bob = await connect(port);
    bob.socket.end(`${JOINED}CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 99\r\n\r\nlast word`);
    await alice.until('LEAVE');
    expect(alice.all).toBe(JOINED + textOf('bob', 'last word') + LEFT);
  });
});

describe('what has no answer in CHAT/1.0', () => {
  it('is a TEXT from Server, then the end: a name that is taken', async () => {
    const { alice, port } = await two();
    const other = await connect(port);
    other.join('BOB');
    await other.end();
    expect(other.chunks).toEqual([TAKEN]);
    expect(alice.all).toBe(JOINED);
  });

  it('is a TEXT from Server, then the end: a full room', async () => {
    const { port } = await two(2);
    const carol = await connect(port);
    carol.join('carol');
    await carol.end();
    expect(carol.chunks).toEqual([FULL]);
  });

  it.each([
    ['a b', 'A username has 1 to 32 letters, digits, marks, "_", "-" or ".".'],
    ['', 'A username has 1 to 32 letters, digits, marks, "_", "-" or ".".'],
    ['server', 'The username Server is reserved.'],
  ])('is a TEXT from Server, then the end: the name %j', async (name, words) => {
    const { port } = await startServer();
    const peer = await connect(port);
    peer.join(name);
    await peer.end();
    expect(peer.chunks).toEqual([textOf('Server', words)]);
  });

  it('is a TEXT from Server, then the end: another version', async () => {
    const { port } = await startServer();
    const peer = await connect(port);
    peer.send('CHAT/2.0 JOIN\r\nUsername: bob\r\n\r\n');
    await peer.end();
    expect(peer.chunks).toEqual([textOf('Server', 'The protocol here is CHAT/1.0, not CHAT/2.0.')]);
  });

  it('is the end alone: another protocol', async () => {
    const { port } = await startServer();
    const peer = await connect(port);
    peer.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await peer.end();
    expect(peer.all).toBe('');
  });

  it('is a TEXT from Server, alone, then the end: the server stops', async () => {
    const { port, server } = await startServer();
    const alice = await joined(port, 'alice');
    const bob = await joined(port, 'bob', alice);
    const silent = await connect(port);
    for (let index = 0; index < 20; index++) bob.say('bob', `text ${index}`);
    await alice.until('text 1');
    const stopped = server.stop();
    await Promise.all([alice.end(), bob.end(), silent.end()]);
    for (const peer of [alice, bob, silent]) {
      expect(peer.chunks.at(-1)).toBe(textOf('Server', 'The server is shutting down.'));
    }
    for (const { socket } of [alice, bob, silent]) socket.end();
    await stopped;
  });
});

describe('real clients', () => {
  it('may speak before they join', async () => {
    const { port } = await startServer();
    const alice = await joined(port, 'alice');
    const bob = await connect(port);
    bob.say('bob', 'Hi');
    await alice.until('Hi');
    expect(alice.all).toBe(JOINED + textOf('bob', 'Hi'));
  });

  it('may leave, twice, and join again on the same connection', async () => {
    const { alice, bob, port } = await two(2);
    bob.leave('bob');
    bob.leave('bob');
    await alice.until(LEFT);
    const carol = await joined(port, 'carol', alice);
    carol.leave('carol');
    await alice.until('LEAVE\r\nUsername: carol');
    bob.join('bobby');
    await alice.until('bobby');
    alice.say('alice', 'Welcome back');
    await bob.until('Welcome back');
    expect(bob.all).toBe(textOf('alice', 'Welcome back'));
    expect(alice.all.match(/LEAVE\r\nUsername: bob\r/g)).toHaveLength(1);
  });

  it('may leave before they join', async () => {
    const { port } = await startServer();
    const alice = await joined(port, 'alice');
    const bob = await connect(port);
    bob.send(LEFT + JOINED);
    await alice.until('JOIN');
    expect(alice.all).toBe(JOINED);
    expect(bob.all).toBe('');
  });

  it('may join again under their name without effect, and are told when it is another', async () => {
    const { alice, bob } = await two();
    bob.join('Bob');
    bob.join('rob');
    bob.say('bob', 'still here');
    await alice.until('still here');
    await bob.until('Server');
    expect(bob.all).toBe(textOf('Server', 'You are in the chatroom already, as bob.'));
    expect(alice.all).toBe(JOINED + textOf('bob', 'still here'));
  });

  it('are known by their seat, whatever name they use later', async () => {
    const { alice, bob } = await two();
    bob.say('alice', 'I am alice');
    bob.leave('alice');
    await alice.until('LEAVE');
    expect(alice.all).toBe(JOINED + textOf('bob', 'I am alice') + LEFT);
    expect(bob.all).toBe('');
  });

  const tolerated = {
    'headers in another case and order': 'CHAT/1.0 TEXT\r\nMSG-LEN : 2\r\nusername : bob\r\n\r\nHi',
    'Mesg-len': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMesg-len: 2\r\n\r\nHi',
    'bare line ends': 'CHAT/1.0 TEXT\nUsername: bob\nMsg-len: 2\n\nHi',
    'a length that is far too large': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 2000\r\n\r\nHi',
    'the payload in the head': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 2\r\nHi\r\n\r\n',
    'noise behind it': 'CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 2\r\n\r\nHi\r\n0\r\n',
    'texts that are to be ignored before it':
      'CHAT/1.0 TEXT\r\nUsername: bob\r\n\r\nCHAT/1.0 TEXT\r\nMsg-len: 2\r\n\r\nHoCHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 2\r\n\r\nHi',
  };
  it.each(Object.entries(tolerated))('may send %s', async (_, bytes) => {
    const { alice, bob } = await two();
    bob.send(bytes);
    await alice.until(textOf('bob', 'Hi'));
    bob.say('bob', 'and on');
    await alice.until(textOf('bob', 'and on'));
    expect(alice.all).toBe(JOINED + textOf('bob', 'Hi') + textOf('bob', 'and on'));
    expect(bob.all).toBe('');
  });

  it('may count characters', async () => {
    const { alice, bob } = await two();
    bob.send('CHAT/1.0 TEXT\r\nUsername: bob\r\nMsg-len: 7\r\n\r\nhéllo €');
    await alice.until(textOf('bob', 'héllo €'));
  });

  it('may send byte by byte', async () => {
    const { alice, bob } = await two();
    for (const byte of Buffer.from(textOf('bob', 'héllo €') + LEFT)) bob.send(Uint8Array.of(byte));
    await alice.until('LEAVE');
    expect(alice.all).toBe(JOINED + textOf('bob', 'héllo €') + LEFT);
  });

  it('do not hold each other up with a large message that comes slowly', async () => {
    const { alice, bob, port } = await two();
    const carol = await joined(port, 'carol', alice, bob);
    const large = textOf('bob', 'x'.repeat(1000) + 'end');
    bob.send(large.slice(0, 500));
    carol.say('carol', 'Hi');
    await alice.until(textOf('carol', 'Hi'));
    bob.send(large.slice(500));
    await alice.until('end');
    expect(alice.all.match(/x/g)).toHaveLength(1000);
  });
});
