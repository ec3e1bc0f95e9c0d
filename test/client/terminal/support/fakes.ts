import type { Connection, ConnectionListener, Line, SharedFile } from '../../../../src/client/connection.js';
import type { Inbox, SavedFile } from '../../../../src/client/inbox.js';
import type { Answer, Complete, RoomScreen, Screen } from '../../../../src/client/terminal/screen.js';

export const TIME = new Date('2026-11-20T20:32:45');

export function line(parts: Partial<Line>): Line {
  return { kind: 'text', sequence: 1, time: TIME, author: 'Cool', text: '', ...parts };
}

export function fileLine({ file, ...parts }: Partial<Omit<Line, 'file'>> & { file?: Partial<SharedFile> }): Line {
  const size = file?.contents?.length ?? 10;
  return line({ kind: 'file', ...parts, file: { name: 'coolfile1.png', size, ...file } });
}

/** A screen whose person is the test. */
export class FakeScreen implements Screen, RoomScreen {
  readonly printed: string[] = [];
  readonly statuses: string[] = [];
  complete: Complete | undefined;
  closed = 0;
  private readonly typed: Answer[] = [];
  private waiting: (() => void) | undefined;

  constructor(readonly live: boolean) {}

  /** Types lines; they are taken one by one when they are asked for. */
  type(...lines: readonly string[]): void {
    this.typed.push(...lines.map((text) => ({ kind: 'line', text }) as const));
    this.waiting?.();
  }

  end(): void {
    this.typed.push({ kind: 'end' });
    this.waiting?.();
  }

  print(text: string): void {
    this.printed.push(...text.split('\n'));
  }

  status(text: string): void {
    this.statuses.push(text);
  }

  ask(question: string, signal: AbortSignal): Promise<Answer> {
    return this.read(question, signal);
  }

  async read(question: string, signal: AbortSignal): Promise<Answer> {
    if (question) this.printed.push(question);
    while (this.typed.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return signal.aborted ? { kind: 'cancelled' } : (this.typed.shift() ?? { kind: 'end' });
  }

  room(complete: Complete): RoomScreen {
    this.complete = complete;
    return this;
  }

  close(): void {
    this.closed += 1;
  }
}

/** A server within the test: what it is asked is noted in `asked`, what it answers is set from outside. */
export class FakeConnection implements Connection {
  readonly asked: string[] = [];
  can = { report: true, files: true, history: true };
  older: readonly Line[] = [];
  contents: readonly Uint8Array[] = [];
  listener!: ConnectionListener;
  joining: () => Promise<void> = () => Promise.resolve();
  leaving: () => Promise<void> = () => Promise.resolve();
  sharing: (signal?: AbortSignal) => Promise<void> = () => Promise.resolve();

  readonly connect = (listener: ConnectionListener): Promise<Connection> => {
    this.listener = listener;
    return Promise.resolve(this);
  };

  report(): Promise<{ count: number; text: string }> {
    this.asked.push('report');
    return Promise.resolve({
      count: 2,
      text: '1. Cool at IP: 192.168.1.5 and port: 3546543.\n2. Fun at IP: 192.168.1.6 and port: 726513.\n',
    });
  }

  async join(name: string): Promise<void> {
    this.asked.push(`join ${name}`);
    await this.joining();
    this.listener.joined(name);
  }

  say(text: string): Promise<void> {
    this.asked.push(`say ${text}`);
    return Promise.resolve();
  }

  async share({ name, contents, sent, signal }: Parameters<Connection['share']>[0]): Promise<void> {
    let bytes = 0;
    for await (const part of contents) sent?.((bytes += part.length));
    this.asked.push(`share ${name} of ${bytes}`);
    await this.sharing(signal);
  }

  async *fetch(sequence: number, offset: number): AsyncIterable<Uint8Array> {
    this.asked.push(`fetch ${sequence} from ${offset}`);
    yield* this.contents;
  }

  history(before: number): Promise<readonly Line[]> {
    this.asked.push(`history before ${before}`);
    return Promise.resolve(this.older);
  }

  async leave(): Promise<void> {
    this.asked.push('leave');
    await this.leaving();
  }

  close(): void {
    this.asked.push('close');
    this.listener.closed('The connection was closed.');
  }
}

export class FakeInbox implements Inbox {
  readonly saved = new Map<string, Uint8Array>();
  before: () => Promise<void> = () => Promise.resolve();

  async save(name: string, contents: AsyncIterable<Uint8Array>): Promise<SavedFile> {
    await this.before();
    const parts: Uint8Array[] = [];
    for await (const part of contents) parts.push(part);
    const bytes = Buffer.concat(parts);
    this.saved.set(name, bytes);
    return { path: `downloads/${name}`, name, size: bytes.length };
  }
}
