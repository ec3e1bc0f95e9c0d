/** Programs as the assignment's readers write them: bare sockets, one `recv()` a message, nothing of ours. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { DEFAULTS } from '../../../src/config.js';
import { raw, rawUdp } from '../../../src/protocols/raw/index.js';
import { records } from '../../../src/protocols/records/index.js';
import { type RunningServer, start } from '../../../src/server.js';
import { atEnd } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { temporaryFolder } from '../../support/folders.js';

export const HOST = '127.0.0.1';

interface Served {
  readonly server: RunningServer;
  readonly ports: { readonly raw: number; readonly 'raw-udp': number; readonly records: number };
  readonly events: { event: string; [field: string]: string | number }[];
}

/** A server of ours for raw, raw-udp and records, on ports of its own. */
export async function serve({ capacity = 10 } = {}): Promise<Served> {
  const folder = temporaryFolder('raw');
  const events: Served['events'] = [];
  const serve = [raw(), rawUdp(), records()].map((protocol) => ({ protocol, port: 0 }));
  const places = { data: `${folder}/data`, downloads: `${folder}/downloads` };
  const limits = { capacity, rooms: 10, grace: 0, replay: 1_000_000, inline: 1_000_000 };
  const server = await start({ ...DEFAULTS, serve, host: HOST, ...places, ...limits }, (event, fields) => {
    events.push({ event, ...fields });
  });
  let stopped: Promise<void> | undefined;
  const once = { ...server, addresses: server.addresses, stop: () => (stopped ??= server.stop()) };
  atEnd(() => once.stop());
  const portOf = (name: string): number => server.addresses.find(({ protocol }) => protocol === name)!.port;
  const ports = { raw: portOf('raw'), 'raw-udp': portOf('raw-udp'), records: portOf('records') };
  return { server: once, ports, events };
}

/** What both kinds of client do. `messages` is what each `recv()` gave. */
abstract class Student {
  readonly messages: string[] = [];

  abstract send(bytes: string | Uint8Array): void;

  /** Waits until everything so far is `expected`, message by message. */
  async got(...expected: string[]): Promise<void> {
    const enough = (): boolean => this.messages.length >= expected.length;
    const show = (): string => JSON.stringify(this.messages);
    await eventually(enough, `${JSON.stringify(expected)}`, { show });
    if (JSON.stringify(this.messages) !== JSON.stringify(expected)) {
      throw new Error(`${JSON.stringify(expected)} was to come, and this came: ${show()}`);
    }
  }

  /** Waits for a message, and gives it. */
  async until(text: string): Promise<void> {
    await eventually(() => this.messages.includes(text), text, { show: () => JSON.stringify(this.messages) });
  }
}

export class TcpStudent extends Student {
  ended = false;
  closed = false;

  private constructor(readonly socket: net.Socket) {
    super();
    socket.on('data', (bytes) => this.messages.push(bytes.toString()));
    socket.on('end', () => (this.ended = true));
    socket.on('close', () => (this.closed = true));
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<TcpStudent> {
    const socket = net.connect({ port, host: HOST, noDelay: true });
    await once(socket, 'connect');
    atEnd(() => void socket.resetAndDestroy());
    return new TcpStudent(socket);
  }

  /** As `connect_server` of the seed. */
  static async joined(port: number, name: string): Promise<TcpStudent> {
    const student = await TcpStudent.connect(port);
    student.send(name);
    await student.got('Welcome');
    student.messages.length = 0;
    return student;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  async end(): Promise<void> {
    await eventually(() => this.ended, 'the end', { show: () => JSON.stringify(this.messages) });
  }
}

export class UdpStudent extends Student {
  private constructor(
    readonly socket: dgram.Socket,
    private readonly to: number,
  ) {
    super();
    socket.on('message', (bytes) => this.messages.push(bytes.toString()));
    socket.on('error', () => undefined);
  }

  static async open(to: number): Promise<UdpStudent> {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, HOST);
    await once(socket, 'listening');
    const student = new UdpStudent(socket, to);
    atEnd(() => student.close());
    return student;
  }

  static async joined(to: number, join: string): Promise<UdpStudent> {
    const student = await UdpStudent.open(to);
    student.send(join);
    await student.got('Welcome');
    student.messages.length = 0;
    return student;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.send(bytes, this.to, HOST);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      try {
        this.socket.close(resolve);
      } catch {
        resolve();
      }
    });
  }
}
