/** The records protocol as browsers speak it: over WebSocket, on the port where the page is, beside TCP in one room. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import type { Connection, Line } from '../../../src/client/connection.js';
import { DEFAULTS } from '../../../src/config.js';
import type { Protocol } from '../../../src/protocols/protocol.js';
import { recordsProtocols } from '../../../src/protocols/records/index.js';
import { type RunningServer, start } from '../../../src/server.js';
import { dialWebSocket } from '../../../src/transports/websocket.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { temporaryFolder } from '../../support/folders.js';
import { decode, encode, FLAG, RecordsPeer, type WireRecord } from '../../support/records-peer.js';

const HOST = '127.0.0.1';

afterEach(closeAll);

class Running {
  private stopped: Promise<void> | undefined;

  private constructor(private readonly server: RunningServer) {
    atEnd(() => this.stop());
  }

  static async start(): Promise<Running> {
    const folder = temporaryFolder('web');
    const folders = { data: join(folder, 'data'), downloads: join(folder, 'downloads') };
    const serve = recordsProtocols().map((protocol) => ({ protocol, port: 0 }));
    return new Running(await start({ ...DEFAULTS, ...folders, serve, grace: 0 }, () => undefined));
  }

  port(name: string): number {
    return this.server.addresses.find(({ protocol }) => protocol === name)!.port;
  }

  stop(): Promise<void> {
    return (this.stopped ??= this.server.stop());
  }
}

function protocolOf(name: string): Protocol {
  return recordsProtocols().find((protocol) => protocol.name === name)!;
}

/** A person with our client, over WebSocket. */
class Person {
  readonly lines: (Line & { past: boolean })[] = [];
  readonly told: string[] = [];
  connection!: Connection;

  private constructor() {
    atEnd(() => this.connection.close());
  }

  static async join(port: number, name: string, room = ''): Promise<Person> {
    const person = new Person();
    const { connect } = protocolOf('web');
    person.connection = await connect((accept) => dialWebSocket({ host: HOST, port }, accept), room, {
      joined: () => undefined,
      line: (line, past) => void person.lines.push({ ...line, past }),
      notice: (text) => void person.told.push(text),
      closed: (reason) => void person.told.push(reason),
    });
    await person.connection.join(name);
    return person;
  }

  async sees(fits: (line: Line) => boolean, what: string): Promise<Line & { past: boolean }> {
    return eventually(() => this.lines.find(fits), what, {
      show: () => this.lines.map(({ kind, author, text }) => `${kind} ${author} ${text}`).join('\n'),
    });
  }

  reads(text: string): Promise<Line & { past: boolean }> {
    return this.sees((line) => line.text === text, JSON.stringify(text));
  }
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += 100_000) yield bytes.subarray(offset, offset + 100_000);
}

describe('over WebSocket', () => {
  it('people join, talk and leave, together with those over TCP', async () => {
    const running = await Running.start();
    const { peer } = await RecordsPeer.join(running.port('records'), 'Cool');
    const fun = await Person.join(running.port('web'), 'Fun');
    await peer.waitForAnnouncement('Fun joined the chatroom.');
    peer.say('Hi from TCP');
    await fun.reads('Hi from TCP');
    await fun.connection.say('Hi from a browser');
    expect((await peer.waitForText('Hi from a browser')).username).toBe('Fun');
    expect((await fun.connection.report()).text).toMatch(
      /^1\. Cool at IP: 127\.0\.0\.1 .+\n2\. Fun at IP: 127\.0\.0\.1 /,
    );
    await fun.connection.leave();
    await peer.waitForAnnouncement('Fun left the chatroom.');
  });

  it('a room of its own has its own history, which newcomers are shown', async () => {
    const running = await Running.start();
    const first = await Person.join(running.port('web'), 'Cool', 'Tea');
    for (let number = 1; number <= 300; number++) await first.connection.say(`This is message ${number}.`);
    await first.reads('This is message 300.');
    const second = await Person.join(running.port('web'), 'Fun', 'Tea');
    const past = second.lines.filter((line) => line.past && line.kind === 'text').map(({ text }) => text);
    expect(past).toEqual(Array.from({ length: 300 }, (_, index) => `This is message ${index + 1}.`));
    const elsewhere = await Person.join(running.port('web'), 'Fire');
    expect(elsewhere.lines.filter((line) => line.past)).toEqual([]);
  });

  it('a file of several MiB goes up, is announced, and comes down', async () => {
    const running = await Running.start();
    const cool = await Person.join(running.port('web'), 'Cool');
    const fun = await Person.join(running.port('web'), 'Fun');
    const contents = randomBytes(3 * 1_048_576);
    await cool.connection.share({ name: 'film.mp4', size: contents.length, contents: inPieces(contents) });
    const { sequence, file } = await fun.sees(({ kind }) => kind === 'file', 'the file');
    expect(file).toEqual({ name: 'film.mp4', size: contents.length });
    const chunks: Uint8Array[] = [];
    for await (const chunk of fun.connection.fetch(sequence, 0)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(contents)).toBe(true);
  });

  it('messages may be cut anywhere', async () => {
    const running = await Running.start();
    const { peer } = await RecordsPeer.join(running.port('records'), 'Cool');
    const webSocket = new WebSocket(`ws://${HOST}:${running.port('web')}/any/path`);
    atEnd(() => webSocket.terminate());
    const received: Buffer[] = [];
    webSocket.on('message', (message) => received.push(message as Buffer));
    await new Promise((resolve, reject) => webSocket.once('open', resolve).once('error', reject));
    const asks = [encode({ flags: FLAG.JOIN_REQUEST, username: 'Fun' }), encode({ payload: 'Bit by bit' })];
    for (const byte of Buffer.concat(asks)) webSocket.send(Buffer.from([byte]));
    await peer.waitForText('Bit by bit');
    const records = (): WireRecord[] => decode(Buffer.concat(received)).records;
    await eventually(() => records().some(({ payload }) => payload.toString() === 'Bit by bit'), 'the confirmation');
    expect(records().map(({ flags }) => flags)).toEqual([FLAG.JOIN_ACCEPT, FLAG.NEW_USER, 0]);
  });

  it('who closes the window has left', async () => {
    const running = await Running.start();
    const { peer } = await RecordsPeer.join(running.port('records'), 'Cool');
    for (const name of ['Fun', 'Fire']) {
      const person = await Person.join(running.port('web'), name);
      person.connection.close();
      await peer.waitForAnnouncement(`${name} left the chatroom.`);
    }
  });

  it('the end of the server is told', async () => {
    const running = await Running.start();
    const fun = await Person.join(running.port('web'), 'Fun');
    await running.stop();
    await eventually(() => fun.told.length === 2, 'what is told', { show: () => fun.told.join('\n') });
    expect(fun.told).toEqual(['The server is shutting down.', 'The server closed the connection.']);
  });

  it('the page is on the same port, and so are its rules', async () => {
    const running = await Running.start();
    const answer = await fetch(`http://${HOST}:${running.port('web')}/Tea`);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const webSocket = new WebSocket(`ws://${HOST}:${running.port('web')}/`, { origin: 'http://evil.example' });
    await expect(
      new Promise((resolve, reject) => webSocket.once('open', resolve).once('error', reject)),
    ).rejects.toThrow('403');
  });
});
