/**
 * What every connection's conversation with the server has in common, whatever the protocol: messages are obeyed one
 * after the other, a peer that is not keeping up is not read from, and a peer that is gone leaves the room, once.
 */
import { RoomError } from '../room/errors.js';
import { Member } from '../room/member.js';
import type { Rooms } from '../room/rooms.js';
import type { FileStore, KeepAvatar } from '../room/ports.js';
import type { Report } from '../report.js';
import type { Link, LinkListener, Origin } from '../transports/link.js';
import { ProtocolError } from './errors.js';
import { Outbox } from './outbox.js';
import type { Protocol, Session } from './protocol.js';
import { Said } from './said.js';
import { Silence } from './silence.js';

/** What conversations share. */
export interface House {
  readonly rooms: Rooms;
  readonly files: FileStore;
  readonly avatars: FileStore;
  readonly clock: () => number;
  readonly report: Report;
  readonly limits: SessionLimits;
}

export interface SessionLimits {
  /** Bytes of history shown on joining. */
  readonly replay: number;
}

/** Milliseconds that a peer has, at the end of its conversation, to take what is still to be shown to it. */
const PATIENCE = 2000;

export class Conversation implements LinkListener {
  readonly outbox: Outbox;
  /** There while seated. */
  private seated: Member | undefined;
  private readonly session: Session<unknown>;
  private readonly said = new Said((said) => this.report('said', said));
  private readonly silence: Silence;
  private idleTimer: NodeJS.Timeout | undefined;
  /** The message that is being obeyed. */
  private underWay: Promise<void> | undefined;
  private inputOver = false;
  private isClosed = false;
  private isHurried = false;
  private patience: NodeJS.Timeout | undefined;
  private finishing: Promise<void> | undefined;

  constructor(
    readonly protocol: Protocol,
    readonly house: House,
    private readonly link: Link,
    private readonly onClosed: () => void,
  ) {
    this.outbox = new Outbox(link, protocol.pacing, () => this.seated?.drained());
    this.session = protocol.open(this);
    this.silence = new Silence(protocol.quiet, () => this.onSilence());
    if (protocol.idle !== undefined) this.idleTimer = setTimeout(() => this.onIdle(), protocol.idle);
  }

  get origin(): Origin {
    return this.link.remote;
  }

  get isOver(): boolean {
    return this.isClosed || this.finishing !== undefined;
  }

  get isSeated(): boolean {
    return this.seated !== undefined;
  }

  /** The peer's seat. Throws RoomError `not-joined`. */
  get member(): Member {
    if (!this.seated) throw new RoomError('not-joined', 'Join the chatroom first.');
    return this.seated;
  }

  /** Takes a seat; the caller then starts `member.follow`. Throws RoomError. */
  async join(roomName: string, username: string, avatar?: KeepAvatar): Promise<Member> {
    if (this.seated)
      throw new RoomError('already-joined', `You are in the chatroom already, as ${this.seated.seat.name}.`);
    const { room, seat, joined } = await this.house.rooms.join(roomName, username, this.origin, avatar);
    this.seated = new Member(room, seat, joined, {
      deliver: (batch, room) => this.session.deliver(batch, room),
      failed: (error) => this.fail(error),
    });
    this.tell('joined');
    return this.seated;
  }

  /** Ends the conversation once the peer has had time to read what was said last. */
  end(): void {
    void this.finish();
  }

  /** Gives up the seat, and waits until the peer was shown that. Throws RoomError `not-joined` or `not-kept`. */
  async leave(): Promise<void> {
    const { member } = this;
    try {
      await member.leave();
    } finally {
      member.stop();
      this.tell('left');
      this.seated = undefined;
    }
  }

  /** Says in the room what `message` asks for, and refuses it if it cannot be kept. Throws RoomError `not-joined`. */
  say(text: string, id: number, message: unknown): void {
    this.member.say(text, id).catch((error: unknown) => this.refuse(error, message));
    this.said.add(text);
  }

  /** Reports what happened on this connection. */
  tell(event: string, fields: Record<string, string | number> = {}): void {
    this.said.flush();
    this.report(event, fields);
  }

  private report(event: string, fields: Record<string, string | number>): void {
    const who = this.seated ? { name: this.seated.seat.name, room: this.seated.room.name } : {};
    this.house.report(event, { protocol: this.protocol.name, ...who, ...this.origin, ...fields });
  }

  received(bytes: Uint8Array): void {
    if (this.finishing) return;
    this.session.decoder.append(bytes);
    this.pump();
    this.silence.broken();
    this.idleTimer?.refresh();
  }

  drained(): void {
    this.patience?.refresh();
    this.outbox.onLinkDrained();
  }

  ended(): void {
    this.inputOver = true;
    this.session.decoder.quiet?.(true);
    this.pump();
  }

  closed(): void {
    this.isClosed = true;
    this.inputOver = true;
    this.outbox.onLinkClosed();
    this.hurry();
    this.session.decoder.quiet?.(true);
    this.pump();
    this.onClosed();
  }

  /** Closes without a further word. */
  destroy(): void {
    this.link.destroy();
  }

  /** The server stops: says so to the peer and closes. Resolves when the seat is free; the last bytes may take longer. */
  async stop(): Promise<void> {
    this.hurry();
    this.outbox.clear();
    this.session.farewell();
    await this.finish();
  }

  /** Obeys what has arrived, one message at a time. */
  private pump(): void {
    if (this.underWay || this.finishing) return;
    try {
      while (!this.underWay && !this.finishing) {
        if (this.outbox.isFull) this.waitFor(this.outbox.drained(), undefined);
        else if (!this.obeyNext()) break;
      }
    } catch (error) {
      this.fail(error);
    }
    // What arrived before the end is still obeyed, so that a file or a last word sent before closing is not lost.
    if (this.inputOver && !this.underWay) void this.finish();
  }

  /** False when there is no message to obey. */
  private obeyNext(): boolean {
    const message = this.session.decoder.next();
    if (message === undefined) return false;
    try {
      const underWay = this.session.handle(message);
      if (underWay) this.waitFor(underWay, message);
    } catch (error) {
      this.refuse(error, message);
    }
    return true;
  }

  /** Looks at nothing further until it is done, and lets the peer's bytes wait where they are. */
  private waitFor(work: Promise<void>, message: unknown): void {
    this.link.pause();
    this.underWay = work
      .catch((error: unknown) => this.refuse(error, message))
      .then(() => {
        this.underWay = undefined;
        this.link.resume();
        this.pump();
      });
  }

  private onSilence(): boolean {
    // Nothing is read while a message is obeyed: that silence is ours, not the peer's.
    if (this.underWay) return true;
    const again = this.session.decoder.quiet?.() === true;
    this.pump();
    return again;
  }

  private onIdle(): void {
    this.tell('fell-silent');
    this.session.expired?.();
    void this.finish();
  }

  /** Passes on the room's no. Anything else that was thrown ends the conversation. */
  refuse(error: unknown, message: unknown): void {
    if (this.finishing) return;
    if (!(error instanceof RoomError)) {
      this.fail(error);
      return;
    }
    this.tell('refused', { reason: error.message });
    this.session.refuse(error, message);
  }

  /** Ends the conversation: the peer broke the protocol, or we have a bug, which must not take the server down. */
  private fail(error: unknown): void {
    this.session.hurry?.();
    if (error instanceof ProtocolError) {
      this.tell('broke-protocol', { reason: error.message });
      if (!error.foreign) this.session.complain(error);
    } else {
      this.reportFault(error);
    }
    void this.finish();
  }

  /** Frees the seat and closes the link, once. */
  private finish(): Promise<void> {
    this.finishing ??= this.goodbye();
    return this.finishing;
  }

  private async goodbye(): Promise<void> {
    this.silence.stop();
    clearTimeout(this.idleTimer);
    // Whoever takes nothing for a while is waited for no longer (`drained` starts the time anew).
    this.patience = setTimeout(() => this.hurry(), PATIENCE);
    await this.underWay;
    await this.session.closed().catch((error: unknown) => this.reportFault(error));
    await this.leaveForGood();
    await this.session.settled?.();
    clearTimeout(this.patience);
    await this.outbox.end();
  }

  /** The leaving comes behind all that was said, and is the last that the peer is shown. */
  private async leaveForGood(): Promise<void> {
    if (!this.seated) return;
    if (this.isHurried) this.seated.stop();
    // One that cannot be kept is announced at the next start.
    await this.leave().catch((error: unknown) => error instanceof RoomError || this.reportFault(error));
  }

  /** Waits for the peer no longer. */
  private hurry(): void {
    this.isHurried = true;
    this.seated?.stop();
    this.outbox.release();
    this.session.hurry?.();
  }

  private reportFault(error: unknown): void {
    this.tell('failed', { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
