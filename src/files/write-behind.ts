/**
 * Bytes on their way to a disk: gathered into pieces of one size, each of which is written while the next one fills up. So
 * whoever has bytes need neither wait nor keep them, and the disk is asked seldom.
 */

/** Bytes written at a time. */
export const PIECE = 262_144;

/** Pieces that wait, from which on no more should come. */
const MANY = 2;

export class WriteBehind {
  private readonly waiting: Uint8Array[] = [];
  private readonly spare: Uint8Array[] = [];
  private piece: Uint8Array;
  private filled = 0;
  private writing: Promise<void> | undefined;
  private failure: { readonly cause: unknown } | undefined;

  /** `size`: of all that will come, in bytes, where that is known. */
  constructor(
    private readonly write: (bytes: Uint8Array) => Promise<void>,
    size = PIECE,
  ) {
    this.piece = new Uint8Array(Math.min(size, PIECE));
  }

  /** Takes the bytes, of which it makes a copy. Throws why earlier ones could not be written. */
  add(bytes: Uint8Array): void {
    this.check();
    for (let from = 0; from < bytes.length;) {
      if (this.filled === this.piece.length) this.pass();
      const part = bytes.subarray(from, from + this.piece.length - this.filled);
      this.piece.set(part, this.filled);
      this.filled += part.length;
      from += part.length;
    }
  }

  /** Resolves when there is room for more; undefined when there is now. */
  get room(): Promise<void> | undefined {
    return this.waiting.length < MANY ? undefined : this.writing;
  }

  /** Resolves when all is written, after which nothing may be added. Throws why it cannot be. */
  async flush(): Promise<void> {
    await this.writing;
    this.check();
    if (this.filled > 0) await this.write(this.piece.subarray(0, this.filled));
  }

  /** Resolves when nothing is written any more. */
  async stop(): Promise<void> {
    this.waiting.length = this.filled = 0;
    await this.writing;
  }

  private pass(): void {
    if (this.filled > 0) this.waiting.push(this.piece);
    this.piece = this.spare.pop() ?? new Uint8Array(PIECE);
    this.filled = 0;
    this.writing ??= this.writeAll();
  }

  private async writeAll(): Promise<void> {
    try {
      for (let piece = this.waiting[0]; piece; piece = this.waiting[0]) {
        await this.write(piece);
        this.waiting.shift();
        this.spare.push(piece);
      }
    } catch (cause) {
      this.failure = { cause };
      this.waiting.length = 0;
    }
    this.writing = undefined;
  }

  private check(): void {
    if (this.failure) throw this.failure.cause;
  }
}
