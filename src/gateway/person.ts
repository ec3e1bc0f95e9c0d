/** The one person of a gateway: a connection to the server, made anew when it is wanted and gone. */
import { type Connect, type Connection, type Line, type Report, UnreachableError } from '../client/connection.js';
import { endOf } from '../client/terminal/stop.js';

/** Milliseconds that the server has to take our last words. */
const PATIENCE = 2000;

const AWAY = 'There is no connection to the server at the moment.';

export interface PersonListener {
  line(line: Line): void;
  /** `about` is the id of the text that the server refuses. */
  notice(text: string, about?: number): void;
  /** We are no longer in the room. `left`: by a text that means it. */
  gone(reason: string, left: boolean): void;
}

export class Person {
  /** There while in the room. */
  private connection: Connection | undefined;
  private entering: Promise<void> | undefined;
  private isOver = false;
  private calledHere: string;
  private canReport = false;

  constructor(
    private readonly connect: Connect,
    private readonly wanted: string,
    private readonly listener: PersonListener,
  ) {
    this.calledHere = wanted;
  }

  /** As the server has it. */
  get name(): string {
    return this.calledHere;
  }

  /** The server says who is there; known once we have been inside. */
  get hasReport(): boolean {
    return this.canReport;
  }

  get isInside(): boolean {
    return this.connection !== undefined;
  }

  /** Sees to it that we are in the room. Throws RefusedError with the server's reason, or UnreachableError. */
  async enter(): Promise<void> {
    if (this.isInside) return;
    this.entering ??= this.join().finally(() => (this.entering = undefined));
    return this.entering;
  }

  /** As `Connection`. Throws UnreachableError when we are not in the room. */
  async say(text: string, id: number): Promise<void> {
    await this.seat.say(text, id);
  }

  /** As `Connection`. Throws UnreachableError when we are not in the room. */
  async report(): Promise<Report> {
    return this.seat.report();
  }

  /** Leaves for good, politely; what comes meanwhile is still told, but not that we are gone. */
  async leave(): Promise<void> {
    this.isOver = true;
    const { connection } = this;
    this.connection = undefined;
    if (!connection) return;
    await endOf(AbortSignal.timeout(PATIENCE), connection.leave());
    connection.close();
  }

  private get seat(): Connection {
    if (!this.connection) throw new UnreachableError(AWAY);
    return this.connection;
  }

  private async join(): Promise<void> {
    let isSeated = false;
    let ending: string | undefined;
    const connection = await this.connect({
      joined: (name) => (this.calledHere = name),
      line: (line) => this.listener.line(line),
      notice: (text, about) => this.listener.notice(text, about),
      closed: (reason, left = false) => {
        ending = reason;
        if (isSeated) this.lost(reason, left);
      },
    });
    try {
      await connection.join(this.wanted);
      if (ending !== undefined || this.isOver) throw new UnreachableError(ending ?? AWAY);
    } catch (error) {
      connection.close();
      throw error;
    }
    isSeated = true;
    this.canReport = connection.can.report;
    this.connection = connection;
  }

  private lost(reason: string, left: boolean): void {
    if (this.isOver) return;
    this.connection = undefined;
    this.listener.gone(reason, left);
  }
}
