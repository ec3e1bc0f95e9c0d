/**
 * Which text of ours a line that comes back is of. A server keeps the order of what one person says, so it is the oldest
 * that is missing; but a text with line breaks comes back as several lines, and a server may lose some or change them a
 * little. So a line is looked for by its words first, and what was passed over then has not come back.
 */

/** Lines that are waited for: a server that sends none back must not cost more and more. */
const MOST = 1000;

interface Echo {
  /** 0 where nobody asks for the text, or its first line has come back already. */
  readonly id: number;
  readonly words: string;
}

export interface Heard {
  /** The number of the text of which this is the first line to come back, otherwise 0. */
  readonly id: number;
  /** Numbers of the texts before it, of which none has. */
  readonly lost: readonly number[];
}

export class Echoes {
  private waiting: readonly Echo[] = [];

  /** A text was sent, in these lines. */
  said(lines: readonly string[], id: number): void {
    const echoes = lines.map((line) => ({ id, words: wordsOf(line) }));
    this.waiting = [...this.waiting, ...echoes].slice(-MOST);
  }

  /** A line under our name has come. */
  heard(line: string): Heard {
    const words = wordsOf(line);
    const found = this.waiting.findIndex((echo) => echo.words === words);
    const place = Math.max(found, 0);
    const id = this.waiting[place]?.id ?? 0;
    const lost = this.waiting.slice(0, place).map((echo) => echo.id);
    this.waiting = this.waiting.slice(place + 1).map((echo) => (echo.id === id ? { ...echo, id: 0 } : echo));
    return { id, lost: [...new Set(lost)].filter((one) => one !== 0 && one !== id) };
  }
}

/** What is left of a line that a server has trimmed, or made harmless (P6). */
function wordsOf(line: string): string {
  return line.replaceAll('‹', '<').split(/\s+/).join(' ').trim();
}
