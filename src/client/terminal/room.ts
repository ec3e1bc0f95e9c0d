import { visible } from '../../visible.js';
import { type Connection, type Line, RefusedError, type SharedFile, UnreachableError } from '../connection.js';
import type { Inbox } from '../inbox.js';
import { type CommandRoom, runCommand } from './commands.js';
import { completeLine } from './completion.js';
import { Files } from './files.js';
import { createInk, Days, type Ink, lineText, noticeText } from './lines.js';
import { completePath, type Places } from './paths.js';
import { People } from './people.js';
import { Progress } from './progress.js';
import { reportText } from './report.js';
import type { Completion, RoomScreen, Screen } from './screen.js';
import { endOf, type Stop } from './stop.js';
import { Transcript } from './transcript.js';
import { welcome } from './welcome.js';

/** Milliseconds that the server has to confirm that we leave: for who wants the menu back, and when the program ends. */
const PATIENCE = 5000;
const LITTLE_PATIENCE = 1000;

const QUIT = 'q';
const ATTACH = 'a';
const PATH_QUESTION = 'Please enter the file path and name:';

export interface RoomOptions {
  readonly screen: Screen;
  readonly stop: Stop;
  readonly inbox: Inbox;
  readonly places: Places;
  readonly color: boolean;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly clock: () => number;
}

/** What comes after the room. */
export type After = 'menu' | 'end';

/** Being in the chatroom: what is typed becomes calls of the connection, what the server tells becomes printed lines. */
export class Room implements CommandRoom {
  private readonly ink: Ink;
  private readonly days: Days;
  private readonly people = new People();
  private readonly screen: RoomScreen;
  private readonly transcript: Transcript;
  private readonly files: Files;
  private readonly over = new AbortController();
  /** Aborted when reading what is typed has to end. */
  private readonly awake: AbortSignal;
  private askingPath = false;
  private saying: Promise<void> = Promise.resolve();
  private oldest = Infinity;
  private gone: string | undefined;
  private failure: { error: unknown } | undefined;

  constructor(
    private readonly options: RoomOptions,
    private readonly connection: Connection,
    me: string,
  ) {
    this.ink = createInk(options.color);
    this.days = new Days(new Date(options.clock()));
    this.awake = AbortSignal.any([this.over.signal, options.stop.polite]);
    this.screen = options.screen.room((typed) => this.complete(typed));
    this.transcript = new Transcript((text) => this.screen.print(text));
    this.files = this.createFiles(me);
    this.transcript.add(() => welcome(connection.can));
  }

  get can(): Connection['can'] {
    return this.connection.can;
  }

  /** Resolves when the person has left, the server is gone, or the program is to end. */
  async stay(): Promise<After> {
    for (;;) {
      const answer = await this.screen.read(this.askingPath ? PATH_QUESTION : '', this.awake);
      await endOf(this.awake, this.saying);
      if (this.failure) throw this.failure.error;
      if (this.gone !== undefined) return this.lost(this.gone);
      if (answer.kind !== 'line') return this.leave('end', LITTLE_PATIENCE);
      if (answer.text === QUIT && !this.askingPath) return this.leave('menu', PATIENCE);
      await this.typed(answer.text);
    }
  }

  close(): void {
    this.over.abort();
    this.screen.close();
  }

  line(line: Line, past: boolean): void {
    this.people.heard(line);
    this.noteOldest(line);
    this.transcript.add(() => dated(this.days, line, this.textOf(line, past)));
  }

  notice(text: string): void {
    this.tell(text);
  }

  closed(reason: string): void {
    this.gone = reason;
    this.over.abort();
  }

  tell(text: string): void {
    this.transcript.add(() => noticeText(text));
  }

  say(text: string): Promise<void> {
    this.saying = this.connection.say(text);
    return this.saying;
  }

  async names(): Promise<void> {
    this.tell(reportText(await this.connection.report()));
  }

  async older(): Promise<void> {
    const lines = this.oldest === Infinity ? [] : await this.connection.history(this.oldest);
    if (lines.length === 0) return this.tell('There is nothing older.');
    lines.forEach((line) => this.noteOldest(line));
    this.transcript.add(() => this.block(lines));
  }

  list(): string {
    return this.files.list();
  }

  get(number: string): Promise<void> {
    return this.files.get(number);
  }

  private async typed(text: string): Promise<void> {
    if (this.askingPath) await this.pathTyped(text);
    else if (text === ATTACH) this.attach();
    else if (text.startsWith('//')) await this.work(this.say(text.slice(1)));
    else if (text.startsWith('/')) await this.work(runCommand(text, this));
    else if (text.trim() !== '') await this.work(this.say(text));
  }

  private attach(): void {
    if (this.can.files) this.askingPath = true;
    else this.tell(`Files are not possible on this server. /say ${ATTACH} sends the letter.`);
  }

  private async pathTyped(text: string): Promise<void> {
    this.askingPath = false;
    if (text.trim() === '') this.tell('Nothing was uploaded.');
    else await this.work(this.files.share(text));
  }

  /** On a live screen typing goes on meanwhile; elsewhere the next line has to wait. */
  private async work(work: Promise<void>): Promise<void> {
    const ended = work.catch((error: unknown) => this.failed(error));
    if (!this.screen.live) await endOf(this.awake, ended);
  }

  private failed(error: unknown): void {
    if (error instanceof RefusedError) this.tell(error.message);
    // That the connection has ended is said once, when `closed` is told.
    else if (!(error instanceof UnreachableError)) {
      this.failure = { error };
      this.over.abort();
    }
  }

  private async leave(after: After, patience: number): Promise<After> {
    this.files.stopUploads();
    this.over.abort();
    const { now } = this.options.stop;
    const enough = AbortSignal.any([now, AbortSignal.timeout(patience)]);
    await endOf(enough, this.connection.leave());
    await endOf(now, this.transcript.settled());
    return this.options.stop.polite.aborted ? 'end' : after;
  }

  private async lost(reason: string): Promise<After> {
    this.files.stopUploads();
    this.transcript.add(() => visible(reason) || 'The server closed the connection.');
    await endOf(this.options.stop.now, this.transcript.settled());
    return this.options.stop.polite.aborted ? 'end' : 'menu';
  }

  private textOf(line: Line, past: boolean): string | Promise<string> {
    return hasFile(line) ? this.files.arrived(line, past) : lineText(line, this.ink);
  }

  private async block(lines: readonly Line[]): Promise<string> {
    const days = new Days(new Date(this.options.clock()));
    const texts = [noticeText('Older lines:')];
    for (const line of lines) texts.push(await dated(days, line, this.textOf(line, true)));
    return [...texts, noticeText('End of the older lines.')].join('\n');
  }

  private noteOldest(line: Line): void {
    if (line.sequence > 0) this.oldest = Math.min(this.oldest, line.sequence);
  }

  private async complete(typed: string): Promise<Completion> {
    if (this.askingPath) return completePath(typed, this.options.places);
    return completeLine(typed, this.can, this.people.names());
  }

  private createFiles(me: string): Files {
    const tell = (text: string): void => this.tell(text);
    const { inbox, places, clock } = this.options;
    const progress = new Progress(this.screen, tell, clock);
    const background = (work: Promise<void>): void => void work.catch((error: unknown) => this.failed(error));
    const files = { inbox, places, progress, ink: this.ink, over: this.over.signal, tell, background };
    return new Files(files, this.connection, me);
  }
}

function hasFile(line: Line): line is Line & { file: SharedFile } {
  return line.file !== undefined;
}

function dated(days: Days, line: Line, text: string | Promise<string>): string | Promise<string> {
  if (typeof text === 'string') return days.dated(line.time, text);
  return text.then((ready) => days.dated(line.time, ready));
}
