/** One connection as bytes: what a transport offers to whoever speaks a protocol over it. */
export interface Link {
  /** Where the peer is, as at the time it connected. */
  readonly remote: Origin;
  /** Bytes handed over that the operating system has not taken yet. */
  readonly pending: number;
  /** Hands over bytes, which must not change afterwards. After `end` or `destroy` they are dropped. */
  write(bytes: Uint8Array): void;
  /** Stops and goes on with telling `received`. */
  pause(): void;
  resume(): void;
  /** Closes once everything written has gone out. */
  end(): void;
  /** Closes now. */
  destroy(): void;
}

export interface Origin {
  readonly address: string;
  readonly port: number;
}

/** What a link tells its owner. `closed` comes exactly once and last. */
export interface LinkListener {
  received(bytes: Uint8Array): void;
  /** Everything written so far has gone out. */
  drained(): void;
  /** The peer will send nothing more. */
  ended(): void;
  /** The link is gone; `error` when it broke. */
  closed(error?: Error): void;
}

/** A transport's listening end. */
export interface Listener {
  readonly address: Origin;
  /** Takes no more connections; those that are there go on. */
  close(): Promise<void>;
}

export type Accept = (link: Link) => LinkListener;
export type Listen = (at: { host: string; port: number }, accept: Accept) => Promise<Listener>;
export type Dial = (to: { host: string; port: number }, accept: Accept) => Promise<void>;
