/** What the server that serves the page tells it, in the page itself. */
export interface PageSettings {
  /** Where the room is, when it is not on the server that serves the page. */
  readonly server?: string;
  /** The name to join with. */
  readonly username?: string;
  /** What can be done there; all of it when nothing is said. */
  readonly can?: { readonly report: boolean; readonly files: boolean; readonly history: boolean };
  /** Whoever joins is asked for a passphrase. */
  readonly passphrase?: boolean;
  /** Seats in a room. */
  readonly capacity?: number;
  /** A message has fewer characters than this. */
  readonly lessThan?: number;
}
