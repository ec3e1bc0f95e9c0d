/**
 * How fast one peer may send messages (docs/protocols.md, S10). Who is too fast is warned once and held: the next message
 * waits for its turn, and what is behind it waits in the network, so nothing is lost and the order stays. Only who has
 * been held without a pause for long is closed: a program in a loop, since a person has read the warning by then.
 */
import { Bucket } from '../bucket.js';
import { monotonic } from '../monotonic.js';
import { RoomError } from '../room/errors.js';
import { LimitError } from './errors.js';

export interface Rate {
  /** Messages a second on the long run; 0: no limit. */
  readonly messages: number;
  /** Messages that may come at once. */
  readonly burst: number;
}

export const NO_RATE: Rate = { messages: 0, burst: 0 };

/** Seconds of being held without a pause: at the default rate a file of 1300 lines, and no paste of a person's. */
const PATIENCE = 60;

export class Pace {
  private readonly bucket: Bucket;
  private warned = false;
  /** Messages that were held since the last pause. */
  private held = 0;
  private goOn: (() => void) | undefined;
  private isStopped = false;

  constructor(
    /** Has a limit. */
    private readonly rate: Rate,
    /** The peer is too fast from here on, and has to learn it. */
    private readonly onTooFast: (warning: RoomError) => void,
    now = monotonic,
  ) {
    this.bucket = new Bucket(rate.messages, rate.burst, now);
  }

  /**
   * A message is there: nothing when it may be obeyed at once, or a promise that resolves when it may, and rejects with
   * LimitError when its sender was held for too long.
   */
  turn(): Promise<void> | undefined {
    if (this.isStopped) return undefined;
    const { level, isFull } = this.bucket;
    if (isFull) this.warned = false;
    // A second's worth of messages was not sent: that is a pause.
    if (level >= Math.min(this.rate.messages, this.rate.burst)) this.held = 0;
    return this.bucket.take() ? undefined : this.hold();
  }

  /** Holds nothing from now on. */
  stop(): void {
    this.isStopped = true;
    this.goOn?.();
  }

  private async hold(): Promise<void> {
    const { messages } = this.rate;
    if (++this.held > PATIENCE * messages) throw new LimitError(`You kept sending more than ${perSecond(messages)}.`);
    if (!this.warned) {
      this.warned = true;
      const warning = `You are sending more than ${perSecond(messages)}: what follows has to wait.`;
      this.onTooFast(new RoomError('too-fast', warning));
    }
    await this.wait(this.bucket.wait);
    // It is there, but for a timer that was early by a hair.
    this.bucket.spend(1);
  }

  private async wait(time: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.goOn = resolve;
      timer = setTimeout(resolve, time);
    });
    clearTimeout(timer);
    this.goOn = undefined;
  }
}

function perSecond(messages: number): string {
  return messages === 1 ? '1 message a second' : `${messages} messages a second`;
}
