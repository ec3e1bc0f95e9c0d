import { Writable } from 'node:stream';

export interface TerminalOutput extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const DEFAULT_COLUMNS = 80;

/**
 * The terminal as one prompt or editor is given it: one that may be ended without ending the real one, whose width
 * changes only when its owner says so, and that can be painted in one go.
 */
export class Paper extends Writable {
  columns: number;
  private painting: string | undefined;

  /** `layOut` may change what is written. */
  constructor(
    private readonly terminal: TerminalOutput,
    private readonly layOut: (text: string) => string = (text) => text,
  ) {
    super({ decodeStrings: false });
    this.columns = terminal.columns ?? DEFAULT_COLUMNS;
  }

  /** What `paint` writes reaches the terminal as one write, so that nothing flickers. */
  together(paint: () => void): void {
    this.painting = '';
    try {
      paint();
    } finally {
      this.terminal.write(this.painting);
      this.painting = undefined;
    }
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = this.layOut(chunk.toString());
    if (this.painting === undefined) this.terminal.write(text);
    else this.painting += text;
    done();
  }
}

/** To the beginning of the line `rows` above, everything from there on erased. */
export function eraseFrom(rows: number): string {
  return `\r${rows > 0 ? `\x1b[${rows}A` : ''}\x1b[J`;
}

/** Empties what can be seen; what has scrolled away stays. */
export const ERASE_SCREEN = '\x1b[H\x1b[J';
