/** Seed 001, word for word: a name, then `GET`, `USERS` and `PUT: text`, without terminators. */
import { eventually } from '../eventually.js';
import { type Foreign, ForeignClient, type ForeignServer, listen, Wire } from './wire.js';

class Client extends ForeignClient {
  private readonly answers: string[] = [];

  constructor(
    private readonly wire: Wire,
    name: string,
  ) {
    super();
    wire.onRecv((bytes) => this.answers.push(bytes.toString()));
    wire.send(name);
  }

  /** What the server says to the name. */
  async named(): Promise<this> {
    this.heard.push(await this.answer());
    return this;
  }

  says(text: string): void {
    this.wire.send(`PUT: ${text}`);
  }

  /** "When the red button in the gui is clicked": the program ends. */
  leaves(): void {
    this.wire.close();
  }

  get isOver(): boolean {
    return this.wire.isOver;
  }

  /** What it shows in the frame of the current users. */
  async users(): Promise<string> {
    this.wire.send('USERS');
    return this.answer();
  }

  protected override async ask(): Promise<void> {
    if (this.isOver) return;
    this.wire.send('GET');
    const answer = await this.answer();
    for (const [, name = '', text = ''] of answer.slice('MSGS:'.length).matchAll(/ ?<(\S+?)>(.*?)(?= <\S+?>|$)/gs)) {
      this.heard.push(announced(`${name}: ${text}`));
    }
  }

  private async answer(): Promise<string> {
    const look = (): string | undefined => this.answers.shift() ?? (this.isOver ? '' : undefined);
    return eventually(look, 'an answer', { show: () => this.heard.join('\n') });
  }
}

function announced(line: string): string {
  return line.replace(/^Server: (\S+) (joined|left) the chatroom\.$/, '$1 $2');
}

/** The client objects of the seed: name, socket and buffer. It says nothing of who comes and goes but to USERS. */
async function server(): Promise<ForeignServer> {
  const clients = new Map<Wire, { name: string; buffer: string[] }>();
  const received: string[] = [];

  const accept = (wire: Wire, name: string): void => {
    const isTaken = [...clients.values()].some((client) => client.name === name);
    wire.send(isTaken ? 'The user name is already taken' : 'OK');
    if (isTaken) wire.close();
    else clients.set(wire, { name, buffer: [] });
  };
  const obey = (wire: Wire, client: { name: string; buffer: string[] }, request: string): void => {
    if (request === 'GET') wire.send(`MSGS: ${client.buffer.splice(0).join(' ')}`);
    else if (request === 'USERS') wire.send(`USERS: ${[...clients.values()].map(({ name }) => name).join(' ')}`);
    else if (request.startsWith('PUT: ')) {
      for (const { buffer } of clients.values()) buffer.push(`<${client.name}>${request.slice('PUT: '.length)}`);
    } else wire.close();
  };

  const { port, close } = await listen((wire) => {
    wire.onRecv((bytes) => {
      const request = bytes.toString();
      const client = clients.get(wire);
      if (request !== 'GET' && request !== 'USERS') received.push(request);
      if (client) obey(wire, client, request);
      else accept(wire, request);
    });
    wire.onEnd(() => clients.delete(wire));
  });
  const stop = (): void => {
    close();
    for (const wire of clients.keys()) wire.close();
  };
  return { port, received, stop };
}

export async function pullClient(port: number, name: string): Promise<Client> {
  return new Client(await Wire.to(port), name).named();
}

export const pull: Foreign = { client: pullClient, server };
