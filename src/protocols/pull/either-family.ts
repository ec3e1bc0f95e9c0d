/**
 * A connection in whichever family the server turns out to speak (docs/protocols.md, P9): the seed's first; a server to
 * which a bare name means nothing (it asks for the other form, says nothing, or closes) is dialled again in the other one.
 */
import {
  type Connection,
  type ConnectionListener,
  type Line,
  RefusedError,
  type Report,
  UnreachableError,
} from '../../client/connection.js';
import { wantsHandshake } from './answers.js';
import type { Family } from './codec.js';

/** The reason of a refusal by silence. */
export const UNANSWERED = 'The server does not answer.';

/** Opens a connection in one family; the listener is told of that one. */
export type OpenIn = (family: Family, listener: ConnectionListener) => Promise<Connection>;

/** Opens a connection that may change to the other family when it joins. */
export async function openInEither(openIn: OpenIn, listener: ConnectionListener): Promise<Connection> {
  const first = new Ears(listener);
  return new EitherFamily(await openIn('seed', first), first, openIn, listener);
}

class EitherFamily implements Connection {
  /** The person wants no connection any more. */
  private isClosed = false;

  constructor(
    private current: Connection,
    private readonly first: Ears,
    private readonly openIn: OpenIn,
    private readonly listener: ConnectionListener,
  ) {}

  get can(): Connection['can'] {
    return this.current.can;
  }

  async join(name: string): Promise<void> {
    this.first.hold();
    try {
      await this.current.join(name);
    } catch (error) {
      if (this.isClosed || !isMisunderstood(error)) throw error;
      await this.change(error);
      await this.current.join(name);
    } finally {
      this.first.release();
    }
  }

  report(): Promise<Report> {
    return this.current.report();
  }

  say(text: string, id?: number): Promise<void> {
    return this.current.say(text, id);
  }

  share(file: Parameters<Connection['share']>[0]): Promise<void> {
    return this.current.share(file);
  }

  fetch(sequence: number, offset: number): AsyncIterable<Uint8Array> {
    return this.current.fetch(sequence, offset);
  }

  history(before: number): Promise<readonly Line[]> {
    return this.current.history(before);
  }

  leave(): Promise<void> {
    return this.current.leave();
  }

  close(): void {
    this.isClosed = true;
    this.current.close();
  }

  /** Throws the refusal itself when the server cannot be reached once more. */
  private async change(refusal: Error): Promise<void> {
    this.first.isDeaf = true;
    try {
      this.current = await this.openIn('json', this.listener);
      if (this.isClosed) this.current.close();
    } catch {
      this.listener.closed(refusal.message);
      throw refusal;
    }
  }
}

/** The server says that it wants the other form, or says nothing at all, or hangs up without a word. */
function isMisunderstood(error: unknown): error is Error {
  if (error instanceof RefusedError) return error.message === UNANSWERED || wantsHandshake(error.message);
  return error instanceof UnreachableError;
}

/**
 * Hears nothing any more once the connection it belongs to is given up for another one. While that is not known, its end
 * is held back: an end is told once, and nothing comes after it.
 */
class Ears implements ConnectionListener {
  isDeaf = false;
  private isHolding = false;
  private held: string | undefined;

  constructor(private readonly listener: ConnectionListener) {}

  joined(name: string): void {
    if (!this.isDeaf) this.listener.joined(name);
  }

  line(line: Line, past: boolean): void {
    if (!this.isDeaf) this.listener.line(line, past);
  }

  notice(text: string, about?: number): void {
    if (!this.isDeaf) this.listener.notice(text, about);
  }

  closed(reason: string): void {
    if (this.isHolding) this.held = reason;
    else if (!this.isDeaf) this.listener.closed(reason);
  }

  hold(): void {
    this.isHolding = true;
  }

  release(): void {
    this.isHolding = false;
    if (this.held !== undefined) this.closed(this.held);
    this.held = undefined;
  }
}
