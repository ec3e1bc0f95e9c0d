import { describe, expect, it } from '@jest/globals';
import { Pipes } from '../../src/gateway/pipe.js';
import type { Dialling } from '../../src/protocols/dialling.js';
import { FakeLink } from '../support/fake-link.js';
import { gate, settle } from '../support/settle.js';

/** A page's connection through a pipe, and the server's end of it. */
class Plumbing {
  readonly page = new FakeLink();
  readonly server = new FakeLink();
  readonly pipes: Pipes;

  constructor(network: Promise<void> = Promise.resolve()) {
    const dial: Dialling = async (accept) => {
      await network;
      this.server.attach(accept(this.server));
    };
    this.pipes = new Pipes(dial);
    this.page.attach(this.pipes.accept(this.page));
  }

  static async connected(): Promise<Plumbing> {
    const plumbing = new Plumbing();
    await settle();
    return plumbing;
  }
}

describe('a pipe', () => {
  it('carries bytes both ways', async () => {
    const { page, server } = await Plumbing.connected();
    page.send(Buffer.from('to the '), Buffer.from('server'));
    server.send(Buffer.from('to the page'));
    expect(server.bytes.toString()).toBe('to the server');
    expect(page.bytes.toString()).toBe('to the page');
  });

  it('is one for each connection', async () => {
    const servers: FakeLink[] = [];
    const pipes = new Pipes(async (accept) => {
      const server = new FakeLink();
      server.attach(accept(server));
      servers.push(server);
    });
    const pages = [new FakeLink(), new FakeLink()];
    for (const page of pages) page.attach(pipes.accept(page));
    await settle();
    pages[1]!.send(Buffer.from('Hi'));
    expect(servers.map(({ bytes }) => bytes.toString())).toEqual(['', 'Hi']);
  });

  it('keeps what comes before the server is reached, and reads no further until it is', async () => {
    const { passed, open } = gate();
    const { page, server } = new Plumbing(passed);
    page.send(Buffer.from('one'));
    page.send(Buffer.from('two'));
    expect(page.isPaused).toBe(true);
    open();
    await settle();
    expect(server.bytes.toString()).toBe('onetwo');
    expect(page.isPaused).toBe(false);
  });

  it('closes the page when the server cannot be reached', async () => {
    const page = new FakeLink();
    page.attach(new Pipes(() => Promise.reject(new Error('There is no server.'))).accept(page));
    await settle();
    expect(page.isClosed).toBe(true);
  });

  it('lets go of a server that is reached when the page is gone, with what the page said', async () => {
    const { passed, open } = gate();
    const { page, server } = new Plumbing(passed);
    page.send(Buffer.from('a last word'));
    page.reset();
    open();
    await settle();
    expect(server.bytes.toString()).toBe('a last word');
    expect(server.isClosed).toBe(true);
  });

  it.each([
    ['page', 'server'],
    ['server', 'page'],
  ] as const)('stops reading the %s while the %s takes nothing, and loses nothing', async (from, to) => {
    const plumbing = await Plumbing.connected();
    const [source, sink] = [plumbing[from], plumbing[to]];
    sink.stopReading();
    const pieces = Array.from({ length: 20 }, (_, index) => Buffer.alloc(100_000, index));
    source.send(...pieces);
    expect(source.isPaused).toBe(true);
    expect(sink.mostPending).toBeLessThan(400_000);
    for (let left = pieces.length; left > 0 && sink.pending > 0; left--) {
      sink.readOnce();
      await settle();
    }
    expect(source.isPaused).toBe(false);
    expect(sink.bytes.equals(Buffer.concat(pieces))).toBe(true);
  });

  it.each([
    ['page', 'server'],
    ['server', 'page'],
  ] as const)('hands on that the %s says no more, after what it said', async (from, to) => {
    const plumbing = await Plumbing.connected();
    plumbing[from].send(Buffer.from('Bye'));
    plumbing[from].sendEnd();
    expect(plumbing[to].bytes.toString()).toBe('Bye');
    expect(plumbing[to].isEnded).toBe(true);
  });

  it.each([
    ['page', 'server'],
    ['server', 'page'],
  ] as const)('ends for the %s when it breaks for the other, the %s', async (to, from) => {
    const plumbing = await Plumbing.connected();
    plumbing[from].reset();
    await settle();
    expect(plumbing[to].isClosed).toBe(true);
  });

  it('lets the server answer what the page said before it said no more', async () => {
    const { page, server } = await Plumbing.connected();
    page.sendEnd();
    server.send(Buffer.from('the answer'));
    expect(page.bytes.toString()).toBe('the answer');
  });

  it('is closed at both ends when the gateway stops', async () => {
    const { page, server, pipes } = await Plumbing.connected();
    pipes.stop();
    await settle();
    expect([page.isClosed, server.isClosed]).toEqual([true, true]);
  });

  it('is closed also when the server is reached only then', async () => {
    const { passed, open } = gate();
    const { page, server, pipes } = new Plumbing(passed);
    pipes.stop();
    open();
    await settle();
    expect([page.isClosed, server.isClosed]).toEqual([true, true]);
  });
});
