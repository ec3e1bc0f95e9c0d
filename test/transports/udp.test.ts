import { afterEach, describe, expect, it } from '@jest/globals';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { TransportError } from '../../src/transports/errors.js';
import type { Link, LinkListener } from '../../src/transports/link.js';
import { dialUdp, listenUdp, MAX_PEERS, MAX_WAITING, type UdpListener } from '../../src/transports/udp.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { settle } from '../support/settle.js';

const HOST = '127.0.0.1';

/** One link and what it told. */
class Party implements LinkListener {
  readonly heard: string[] = [];
  readonly closings: (Error | undefined)[] = [];
  drains = 0;
  onHeard: (text: string) => void = () => undefined;

  constructor(readonly link: Link) {}

  received(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString();
    this.heard.push(text);
    this.onHeard(text);
  }

  drained(): void {
    this.drains++;
  }

  ended(): void {}

  closed(error?: Error): void {
    this.closings.push(error);
  }
}

/** A program of someone else's, on a socket of its own. */
class Stranger {
  readonly heard: string[] = [];

  private constructor(
    private readonly socket: dgram.Socket,
    private readonly to: number,
  ) {
    socket.on('message', (bytes) => this.heard.push(bytes.toString()));
    socket.on('error', () => undefined);
  }

  static async open(to: number): Promise<Stranger> {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, HOST);
    await once(socket, 'listening');
    const stranger = new Stranger(socket, to);
    atEnd(() => stranger.close());
    return stranger;
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.send(bytes, this.to, HOST);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      try {
        this.socket.close(resolve);
      } catch {
        resolve();
      }
    });
  }
}

async function listen(onParty: (party: Party) => void = () => undefined) {
  const parties: Party[] = [];
  const listener: UdpListener = await listenUdp({ host: HOST, port: 0 }, (link) => {
    const party = new Party(link);
    parties.push(party);
    onParty(party);
    return party;
  });
  atEnd(async () => {
    const closed = listener.close();
    parties.forEach(({ link }) => link.destroy());
    await closed;
  });
  return { listener, parties, port: listener.address.port };
}

/** Waits until `party` heard `text`. */
function heard(party: { heard: string[] }, text: string): Promise<unknown> {
  return eventually(() => party.heard.includes(text), `"${text}"`, { show: () => party.heard.join('\n') });
}

describe('listening on UDP', () => {
  afterEach(closeAll);

  it('makes a link of each address, and a write of each datagram', async () => {
    const { parties, port } = await listen();
    const [bob, eve] = [await Stranger.open(port), await Stranger.open(port)];
    bob.send('one');
    bob.send('two');
    await eventually(() => parties[0]?.heard.length === 2, 'two datagrams');
    eve.send('three');
    await eventually(() => parties.length === 2, 'a second link');

    expect(parties.map((party) => party.heard)).toEqual([['one', 'two'], ['three']]);
    expect(parties[0]!.link.remote).toEqual({ address: HOST, port: bob.port });

    parties[0]!.link.write(Buffer.from('for bob'));
    parties[1]!.link.write(Buffer.from('for eve'));
    await heard(bob, 'for bob');
    await heard(eve, 'for eve');
    expect([bob.heard, eve.heard]).toEqual([['for bob'], ['for eve']]);
  });

  it('tells when what was written has gone out', async () => {
    const { parties, port } = await listen();
    const bob = await Stranger.open(port);
    bob.send('hi');
    const party = await eventually(() => parties[0], 'a link');
    party.link.write(Buffer.from('four'));
    expect(party.link.pending).toBe(4);
    await eventually(() => party.drains === 1, 'the drain');
    expect(party.link.pending).toBe(0);
  });

  it('takes datagrams of every size', async () => {
    const { parties, port } = await listen();
    const bob = await Stranger.open(port);
    bob.send('');
    bob.send('x'.repeat(65_507));
    await eventually(() => parties[0]?.heard.length === 2, 'both');
    expect(parties[0]!.heard.map((text) => text.length)).toEqual([0, 65_507]);
  });

  it('goes on when a peer is not there any more, and when a datagram is too long to be sent', async () => {
    const { parties, port } = await listen();
    const [gone, bob] = [await Stranger.open(port), await Stranger.open(port)];
    gone.send('hi');
    const party = await eventually(() => parties[0], 'a link');
    await gone.close();
    for (let count = 0; count < 5; count++) party.link.write(Buffer.from('anyone there?'));
    party.link.write(Buffer.alloc(70_000));
    await eventually(() => party.link.pending === 0, 'the end of sending');

    bob.send('still here');
    await eventually(() => parties[1]?.heard.length === 1, 'another peer');
    expect(party.closings).toEqual([]);
  });

  it('keeps datagrams waiting while a link is paused, so many and no more', async () => {
    const { listener, parties } = await listen((party) => party.link.pause());
    const from = { address: HOST, port: 40_000 };
    for (let count = 0; count < MAX_WAITING + 10; count++) listener.receive(from, Buffer.from(`${count}`));
    const [party] = parties;
    expect(party!.heard).toEqual([]);
    party!.onHeard = (text) => text === '1' && party!.link.pause();
    party!.link.resume();
    expect(party!.heard).toEqual(['0', '1']);
    party!.link.resume();
    expect(party!.heard).toHaveLength(MAX_WAITING);
  });

  it('frees the address at once when a link ends, and what was waiting is the first word to the next', async () => {
    const { listener, parties } = await listen((party) => (party.onHeard = () => party.link.pause()));
    const from = { address: HOST, port: 40_000 };
    for (const text of ['join', 'again', 'and more']) listener.receive(from, Buffer.from(text));
    parties[0]!.link.end();
    expect(parties.map((party) => party.heard)).toEqual([['join'], ['again']]);
    parties[1]!.link.resume();
    expect(parties[1]!.heard).toEqual(['again', 'and more']);
    await settle();
    expect(parties.map((party) => party.closings)).toEqual([[undefined], []]);
  });

  it('sends what was written before a link ended', async () => {
    const { listener, parties, port } = await listen((party) => {
      party.onHeard = () => (party.link.write(Buffer.from('no')), party.link.end());
    });
    const bob = await Stranger.open(port);
    bob.send('join');
    await heard(bob, 'no');
    parties[0]!.link.write(Buffer.from('not any more'));
    await listener.close();
    expect(bob.heard).toEqual(['no']);
  });

  it('holds a bounded number of peers, and drops what others send', async () => {
    const { listener, parties } = await listen();
    for (let port = 1; port <= MAX_PEERS + 5; port++) listener.receive({ address: HOST, port }, Buffer.from('join'));
    expect(parties).toHaveLength(MAX_PEERS);
    parties[0]!.link.end();
    listener.receive({ address: HOST, port: MAX_PEERS + 5 }, Buffer.from('join'));
    expect(parties).toHaveLength(MAX_PEERS + 1);
  });

  it('drops what comes from port 0, where no answer can go', async () => {
    const { listener, parties } = await listen();
    listener.receive({ address: HOST, port: 0 }, Buffer.from('join'));
    expect(parties).toEqual([]);
  });

  it('closes behind its last peer, who is told goodbye, and takes no new one meanwhile', async () => {
    const { listener, parties, port } = await listen();
    const [bob, eve] = [await Stranger.open(port), await Stranger.open(port)];
    bob.send('join');
    const party = await eventually(() => parties[0], 'a link');
    const closed = listener.close();
    const closedTwice = listener.close();
    eve.send('join');
    await settle();
    party.link.write(Buffer.from('goodbye'));
    party.link.end();
    await Promise.all([closed, closedTwice]);
    await heard(bob, 'goodbye');
    expect(parties).toHaveLength(1);
  });

  it('says why it cannot listen', async () => {
    const { port } = await listen();
    const taken = listenUdp({ host: HOST, port }, (link) => new Party(link));
    await expect(taken).rejects.toThrow(TransportError);
    await expect(taken).rejects.toThrow(`Port ${port} on ${HOST} is in use already`);
    const unknown = listenUdp({ host: 'no-such-host.invalid', port: 0 }, (link) => new Party(link));
    await expect(unknown).rejects.toThrow(TransportError);
  });
});

describe('connecting over UDP', () => {
  afterEach(closeAll);

  async function dial(port: number, host = HOST): Promise<Party> {
    let party: Party | undefined;
    await dialUdp({ host, port }, (link) => (party = new Party(link)));
    atEnd(() => party!.link.destroy());
    return party!;
  }

  it('sends and hears', async () => {
    const { parties, port } = await listen();
    const near = await dial(port);
    near.link.write(Buffer.from('hello'));
    const far = await eventually(() => parties[0], 'a link');
    await heard(far, 'hello');
    far.link.write(Buffer.from('welcome'));
    await heard(near, 'welcome');
    expect(near.link.remote).toEqual({ address: HOST, port });
  });

  it('finds localhost where a server listens by default', async () => {
    const { parties, port } = await listen();
    const near = await dial(port, 'localhost');
    near.link.write(Buffer.from('hello'));
    await eventually(() => parties[0], 'a link');
  });

  it('hears nobody but the server', async () => {
    const { parties, port } = await listen();
    const near = await dial(port);
    near.link.write(Buffer.from('hello'));
    const far = await eventually(() => parties[0], 'a link');
    const stranger = await Stranger.open(far.link.remote.port);
    stranger.send('psst');
    far.link.write(Buffer.from('welcome'));
    await heard(near, 'welcome');
    expect(near.heard).toEqual(['welcome']);
  });

  it('closes with a sentence when nobody is there', async () => {
    const stranger = await Stranger.open(0);
    const { port } = stranger;
    await stranger.close();
    const near = await dial(port);
    near.link.write(Buffer.from('hello'));
    await eventually(() => near.closings.length > 0, 'the end');
    expect(near.closings[0]).toBeInstanceOf(TransportError);
    expect(near.closings[0]!.message).toBe(`There is no server at ${HOST}, port ${port}.`);
  });

  it('sends the last word before it closes, and tells so once', async () => {
    const { parties, port } = await listen();
    const near = await dial(port);
    near.link.write(Buffer.from('exit'));
    near.link.end();
    near.link.destroy();
    near.link.write(Buffer.from('too late'));
    const far = await eventually(() => parties[0], 'a link');
    await heard(far, 'exit');
    await settle();
    expect(near.closings).toEqual([undefined]);
    expect(far.heard).toEqual(['exit']);
  });

  it('survives a datagram that is too long to be sent', async () => {
    const { parties, port } = await listen();
    const near = await dial(port);
    near.link.write(Buffer.alloc(70_000));
    near.link.write(Buffer.from('hello'));
    const far = await eventually(() => parties[0], 'a link');
    await heard(far, 'hello');
    expect(near.closings).toEqual([]);
  });

  it('says that a host is unknown, or a port none', async () => {
    await expect(dial(1, 'no-such-host.invalid')).rejects.toThrow(TransportError);
    await expect(dial(0)).rejects.toThrow(TransportError);
  });
});
