/** Where a client keeps the files it receives. */
export interface Inbox {
  /**
   * Keeps a file under a safe form of `name`; nothing that is there is overwritten, and the same bytes under the same
   * name are kept once. Throws what `contents` throws, and then keeps nothing.
   */
  save(name: string, contents: AsyncIterable<Uint8Array>): Promise<SavedFile>;
}

export interface SavedFile {
  /** Where it is, as it is shown to the person, e.g. `downloads/coolfile1.txt`. */
  readonly path: string;
  /** The name it got. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}
