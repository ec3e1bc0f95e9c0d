/** Finds the payloads of a server's WebSocket messages, which may be cut anywhere. */
import { CLOSE, PING, PONG, wsMessage } from '../peers/websocket.js';

export class Unframer {
  readonly #pong: (bytes: Buffer) => void;
  readonly #head = Buffer.alloc(10);
  #headLength = 0;
  #opcode = 0;
  /** Bytes of the message that are still to come. */
  #left = 0;
  #control: Buffer[] = [];

  constructor(pong: (bytes: Buffer) => void) {
    this.#pong = pong;
  }

  split(bytes: Buffer, from: number, end: number, payload: (from: number, to: number) => void): void {
    let at = from;
    while (at < end) {
      if (this.#left === 0) {
        this.#head[this.#headLength] = bytes[at]!;
        this.#headLength += 1;
        at += 1;
        this.#begin();
        continue;
      }
      const to = Math.min(at + this.#left, end);
      this.#left -= to - at;
      if (this.#opcode < CLOSE) payload(at, to);
      else this.#takeControl(Buffer.from(bytes.subarray(at, to)));
      at = to;
    }
  }

  /** Reads the head, if it is complete. */
  #begin(): void {
    const head = this.#head;
    const have = this.#headLength;
    if (have < 2) return;
    const short = head[1]!;
    if (short === 126 && have < 4) return;
    if (short === 127 && have < 10) return;
    this.#left = short < 126 ? short : short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
    this.#opcode = head[0]! & 0x0f;
    this.#headLength = 0;
    if (this.#left === 0 && this.#opcode >= CLOSE) this.#takeControl(Buffer.alloc(0));
  }

  #takeControl(bytes: Buffer): void {
    this.#control.push(bytes);
    if (this.#left > 0) return;
    const whole = Buffer.concat(this.#control);
    this.#control = [];
    if (this.#opcode === PING) this.#pong(wsMessage(PONG, whole));
    if (this.#opcode === CLOSE) throw new Error(`The server closed: ${whole.subarray(2).toString()}`);
  }
}
