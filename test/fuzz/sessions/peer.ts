/** Somebody at the other end of a conversation, who sends what comes to mind, reads or does not, and breaks off. */
import { Conversation, type House } from '../../../src/protocols/conversation.js';
import type { Protocol } from '../../../src/protocols/protocol.js';
import { FakeLink } from '../../support/fake-link.js';
import { encode, FLAG } from '../../support/records-peer.js';
import { cut, mutated } from '../engine/mutate.js';
import type { Random } from '../engine/random.js';
import * as plain from '../grammar/plain.js';
import { joining, request } from '../grammar/records.js';
import { goodName } from '../grammar/text.js';

/** Bytes of a long text: some of them fill what is held for somebody who does not read. */
const LONG: Readonly<Record<string, number>> = {
  records: 360_000,
  chat10: 60_000,
  pull: 15_600,
  raw: 60_000,
  'raw-udp': 60_000,
  register: 60_000,
};

export class Peer {
  readonly link = new FakeLink();
  readonly conversation: Conversation;
  private readonly framing: number;
  private hasSpoken = false;
  /** It has done something after which it may miss what is said to it. */
  isBroken = false;

  constructor(
    readonly protocol: Protocol,
    house: House,
    /** Which tells the peers apart in the report. */
    readonly port: number,
    private readonly random: Random,
    private readonly isLong = false,
  ) {
    this.link.remote = { address: '10.0.0.1', port };
    this.framing = random.below(3);
    this.conversation = new Conversation(protocol, house, this.link, () => undefined);
    this.link.attach(this.conversation);
  }

  /** Says one thing or several, good or damaged, in one piece or in many. */
  speak(): void {
    const { random } = this;
    const messages = [this.message(), ...random.list(random.once(3) ? 3 : 0, () => this.message())];
    const sent = Buffer.concat(messages);
    const bytes = random.once(8) ? mutated(sent, this.message(), random) : sent;
    // Where a chunk is a message, messages are chunks most of the time.
    const isCut = random.once(this.protocol.name === 'records' || this.protocol.name === 'chat10' ? 2 : 6);
    if (this.protocol.transport === 'udp') this.link.send(...messages);
    else if (bytes.length > 0) this.link.send(...(isCut ? cut(bytes, random) : [bytes]));
  }

  /** Says exactly this. */
  send(text: string): void {
    this.link.send(Buffer.from(text));
  }

  private message(): Uint8Array {
    const { random } = this;
    if (this.hasSpoken || random.once(6)) return this.anything();
    this.hasSpoken = true;
    return this.opening(goodName(random));
  }

  private opening(name: string): Uint8Array {
    switch (this.protocol.name) {
      case 'records':
        return encode({ ...joining(this.random), flags: FLAG.JOIN_REQUEST, username: name });
      case 'chat10':
        return Buffer.from(`CHAT/1.0 JOIN\r\nUsername: ${name}\r\n\r\n`);
      case 'pull':
        return Buffer.from(this.framing === 0 ? `USERNAME:${name}` : name);
      case 'raw':
        return Buffer.from(this.framing === 0 ? `${name}\n` : name);
      case 'raw-udp':
        return Buffer.from(this.framing === 0 ? `join:${name}` : `${name}:join`);
      default:
        return Buffer.from(this.framed(`REGISTER ${name} CHAT/1.0`));
    }
  }

  private framed(message: string): string {
    if (this.framing === 0) return message;
    return this.framing === 1 ? `${message}\n` : `${String(Buffer.byteLength(message)).padEnd(10)}${message}`;
  }

  /** Much at a time, within the limits. */
  private long(): Uint8Array {
    const said = 'much to say '.repeat(LONG[this.protocol.name]! / 12);
    switch (this.protocol.name) {
      case 'records':
        return encode({ payload: said });
      case 'chat10':
        return Buffer.from(`CHAT/1.0 TEXT\r\nUsername: x\r\nMsg-len: ${said.length}\r\n\r\n${said}`);
      case 'pull':
        return Buffer.from(`PUT: ${said}`);
      case 'register':
        return Buffer.from(this.framed(`@x: ${said}`));
      default:
        return Buffer.from(said);
    }
  }

  private anything(): Uint8Array {
    const { random } = this;
    if (this.isLong && random.once(8)) return this.long();
    switch (this.protocol.name) {
      case 'records':
        return request(random, random.below(30));
      case 'chat10':
        return Buffer.from(plain.chat10(random));
      case 'pull':
        return Buffer.from(plain.pull(random));
      case 'register':
        return Buffer.from(plain.register(this.framing)(random));
      default:
        return Buffer.from(plain.raw(random));
    }
  }
}
