/**
 * What the sessions of the text-only protocols (seeds 000, 001, 003 and 004) have in common: everyone enters the lobby,
 * nobody is shown what was before, and a protocol only says how an entry looks to its members.
 */
import type { Entry } from '../room/entry.js';
import { RoomError } from '../room/errors.js';
import type { Batch } from '../room/ports.js';
import { LOBBY } from '../room/rooms.js';
import type { Conversation } from './conversation.js';
import type { ProtocolError } from './errors.js';
import type { MessageDecoder, Session } from './protocol.js';

/** The messages that show one entry; each is one write. */
export type Show = (entry: Entry) => readonly Uint8Array[];

export abstract class PlainSession<Message> implements Session<Message> {
  abstract readonly decoder: MessageDecoder<Message>;

  constructor(protected readonly conversation: Conversation) {}

  abstract handle(message: Message): void | Promise<void>;
  abstract farewell(): void;

  /** How the entry looks to this member; nothing when it is not shown to it. */
  protected abstract show(entry: Entry): readonly Uint8Array[];
  /** The peer has its seat. */
  protected abstract welcome(): void;
  /** The peer cannot have a seat: says why; the connection is closed then. */
  protected abstract turnAway(error: RoomError, name: string): void;
  /** Says something as the server. */
  protected abstract serverSays(text: string): void;

  refuse(error: RoomError): void {
    this.serverSays(error.message);
  }

  decline(error: RoomError): void {
    this.turnAway(error, '');
  }

  complain(error: ProtocolError): void {
    this.serverSays(error.message);
  }

  deliver({ entries }: Batch): boolean {
    let more = true;
    for (const entry of entries) {
      for (const message of this.show(entry)) more = this.conversation.outbox.send(message);
    }
    return more;
  }

  closed(): Promise<void> {
    return Promise.resolve();
  }

  protected async join(name: string): Promise<void> {
    try {
      const member = await this.conversation.join(LOBBY, name);
      // A farewell that was said meanwhile is the last word.
      if (this.conversation.isOver) return;
      this.welcome();
      member.follow(member.joined.sequence + 1);
    } catch (error) {
      // Joining twice is no reason to go: whoever does it keeps the seat.
      if (!(error instanceof RoomError) || error.code === 'already-joined') throw error;
      this.conversation.tell('rejected', { name, reason: error.message });
      this.turnAway(error, name);
      this.conversation.end();
    }
  }

  /** The echo rule: true for what this member did itself. */
  protected isOwn(entry: Entry): boolean {
    return this.conversation.isSeated && entry.author === this.conversation.member.seat.name;
  }
}

/** Somebody has the name, or one that looks like it: to protocols that have one word for it, the same. */
export function isTaken({ code }: RoomError): boolean {
  return code === 'name-taken' || code === 'name-alike';
}

/** Remembers how entries look, so that each is made once for all who see it alike. */
export function remembered(show: Show): Show {
  const shown = new WeakMap<Entry, readonly Uint8Array[]>();
  return (entry) => {
    let messages = shown.get(entry);
    if (!messages) shown.set(entry, (messages = show(entry)));
    return messages;
  };
}
