/**
 * What every connection's conversation with the server has in common, whatever the protocol: messages are obeyed one
 * after the other, a peer that is not keeping up is not read from, and a peer that is gone leaves the room, once.
 */
import { RoomError } from '../room/errors.js';
import type { Member } from '../room/member.js';
import type { KeepAvatar } from '../room/ports.js';
import { UnderWay } from '../room/under-way.js';
import type { Link, LinkListener, Origin } from '../transports/link.js';
import { LimitError, ProtocolError } from './errors.js';
import type { House } from './house.js';
import { Idle } from './idle.js';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { Pace } from './pace.js';
import type { Protocol, Session } from './protocol.js';
import { Said } from './said.js';
import { Seating } from './seating.js';
import { Silence } from './silence.js';
import { NO_TIME_LIMITS, type Sight, sightOf, type TimeLimits, Watch } from './watch.js';

export type { House } from './house.js';

/** Milliseconds that a peer has, at the end of its conversation, to take what is still to be shown to it. */
const PATIENCE = 2000;

export class Conversation implements LinkListener {
  readonly outbox: Outbox;
  private readonly seating: Seating;
  private readonly session: Session<unknown>;
  /** Texts that are not kept yet, as the messages that asked for them. */
  private readonly saying = new UnderWay<unknown>((messages, error) => {
    for (const message of messages) this.refuse(error, message);
  });
  private readonly said = new Said((said) => this.report('said', said));
  private readonly pace: Pace;
  private readonly inbox: Inbox;
  private readonly silence: Silence;
  private readonly watch: Watch;
  private readonly idle = new Idle(() => this.onIdle());
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
    this.seating = this.createSeating();
    this.session = protocol.open(this);
    this.pace = new Pace(house.door.rateOf(link.remote.address), (warning) => this.refuse(warning, undefined));
    this.inbox = this.createInbox();
    this.silence = new Silence(protocol.quiet, () => this.inbox.quiet());
    this.watch = this.createWatch();
    this.idle.allow(protocol.idle ?? 0);
  }

  get origin(): Origin {
    return this.link.remote;
  }

  get isOver(): boolean {
    return this.isClosed || this.finishing !== undefined;
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
    this.idle.allow(time);
  }

  /** Says in the room what `message` asks for, and refuses it if it cannot be kept. Throws RoomError `not-joined`. */
  say(text: string, id: number, message: unknown): void {
    this.saying.add(this.member.say(text, id), message);
    this.said.add(text);
  }

  /** Reports what happened on this connection. */
  tell(event: string, fields: Record<string, string | number> = {}, who = this.seating.who): void {
    this.said.flush();
    this.report(event, fields, who);
  }

  private report(event: string, fields: Record<string, string | number>, who = this.seating.who): void {
    this.house.report(event, { protocol: this.protocol.name, ...who, ...this.origin, ...fields });
  }

  received(bytes: Uint8Array): void {
    if (this.finishing) return;
    this.inbox.received(bytes);
    this.silence.broken();
    this.idle.broken();
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
    if (this.inbox.isBusy && !this.isForgeable) return this.idle.broken();
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
    // That the disk fails is reported where it does, once and not with every message.
    if (error.code !== 'not-kept') this.tell('refused', { reason: error.message });
    this.session.refuse(error, message);
  }

  /** Ends the conversation: the peer broke the protocol, or we have a bug, which must not take the server down. */
  private fail(error: unknown): void {
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
    this.silence.stop();
    this.watch.stop();
    this.idle.stop();
    this.pace.stop();
    // Whoever takes nothing for a while is waited for no longer (`drained` starts the time anew).
    this.patience = setTimeout(() => this.hurry(), PATIENCE);
    await this.inbox.settled();
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
  private onTaken(): void {
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
  private onTooLong(what: keyof TimeLimits, reason: string): void {
    if (what === 'stalled') this.hurry();
    this.fail(new LimitError(reason));
  }

  /** Nothing says that the peer is at its address. */
  private get isForgeable(): boolean {
    return this.protocol.transport === 'udp';
  }

  private createInbox(): Inbox {
    const { link, outbox, session, pace } = this;
    return new Inbox({
      link,
      outbox,
      session,
      pace,
      isOver: () => this.finishing !== undefined,
      refuse: (error, message) => this.refuse(error, message),
      failed: (error) => this.fail(error),
      ended: () => void this.finish(),
    });
  }

  private createWatch(): Watch {
    const { inbox, outbox } = this;
    const look = (): Sight => sightOf(inbox, outbox, this.isSeated);
    // Over UDP nothing is unfinished, nobody is there without having joined, and nothing tells what was read.
    const limits = this.isForgeable ? NO_TIME_LIMITS : this.house.limits;
    return new Watch(limits, look, (what, reason) => this.onTooLong(what, reason));
  }

  private createSeating(): Seating {
    return new Seating({
      rooms: this.house.rooms,
      link: this.link,
      keepsSeats: this.protocol.keepsSeats === true,
      outlet: {
        deliver: (batch, room) => this.session.deliver(batch, room),
        failed: (error) => this.fail(error),
        taken: () => this.onTaken(),
      },
      tell: (event, who) => this.tell(event, {}, who),
    });
  }

  private reportFault(error: unknown): void {
    this.tell('failed', { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
