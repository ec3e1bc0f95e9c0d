/** The limits of `snug serve` as they are met from outside: docs/protocols.md, S8 to S12. */
import { afterEach, describe, expect, it } from '@jest/globals';
import http from 'node:http';
import net from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { WebSocket } from 'ws';
import { selfSigned } from '../support/certificate.js';
import { atEnd, closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder } from '../support/folders.js';
import { PipedProcess } from '../support/process.js';
import { FLAG, RecordsPeer } from '../support/records-peer.js';

afterEach(closeAll);

interface Serving {
  readonly process: PipedProcess;
  port(protocol: string): number;
  /** The events of that name that were reported. */
  reported(event: string): string[];
}

async function serve(protocols: readonly string[], ...options: readonly string[]): Promise<Serving> {
  const folder = temporaryFolder('server');
  const folders = ['--data', join(folder, 'data'), '--downloads', join(folder, 'downloads')];
  const served = protocols.map((name) => `${name}=0`);
  const process = new PipedProcess(['serve', ...served, '--capacity', '100', ...folders, ...options]);
  const reported = (event: string): string[] => process.lines.filter((line) => line.includes(`"event":"${event}"`));
  await eventually(() => reported('listening').length === protocols.length, 'the ports', {
    show: () => process.show(),
  });
  const ports = new Map(
    reported('listening').map((line) => {
      const { protocol, port } = JSON.parse(line) as { protocol: string; port: number };
      return [protocol, port] as const;
    }),
  );
  return { process, reported, port: (protocol) => ports.get(protocol)! };
}

/** A program on a bare socket. */
class Program {
  text = '';
  isOver = false;

  private constructor(readonly socket: net.Socket) {
    socket.on('data', (bytes) => (this.text += bytes.toString()));
    socket.on('end', () => (this.isOver = true));
    socket.on('close', () => (this.isOver = true));
    socket.on('error', () => undefined);
    atEnd(() => void socket.destroy());
  }

  static async open(port: number, ca?: string): Promise<Program> {
    const to = { port, host: '127.0.0.1' };
    const program = new Program(ca === undefined ? net.connect(to) : tls.connect({ ...to, ca }));
    await new Promise((resolve) => program.socket.once('connect', resolve).once('close', resolve));
    return program;
  }

  hears(text: string): Promise<unknown> {
    return eventually(() => this.text.includes(text), text, { show: () => this.text });
  }

  ends(): Promise<unknown> {
    return eventually(() => this.isOver, 'the end', { show: () => this.text });
  }
}

/** What is answered to a request on a connection of its own. */
function got(url: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false }, (response) => {
      let text = '';
      response.on('data', (bytes: Buffer) => (text += bytes.toString()));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('error', reject);
  });
}

describe('connections', () => {
  it('of one address are limited where that is asked for, in the words of each protocol', async () => {
    const serving = await serve(['records', 'chat10', 'pull', 'raw', 'register'], '--connections', '2');
    await RecordsPeer.join(serving.port('records'), 'ann');
    await RecordsPeer.join(serving.port('records'), 'bob');
    const words = 'There are 2 connections from your address already, and no more are taken.';
    for (const [protocol, said] of [
      ['records', `${words} The connection is closed.`],
      ['chat10', `CHAT/1.0 TEXT\r\nUsername: Server\r\nMsg-len: ${words.length}\r\n\r\n${words}`],
      ['pull', words],
      ['raw', words],
      ['register', '400 Invalid registration'],
    ] as const) {
      const program = await Program.open(serving.port(protocol));
      await program.hears(said);
      await program.ends();
    }
    expect(serving.reported('turned-away')).toHaveLength(1);
  });

  it('to the page count like others, and once each, also where they become a WebSocket', async () => {
    const serving = await serve(['records', 'web'], '--connections', '2');
    const page = `http://127.0.0.1:${serving.port('web')}/`;
    const { peer: ann } = await RecordsPeer.join(serving.port('records'), 'ann');
    const webSocket = new WebSocket(page.replace('http', 'ws'));
    atEnd(() => webSocket.terminate());
    await new Promise((resolve, reject) => webSocket.once('open', resolve).once('error', reject));
    const told = 'There are 2 connections from your address already, and no more are taken.';
    expect(await got(page)).toEqual({ status: 503, text: told });

    ann.end();
    await eventually(async () => (await got(page)).status === 200, 'the page');
    await Program.open(serving.port('web'));
    expect(await got(page)).toEqual({ status: 503, text: told });
    expect(serving.reported('turned-away')).toHaveLength(2);
  });

  it('count from the beginning of a handshake over TLS, whatever becomes of it', async () => {
    const folder = temporaryFolder('tls');
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const own = selfSigned();
    writeFileSync(cert, own.cert);
    writeFileSync(key, own.key);
    const serving = await serve(['records'], '--connections', '2', '--tls-cert', cert, '--tls-key', key);
    // On one port, which takes connections in their order.
    const silent = [await Program.open(serving.port('records')), await Program.open(serving.port('records'))];
    const refused = await Program.open(serving.port('records'), own.cert);
    await refused.hears('There are 2 connections from your address already, and no more are taken.');
    expect(serving.reported('turned-away')).toHaveLength(1);
    silent[0]!.socket.destroy();
    await eventually(async () => {
      const another = await Program.open(serving.port('records'), own.cert);
      another.socket.write(Buffer.from('0100000100'.padEnd(64, '0'), 'hex'));
      await eventually(() => another.text !== '', 'an answer');
      return !another.text.includes('There are 2');
    }, 'a place');
  });

  it('are any number where that is asked for', async () => {
    const serving = await serve(['records'], '--max-connections', '0');
    expect((await (await RecordsPeer.connect(serving.port('records'))).report()).number).toBe(0);
  });

  it('beyond the number for all are closed, however many there are, and those that are there go on', async () => {
    const serving = await serve(['records'], '--max-connections', '2');
    const [{ peer: ann }, { peer: bob }] = [
      await RecordsPeer.join(serving.port('records'), 'ann'),
      await RecordsPeer.join(serving.port('records'), 'bob'),
    ];
    const others = await Promise.all(Array.from({ length: 300 }, () => Program.open(serving.port('records'))));
    await Promise.all(others.map((other) => other.ends()));
    expect(others.some(({ text }) => text.includes('as many connections as it can take'))).toBe(true);
    ann.say('still here');
    await bob.waitForText('still here');
    bob.end();
    await eventually(() => serving.reported('away').length + serving.reported('left').length > 0, 'the leaving');
    await RecordsPeer.join(serving.port('records'), 'eve');
  });
});

describe('joins', () => {
  it('come in a flood and are refused, without a word too many to the operator', async () => {
    const serving = await serve(['records'], '--joins', '3');
    const peer = await RecordsPeer.connect(serving.port('records'));
    for (let nth = 0; nth < 20; nth++) {
      peer.send({ flags: FLAG.JOIN_REQUEST, username: `n${nth}` });
      peer.quit();
    }
    const isLimit = ({ flags, payload }: { flags: number; payload: Buffer }): boolean =>
      flags === FLAG.JOIN_REJECT && payload.includes('There were 3 joins from your address within a minute');
    await eventually(() => peer.received.filter(isLimit).length === 17, '17 refusals');
    expect(serving.reported('joined')).toHaveLength(3);
  });
});

describe('messages', () => {
  it('are held to a rate that is asked for, and all of them arrive in order', async () => {
    const serving = await serve(['records'], '--rate', '50/20');
    const { peer: ann } = await RecordsPeer.join(serving.port('records'), 'ann');
    const { peer: bob } = await RecordsPeer.join(serving.port('records'), 'bob');
    const texts = Array.from({ length: 60 }, (_, nth) => `line ${nth}`);
    for (const text of texts) ann.say(text);
    await bob.waitForText('line 59');
    expect(bob.received.filter(({ flags }) => flags === 0).map(({ payload }) => payload.toString())).toEqual(texts);
    const warnings = ann.received.filter(({ flags }) => flags === FLAG.NOTICE).map(({ payload }) => payload.toString());
    expect(warnings).toEqual(['You are sending more than 50 messages a second: what follows has to wait.']);
    expect(serving.reported('refused')).toHaveLength(1);
  });

  it('have the length that is asked for', async () => {
    const serving = await serve(['records'], '--message-length', '5', '--name-length', '3');
    const { peer } = await RecordsPeer.join(serving.port('records'), 'ann');
    peer.say('too long');
    await peer.waitFor(({ payload }) => payload.includes('A message has at most 5 bytes'), 'the refusal');
    await expect(RecordsPeer.join(serving.port('records'), 'anna')).rejects.toThrow('1 to 3 letters');
  });
});

describe('time', () => {
  it('to join, and for a message, is limited as is asked for', async () => {
    const serving = await serve(['records', 'web', 'raw'], '--silence', '1', '--unfinished', '1');
    const { peer: ann } = await RecordsPeer.join(serving.port('records'), 'ann');
    const silent = await Program.open(serving.port('raw'));
    const { peer: bob } = await RecordsPeer.join(serving.port('records'), 'bob');
    bob.write(Buffer.from([1, 0, 0]));
    await silent.hears('You have not joined, and asked for nothing for 1 second.');
    await bob.waitFor(({ payload }) => payload.includes('A message was not complete after 1 second.'), 'the reason');
    await bob.waitForClose();
    expect(ann.isClosed).toBe(false);
  });

  it('for a message is limited on a WebSocket too, of which only a part of a frame comes', async () => {
    const serving = await serve(['web'], '--silence', '0', '--unfinished', '1');
    const program = await Program.open(serving.port('web'));
    const upgrade = ['GET / HTTP/1.1', 'Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade'];
    const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    program.socket.write([...upgrade, ...key, '', ''].join('\r\n'));
    await program.hears('101 Switching Protocols');
    // A binary message of 1000 bytes, masked, of which four come.
    program.socket.write(Buffer.from([0x82, 0xfe, 0x03, 0xe8, 0, 0, 0, 0, 1, 0, 0, 0]));
    await program.hears('A message was not complete after 1 second.');
    await program.ends();
  });
});
