/**
 * What every connection's conversation with the server has in common, whatever the protocol: messages are obeyed one
 * after the other, a peer that is not keeping up is not read from, and a peer that is gone leaves the room, once.
 */
import { RoomError } from '../room/errors.js';
import type { Member } from '../room/member.js';
import type { Batch, KeepAvatar, Loser } from '../room/ports.js';
import type { Room } from '../room/room.js';
import type { Link, LinkListener, Origin } from '../transports/link.js';
import { LimitError, ProtocolError } from './errors.js';
import type { House } from './house.js';
import { Idle } from './idle.js';
import { Inbox, type InboxOwner } from './inbox.js';
import { Outbox } from './outbox.js';
import { Pace } from './pace.js';
import type { Protocol, Session } from './protocol.js';
import { Said } from './said.js';
import { Seating, type SeatingOwner } from './seating.js';
import { Silence } from './silence.js';
import { NO_TIME_LIMITS, type Sight, sightOf, type TimeLimits, Watch, type WatchOwner } from './watch.js';

export type { House } from './house.js';

/** Milliseconds that a peer has, at the end of its conversation, to take what is still to be shown to it. */
const PATIENCE = 2000;

/**
 * Most connections only listen, and there may be ten thousand: so their parts get the conversation itself rather than
 * functions, and what not all of them need is made when it is.
 */
export class Conversation implements LinkListener, InboxOwner, SeatingOwner, WatchOwner {
  readonly outbox: Outbox;
  private readonly seating: Seating;
  private readonly session: Session<unknown>;
  private said: Said | undefined;
  private readonly pace: Pace | undefined;
  private readonly inbox: Inbox;
  private readonly silence: Silence | undefined;
  private readonly watch: Watch;
  private idle: Idle | undefined;
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
    this.outbox = new Outbox(link, protocol.pacing, () => this.seating.member?.drained());
    this.seating = new Seating(this, house.rooms, protocol.keepsSeats === true);
    this.session = protocol.open(this);
    const rate = house.door.rateOf(link.remote.address);
    if (rate.messages > 0) this.pace = new Pace(rate, (warning) => this.refuse(warning, undefined));
    this.inbox = new Inbox(this, link, this.outbox, this.session, this.pace);
    if (protocol.quiet !== undefined) this.silence = new Silence(protocol.quiet, () => this.inbox.quiet());
    // Over UDP nothing is unfinished, nobody is there without having joined, and nothing tells what was read.
    this.watch = new Watch(this.isForgeable ? NO_TIME_LIMITS : house.limits, this);
    if (protocol.idle !== undefined) this.expectWithin(protocol.idle);
  }

  get origin(): Origin {
    return this.link.remote;
  }

  get isOver(): boolean {
    return this.isClosed || this.isEnding;
  }

  get isEnding(): boolean {
    return this.finishing !== undefined;
  }

  get isSeated(): boolean {
    return this.seating.member !== undefined;
  }

  /** The peer's seat. Throws RoomError `not-joined`. */
  get member(): Member {
    const { member } = this.seating;
    if (!member) throw new RoomError('not-joined', 'Join the chatroom first.');
    return member;
  }

  /** Takes a seat; the caller then starts `member.follow`. Throws RoomError. */
  async join(roomName: string, username: string, avatar?: KeepAvatar): Promise<Member> {
    if (!this.isSeated) this.house.door.checkJoin(this.origin.address, this.isForgeable);
    return this.seating.join(roomName, username, avatar);
  }

  /** As `join`, for who has been here before: the seat that they have a token of; undefined when it is no good. */
  comeBack(roomName: string, token: string, username: string): Promise<Member | undefined> {
    return this.seating.comeBack(roomName, token, username);
  }

  /** There is no place for the connection: says why and closes. `quietly`: without a report, since there are many. */
  decline(error: RoomError, quietly: boolean): void {
    if (!quietly) this.tell('turned-away', { reason: error.message });
    this.session.decline(error);
    void this.finish();
  }

  /** Ends the conversation once the peer has had time to read what was said last. */
  end(): void {
    void this.finish();
  }

  /** Gives up the seat, and waits until the peer was shown that. Throws RoomError `not-joined` or `not-kept`. */
  async leave(): Promise<void> {
    await this.seating.leave(this.member);
  }

  /** Takes the peer to be gone when nothing comes from it for so many milliseconds; 0: never. */
  expectWithin(time: number): void {
    (this.idle ??= new Idle(() => this.onIdle())).allow(time);
  }

  /** Says in the room what `message` asks for, and refuses it if it cannot be kept. Throws RoomError `not-joined`. */
  say(text: string, id: number, message: unknown): void {
    void this.member.say(text, id, new Asker(this, message));
    (this.said ??= new Said((said) => this.report('said', said))).add(text);
  }

  /** Reports what happened on this connection. */
  tell(event: string, fields: Record<string, string | number> = {}, who = this.seating.who): void {
    this.said?.flush();
    this.report(event, fields, who);
  }

  private report(event: string, fields: Record<string, string | number>, who = this.seating.who): void {
    this.house.report(event, { protocol: this.protocol.name, ...who, ...this.origin, ...fields });
  }

  received(bytes: Uint8Array): void {
    if (this.finishing) return;
    this.inbox.received(bytes);
    this.silence?.broken();
    this.idle?.broken();
  }

  drained(): void {
    this.patience?.refresh();
    this.outbox.onLinkDrained();
  }

  isLastWord(bytes: Uint8Array): boolean {
    return this.session.isLastWord?.(bytes) === true;
  }

  ended(): void {
    this.inbox.ended();
  }

  closed(): void {
    this.isClosed = true;
    this.outbox.onLinkClosed();
    this.hurry();
    this.inbox.ended();
    this.onClosed();
  }

  /** Closes without a further word. */
  destroy(): void {
    this.link.destroy();
  }

  /** The server stops: says so to the peer and closes. Resolves when the seat is free; the last bytes may take longer. */
  async stop(): Promise<void> {
    this.seating.stop();
    this.hurry();
    this.outbox.clear();
    this.session.farewell();
    await this.finish();
  }

  private onIdle(): void {
    // Nothing is read from who is being obeyed, or does not read: that silence is ours, and S12 has its own time for it, but
    // over UDP, where nothing tells what was read.
    if (this.inbox.isBusy && !this.isForgeable) return this.idle?.broken();
    this.tell('fell-silent');
    this.session.expired?.();
    void this.finish();
  }

  /** Passes on the room's no. Anything else that was thrown ends the conversation. */
  refuse(error: unknown, message: unknown): void {
    if (this.finishing) return;
    if (!(error instanceof RoomError)) {
      this.failed(error);
      return;
    }
    // That the disk fails is reported where it does, once and not with every message.
    if (error.code !== 'not-kept') this.tell('refused', { reason: error.message });
    this.session.refuse(error, message);
  }

  /** Ends the conversation: the peer broke the protocol, or we have a bug, which must not take the server down. */
  failed(error: unknown): void {
    this.session.hurry?.();
    if (error instanceof ProtocolError) {
      this.tell(error instanceof LimitError ? 'dropped' : 'broke-protocol', { reason: error.message });
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
    this.silence?.stop();
    this.watch.stop();
    this.idle?.stop();
    this.pace?.stop();
    // Whoever takes nothing for a while is waited for no longer (`drained` starts the time anew).
    this.patience = setTimeout(() => this.hurry(), PATIENCE);
    await this.inbox.settled();
    this.said?.stop();
    await this.session.closed().catch((error: unknown) => this.reportFault(error));
    await this.dropOut();
    await this.session.settled?.();
    clearTimeout(this.patience);
    await this.outbox.end();
  }

  /** The leaving comes behind all that was said, and is the last that the peer is shown. */
  private async dropOut(): Promise<void> {
    if (this.isHurried) this.seating.member?.stop();
    // One that cannot be kept is announced at the next start.
    await this.seating.dropOut().catch((error: unknown) => error instanceof RoomError || this.reportFault(error));
  }

  /** The person has come back on another connection. */
  taken(): void {
    this.said?.flush();
    this.session.replaced?.();
    this.hurry();
    void this.finish();
  }

  /** Waits for the peer no longer. */
  private hurry(): void {
    this.isHurried = true;
    this.seating.member?.stop();
    this.outbox.release();
    this.session.hurry?.();
  }

  /** The peer took too long with something. Who does not read is not waited for either. */
  tooLong(what: keyof TimeLimits, reason: string): void {
    if (what === 'stalled') this.hurry();
    this.failed(new LimitError(reason));
  }

  /** Nothing says that the peer is at its address. */
  private get isForgeable(): boolean {
    return this.protocol.transport === 'udp';
  }

  look(): Sight {
    return sightOf(this.inbox, this.outbox, this.isSeated);
  }

  deliver(batch: Batch, room: Room): boolean {
    return this.session.deliver(batch, room);
  }

  private reportFault(error: unknown): void {
    this.tell('failed', { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/** Whoever sent a message, which may have asked for what could not be kept. */
class Asker implements Loser {
  constructor(
    private readonly conversation: Conversation,
    private readonly message: unknown,
  ) {}

  lost(error: unknown): void {
    try {
      this.conversation.refuse(error, this.message);
    } catch (fault) {
      this.conversation.failed(fault);
    }
  }
}
