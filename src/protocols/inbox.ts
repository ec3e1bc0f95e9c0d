/**
 * The way in of a conversation: messages are obeyed one after the other. While one takes its time, is held because its
 * sender is too fast, or the peer does not read what it has asked for, nothing further is read from the peer, whose bytes
 * wait where they are.
 */
import type { Link } from '../transports/link.js';
import type { Outbox } from './outbox.js';
import type { Pace } from './pace.js';
import type { Session } from './protocol.js';

/** Whose messages they are. */
export interface InboxOwner {
  /** Nothing further is obeyed. */
  readonly isEnding: boolean;
  /** A message could not be obeyed. */
  refuse(error: unknown, message: unknown): void;
  /** What came is no message. */
  failed(error: unknown): void;
  /** All that came before the end has been obeyed. */
  end(): void;
}

export class Inbox {
  /** The message that is being obeyed. */
  private underWay: Promise<void> | undefined;
  private hasEnded = false;
  private count = 0;
  private readonly isLent: boolean;

  constructor(
    private readonly owner: InboxOwner,
    private readonly link: Link,
    private readonly outbox: Outbox,
    private readonly session: Session<unknown>,
    /** Missing where there is no limit. */
    private readonly pace?: Pace,
  ) {
    this.isLent = session.decoder.retain !== undefined && link.lend?.() === true;
  }

  /** Nothing is read for now. */
  get isBusy(): boolean {
    return this.underWay !== undefined;
  }

  /** Complete messages so far. */
  get messages(): number {
    return this.count;
  }

  /** Bytes of a message that is not complete. */
  get unfinished(): number {
    return (this.session.decoder.unfinished ?? 0) + (this.link.unfinished ?? 0);
  }

  received(bytes: Uint8Array): void {
    const { decoder } = this.session;
    decoder.append(bytes, this.isLent);
    this.pump();
    if (this.isLent) decoder.retain?.();
  }

  /** Nothing has come for a while. True asks to be told again if that lasts. */
  quiet(): boolean {
    // Nothing is read while a message is obeyed: that silence is ours, not the peer's.
    if (this.underWay) return true;
    const again = this.session.decoder.quiet?.() === true;
    this.pump();
    return again;
  }

  /** Nothing more will come. */
  ended(): void {
    this.hasEnded = true;
    this.session.decoder.quiet?.(true);
    this.pump();
  }

  /** Resolves when what is being obeyed is done. */
  async settled(): Promise<void> {
    await this.underWay;
  }

  /** Obeys what has arrived, one message at a time. */
  private pump(): void {
    const { outbox, owner } = this;
    if (this.underWay || owner.isEnding) return;
    try {
      while (!this.isBusy && !owner.isEnding) {
        if (outbox.isFull) this.waitFor(outbox.drained(), undefined);
        else if (!this.obeyNext()) break;
      }
      const room = this.isBusy ? undefined : this.session.whenRoom?.();
      if (room) this.waitFor(room, undefined);
    } catch (error) {
      owner.failed(error);
    }
    // What arrived before the end is still obeyed, so that a file or a last word sent before closing is not lost.
    if (this.hasEnded && !this.isBusy) owner.end();
  }

  /** False when there is no message to obey. */
  private obeyNext(): boolean {
    const { session } = this;
    const message = session.decoder.next();
    if (message === undefined) return false;
    if (!session.decoder.isAmid) this.count++;
    try {
      const underWay = this.obey(message);
      if (underWay) this.waitFor(underWay, message);
    } catch (error) {
      this.owner.refuse(error, message);
    }
    return true;
  }

  /** Now, or when it is its sender's turn. */
  private obey(message: unknown): void | Promise<void> {
    const { session, pace } = this;
    const turn = session.counts?.(message) === false ? undefined : pace?.turn();
    if (!turn) return session.handle(message);
    const kept = this.isLent && session.retain ? session.retain(message) : message;
    return turn.then(() => session.handle(kept));
  }

  /** Looks at nothing further until it is done, and lets the peer's bytes wait where they are. */
  private waitFor(work: Promise<void>, message: unknown): void {
    const { link, owner } = this;
    link.pause();
    this.underWay = work
      .catch((error: unknown) => owner.refuse(error, message))
      .then(() => {
        this.underWay = undefined;
        link.resume();
        this.pump();
      });
  }
}
