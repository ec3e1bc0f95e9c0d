import type { Pacing } from '../outbox.js';

/**
 * Messages carry their length and pipelining is permitted (seed 000), so when many wait they may go together: by then a
 * pause after each would hold them up for ten seconds.
 */
export const PACING: Pacing = { gap: 20, linger: 500, joinFrom: 512 };

/** C4: milliseconds of silence after which a payload that is shorter than its Msg-len is taken to be complete. */
export const QUIET = 500;
