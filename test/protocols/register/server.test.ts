/** Clients as others write them for the assignment, against our server. They share no code with ours. */
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFAULTS } from '../../../src/config.js';
import { register } from '../../../src/protocols/register/index.js';
import { type RunningServer, start } from '../../../src/server.js';
import { atEnd, closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { temporaryFolder } from '../../support/folders.js';

afterEach(closeAll);

type Framing = 'bare' | 'lines' | 'lengths';

/** Somebody who registers, talks and goes. */
class StudentClient {
  /** Everything that came. */
  received = '';
  isEnded = false;

  private constructor(
    readonly name: string,
    private readonly framing: Framing,
    private readonly socket: net.Socket,
  ) {
    socket.on('data', (bytes) => (this.received += bytes.toString()));
    socket.on('end', () => (this.isEnded = true));
    socket.on('error', () => undefined);
    atEnd(() => void socket.destroy());
  }

  static async connect(server: RunningServer, name: string, framing: Framing = 'bare'): Promise<StudentClient> {
    const socket = net.connect(server.addresses[0]!.port, '127.0.0.1');
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    return new StudentClient(name, framing, socket);
  }

  static async registered(server: RunningServer, name: string, framing: Framing = 'bare'): Promise<StudentClient> {
    const client = await StudentClient.connect(server, name, framing);
    client.send(`REGISTER ${name} CHAT/1.0`);
    await client.hears('200 Registration successful');
    return client;
  }

  send(message: string): void {
    this.socket.write(this.framed(message));
  }

  say(text: string): void {
    this.send(`@${this.name}: ${text}`);
  }

  async hears(message: string): Promise<void> {
    const wanted = this.framed(message);
    await eventually(() => this.received.includes(wanted), JSON.stringify(wanted), { show: () => this.received });
  }

  async waitForEnd(): Promise<void> {
    await eventually(() => this.isEnded, 'the end of the connection');
  }

  end(): void {
    this.socket.end();
  }

  kill(): void {
    this.socket.resetAndDestroy();
  }

  private framed(message: string): string {
    if (this.framing === 'lengths') return String(Buffer.byteLength(message)).padEnd(10) + message;
    return this.framing === 'lines' ? `${message}\n` : message;
  }
}

async function serve(): Promise<RunningServer> {
  const folder = temporaryFolder('register');
  const settings = { ...DEFAULTS, data: join(folder, 'data'), downloads: join(folder, 'downloads') };
  const server = await start({ ...settings, serve: [{ protocol: register(), port: 0 }] }, () => undefined);
  let stopped: Promise<void> | undefined;
  const running = { ...server, addresses: server.addresses, stop: () => (stopped ??= server.stop()) };
  atEnd(() => running.stop());
  return running;
}

describe('a server for seed 004', () => {
  it('plays the conversation of the seed', async () => {
    const server = await serve();
    const alice = await StudentClient.registered(server, 'Alice');
    const bob = await StudentClient.registered(server, 'Bob');
    alice.say('Hi Bob');
    await bob.hears('@Alice: Hi Bob');
    bob.say('Hi Alice');
    await alice.hears('@Bob: Hi Alice');
    alice.send('DISCONNECT Alice CHAT/1.0');
    await alice.waitForEnd();
    await bob.hears('@Server: Alice left the chatroom.');
    await server.stop();
    expect(alice.received).toBe('200 Registration successful@Server: Bob joined the chatroom.@Bob: Hi Alice');
    expect(bob.received).toBe(
      '200 Registration successful@Alice: Hi Bob@Server: Alice left the chatroom.DISCONNECT CHAT/1.0',
    );
  });

  it('lets clients of every framing talk to each other, and says goodbye to each in its own', async () => {
    const server = await serve();
    const people = [
      await StudentClient.registered(server, 'Bare'),
      await StudentClient.registered(server, 'Lines', 'lines'),
      await StudentClient.registered(server, 'Lengths', 'lengths'),
    ];
    for (const author of people) {
      author.say(`héllo € from ${author.name}`);
      const others = people.filter((person) => person !== author);
      await Promise.all(others.map((person) => person.hears(`@${author.name}: héllo € from ${author.name}`)));
    }
    await server.stop();
    for (const person of people) await person.hears('DISCONNECT CHAT/1.0');
    for (const person of people) expect(person.received.match(/from/g)).toHaveLength(2);
  });

  it('passes on everything in order, however fast it comes', async () => {
    const server = await serve();
    const alice = await StudentClient.registered(server, 'Alice', 'lines');
    const bob = await StudentClient.registered(server, 'Bob');
    const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    for (const text of texts) alice.say(text);
    await bob.hears('@Alice: message 19');
    expect(bob.received).toBe(['200 Registration successful', ...texts.map((text) => `@Alice: ${text}`)].join(''));
  });

  it('announces once whoever goes without a farewell, or with one and more', async () => {
    const server = await serve();
    const alice = await StudentClient.registered(server, 'Alice');
    for (const [name, go] of [
      ['Ends', (client: StudentClient) => client.end()],
      ['Killed', (client: StudentClient) => client.kill()],
      ['Twice', (client: StudentClient) => (client.send('DISCONNECT'), client.send('DISCONNECT'), client.kill())],
    ] as const) {
      go(await StudentClient.registered(server, name));
      await alice.hears(`@Server: ${name} left the chatroom.`);
    }
    expect(alice.received.match(/left/g)).toHaveLength(3);
  });

  it('answers 401 and 400, and closes after that', async () => {
    const server = await serve();
    await StudentClient.registered(server, 'Alice');
    const alike = await StudentClient.connect(server, 'Alice');
    alike.send('REGISTER \u0410lice CHAT/1.0');
    await alike.hears('401 Client already registered');
    await alike.waitForEnd();
    const [second, wrong] = [await StudentClient.connect(server, 'Alice'), await StudentClient.connect(server, 'Bob')];
    second.send('REGISTER Alice CHAT/1.0');
    wrong.send('REGISTER CHAT/1.0');
    await Promise.all([second.hears('401 Client already registered'), wrong.hears('400 Invalid registration')]);
    await Promise.all([second.waitForEnd(), wrong.waitForEnd()]);
    expect(second.received + wrong.received).toBe('401 Client already registered400 Invalid registration');
  });
});
