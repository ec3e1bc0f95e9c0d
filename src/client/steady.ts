/**
 * A connection that comes back. Where the server gives tokens (docs/protocols.md, R15), one that breaks in the room is made
 * anew, again and again for a while; the history behind what was seen fills the gap, and what was said and not confirmed is
 * said again, under the same number. Whoever uses it sees one connection that says twice what happened, and goes on.
 */
import {
  type Avatar,
  type Capabilities,
  type Connect,
  type Connection,
  type ConnectionListener,
  type Line,
  RefusedError,
  type Report,
  UnreachableError,
} from './connection.js';
import { Contact } from './contact.js';
import { Retry } from './retry.js';

/** R11: a server that says this is not looked for. */
const FAREWELL = 'The server is shutting down.';
const LOST = 'The connection is lost. What you type is sent when it is back; trying again.';
const BACK = 'The connection is back.';
const NOT_NOW = 'That is not possible while the connection is lost.';

/** Milliseconds after which nobody is tried to be reached any more. */
const PATIENCE = 120_000;
/** The same where the machine says that the server is no more: time enough for one that is started anew by itself. */
const LITTLE_PATIENCE = 5000;
/** Texts that may wait for the connection; beyond that, whoever says one has to. */
const MOST_WAITING = 1000;
/** Numbers of texts are from the upper half, from a place at random on, so that those of an earlier stay are not ours. */
const FIRST_ID = 0x8000_0000;

export interface SteadyOptions {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly clock: () => number;
  /** A number from 0 up to 1, as Math.random. */
  readonly random: () => number;
}

/** As `connect`, for a connection that comes back. */
export function steady(connect: Connect, options: SteadyOptions): Connect {
  return async (listener) => {
    const connection = new SteadyConnection(connect, listener, options);
    await connection.open();
    return connection;
  };
}

class SteadyConnection implements Connection {
  private readonly contact: Contact;
  private readonly retry = new Retry(() => void this.comeBack());
  private who: { readonly name: string; readonly avatar: Avatar | undefined } | undefined;
  /** Our name as the room has it. */
  private me = '';
  /** What we come back with; empty before we are in the room, and where nobody can come back. */
  private token = '';
  /** Place of the newest line that was seen. */
  private last = 0;
  /** When the connection was lost, by the clock; undefined while it is there. */
  private lostAt: number | undefined;
  /** Why it was lost, in words. */
  private reason = '';
  /** Since when the machine says that no server is there; undefined when it does not. */
  private absentAt: number | undefined;
  /** The connection may end: we want it to, or the server has said so. */
  private mayEnd = false;
  private isOver = false;
  private ids: number;
  /** Texts of ours that the room has not shown, by their numbers, in the order in which they were said. */
  private readonly unconfirmed = new Map<number, string>();
  private onBack: (() => void)[] = [];

  constructor(
    connect: Connect,
    private readonly listener: ConnectionListener,
    private readonly options: SteadyOptions,
  ) {
    this.contact = new Contact(connect, {
      joined: (name, token = '') => this.onJoined(name, token),
      line: (line, past) => this.onLine(line, past),
      notice: (text, about, file) => this.onNotice(text, about, file),
      closed: (reason, left) => this.onClosed(reason, left),
    });
    this.ids = Math.floor(options.random() * FIRST_ID);
  }

  get can(): Capabilities {
    return this.contact.can!;
  }

  async open(): Promise<void> {
    await this.contact.reach();
  }

  async report(): Promise<Report> {
    return this.here().report();
  }

  async join(name: string, avatar?: Avatar): Promise<void> {
    this.who = { name, avatar };
    await this.here().join(name, avatar);
  }

  async say(text: string, id?: number): Promise<void> {
    if (this.token === '') return this.here().say(text, id);
    const number = id ?? FIRST_ID + (this.ids++ % FIRST_ID);
    this.unconfirmed.set(number, text);
    if (this.lostAt === undefined) return this.send(this.here(), number, text);
    if (this.unconfirmed.size > MOST_WAITING) await new Promise<void>((resolve) => this.onBack.push(resolve));
  }

  async share(file: Parameters<Connection['share']>[0]): Promise<void> {
    const connection = this.here();
    await connection.share(file);
    this.contact.check(connection);
  }

  fetch(sequence: number, offset: number): AsyncIterable<Uint8Array> {
    return this.here().fetch(sequence, offset);
  }

  async history(before: number): Promise<readonly Line[]> {
    return this.here().history(before);
  }

  async leave(): Promise<void> {
    this.mayEnd = true;
    if (this.lostAt === undefined) await this.contact.connection?.leave();
    else this.end('The connection was lost.');
  }

  close(): void {
    this.mayEnd = true;
    if (this.lostAt === undefined) this.contact.connection?.close();
    else this.end('The connection was lost.');
  }

  /** Throws RefusedError while it is lost, and UnreachableError when it is no more. */
  private here(): Connection {
    const { connection } = this.contact;
    if (connection && this.lostAt === undefined) return connection;
    throw this.isOver ? new UnreachableError('The connection is closed.') : new RefusedError(NOT_NOW);
  }

  private onJoined(name: string, token: string): void {
    this.token = token;
    this.me = name;
    if (this.lostAt === undefined) this.listener.joined(name, token);
  }

  private onLine(line: Line, past: boolean): void {
    if (line.sequence > 0) this.last = line.sequence;
    if (line.id && line.author === this.me) this.unconfirmed.delete(line.id);
    // What happened while we were away is news.
    this.listener.line(line, past && this.lostAt === undefined);
  }

  private onNotice(text: string, about = 0, file = ''): void {
    if (text === FAREWELL) this.mayEnd = true;
    if (file === '') this.unconfirmed.delete(about);
    this.listener.notice(text, about, file);
  }

  private onClosed(reason: string, left?: boolean): void {
    // An attempt to come back notices by itself that it has failed.
    if (this.lostAt !== undefined) return;
    if (this.mayEnd || this.token === '') return this.end(reason, left);
    this.lostAt = this.options.clock();
    this.reason = reason;
    this.listener.notice(LOST);
    this.retry.later();
  }

  private async comeBack(): Promise<void> {
    try {
      const connection = await this.contact.reach();
      await connection.join(this.who!.name, this.who!.avatar, { token: this.token, after: this.last });
      this.contact.check(connection);
      this.goOn(connection);
    } catch (error) {
      this.contact.release()?.close();
      this.failed(error as Error);
    }
  }

  private goOn(connection: Connection): void {
    this.retry.stop();
    this.lostAt = undefined;
    this.absentAt = undefined;
    this.listener.notice(BACK);
    for (const [id, text] of this.unconfirmed) {
      this.send(connection, id, text).catch((error: unknown) => this.listener.notice((error as Error).message));
    }
    for (const resolve of this.onBack.splice(0)) resolve();
  }

  private failed(error: Error): void {
    if (this.isOver) return;
    const isUnreachable = error instanceof UnreachableError;
    if (isUnreachable && !this.isTooLate(error)) return this.retry.later();
    const unsent = this.unconfirmed.size;
    if (unsent > 0) this.listener.notice(`${unsent === 1 ? '1 message was' : `${unsent} messages were`} not sent.`);
    this.end(isUnreachable ? this.reason : error.message);
  }

  private isTooLate({ isAbsent }: UnreachableError): boolean {
    const now = this.options.clock();
    this.absentAt = isAbsent ? (this.absentAt ?? now) : undefined;
    return now - this.lostAt! > PATIENCE || now - (this.absentAt ?? now) > LITTLE_PATIENCE;
  }

  /** What a lost connection did not take is sent with the next. Throws RefusedError for what can never be sent. */
  private async send(connection: Connection, id: number, text: string): Promise<void> {
    try {
      await connection.say(text, id);
    } catch (error) {
      if (error instanceof UnreachableError) return;
      this.unconfirmed.delete(id);
      throw error;
    }
  }

  private end(reason: string, left?: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    this.retry.stop();
    this.contact.release()?.close();
    for (const resolve of this.onBack.splice(0)) resolve();
    this.listener.closed(reason, left);
  }
}
