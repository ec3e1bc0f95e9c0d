import type { Doorkeeper } from '../doorkeeper.js';
import type { Report } from '../report.js';
import type { FileStore } from '../room/ports.js';
import type { Rooms } from '../room/rooms.js';
import type { Passphrase } from './passphrase.js';
import type { TimeLimits } from './watch.js';

/** What conversations share. */
export interface House {
  readonly rooms: Rooms;
  readonly files: FileStore;
  readonly avatars: FileStore;
  readonly clock: () => number;
  readonly report: Report;
  readonly door: Doorkeeper;
  /** What whoever comes in has to say; nothing where the room is open. */
  readonly passphrase?: Passphrase | undefined;
  readonly limits: SessionLimits;
}

export interface SessionLimits extends TimeLimits {
  /** Bytes of history shown on joining. */
  readonly replay: number;
}
