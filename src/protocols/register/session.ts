/** The server's side of the register protocol (seed 004): docs/protocols.md, "Register". */
import { announcement, type Entry, SERVER_NAME } from '../../room/entry.js';
import type { RoomError } from '../../room/errors.js';
import { byteLength } from '../byte-queue.js';
import type { Conversation } from '../conversation.js';
import { ProtocolError } from '../errors.js';
import { isTaken, PlainSession, remembered, type Show } from '../plain-session.js';
import { linesOf } from '../projection.js';
import { Decoder, encode, type Framing, HEADER_LENGTH, MAX_MESSAGE } from './codec.js';
import { Answer, parseRequest, SERVER_FAREWELL, textPrefix } from './messages.js';

/** How entries look in each framing. */
export type Shows = Readonly<Record<Framing, Show>>;

export function showInEachFraming(): Shows {
  const showIn = (framing: Framing): Show =>
    remembered((entry) => messagesOf(entry).map((message) => encode(message, framing)));
  return { lines: showIn('lines'), none: showIn('none'), lengths: showIn('lengths') };
}

export class RegisterSession extends PlainSession<string> {
  readonly decoder = new Decoder();

  constructor(
    conversation: Conversation,
    private readonly shows: Shows,
  ) {
    super(conversation);
  }

  handle(message: string): void | Promise<void> {
    const request = parseRequest(message);
    switch (request.kind) {
      case 'disconnect':
        return this.conversation.end();
      case 'register':
        // G5: whoever is registered stays so.
        return this.conversation.isSeated ? this.send(Answer.TAKEN) : this.join(request.name);
      case 'text':
        this.checkRegistered();
        return this.conversation.say(request.text, 0, message);
      case 'other':
        return this.checkRegistered();
    }
  }

  override complain(error: ProtocolError): void {
    if (this.conversation.isSeated) super.complain(error);
    else this.send(Answer.INVALID);
  }

  farewell(): void {
    this.send(SERVER_FAREWELL);
  }

  /** G6: all but the originator see an entry. */
  protected show(entry: Entry): readonly Uint8Array[] {
    return this.isOwn(entry) ? [] : this.shows[this.decoder.framing](entry);
  }

  protected welcome(): void {
    this.send(Answer.ACCEPTED);
  }

  /** G5: there are two ways to say no, and clients that know no third. */
  protected turnAway(error: RoomError): void {
    this.send(isTaken(error) ? Answer.TAKEN : Answer.INVALID);
  }

  protected serverSays(text: string): void {
    this.send(textPrefix(SERVER_NAME) + text);
  }

  /** G5: the first message is a registration; afterwards, what is neither a text nor a farewell is passed over. */
  private checkRegistered(): void {
    if (!this.conversation.isSeated) throw new ProtocolError('The first message has to be REGISTER name CHAT/1.0.');
  }

  private send(message: string): void {
    this.conversation.outbox.send(encode(message, this.decoder.framing));
  }
}

function messagesOf(entry: Entry): string[] {
  if (entry.kind === 'join' || entry.kind === 'leave') return [textPrefix(SERVER_NAME) + announcement(entry)];
  const prefix = textPrefix(entry.author);
  return linesOf(entry, MAX_MESSAGE - HEADER_LENGTH - byteLength(prefix)).map((line) => prefix + line);
}
