/**
 * The only reader of the terminal's input. Whoever wants to know what is typed attaches as the `Reader` and is given one
 * line at a time: what is typed or pasted ahead waits here, so that nothing gets lost between the menu and the room, and
 * the keys that concern the program as a whole (Ctrl-C, Ctrl-Z) work at any moment.
 */

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const CTRL_Z = 0x1a;
const RETURN = 0x0d;
const NEWLINE = 0x0a;

export type Key =
  { readonly kind: 'bytes'; readonly bytes: Buffer } | { readonly kind: 'enter' | 'end' | 'interrupt' | 'suspend' };

export interface Reader {
  /** Nothing is typed yet on the line: then Ctrl-D means the end, otherwise it is a key like others. */
  readonly empty: boolean;
  /** Bytes of one line, never with its Enter; a character may be cut between two calls. */
  take(bytes: Buffer): void;
  /** Enter was pressed. Nothing more comes before `next` is called. */
  enter(): void;
  end(): void;
  /** The program is about to stop for a while: leave the cursor at the beginning of a line. */
  suspend(): void;
  /** It goes on, on a screen where others have written. */
  resume(): void;
}

export interface TerminalInput extends NodeJS.ReadableStream {
  isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

export interface KeyboardOptions {
  interrupt: () => void;
  /** Stops the process and resolves once it goes on. */
  suspend?: (() => Promise<void>) | undefined;
}

/** Cuts what came from a terminal at the keys that matter here. UTF-8 is safe: none of them is part of a character. */
export function keys(chunk: Buffer): Key[] {
  const found: Key[] = [];
  let start = 0;
  chunk.forEach((byte, at) => {
    const kind = SPECIAL.get(byte);
    if (kind === undefined) return;
    if (at > start) found.push({ kind: 'bytes', bytes: chunk.subarray(start, at) });
    // The second half of a line end that came as two bytes is no Enter of its own.
    if (byte !== NEWLINE || chunk[at - 1] !== RETURN) found.push({ kind });
    start = at + 1;
  });
  if (start < chunk.length) found.push({ kind: 'bytes', bytes: chunk.subarray(start) });
  return found;
}

const SPECIAL: ReadonlyMap<number, Exclude<Key['kind'], 'bytes'>> = new Map([
  [RETURN, 'enter'],
  [NEWLINE, 'enter'],
  [CTRL_C, 'interrupt'],
  [CTRL_D, 'end'],
  [CTRL_Z, 'suspend'],
]);

export class Keyboard {
  private held: Key[] = [];
  private reader: Reader | undefined;
  /** The reader wants a line. */
  private open = false;
  private ended = false;
  private returned = false;

  constructor(
    private readonly input: TerminalInput,
    private readonly options: KeyboardOptions,
  ) {}

  start(): void {
    this.input.setRawMode?.(true);
    this.input.on('data', this.inputData);
    this.input.on('end', this.inputEnd);
    this.input.on('error', this.inputEnd);
    this.input.resume();
  }

  stop(): void {
    this.detach();
    this.input.off('data', this.inputData);
    this.input.off('end', this.inputEnd);
    this.input.pause();
    this.input.setRawMode?.(false);
  }

  /** Makes `reader` the one who is told; it gets nothing before it calls `next`. */
  attach(reader: Reader): void {
    this.reader = reader;
    this.open = false;
  }

  detach(): void {
    this.reader = undefined;
    this.open = false;
  }

  /** The reader is ready for a line. */
  next(): void {
    this.open = true;
    this.hand();
  }

  private readonly inputData = (chunk: Buffer | string): void => {
    const bytes = Buffer.from(chunk);
    const halfAhead = this.returned && bytes[0] === NEWLINE;
    this.returned = bytes.at(-1) === RETURN;
    for (const key of keys(halfAhead ? bytes.subarray(1) : bytes)) this.pressed(key);
    this.hand();
  };

  private readonly inputEnd = (): void => {
    this.ended = true;
    this.hand();
  };

  private pressed(key: Key): void {
    if (key.kind === 'suspend') void this.suspend();
    else if (key.kind === 'interrupt') {
      // As a terminal does it: who interrupts does not want what was typed before.
      this.held = [];
      this.options.interrupt();
    } else this.held.push(key);
  }

  private hand(): void {
    while (this.reader && this.open) {
      const key = this.held.shift();
      if (key) this.give(this.reader, key);
      else if (this.ended) this.end(this.reader);
      else return;
    }
  }

  private give(reader: Reader, key: Key): void {
    if (key.kind === 'bytes') reader.take(key.bytes);
    else if (key.kind === 'end') {
      if (reader.empty) this.end(reader);
      else reader.take(Buffer.of(CTRL_D));
    } else {
      this.open = false;
      reader.enter();
    }
  }

  private end(reader: Reader): void {
    this.open = false;
    reader.end();
  }

  private async suspend(): Promise<void> {
    if (!this.options.suspend) return;
    this.reader?.suspend();
    this.input.setRawMode?.(false);
    await this.options.suspend();
    this.input.setRawMode?.(true);
    this.reader?.resume();
  }
}
