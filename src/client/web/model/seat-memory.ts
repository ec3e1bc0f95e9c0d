/** Remembers what one comes back to one's seat with (docs/protocols.md, R15), for longer than this page is loaded. */
export interface SeatMemory {
  /** The token of the seat of that name; empty when there is none. */
  recall(name: string): string;
  keep(name: string, token: string): void;
}
