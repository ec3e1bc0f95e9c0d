import type { Entry } from './entry.js';

/** Where someone joined from. */
export interface Origin {
  readonly address: string;
  readonly port: number;
}

/** One person in the room. The room hands it out on joining; every other verb asks for it. */
export interface Seat extends Origin {
  readonly name: string;
  /** The announcement of the joining, once it is durable. Rejects with RoomError when it could not be kept. */
  readonly joined: Promise<Entry>;
}
