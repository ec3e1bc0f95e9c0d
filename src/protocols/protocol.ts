/** What a protocol is to the server: a name, a port, and how to hold one conversation in it. */
import type { Connection, ConnectionListener, Key } from '../client/connection.js';
import type { RoomError } from '../room/errors.js';
import type { Batch } from '../room/ports.js';
import type { Room } from '../room/room.js';
import type { Dialling } from './dialling.js';
import type { Conversation } from './conversation.js';
import type { Pacing } from './outbox.js';
import type { ProtocolError } from './errors.js';

export interface Protocol {
  /** As in `snug serve NAME`. */
  readonly name: string;
  readonly transport: 'tcp' | 'udp' | 'websocket';
  /** 0 lets the system pick one. */
  readonly defaultPort: number;
  /** Served when `snug serve` names nothing. */
  readonly byDefault: boolean;
  /** How messages to peers are spaced. */
  readonly pacing: Pacing;
  /** Milliseconds without a byte after which the decoder is told of the silence; only where it needs to know. */
  readonly quiet?: number;
  /** Milliseconds without a byte after which a peer is taken to be gone; only where nothing else tells. */
  readonly idle?: number;
  /** Who dropped out can come back to the seat: it is kept for a while. */
  readonly keepsSeats?: boolean;
  /** The server's side. */
  open(conversation: Conversation): Session<unknown>;
  /** As in `snug chat SCHEME://host:port`. */
  readonly scheme: string;
  /** The client has a menu, from which people report, join and quit; without it they join at once, by a name given. */
  readonly hasMenu: boolean;
  /** People can bring a picture of themselves when they join. */
  readonly hasAvatars?: boolean;
  /** Whoever joins can say a passphrase. */
  readonly hasPassphrase?: boolean;
  /** As `scheme`, over TLS; only where the protocol is spoken over it. */
  readonly tlsScheme?: string;
  /** A text has fewer characters than this; only where the protocol sets a limit to be told of while typing. */
  readonly lessThan?: number;
  /**
   * The client's side: connects through `dial` to the room of that name. `key` is looked at whenever the server is asked
   * for something. Throws what `dial` throws.
   */
  connect(dial: Dialling, room: string, listener: ConnectionListener, key?: Key): Promise<Connection>;
}

/** Turns bytes into messages. */
export interface MessageDecoder<Message> {
  append(bytes: Uint8Array, isLent?: boolean): void;
  /** `undefined`: not yet. Throws ProtocolError: never. */
  next(): Message | undefined;
  /**
   * Nothing has come for a while, or will come at all (`over`): what is there is all there is, for protocols that cannot
   * tell otherwise. True asks to be told again if the silence lasts.
   */
  quiet?(over?: boolean): boolean | void;
  /** Bytes of a message that has begun and is not complete; only where one can come in pieces. */
  readonly unfinished?: number;
  /** What `next` gave last was a part of a message. */
  readonly isAmid?: boolean;
  /** Copies what is left of bytes that were lent. If this is missing, none are. */
  retain?(): void;
}

/** The server's side of one connection in one protocol. */
export interface Session<Message> {
  readonly decoder: MessageDecoder<Message>;
  /** Obeys one message; the next one waits for the promise. Throws RoomError when it cannot be. */
  handle(message: Message): void | Promise<void>;
  /** The message, which has to wait, in memory of its own. */
  retain?(message: Message): Message;
  /** Nothing further is read until then: what was obeyed is more than can be done at once. Undefined when it is not. */
  whenRoom?(): Promise<void> | undefined;
  /** Says no, to `message` where it is known; the connection stays. */
  refuse(error: RoomError, message: Message | undefined): void;
  /** Whether the message counts as one where their number is limited (S10); if this is missing, each does. */
  counts?(message: Message): boolean;
  /** There is no place for the connection: says why; it is closed then. */
  decline(error: RoomError): void;
  /** Says what was wrong with the bytes; the connection is closed then. */
  complain(error: ProtocolError): void;
  /** Shows entries of its room to a member. False: no more until the outbox has drained. */
  deliver(batch: Batch, room: Room): boolean;
  /** Says that the server is going, in its own write; the connection is closed then. */
  farewell(): void;
  /** Says that the peer was silent for too long, where it may still be there to read it; the connection is closed then. */
  expired?(): void;
  /** Says that the person has come back on another connection; this one is closed then. */
  replaced?(): void;
  /** True when those bytes say that the peer leaves: it is shown nothing more then (W12). Only where a link asks for it. */
  isLastWord?(bytes: Uint8Array): boolean;
  /** Resolves when the peer has got what it asked for before it ended. */
  settled?(): Promise<void>;
  /** The peer is waited for no longer. */
  hurry?(): void;
  /** The peer sends nothing more: lets go of what it left half-done. */
  closed(): Promise<void>;
}
