/**
 * What one client has not fetched yet (seed 001: "the server will need to maintain a buffer for each of the clients").
 * It is bounded: when it is full, whoever fills it waits until it has been emptied, and reads on from the history then.
 */

/** Bytes from which on the mailbox is full. */
export const MAILBOX = 65_536;

export class Mailbox {
  private readonly parts: Uint8Array[] = [];
  private size = 0;

  get isFull(): boolean {
    return this.size >= MAILBOX;
  }

  get isEmpty(): boolean {
    return this.parts.length === 0;
  }

  put(part: Uint8Array): void {
    this.parts.push(part);
    this.size += part.length;
  }

  /** Takes out the oldest parts that fit into `bytes`, each with one byte before it; at least one if there is any. */
  take(bytes: number): readonly Uint8Array[] {
    let taken = 0;
    const end = this.parts.findIndex((part, index) => (taken += part.length + 1) > bytes && index > 0);
    const parts = this.parts.splice(0, end === -1 ? this.parts.length : end);
    for (const part of parts) this.size -= part.length;
    return parts;
  }
}
