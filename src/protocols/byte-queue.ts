/**
 * Bytes on their way from a connection to a decoder. Chunks are kept as they came and joined only when a message
 * spans several, once: adding and taking cost no more than the bytes themselves, however they were split.
 */
/** Chunks held before they are made one: a peer that sends single bytes must not cost an object for each. */
const MAX_CHUNKS = 1024;
/** Bytes of a chunk that were taken and may be kept all the same, for the sake of what is left of it. */
const MAX_TAKEN = 65_536;

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** All the bytes of `parts` in one piece. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const only = parts[0];
  if (parts.length === 1 && only) return only;
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** The same bytes in memory of their own, which `slice` does not give where they are a Buffer of Node. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export class ByteQueue {
  private readonly chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that have been taken already. */
  private taken = 0;
  private size = 0;
  private lent: Uint8Array | undefined;

  get length(): number {
    return this.size;
  }

  /** Those that are lent stay as they are until `retain`. */
  append(bytes: Uint8Array, isLent = false): void {
    if (bytes.length === 0) return;
    if (isLent) this.lent = bytes;
    this.chunks.push(bytes);
    this.size += bytes.length;
    if (this.chunks.length > MAX_CHUNKS) this.join(this.size);
  }

  /** Copies what is left of what was lent. */
  retain(): void {
    const last = this.chunks.length - 1;
    if (this.lent && this.chunks[last] === this.lent) {
      this.chunks[last] = copyOf(this.lent.subarray(last === 0 ? this.taken : 0));
      if (last === 0) this.taken = 0;
    }
    this.lent = undefined;
  }

  /** The next `count` bytes, which stay in the queue. Throws RangeError when there are fewer. */
  peek(count: number): Uint8Array {
    const bytes = this.gather(count);
    return bytes.subarray(this.taken, this.taken + count);
  }

  /** The next `count` bytes, which leave the queue; a view of the chunk they came in where they are in one. */
  take(count: number): Uint8Array {
    const bytes = this.peek(count);
    this.skip(count);
    return bytes;
  }

  /** A chunk that has the next `count` bytes, from `offset` on: for who reads field by field. Throws as `peek` does. */
  gather(count: number): Uint8Array {
    if (count > this.size) throw new RangeError(`${count} bytes asked for, ${this.size} there`);
    const first = this.chunks[0] ?? NOTHING;
    return first.length - this.taken < count ? this.join(count) : first;
  }

  get offset(): number {
    return this.taken;
  }

  /** The next `count` bytes, which are there, leave the queue. */
  skip(count: number): void {
    this.size -= count;
    this.taken += count;
    if (this.taken === this.chunks[0]?.length) {
      this.chunks.shift();
      this.taken = 0;
    }
    this.release();
  }

  /** Keeps what is left of a chunk without the rest, once that is the smaller part: so copying costs no more than coming. */
  private release(): void {
    const [first] = this.chunks;
    if (first === undefined || first === this.lent || this.taken <= MAX_TAKEN || this.taken < first.length / 2) return;
    this.chunks[0] = copyOf(first.subarray(this.taken));
    this.taken = 0;
  }

  /** Makes one chunk of those that hold the next `count` bytes. */
  private join(count: number): Uint8Array {
    let length = -this.taken;
    let spanned = 0;
    while (length < count) length += this.chunks[spanned++]!.length;
    const joined = new Uint8Array(length);
    let offset = 0;
    for (const chunk of this.chunks.splice(0, spanned)) {
      const part = offset === 0 ? chunk.subarray(this.taken) : chunk;
      joined.set(part, offset);
      offset += part.length;
    }
    this.chunks.unshift(joined);
    this.taken = 0;
    return joined;
  }
}
