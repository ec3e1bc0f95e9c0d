/** What a protocol is to the server: a name, a port, and how to hold one conversation in it. */
import type { Connection, ConnectionListener } from '../client/connection.js';
import type { Entry } from '../room/entry.js';
import type { RoomError } from '../room/errors.js';
import type { Room } from '../room/room.js';
import type { Accept } from '../transports/link.js';
import type { Conversation } from './conversation.js';
import type { ProtocolError } from './errors.js';

export interface Protocol {
  /** As in `snug serve NAME`. */
  readonly name: string;
  readonly transport: 'tcp';
  /** 0 lets the system pick one. */
  readonly defaultPort: number;
  /** Served when `snug serve` names nothing. */
  readonly byDefault: boolean;
  /** The server's side. */
  open(conversation: Conversation): Session<unknown>;
  /** As in `snug chat SCHEME://host:port`. */
  readonly scheme: string;
  /** The client's side: connects through `dial` to the room of that name. Throws what `dial` throws. */
  connect(dial: (accept: Accept) => Promise<void>, room: string, listener: ConnectionListener): Promise<Connection>;
}

/** Turns bytes into messages. */
export interface MessageDecoder<Message> {
  append(bytes: Uint8Array): void;
  /** `undefined`: not yet. Throws ProtocolError: never. */
  next(): Message | undefined;
}

/** The server's side of one connection in one protocol. */
export interface Session<Message> {
  readonly decoder: MessageDecoder<Message>;
  /** Obeys one message; the next one waits for the promise. Throws RoomError when it cannot be. */
  handle(message: Message): void | Promise<void>;
  /** Says no, to `message` where it is known; the connection stays. */
  refuse(error: RoomError, message: Message | undefined): void;
  /** Says what was wrong with the bytes; the connection is closed then. */
  complain(error: ProtocolError): void;
  /** Shows entries of its room to a member. False: no more until the outbox has drained. */
  deliver(batch: readonly Entry[], room: Room): boolean;
  /** Says that the server is going; the connection is closed then. */
  farewell(): void;
  /** The conversation is over: lets go of what is under way. */
  closed(): Promise<void>;
}
