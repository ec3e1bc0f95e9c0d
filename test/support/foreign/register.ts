/** Seed 004, word for word, in the three ways in which its readers tell one message from the next. */
import { type Foreign, ForeignClient, type ForeignServer, listen, Wire } from './wire.js';

const HEADER = 10;

/** How messages look on the wire, and how they are taken from it. */
interface Framing {
  pack(message: string): string;
  /** A reader for one connection. Throws where a program of this kind would. */
  unpacker(): (bytes: Buffer) => string[];
}

/** "What one recv() gives is a message." */
const NONE: Framing = { pack: (message) => message, unpacker: () => (bytes) => [bytes.toString()] };

const LINES: Framing = {
  pack: (message) => `${message}\n`,
  unpacker: () => {
    let rest = '';
    return (bytes) => {
      const lines = (rest + bytes.toString()).split('\n');
      rest = lines.pop() ?? '';
      return lines;
    };
  },
};

/** `int(sock.recv(10))`, and then as many bytes. */
const LENGTHS: Framing = {
  pack: (message) => String(Buffer.byteLength(message)).padEnd(HEADER) + message,
  unpacker: () => {
    let rest: Buffer = Buffer.alloc(0);
    const next = (): string | undefined => {
      if (rest.length < HEADER) return undefined;
      const length = Number(rest.subarray(0, HEADER).toString());
      if (Number.isNaN(length)) throw new Error('ValueError: invalid literal for int()');
      if (rest.length < HEADER + length) return undefined;
      const message = rest.subarray(HEADER, HEADER + length).toString();
      rest = rest.subarray(HEADER + length);
      return message;
    };
    return (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      const messages: string[] = [];
      for (let message = next(); message !== undefined; message = next()) messages.push(message);
      return messages;
    };
  },
};

class Client extends ForeignClient {
  constructor(
    private readonly wire: Wire,
    private readonly name: string,
    private readonly framing: Framing,
  ) {
    super();
    const unpack = framing.unpacker();
    wire.onRecv((bytes) => this.heard.push(...unpack(bytes).map(shown)));
    this.send(`REGISTER ${name} CHAT/1.0`);
  }

  says(text: string): void {
    this.send(`@${this.name}: ${text}`);
  }

  leaves(): void {
    this.send(`DISCONNECT ${this.name} CHAT/1.0`);
    this.wire.close();
  }

  get isOver(): boolean {
    return this.wire.isOver;
  }

  private send(message: string): void {
    this.wire.send(this.framing.pack(message));
  }
}

function shown(message: string): string {
  return message.replace(/^@/, '').replace(/^Server: (\S+) (joined|left) the chatroom\.$/, '$1 $2');
}

async function serve(framing: Framing): Promise<ForeignServer> {
  const clients = new Map<Wire, string>();
  const received: string[] = [];

  const register = (wire: Wire, message: string): void => {
    const [method, name = '', version, ...more] = message.split(' ');
    const isValid = method === 'REGISTER' && name !== '' && version === 'CHAT/1.0' && more.length === 0;
    if (!isValid) return turnAway(wire, '400 Invalid registration');
    if ([...clients.values()].includes(name)) return turnAway(wire, '401 Client already registered');
    clients.set(wire, name);
    wire.send(framing.pack('200 Registration successful'));
  };
  const turnAway = (wire: Wire, answer: string): void => {
    wire.send(framing.pack(answer));
    wire.close();
  };
  const obey = (wire: Wire, message: string): void => {
    received.push(message);
    if (!clients.has(wire)) register(wire, message);
    else if (message === `DISCONNECT ${clients.get(wire)} CHAT/1.0`) wire.close();
    else for (const other of clients.keys()) if (other !== wire) other.send(framing.pack(message));
  };

  const { port, close } = await listen((wire) => {
    const unpack = framing.unpacker();
    wire.onRecv((bytes) => {
      try {
        for (const message of unpack(bytes)) obey(wire, message);
      } catch {
        // Its thread has died of it.
        wire.close();
      }
    });
    wire.onEnd(() => clients.delete(wire));
  });
  const stop = (): void => {
    close();
    for (const wire of clients.keys()) wire.send(framing.pack('DISCONNECT CHAT/1.0'));
    for (const wire of clients.keys()) wire.close();
  };
  return { port, received, stop };
}

function written(framing: Framing): Foreign {
  return {
    client: async (port, name) => new Client(await Wire.to(port), name, framing),
    server: () => serve(framing),
  };
}

export const register = { none: written(NONE), lines: written(LINES), lengths: written(LENGTHS) };
