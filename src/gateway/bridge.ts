/**
 * For the protocols that know one person to a connection the gateway itself is that person: it sits in the room, keeps
 * what it sees, and the pages look on. One is closed and another opened, or several are, and the person stays.
 */
import { type Connect, type Line, RefusedError, type Report } from '../client/connection.js';
import type { Link, LinkListener } from '../transports/link.js';
import { Person, type PersonListener } from './person.js';
import { Transcript } from './transcript.js';
import { type Stage, Viewer } from './viewer.js';

/** Notices that wait for the first page to look. */
const MOST_NOTICES = 100;

/** Texts that are waited for: a server that sends none back must not cost more and more. */
const MOST_UNCONFIRMED = 1000;

const IN_DOUBT = 'The connection to the server ended before this message came back: it may not have been heard.';

export interface BridgeOptions {
  readonly connect: Connect;
  /** The name to join with. */
  readonly username: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly clock: () => number;
  /** The person wants to end it. */
  readonly onQuit: () => void;
}

export class Bridge implements Stage, PersonListener {
  readonly transcript = new Transcript();
  readonly clock: () => number;
  private readonly person: Person;
  private readonly viewers = new Set<Viewer>();
  /** Texts on their way, by the number under which the person says them: pages may use the same numbers. */
  private readonly unconfirmed = new Map<number, { viewer: Viewer; number: number }>();
  private texts = 0;
  private unseen: string[] = [];

  constructor(private readonly options: BridgeOptions) {
    this.clock = options.clock;
    this.person = new Person(options.connect, options.username, this);
  }

  get name(): string {
    return this.person.name;
  }

  /** The server says who is there; known once the person has been inside. */
  get hasReport(): boolean {
    return this.person.hasReport;
  }

  /** Takes a connection of the page: an `Accept`. */
  accept(link: Link): LinkListener {
    const viewer = new Viewer(link, this);
    this.viewers.add(viewer);
    return viewer;
  }

  /** Leaves the room, for the pages to see, and closes their connections. */
  async stop(): Promise<void> {
    await this.person.leave();
    this.show({ kind: 'left', sequence: 0, time: new Date(this.clock()), author: this.name, text: '' });
    for (const viewer of this.viewers) viewer.end();
  }

  enter(): Promise<void> {
    return this.person.enter();
  }

  entered(viewer: Viewer): void {
    for (const text of this.unseen.splice(0)) viewer.notice(text);
  }

  async say(viewer: Viewer, text: string, number: number): Promise<void> {
    const id = ++this.texts;
    this.unconfirmed.set(id, { viewer, number });
    this.unconfirmed.delete(id - MOST_UNCONFIRMED);
    try {
      await this.person.say(text, id);
    } catch (error) {
      this.unconfirmed.delete(id);
      throw error;
    }
  }

  /** Where reports are possible and this one is not, ourselves at least: whoever asks waits for an answer. */
  async report(): Promise<Report> {
    try {
      return await this.person.report();
    } catch (error) {
      if (!(error instanceof RefusedError && this.person.hasReport)) throw error;
      return { count: 1, text: `1. ${this.name}` };
    }
  }

  quit(): void {
    this.options.onQuit();
  }

  closed(viewer: Viewer): void {
    this.viewers.delete(viewer);
  }

  line(line: Line): void {
    this.show(line, this.settled(line.id)?.number);
  }

  notice(text: string, about?: number): void {
    const refused = this.settled(about);
    if (refused) return refused.viewer.notice(text, refused);
    const viewers = [...this.viewers].filter(({ isInside }) => isInside);
    for (const viewer of viewers) viewer.notice(text);
    if (viewers.length === 0) this.unseen = [...this.unseen, text].slice(-MOST_NOTICES);
  }

  gone(reason: string, left: boolean): void {
    if (left) return this.quit();
    for (const { viewer, number } of this.unconfirmed.values()) viewer.notice(IN_DOUBT, { number });
    this.unconfirmed.clear();
    for (const viewer of this.viewers) viewer.dismiss(reason);
  }

  private show(line: Line, number = 0): void {
    this.transcript.add(line, number);
    for (const viewer of this.viewers) viewer.follow();
  }

  /** The text that is said under this number; it is no longer on its way. */
  private settled(id = 0): { viewer: Viewer; number: number } | undefined {
    const text = this.unconfirmed.get(id);
    this.unconfirmed.delete(id);
    return text;
  }
}
