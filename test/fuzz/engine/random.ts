/** Randomness that a seed repeats: sfc32, which is small, quick, and good enough to choose by. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(high: number, low = 0) {
    [this.a, this.b, this.c] = [high | 0, low | 0, 0x9e3779b9];
    for (let round = 0; round < 12; round++) this.word();
  }

  /** A number that any of these bytes changes, as a seed. */
  static from(bytes: Uint8Array): Random {
    let [high, low] = [0x811c9dc5, bytes.length];
    for (const byte of bytes) {
      high = Math.imul(high ^ byte, 0x01000193);
      low = (Math.imul(low, 31) + byte) | 0;
    }
    return new Random(high, low);
  }

  /** 32 bits. */
  word(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * limit);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** One of several ways, those with more weight more often. */
  way<T>(ways: readonly (readonly [weight: number, way: () => T])[]): T {
    let left = this.below(ways.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, way] of ways) if ((left -= weight) < 0) return way();
    throw new Error('There has to be a way.');
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.word() & 0xff);
  }
}
