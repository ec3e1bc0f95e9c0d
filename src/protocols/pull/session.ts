/** The server's side of the pull protocol (seed 001): docs/protocols.md, "Pull". It never says anything unasked. */
import { type Entry, SERVER_NAME } from '../../room/entry.js';
import type { RoomError } from '../../room/errors.js';
import type { Batch } from '../../room/ports.js';
import type { Conversation } from '../conversation.js';
import { isTaken, PlainSession, type Show } from '../plain-session.js';
import { type Family, type Request, RequestDecoder } from './codec.js';
import { FORMS, MAX_ANSWER } from './forms.js';
import { Mailbox } from './mailbox.js';

/** Bytes of an answer around its parts: `MSGS:` before them is the most. */
const AROUND = 5;

export class PullSession extends PlainSession<Request> {
  readonly decoder = new RequestDecoder();
  private readonly mailbox = new Mailbox();
  private family: Family = 'seed';

  constructor(
    conversation: Conversation,
    private readonly shows: Readonly<Record<Family, Show>>,
  ) {
    super(conversation);
  }

  handle(request: Request): void | Promise<void> {
    switch (request.kind) {
      case 'name':
        this.family = request.family;
        return this.join(request.name);
      case 'put':
        return this.conversation.say(request.text, 0, request);
      case 'get':
        return this.answerGet();
      case 'users':
        return this.answerUsers();
      case 'canvas':
        return this.answer(this.form.messages([]));
    }
  }

  /** S10: asking is no message; it is held to what is read of the answers. */
  counts({ kind }: Request): boolean {
    return kind === 'name' || kind === 'put';
  }

  /** P6: into the mailbox, where it waits to be fetched. */
  override deliver({ entries }: Batch): boolean {
    for (const entry of entries) for (const part of this.show(entry)) this.mailbox.put(part);
    return !this.mailbox.isFull;
  }

  /** P8: nobody expects a word that he has not asked for. */
  override complain(): void {}

  farewell(): void {}

  protected show(entry: Entry): readonly Uint8Array[] {
    return this.shows[this.family](entry);
  }

  protected welcome(): void {
    this.answer(Buffer.from('connected'));
  }

  protected turnAway(error: RoomError): void {
    this.answer(Buffer.from(isTaken(error) ? 'username in use' : error.message));
  }

  protected serverSays(text: string): void {
    this.mailbox.put(this.form.part(SERVER_NAME, text));
  }

  private get form(): (typeof FORMS)[Family] {
    return FORMS[this.family];
  }

  private answerGet(): void {
    this.answer(this.form.messages(this.mailbox.take(MAX_ANSWER - AROUND)));
    if (this.mailbox.isEmpty) this.conversation.member.drained();
  }

  private answerUsers(): void {
    this.answer(this.form.users(this.conversation.member.room.report().map(({ name }) => name)));
  }

  private answer(bytes: Uint8Array): void {
    this.conversation.outbox.send(bytes);
  }
}
