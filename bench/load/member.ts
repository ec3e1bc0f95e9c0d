/**
 * A connection of the load. What comes in is read into one buffer that all of them share, and walked there; only what is
 * not complete is kept, and put in front of what comes next.
 */
import net from 'node:net';
import type { Frame, Step, Who, Wire } from '../peers/peer.js';
import { Unframer } from './unframer.js';

/** What a record can have, and some more. */
const HEADROOM = 1_200_000;
const READ = 262_144;
const PATIENCE_MS = 20_000;
/** Of the memory for an answer. */
const FIRST = 2048;

const EMPTY = Buffer.allocUnsafeSlow(0);

const shared = Buffer.allocUnsafeSlow(HEADROOM + READ);

/** What is done with the messages that come. */
export interface Sink {
  /** Takes messages without a look at their frames, as far as it can; says where it stopped. */
  run(bytes: Buffer, at: number, end: number): number;
  /** Takes one: bytes `from` to `to` of a frame of `length` at `at`. */
  take(bytes: Buffer, at: number, length: number, from: number, to: number): void;
}

export class Member {
  readonly who: Who;
  readonly wire: Wire;
  /** What to do when there was something new. */
  onNews: () => void = () => undefined;
  /** Ends the reading as soon as it says so. */
  stalled = false;
  socket!: net.Socket;
  sink: Sink | undefined;
  #pending: Buffer = EMPTY;
  #store: Buffer = EMPTY;
  readonly #frame: Frame = { length: 0, from: 0, to: 0, reply: undefined };
  readonly #unframer: Unframer | undefined;
  #answer: ((bytes: Buffer) => void) | undefined;
  readonly #onFailure: (error: Error) => void;

  /** `onFailure` gets to know when the server complains or hangs up. */
  constructor(who: Who, wire: Wire, onFailure: (error: Error) => void) {
    this.who = who;
    this.wire = wire;
    this.#onFailure = onFailure;
    if (wire.framed) this.#unframer = new Unframer((pong) => this.socket.write(pong));
  }

  /** Connects and goes through `steps`. */
  async join(port: number, steps: Step[]): Promise<void> {
    await this.#connect(port);
    await this.follow(steps);
  }

  async follow(steps: Step[]): Promise<void> {
    for (const step of steps) await this.#exchange(step);
  }

  async #connect(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const read = (length: number): boolean => this.#read(length);
      const onread = { buffer: shared.subarray(HEADROOM), callback: read };
      this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true, onread }, resolve);
      this.socket.on('error', (error) => {
        reject(error);
        this.#onFailure(error);
      });
      this.socket.on('close', () => this.#onFailure(new Error('The server closed a connection.')));
    });
  }

  async #exchange(step: Step): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = (): void => {
        const got = this.#pending.toString('latin1', 0, 300);
        reject(new Error(`No answer to ${step.send.toString('latin1', 0, 60)}, only: ${got}`));
      };
      const timer = setTimeout(late, PATIENCE_MS);
      this.#answer = (bytes) => {
        try {
          const length = step.answered(bytes);
          this.#pending = length < 0 ? bytes : bytes.subarray(length);
          if (length < 0) return;
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        clearTimeout(timer);
        this.#answer = undefined;
        resolve();
      };
      this.socket.write(step.send);
      this.#answer(this.#pending);
    });
  }

  #read(length: number): boolean {
    try {
      if (this.#answer) {
        this.#answer(this.#gather(shared.subarray(HEADROOM, HEADROOM + length)));
      } else if (this.#unframer) {
        this.#unframer.split(shared, HEADROOM, HEADROOM + length, (from, to) => this.#walk(from, to));
        this.onNews();
      } else {
        this.#walk(HEADROOM, HEADROOM + length);
        this.onNews();
      }
    } catch (error) {
      this.#onFailure(error as Error);
      this.socket.destroy();
    }
    return !this.stalled;
  }

  /** The answer so far, in memory that doubles: a long history is not copied with each piece of it. */
  #gather(bytes: Buffer): Buffer {
    const length = this.#pending.length + bytes.length;
    if (this.#pending.buffer !== this.#store.buffer || this.#end + bytes.length > this.#store.length) {
      this.#store = Buffer.allocUnsafeSlow(Math.max(length * 2, FIRST));
      this.#pending.copy(this.#store);
      this.#pending = this.#store.subarray(0, this.#pending.length);
    }
    bytes.copy(this.#store, this.#end);
    return this.#store.subarray(this.#end - this.#pending.length, this.#end + bytes.length);
  }

  /** Where in the store what is pending ends. */
  get #end(): number {
    return this.#pending.byteOffset - this.#store.byteOffset + this.#pending.length;
  }

  /** What is in front of `from` has been dealt with: there is room for what was incomplete. */
  #walk(from: number, end: number): void {
    const frame = this.#frame;
    let at = from - this.#pending.length;
    if (this.#pending.length > 0) this.#pending.copy(shared, at);
    while (at < end) {
      if (this.sink) at = this.sink.run(shared, at, end);
      if (!this.wire.next(shared, at, end, frame, this.who)) break;
      if (frame.reply) this.socket.write(frame.reply);
      if (frame.to > frame.from) this.sink?.take(shared, at, frame.length, frame.from, frame.to);
      at += frame.length;
    }
    this.#pending = at < end ? Buffer.from(shared.subarray(at, end)) : EMPTY;
  }
}
