/** The one connection that counts: made when it is wanted, heard for as long as it counts, and then never again. */
import {
  type Capabilities,
  type Connect,
  type Connection,
  type ConnectionListener,
  DEAF,
  UnreachableError,
} from './connection.js';

const GONE = 'The server closed the connection.';

export class Contact {
  private current: Connection | undefined;
  private dialling: Promise<Connection> | undefined;
  private heard: ConnectionListener = DEAF;
  private known: Capabilities | undefined;

  /** `owner` is told what the connection tells; when that is its end, it counts no more by then. */
  constructor(
    private readonly connect: Connect,
    private readonly owner: ConnectionListener,
  ) {}

  get connection(): Connection | undefined {
    return this.current;
  }

  /** What the server can do, also while there is no connection; `undefined` before there was one. */
  get can(): Capabilities | undefined {
    return this.known;
  }

  /** Neither there nor on its way. */
  get isGone(): boolean {
    return this.current === undefined && this.dialling === undefined;
  }

  /** The connection, made if there is none. Throws UnreachableError. */
  async reach(): Promise<Connection> {
    if (this.current) return this.current;
    this.dialling ??= this.dial();
    return this.dialling;
  }

  /** For who has waited: throws UnreachableError when this connection counts no more. */
  check(connection: Connection): void {
    if (this.current !== connection) throw new UnreachableError(GONE);
  }

  /** From now on the connection does not count; gives it, for its end to be made. */
  release(): Connection | undefined {
    const { current } = this;
    this.heard = DEAF;
    this.current = undefined;
    this.dialling = undefined;
    return current;
  }

  private async dial(): Promise<Connection> {
    const listener = this.makeListener();
    this.heard = listener;
    try {
      const connection = await this.connect(listener);
      if (this.heard === listener) this.current = connection;
      else connection.close();
      this.check(connection);
      this.known = connection.can;
      return connection;
    } finally {
      if (this.heard === listener) this.dialling = undefined;
    }
  }

  private makeListener(): ConnectionListener {
    const listener: ConnectionListener = {
      joined: (name, token) => this.heard === listener && this.owner.joined(name, token),
      line: (line, past) => this.heard === listener && this.owner.line(line, past),
      notice: (text, about, file) => this.heard === listener && this.owner.notice(text, about, file),
      closed: (reason, left) => {
        if (this.heard !== listener) return;
        this.release();
        this.owner.closed(reason, left);
      },
    };
    return listener;
  }
}
