/** The client's side of the pull protocol (seed 001): docs/protocols.md, "Pull", P9. */
import {
  type Connection,
  type ConnectionListener,
  RefusedError,
  type Report,
  UnreachableError,
} from '../../client/connection.js';
import type { Link } from '../../transports/link.js';
import { type Dialling, dialled } from '../dialling.js';
import { ONE_A_SEGMENT } from '../outbox.js';
import { PlainClient } from '../plain-client.js';
import { cutLines } from '../projection.js';
import {
  announced,
  AnswerDecoder,
  isFromServer,
  isRefusal,
  messageIn,
  messagesIn,
  namesIn,
  readAnswer,
  type Said,
} from './answers.js';
import { encodeRequest, type Family, type Request } from './codec.js';
import { Echoes } from './echoes.js';
import { openInEither, UNANSWERED } from './either-family.js';
import { type Change, Roster } from './roster.js';
import { Turns } from './turns.js';

/** Characters of a text (seed 001: "messages that are less than 100 characters in length"). */
export const LESS_THAN = 100;
/** Bytes of a text, after its `PUT: `. */
const MAX_LINE = 1019;
/** Milliseconds of silence that end an answer. */
const QUIET = 50;
/** Milliseconds that an answer to the name may take: not every server gives one, so then a GET shows who it is. */
const YES_TIME = 300;
/** Milliseconds that the answer to that GET may take. */
const PROBE_TIME = 2000;
/** Milliseconds that leaving waits for the echo of what was said last. */
const ECHO_TIME = 700;
/** Characters of an answer from which on there may be more to fetch at once. */
const PLENTY = 512;

/** Connects, as `dial` does. There is only one room. */
export function connectPull(dial: Dialling, _room: string, listener: ConnectionListener): Promise<Connection> {
  return openInEither((family, ears) => dialled(dial, (link) => new PullClient(family, link, ears)), listener);
}

interface Waiter {
  readonly resolve: (report: Report) => void;
  readonly reject: (error: Error) => void;
}

class PullClient extends PlainClient<string> {
  override readonly can = { report: true, files: false, history: false };
  protected readonly decoder = new AnswerDecoder();
  private readonly turns = new Turns(
    (request) => this.send(request),
    (asking) => this.unanswered(asking),
  );
  private readonly roster = new Roster();
  private readonly echoes = new Echoes();
  private readonly reports: Waiter[] = [];
  private yesTimer: NodeJS.Timeout | undefined;
  private phase: 'before' | 'naming' | 'in' | 'over' = 'before';
  /** Nothing but words has come so far, so that a late no can still be told from other words. */
  private onlyWords = true;

  constructor(
    private readonly family: Family,
    link: Link,
    listener: ConnectionListener,
  ) {
    super({ link, listener, pacing: ONE_A_SEGMENT, quiet: QUIET });
  }

  override report(): Promise<Report> {
    if (this.phase !== 'in') {
      return Promise.reject(new RefusedError('This server says who is there only to those who have joined.'));
    }
    return new Promise((resolve, reject) => {
      this.reports.push({ resolve, reject });
      this.turns.want('users');
    });
  }

  override async say(text: string, id = 0): Promise<void> {
    await super.say(text, id);
    await this.turns.sent();
  }

  /** What was said last is still shown, since only its echo shows it. */
  override async leave(): Promise<void> {
    if (this.phase === 'in') await this.turns.settled(ECHO_TIME);
    await super.leave();
  }

  protected askToJoin(name: string): void {
    this.phase = 'naming';
    this.send({ kind: 'name', name, family: this.family });
    if (this.family === 'seed') this.yesTimer = setTimeout(() => this.probe(), YES_TIME);
  }

  /** A server of the seed's family answers a GET, whatever it thinks of names; one of the other understands neither. */
  private probe(): void {
    this.yesTimer = setTimeout(() => this.turnedAway(UNANSWERED), PROBE_TIME);
    this.send({ kind: 'get' });
  }

  protected sayText(text: string, id: number): void {
    const length = [...text].length;
    if (length >= LESS_THAN) {
      throw new RefusedError(
        `A message on this server has less than ${LESS_THAN} characters, and this one has ${length}.`,
      );
    }
    const lines = cutLines(text, MAX_LINE);
    for (const line of lines) this.turns.say(line);
    this.echoes.said(lines, id);
  }

  /** The seed has no word for it: the connection ends. */
  protected sayFarewell(): void {
    this.turns.hurry();
    this.stopped();
  }

  protected override stopped(): void {
    this.phase = 'over';
    clearTimeout(this.yesTimer);
    this.turns.stop();
    for (const { reject } of this.reports.splice(0)) reject(new UnreachableError('The server closed the connection.'));
  }

  protected handle(answer: string): void {
    if (this.phase === 'naming') this.answerToName(answer);
    else if (this.phase === 'in') this.answer(answer);
  }

  private answerToName(answer: string): void {
    if (isRefusal(answer)) return this.turnedAway(answer);
    this.welcomed();
    this.answer(answer);
  }

  private turnedAway(answer: string): void {
    this.stopped();
    this.refused(answer.trim());
  }

  private welcomed(): void {
    clearTimeout(this.yesTimer);
    this.phase = 'in';
    this.accepted();
    this.turns.start();
  }

  private answer(answer: string): void {
    const read = readAnswer(answer, this.roster.names);
    switch (read.kind) {
      case 'messages':
        return this.messages(read.messages, answer.length);
      case 'users':
        return this.users(read.names);
      case 'list':
        if (this.turns.asking === 'users') return this.users(read.items);
        return this.messages(read.items.map(messageIn), answer.length);
      case 'words':
        return this.words(read.text);
    }
  }

  private messages(messages: readonly Said[], length: number): void {
    this.onlyWords = false;
    for (const said of messages) this.showSaid(said);
    if (length > PLENTY) this.turns.want('get');
    else for (const change of this.roster.changes()) this.showChange(change);
    if (this.turns.asking === 'get') this.turns.answered();
  }

  private users(names: readonly string[]): void {
    this.onlyWords = false;
    this.roster.heard(names);
    const text = names.map((name, index) => `${index + 1}. ${name}`).join('\n');
    for (const { resolve } of this.reports.splice(0)) resolve({ count: names.length, text });
    if (this.turns.asking === 'users') this.turns.answered();
  }

  /** Answers without a header, and words that nobody asked for: seed 001 lets a server answer PUT as it likes. */
  private words(text: string): void {
    const { asking } = this.turns;
    if (this.onlyWords && isRefusal(text)) return this.turnedAway(text);
    if (text === '') return this.turns.answered();
    if (asking === 'get' && text.startsWith('<'))
      return this.messages(messagesIn(text, this.roster.names), text.length);
    const names = namesIn(text);
    if (asking === 'users' && names.includes(this.name)) this.users(names);
  }

  private showSaid(said: Said): void {
    const change = announced(said);
    if (change) {
      this.roster.announced();
      this.show(change.kind, change.name, said.text);
    } else if (said.author === undefined || isFromServer(said)) this.notice(said.text);
    else if (said.author === this.name) this.showOwn(said.text);
    else this.show('text', said.author, said.text);
  }

  private showOwn(line: string): void {
    const { id, lost } = this.echoes.heard(line);
    for (const one of lost) this.notice('This message has not come back from the server.', one);
    this.show('text', this.name, line, id);
  }

  private showChange({ kind, name }: Change): void {
    if (name !== this.name) this.show(kind, name, `${name} ${kind} the chatroom.`);
  }

  private unanswered(asking: 'get' | 'users'): void {
    if (asking === 'get') return;
    const error = new RefusedError('This server does not say who is there.');
    for (const { reject } of this.reports.splice(0)) reject(error);
  }

  private send(request: Request): void {
    this.outbox.send(encodeRequest(request, this.family));
  }
}
