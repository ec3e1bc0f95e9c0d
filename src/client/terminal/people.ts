import type { Line } from '../connection.js';

/** Who seems to be in the room, from what was seen. */
export class People {
  private readonly present = new Set<string>();

  heard(line: Line): void {
    if (line.kind === 'left') this.present.delete(line.author);
    else this.present.add(line.author);
  }

  names(): readonly string[] {
    return [...this.present];
  }
}
