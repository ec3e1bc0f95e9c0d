/**
 * One person's visit to a room, from before the door to after leaving. What the network does arrives here and changes
 * the model; what the person does never waits for the network: a text stands in the timeline at once, and goes out when
 * there is a connection.
 *
 * A connection that is lost inside the room is made anew, and where the server has kept the seat nobody else notices.
 * Every line has a place, and every text of ours a number, so nothing is doubled and only what is missing is said again.
 */
import {
  type Avatar,
  type Capabilities,
  type Connect,
  type Connection,
  type Line,
  PassphraseError,
  RefusedError,
  type Report,
  UnreachableError,
} from '../../connection.js';
import { Changes } from './changes.js';
import { Chronicle, type Pages } from './chronicle.js';
import { Contact } from '../../contact.js';
import { Downloads } from './downloads.js';
import { part } from './parting.js';
import { People } from './people.js';
import type { SeatMemory } from './seat-memory.js';
import { Retry } from '../../retry.js';
import { Texts, type TextsOptions } from './texts.js';
import { Timeline } from './timeline.js';
import { Uploads } from './uploads.js';

/** Before the door, on the way in, in the room, or in it with the connection lost. */
export type Stage = 'outside' | 'joining' | 'inside' | 'away';

export interface VisitOptions extends TextsOptions {
  readonly connect: Connect;
  /** What can be done, where that is less than the connection can; whoever leaves there has left for good. */
  readonly can?: Capabilities | undefined;
  readonly seats?: SeatMemory;
}

export class Visit {
  readonly changes = new Changes();
  readonly timeline = new Timeline();
  readonly people = new People();
  readonly uploads = new Uploads(this.changes);
  readonly downloads = new Downloads(this.changes);
  readonly texts: Texts;
  stage: Stage = 'outside';
  /** Who we are in the room. */
  me = '';
  /** Who is in the room, as seen from outside. */
  report: Report | undefined;
  /** Why there is no connection, in words; another attempt is made. */
  problem = '';
  /** Why nobody here is told of the room, in words; it is of no use to try again. */
  obstacle = '';
  /** Why we were not let in, in the server's words where it has said so. */
  refusal = '';
  /** Whoever joins has to say a passphrase, as the server has let us know. */
  wantsPassphrase = false;
  /** The last word of the server that belongs to no line. */
  notice = '';

  private readonly contact: Contact;
  private readonly chronicle = new Chronicle(this.timeline, {
    found: (line, isNew) => this.onFound(line, isNew),
    restarted: () => this.onRestarted(),
  });
  private readonly retry = new Retry(() => void (this.stage === 'away' ? this.comeBack() : this.look()));
  private avatar: Avatar | undefined;
  /** What we come back with; of no use once the server knows that we have left, and empty where nobody can. */
  private token = '';
  /** Resolves when the connection of the last visit is no more. */
  private parted: Promise<void> = Promise.resolve();

  constructor(private readonly options: VisitOptions) {
    this.contact = new Contact(options.connect, {
      joined: (name, token = '') => this.onJoined(name, token),
      line: (line, past) => this.onLine(line, past),
      notice: (text, about = 0, file = '') => this.onNotice(text, about, file),
      closed: (reason) => this.onClosed(reason),
    });
    this.texts = new Texts(this.timeline, this.changes, options);
  }

  /** What the server can do; `undefined` before there was a connection. */
  get can(): Capabilities | undefined {
    return this.options.can ?? this.contact.can;
  }

  /** More of the history can be had. */
  get hasOlder(): boolean {
    return this.can?.history === true && this.chronicle.hasOlder;
  }

  /** The room began with the first line that is here. */
  get isComplete(): boolean {
    return this.can?.history === true && this.timeline.first === 1;
  }

  /** Looks into the room from outside, without a seat. */
  async look(): Promise<void> {
    try {
      const connection = await this.reach();
      if (this.can?.report) this.report = await connection.report();
      this.contact.check(connection);
      this.problem = '';
      this.obstacle = '';
      this.retry.stop();
    } catch (error) {
      // Whoever has gone in meanwhile learns it there.
      if (error instanceof RefusedError) this.obstacle = error.message;
      else if (this.stage === 'outside' && this.contact.isGone) this.lost(error);
    }
    this.changes.changed();
  }

  /** As `look`, for who is at the door already; while there is no connection, `look` comes back by itself. */
  lookAgain(): void {
    if (this.stage === 'outside' && this.contact.connection) void this.look();
  }

  /** Asks for a seat. */
  async join(name: string, avatar: Avatar | undefined): Promise<void> {
    if (this.stage !== 'outside') return;
    this.retry.stop();
    this.stage = 'joining';
    this.refusal = '';
    this.avatar = avatar;
    this.token ||= this.options.seats?.recall(name) ?? '';
    this.chronicle.clear();
    this.changes.changed();
    await this.enter(name).catch((error: unknown) => this.refused(error));
    this.changes.changed();
  }

  say(text: string): void {
    this.texts.say(text);
  }

  /** Gets lines from before those that are here. */
  async older(): Promise<void> {
    const { connection } = this.contact;
    if (this.stage !== 'inside' || !connection || !this.can?.history) return;
    await this.chronicle.older(this.pagesOf(connection));
    this.changes.changed();
  }

  /** Quits. The door is there at once, and what is behind it when the server has confirmed that we have left. */
  async leave(): Promise<void> {
    if (this.stage !== 'inside' && this.stage !== 'away') return;
    this.retry.stop();
    this.stage = 'outside';
    this.report = undefined;
    this.problem = '';
    this.notice = '';
    this.uploads.clear();
    this.texts.clear();
    const connection = this.disconnected();
    this.changes.changed();
    if (connection) this.parted = part(connection);
    if (!this.options.can) await this.look();
  }

  /** The network is back, or the person looks here again. */
  wake(): void {
    this.retry.now();
    const { connection } = this.contact;
    // It may be dead without anyone having noticed: then no answer comes. Behind a file of ours one may come late.
    if (connection && this.stage === 'inside' && !this.uploads.isSending) void this.lookAround(connection);
  }

  dismissNotice(): void {
    this.notice = '';
    this.changes.changed();
  }

  private async reach(): Promise<Connection> {
    await this.parted;
    return this.contact.reach();
  }

  /** Takes a seat, fills the gap, and goes on with what was under way. */
  private async enter(name: string): Promise<void> {
    const connection = await this.reach();
    this.chronicle.begin();
    this.notice = '';
    await connection.join(name, this.avatar, this.chronicle.back(this.token));
    if (this.can?.history) await this.chronicle.fillGap(this.pagesOf(connection));
    this.contact.check(connection);
    this.stage = 'inside';
    this.problem = '';
    this.retry.stop();
    void this.goOn(connection);
  }

  private async goOn(connection: Connection): Promise<void> {
    const lookedAround = this.lookAround(connection);
    this.texts.connected(connection);
    this.downloads.connected(connection);
    await lookedAround;
    // By now the server has said what belongs to the joining: no number in it is taken for the size of a file of ours.
    if (this.contact.connection === connection) this.uploads.connected(connection);
  }

  private pagesOf(connection: Connection): Pages {
    return async (before) => {
      const lines = await connection.history(before);
      this.contact.check(connection);
      return lines;
    };
  }

  private async comeBack(): Promise<void> {
    try {
      await this.enter(this.me);
      this.changes.changed();
    } catch (error) {
      if (this.stage !== 'away') return;
      if (error instanceof PassphraseError) return this.refused(error);
      // A refusal may be for our own seat, which the server has not yet found to be empty.
      this.disconnected()?.close();
      this.lost(error);
    }
  }

  private async lookAround(connection: Connection): Promise<void> {
    if (!this.can?.report) return;
    const report = await connection.report().catch(() => undefined);
    // Without an answer the connection is gone, which is told elsewhere.
    if (report && this.contact.connection === connection) this.people.reported(report);
    this.changes.changed();
  }

  private refused(error: unknown): void {
    this.stage = 'outside';
    this.refusal = (error as Error).message;
    this.wantsPassphrase ||= error instanceof PassphraseError;
    void this.look();
  }

  private onJoined(name: string, token: string): void {
    this.token = token;
    this.options.seats?.keep(name, token);
    this.me = name;
    this.people.arrived(name);
  }

  private onLine(line: Line, past: boolean): void {
    this.chronicle.show(line, past);
    if (!past || !this.can?.report) this.people.heard(line);
    this.changes.changed();
  }

  private onFound(line: Line, isNew: boolean): void {
    this.people.seen(line);
    if (!isNew || line.author !== this.me) return;
    if (line.file) this.uploads.shown(line.file.size);
    else if (line.id) this.timeline.forget(line.id);
  }

  private onRestarted(): void {
    this.people.clear();
    for (const line of this.timeline.lines) this.people.seen(line);
    this.downloads.clear();
  }

  /** A number that is of nothing here is of what was taken back, or says how much more history there is. */
  private onNotice(text: string, about: number, file: string): void {
    const isOurs = (file === '' && this.texts.refused(about, text)) || this.uploads.refused(about, text, file);
    if (about === 0 && file === '' && !isOurs) this.notice = text;
    this.changes.changed();
  }

  private onClosed(reason: string): void {
    this.disconnected();
    if (this.stage !== 'joining') this.lost(new UnreachableError(reason));
  }

  /** What is under way waits for the next connection. Gives the one that counts no more. */
  private disconnected(): Connection | undefined {
    const connection = this.contact.release();
    this.texts.connected(undefined);
    this.uploads.connected(undefined);
    this.downloads.connected(undefined);
    return connection;
  }

  /** There is no connection: says why, and tries again after a while. */
  private lost(error: unknown): void {
    this.problem = (error as Error).message;
    if (this.stage === 'inside') this.stage = 'away';
    this.retry.later();
    this.changes.changed();
  }
}
