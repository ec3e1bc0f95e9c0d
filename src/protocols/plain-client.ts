/** What the client sides of the text-only protocols have in common: one name, one room, lines of text, and nothing else. */
import {
  type Capabilities,
  type Connection,
  type ConnectionListener,
  type Line,
  RefusedError,
  type Report,
  UnreachableError,
} from '../client/connection.js';
import type { Link, LinkListener } from '../transports/link.js';
import { Outbox, type Pacing } from './outbox.js';
import type { MessageDecoder } from './protocol.js';
import { Silence } from './silence.js';

/** Milliseconds that a server has to answer a join. */
const ANSWER_TIME = 10_000;

export interface PlainClientOptions {
  readonly link: Link;
  readonly listener: ConnectionListener;
  readonly pacing: Pacing;
  /** Milliseconds of silence after which the decoder is told of it; only where it needs to know. */
  readonly quiet?: number;
}

export abstract class PlainClient<Message> implements Connection, LinkListener {
  readonly can: Capabilities = { report: false, files: false, history: false };
  protected abstract readonly decoder: MessageDecoder<Message>;
  protected name = '';
  protected readonly outbox: Outbox;
  /** The person has left, by a text that means it in this protocol. */
  protected hasLeft = false;
  private joining: { resolve(): void; reject(error: Error): void } | undefined;
  private joined = false;
  /** Asked to leave: what still comes is for nobody, and above all no answer to a joining. */
  private isLeaving = false;
  private ending: string | undefined;
  private readonly silence: Silence;

  constructor(private readonly options: PlainClientOptions) {
    this.outbox = new Outbox(options.link, options.pacing);
    this.silence = new Silence(options.quiet, () => this.onSilence());
  }

  protected abstract handle(message: Message): void;
  protected abstract askToJoin(name: string): void;
  /** `id` is the person's number for the text, 0 for none; the line that shows it repeats it. */
  protected abstract sayText(text: string, id: number): void;
  /** Says goodbye in the protocol's way. */
  protected abstract sayFarewell(): void;

  join(name: string): Promise<void> {
    this.name = name;
    return new Promise((resolve, reject) => {
      if (this.ending !== undefined) return reject(new UnreachableError(this.ending));
      const timer = setTimeout(() => this.end('The server does not answer.'), ANSWER_TIME);
      this.joining = {
        resolve: () => (clearTimeout(timer), resolve()),
        reject: (error) => (clearTimeout(timer), reject(error)),
      };
      this.askToJoin(name);
    });
  }

  async say(text: string, id = 0): Promise<void> {
    // What can no longer be sent is not shown as said.
    if (this.ending !== undefined || this.isLeaving) return;
    this.sayText(text, id);
    await this.outbox.drained();
  }

  /** The protocol has no answer to it: what is waiting goes out, and the connection ends. */
  async leave(): Promise<void> {
    if (!this.joined || this.ending !== undefined) return;
    this.joined = false;
    this.isLeaving = true;
    this.sayFarewell();
    await this.outbox.end();
  }

  close(): void {
    this.options.link.end();
  }

  report(): Promise<Report> {
    return Promise.reject(new RefusedError('This protocol has no report.'));
  }

  share(): Promise<void> {
    return Promise.reject(new RefusedError('This protocol has no files.'));
  }

  async *fetch(): AsyncGenerator<Uint8Array> {
    await Promise.reject(new RefusedError('This protocol has no files.'));
  }

  history(): Promise<readonly Line[]> {
    return Promise.resolve([]);
  }

  received(bytes: Uint8Array): void {
    this.decoder.append(bytes);
    this.pump();
    this.silence.broken();
  }

  drained(): void {
    this.outbox.onLinkDrained();
  }

  ended(): void {
    this.decoder.quiet?.(true);
    this.pump();
    this.options.link.end();
  }

  closed(error?: Error): void {
    this.decoder.quiet?.(true);
    this.pump();
    this.silence.stop();
    this.ending ??= this.whyClosed(error);
    this.outbox.onLinkClosed();
    this.joining?.reject(new UnreachableError(this.ending));
    this.joining = undefined;
    this.stopped();
    this.options.listener.closed(this.ending, this.hasLeft);
  }

  /** What the person is told when the connection is gone and the server said nothing of it. */
  protected whyClosed(_error: Error | undefined): string {
    return 'The server closed the connection.';
  }

  /** The connection is gone: for what a protocol keeps running. */
  protected stopped(): void {}

  /** The server said yes. */
  protected accepted(): void {
    if (this.joined) return;
    this.joined = true;
    this.options.listener.joined(this.name);
    this.joining?.resolve();
    this.joining = undefined;
  }

  /** The server said no; the connection is of no use any more. */
  protected refused(reason: string): void {
    this.joining?.reject(new RefusedError(reason));
    this.joining = undefined;
    this.end(reason);
  }

  /** Ends the connection; `reason` is what the person is told. */
  protected end(reason: string): void {
    this.ending ??= reason;
    this.options.link.end();
  }

  protected get isJoined(): boolean {
    return this.joined;
  }

  protected show(kind: Line['kind'], author: string, text: string, id = 0): void {
    this.options.listener.line({ kind, sequence: 0, time: new Date(), author, text, ...(id > 0 && { id }) }, false);
  }

  /** `about` is the number of the text that it is about. */
  protected notice(text: string, about?: number): void {
    this.options.listener.notice(text, about);
  }

  private onSilence(): boolean {
    const again = this.decoder.quiet?.() === true;
    this.pump();
    return again;
  }

  private pump(): void {
    try {
      for (let message = this.decoder.next(); message !== undefined; message = this.decoder.next()) {
        if (!this.isLeaving) this.handle(message);
      }
    } catch (error) {
      this.end(`The server does not keep to the protocol: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
