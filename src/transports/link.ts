/** One connection as bytes: what a transport offers to whoever speaks a protocol over it. */
export interface Link {
  /** Where the peer is, as at the time it connected. */
  readonly remote: Origin;
  /** Bytes handed over that the operating system has not taken yet; infinite while what is written is not taken at all. */
  readonly pending: number;
  /** Bytes that have come of something that is not told before it is complete; only where there is such a thing. */
  readonly unfinished?: number;
  /** Hands over bytes, which must not change afterwards. After `end` or `destroy` they are dropped. */
  write(bytes: Uint8Array): void;
  /** From now on what `received` tells is only lent: it is overwritten when that returns. False if it is not. */
  lend?(): boolean;
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
  /** True when those bytes, which are told of next, say that the peer leaves, and has to be shown nothing more. */
  isLastWord?(bytes: Uint8Array): boolean;
  /** The peer will send nothing more. */
  ended(): void;
  /** The link is gone; `error` when it broke. */
  closed(error?: Error): void;
}

/** Nobody's: for a link that is closed at once. */
export const DEAF_LISTENER: LinkListener = { received() {}, drained() {}, ended() {}, closed() {} };

/** A transport's listening end. */
export interface Listener {
  readonly address: Origin;
  /** Takes no more connections; those that are there go on. */
  close(): Promise<void>;
  /** Only over TLS: shows this certificate from now on; those who are connected notice nothing. Throws what OpenSSL says. */
  renew?(certificate: Certificate): void;
}

/** What a server proves with who it is, as PEM. */
export interface Certificate {
  /** The server's own, and behind it those that vouch for it. */
  readonly cert: string;
  readonly key: string;
}

export type Accept = (link: Link) => LinkListener;
export type Listen = (at: { host: string; port: number }, accept: Accept) => Promise<Listener>;
export type Dial = (to: { host: string; port: number }, accept: Accept) => Promise<void>;
