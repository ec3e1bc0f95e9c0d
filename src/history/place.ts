/** Where a batch is in the table of all rooms: the room's row and the sequence of its first entry, as one number. */

/** Bits of the sequence; 20 are left for the room in what a number holds exactly. */
export const PLACE_BITS = 33;
/** Entries of a room, 8.6 thousand millions, and the highest sequence there can be. */
export const MOST_ENTRIES = 2 ** PLACE_BITS - 1;

export function placeOf(room: number, sequence: number): number {
  return room * 2 ** PLACE_BITS + Math.min(Math.max(sequence, 0), MOST_ENTRIES);
}
