/** Seed 003, word for word: what the methods of its four classes do, without their classes. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { atEnd } from '../cleanup.js';
import { type Foreign, ForeignClient, type ForeignServer, HOST, listen, Wire } from './wire.js';

/** ClientTCP. */
class TcpClient extends ForeignClient {
  constructor(
    private readonly wire: Wire,
    name: string,
  ) {
    super();
    wire.onRecv((bytes) => this.heard.push(announced(bytes.toString())));
    wire.send(name);
  }

  says(text: string): void {
    this.wire.send(text);
  }

  leaves(): void {
    this.wire.send('exit');
  }

  get isOver(): boolean {
    return this.wire.isOver;
  }
}

/** ClientUDP: "The message's format that is sent to the server is '{client_name}:{text}'." */
class UdpClient extends ForeignClient {
  isOver = false;

  constructor(
    private readonly socket: Socket,
    private readonly port: number,
    private readonly name: string,
  ) {
    super();
    socket.on('message', (bytes) => {
      const message = bytes.toString();
      this.heard.push(announced(message));
      // Nothing ends here but the program: on the server's word, or when it is not let in.
      if (message === 'server-shutdown' || message === 'Name already taken') this.isOver = true;
    });
    this.says('join');
  }

  says(text: string): void {
    this.socket.send(`${this.name}:${text}`, this.port, HOST);
  }

  leaves(): void {
    this.says('exit');
    this.isOver = true;
  }
}

function announced(message: string): string {
  return message.replace(/^User (\S+) (joined|left)$/, '$1 $2');
}

/** ServerTCP. */
async function tcpServer(): Promise<ForeignServer> {
  const clients = new Map<Wire, string>();
  const received: string[] = [];

  const broadcast = (sender: Wire, message: string): void => {
    for (const wire of clients.keys()) if (wire !== sender) wire.send(message);
  };
  const acceptClient = (wire: Wire, name: string): void => {
    if ([...clients.values()].includes(name)) {
      wire.send('Name already taken');
      return wire.close();
    }
    wire.send('Welcome');
    clients.set(wire, name);
    broadcast(wire, `User ${name} joined`);
  };
  const closeClient = (wire: Wire, name: string): void => {
    if (!clients.delete(wire)) return;
    broadcast(wire, `User ${name} left`);
    wire.close();
  };

  const { port, close } = await listen((wire) => {
    wire.onRecv((bytes) => {
      const message = bytes.toString();
      const name = clients.get(wire);
      received.push(message);
      if (name === undefined) acceptClient(wire, message);
      else if (message === 'exit') closeClient(wire, name);
      else broadcast(wire, `${name}: ${message}`);
    });
    wire.onEnd(() => closeClient(wire, clients.get(wire) ?? ''));
  });
  const stop = (): void => {
    close();
    for (const wire of clients.keys()) wire.send('server-shutdown');
    for (const wire of clients.keys()) wire.close();
    clients.clear();
  };
  return { port, received, stop };
}

/** ServerUDP: other messages it passes on as they came, with the name that is in them. */
async function udpServer(): Promise<ForeignServer> {
  const socket = await udpSocket();
  const clients = new Map<string, { name: string; address: RemoteInfo }>();
  const received: string[] = [];

  const send = (to: RemoteInfo, message: string): void => socket.send(message, to.port, to.address);
  const broadcast = (sender: string, message: string): void => {
    for (const [key, { address }] of clients) if (key !== sender) send(address, message);
  };
  const acceptClient = (key: string, name: string, address: RemoteInfo): void => {
    if ([...clients.values()].some((client) => client.name === name)) return send(address, 'Name already taken');
    send(address, 'Welcome');
    clients.set(key, { name, address });
    broadcast(key, `User ${name} joined`);
  };

  socket.on('message', (bytes, address) => {
    const message = bytes.toString();
    const [name = '', text] = message.split(':');
    const key = `${address.address}:${address.port}`;
    received.push(message);
    if (text === 'join') acceptClient(key, name, address);
    else if (text === 'exit') {
      if (clients.delete(key)) broadcast(key, `User ${name} left`);
    } else if (clients.has(key)) broadcast(key, message);
  });
  const stop = (): void => {
    for (const { address } of clients.values()) send(address, 'server-shutdown');
  };
  return { port: socket.address().port, received, stop };
}

async function udpSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.bind(0, HOST);
  await once(socket, 'listening');
  atEnd(() => void socket.close());
  return socket;
}

export const raw: Foreign = {
  client: async (port, name) => new TcpClient(await Wire.to(port), name),
  server: tcpServer,
};

export const rawUdp: Foreign = {
  client: async (port, name) => new UdpClient(await udpSocket(), port, name),
  server: udpServer,
};
