import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';

/**
 * Latin, Greek, Cyrillic, punctuation, Chinese, Japanese and Korean: all terminals give these the width that readline
 * gives them. About emoji and many scripts they disagree, and with one another too.
 */
const CERTAIN =
  /^[\u0020-\u007e\u00a1-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u3000-\u3029\u3041-\u3096\u30a0-\u9fff\uac00-\ud7a3\uff01-\uff60]*$/;

/**
 * Lays out the line that is typed so that it takes the rows that readline thinks it takes, on any terminal: otherwise
 * readline would go up too far at its next painting, and erase what others have said. A line of certain width is left
 * to the terminal, which then knows that its rows belong together.
 */
export class Layout {
  /** Told nothing but prompts, it says how wide readline takes a character to be. */
  private readonly ruler: Interface = createInterface({
    input: new PassThrough(),
    output: new PassThrough(),
    terminal: true,
  });

  /** What to write in place of `written`, part or all of `typed`, on a terminal `columns` wide. */
  apply(written: string, typed: string, columns: number): string {
    if (CERTAIN.test(typed) || hasControls(written)) return written;
    return unwrapped(written === typed ? this.rows(typed, columns).join('\r\n') : written);
  }

  close(): void {
    this.ruler.close();
  }

  /** As readline counts: a wide character that does not fit goes to the next row, a full row is followed by another. */
  private rows(typed: string, columns: number): string[] {
    const rows = [''];
    let used = 0;
    for (const character of typed) {
      const width = this.width(character);
      if (used + width > columns) used = columns;
      if (used === columns && width > 0) {
        rows.push('');
        used = 0;
      }
      rows.push(rows.pop() + character);
      used += width;
    }
    return used === columns ? [...rows, ''] : rows;
  }

  private width(character: string): number {
    this.ruler.setPrompt(character);
    return this.ruler.getCursorPos().cols;
  }
}

/** `text`, with the terminal told not to go to the next row by itself. */
export function unwrapped(text: string): string {
  return `\x1b[?7l${text}\x1b[?7h`;
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
