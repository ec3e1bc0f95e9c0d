/** Texts that one person has numbered in one stay, to know one that is said again because its confirmation was lost. */

import type { Loser } from './ports.js';

/** Texts that are remembered: far more than a client says without seeing any of them confirmed. */
const MOST = 1000;

interface Remembered {
  /** Enough to tell a text from another, in little memory. */
  readonly print: number;
  /** Connections on which the person has come back by then. */
  readonly returns: number;
}

export class Numbered {
  /** There once a text was numbered: most are not. */
  private known: Map<number, Remembered> | undefined;
  private returns = 0;

  /**
   * True when this is a repetition: the same number with the same text, and its author has come back since. On one
   * connection nothing is lost, so there the same twice is meant twice, whatever its number. 0 is no number.
   */
  repeats(id: number, text: string): boolean {
    const earlier = this.known?.get(id);
    return earlier !== undefined && earlier.returns < this.returns && earlier.print === printOf(text);
  }

  /** Notes a text that is being said; gives who forgets it should it not be kept, and tells `loser`. */
  note(id: number, text: string, loser?: Loser): Loser | undefined {
    if (id === 0) return loser;
    const remembered = { print: printOf(text), returns: this.returns };
    this.known ??= new Map();
    // The newest number is the last of the map, also where one is used again.
    this.known.delete(id);
    this.known.set(id, remembered);
    if (this.known.size > MOST) this.known.delete(this.known.keys().next().value!);
    return {
      lost: (error) => {
        if (this.known?.get(id) === remembered) this.known.delete(id);
        loser?.lost(error);
      },
    };
  }

  onCameBack(): void {
    this.returns++;
  }
}

/** Length and a hash, in one number. */
function printOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return text.length * 0x1_0000_0000 + hash;
}
