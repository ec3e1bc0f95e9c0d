/**
 * What a UDP address may be sent while nothing says that it is really there (docs/protocols.md, W12). Anyone can write
 * somebody else's address on a datagram: so, until a further one comes in answer to ours, no more is sent there than came
 * from there, datagram for datagram, and a server of ours is of no use for flooding others.
 */

/**
 * Bytes that each datagram counts as, at least: those that the smallest Ethernet frame has room for behind the heads of
 * IPv4 and UDP. `Welcome` and `Name already taken` are frames of the same size as the shortest request for them.
 */
const SMALLEST = 18;

export class Credit {
  private isProven = false;
  private first: Uint8Array | undefined;
  /** What was sent there first. */
  private firstAnswer: Uint8Array | undefined;

  constructor(
    /** Bytes that may be sent there beyond those that came. */
    private bytes = 0,
  ) {}

  /** A datagram came from there. What only repeats the first shows that our answer has not been read. */
  came(datagram: Uint8Array): void {
    this.bytes += Math.max(datagram.length, SMALLEST);
    this.first ??= datagram;
    if (this.firstAnswer && !isSame(datagram, this.first)) this.isProven = true;
  }

  /** The answer that was lost, if the datagram is what came first, and nothing else has come since. */
  lostAnswerTo(datagram: Uint8Array): Uint8Array | undefined {
    return !this.isProven && this.first && isSame(datagram, this.first) ? this.firstAnswer : undefined;
  }

  /** True when a datagram of so many bytes may be sent there. */
  allows(length: number): boolean {
    return this.isProven || this.bytes >= Math.max(length, SMALLEST);
  }

  /** The datagram was sent there. */
  spend(datagram: Uint8Array): void {
    this.firstAnswer ??= datagram;
    this.bytes -= Math.max(datagram.length, SMALLEST);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
