/** The server's side of CHAT/1.0 (seed 000): docs/protocols.md, "CHAT/1.0", C6 to C8. */
import { type Entry, SERVER_NAME } from '../../room/entry.js';
import type { RoomError } from '../../room/errors.js';
import { foldName } from '../../room/names.js';
import type { Conversation } from '../conversation.js';
import { PlainSession, type Show } from '../plain-session.js';
import { linesOf } from '../projection.js';
import { encode, type Frame, roomForText } from './codec.js';
import { Decoder } from './decoder.js';

export class Chat10Session extends PlainSession<Frame> {
  readonly decoder = new Decoder();

  constructor(
    conversation: Conversation,
    private readonly frames: Show,
  ) {
    super(conversation);
  }

  /** C6. Where a name is needed it is that of the frame, where someone is seated that of the seat. */
  handle(frame: Frame): void | Promise<void> {
    switch (frame.method) {
      case 'JOIN':
        return this.enter(frame.username);
      case 'LEAVE':
        return this.conversation.isSeated ? this.conversation.leave() : undefined;
      case 'TEXT':
        return this.conversation.isSeated ? this.say(frame) : this.enterSaying(frame);
    }
  }

  farewell(): void {
    this.serverSays('The server is shutting down.');
  }

  /** Seed 000: "a server should not forward a message back to the same client that sent it". */
  protected show(entry: Entry): readonly Uint8Array[] {
    return this.isOwn(entry) ? [] : this.frames(entry);
  }

  /** The protocol has no yes. */
  protected welcome(): void {}

  /** C7: the protocol has no no either. */
  protected turnAway(error: RoomError): void {
    this.serverSays(error.message);
  }

  protected serverSays(text: string): void {
    this.conversation.outbox.send(encode({ method: 'TEXT', username: SERVER_NAME, text }));
  }

  private async enter(name: string): Promise<void> {
    if (!this.conversation.isSeated || !this.isSeatedAs(name)) await this.join(name);
  }

  /** C6: whoever speaks before joining joins by it. */
  private async enterSaying(frame: Frame): Promise<void> {
    await this.join(frame.username);
    if (this.conversation.isSeated) this.say(frame);
  }

  private say(frame: Frame): void {
    this.conversation.say(frame.text, 0, frame);
  }

  private isSeatedAs(name: string): boolean {
    return foldName(name) === foldName(this.conversation.member.seat.name);
  }
}

/** C8: an entry as the messages that show it. */
export function framesOf(entry: Entry): readonly Uint8Array[] {
  const { author: username } = entry;
  switch (entry.kind) {
    case 'join':
      return [encode({ method: 'JOIN', username, text: '' })];
    case 'leave':
      return [encode({ method: 'LEAVE', username, text: '' })];
    case 'text':
    case 'file':
      return linesOf(entry, roomForText(username)).map((text) => encode({ method: 'TEXT', username, text }));
  }
}
