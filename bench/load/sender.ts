/** A member who speaks. All that he will say is built once, as one piece of memory from which any stretch can be sent. */
import type { Member } from './member.js';
import { text } from './codes.js';
import type { Tally } from './tally.js';

export class Sender {
  sent = 0;
  /** He says no more than so many. */
  most = Infinity;
  readonly index: number;
  readonly #member: Member;
  /** Of those who are shown what he says. */
  readonly #tallies: Tally[];
  readonly #ring: number;
  readonly #messages: Buffer;
  readonly #length: number;
  #blocked = false;

  /** `index` is his place among the senders of the room; counters begin again after `ring`. */
  constructor(index: number, member: Member, tallies: Tally[], ring: number) {
    this.index = index;
    this.#member = member;
    this.#tallies = tallies;
    this.#ring = ring;
    const messages = Array.from({ length: ring }, (_, n) => member.wire.say(member.who, text(index, n)));
    this.#messages = Buffer.concat(messages);
    this.#length = messages[0]!.length;
    member.socket.on('drain', () => {
      this.#blocked = false;
      member.onNews();
    });
  }

  /** How many of his messages everyone has been shown. */
  get seen(): number {
    let least = Infinity;
    for (const tally of this.#tallies) least = Math.min(least, tally.next[this.index]!);
    return least;
  }

  /** How many copies of his messages have to come in all. */
  get due(): number {
    return this.sent * this.#tallies.length;
  }

  get missing(): number {
    return this.due - this.#tallies.reduce((sum, tally) => sum + tally.next[this.index]!, 0);
  }

  /** Says as much as `window` and the socket allow. */
  fill(window: number): void {
    while (!this.#blocked) {
      const credit = Math.min(
        window - (this.sent - this.seen),
        this.most - this.sent,
        this.#ring - (this.sent % this.#ring),
      );
      if (credit <= 0) return;
      this.say(credit);
    }
  }

  /** Says the next `count` messages, which have to lie behind each other. */
  say(count: number): void {
    const from = (this.sent % this.#ring) * this.#length;
    this.sent += count;
    this.#blocked = !this.#member.socket.write(this.#messages.subarray(from, from + count * this.#length));
  }
}
