/** Seed 000, word for word: a header, an empty line, `Msg-len` bytes. */
import { type Foreign, ForeignClient, type ForeignServer, listen, Wire } from './wire.js';

interface Frame {
  readonly method: string;
  readonly username: string;
  readonly payload: Buffer;
  /** All of it, as it came. */
  readonly bytes: Buffer;
}

/** Takes frames out of a stream. */
class Frames {
  private buffer: Buffer = Buffer.alloc(0);

  *take(bytes: Buffer): Generator<Frame> {
    this.buffer = Buffer.concat([this.buffer, bytes]);
    for (let frame = this.next(); frame; frame = this.next()) yield frame;
  }

  private next(): Frame | undefined {
    const end = this.buffer.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const [start = '', ...headers] = this.buffer.subarray(0, end).toString().split('\r\n');
    const values = new Map(headers.map((header) => header.split(': ', 2) as [string, string]));
    const whole = end + 4 + Number(values.get('Msg-len') ?? 0);
    if (this.buffer.length < whole) return undefined;
    const bytes = this.buffer.subarray(0, whole);
    this.buffer = this.buffer.subarray(whole);
    const method = /^CHAT\/1\.0 (JOIN|LEAVE|TEXT)$/.exec(start)?.[1] ?? `? ${start}`;
    return { method, username: values.get('Username') ?? '', payload: bytes.subarray(end + 4), bytes };
  }
}

class Client extends ForeignClient {
  private readonly frames = new Frames();

  constructor(
    private readonly wire: Wire,
    private readonly name: string,
  ) {
    super();
    wire.onRecv((bytes) => {
      for (const frame of this.frames.take(bytes)) this.heard.push(shown(frame));
    });
    wire.send(`CHAT/1.0 JOIN\r\nUsername: ${name}\r\n\r\n`);
  }

  says(text: string): void {
    const length = Buffer.byteLength(text);
    this.wire.send(`CHAT/1.0 TEXT\r\nUsername: ${this.name}\r\nMsg-len: ${length}\r\n\r\n${text}`);
  }

  leaves(): void {
    this.wire.send(`CHAT/1.0 LEAVE\r\nUsername: ${this.name}\r\n\r\n`);
    this.wire.close();
  }

  get isOver(): boolean {
    return this.wire.isOver;
  }
}

function shown({ method, username, payload }: Frame): string {
  if (method === 'TEXT') return `${username}: ${payload.toString()}`;
  return method === 'JOIN' ? `${username} joined` : method === 'LEAVE' ? `${username} left` : method;
}

/** "Receive incoming messages from clients, and forward those messages to all other connected clients." */
async function server(): Promise<ForeignServer> {
  const wires = new Set<Wire>();
  const received: string[] = [];
  const { port, close } = await listen((wire) => {
    const frames = new Frames();
    wires.add(wire);
    wire.onRecv((bytes) => {
      for (const frame of frames.take(bytes)) {
        received.push(frame.bytes.toString());
        if (frame.method === 'TEXT' && (frame.username === '' || frame.payload.length === 0)) continue;
        for (const other of wires) if (other !== wire) other.send(frame.bytes);
      }
    });
    wire.onEnd(() => wires.delete(wire));
  });
  const stop = (): void => {
    close();
    for (const wire of wires) wire.close();
  };
  return { port, received, stop };
}

export const chat10: Foreign = { client: async (port, name) => new Client(await Wire.to(port), name), server };
