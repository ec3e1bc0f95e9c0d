/** A person at a client, who does whatever a connection offers. */
import type { Connection, Line } from '../../../src/client/connection.js';
import { PICTURES } from '../../support/pictures.js';
import type { Random } from '../engine/random.js';
import { goodName, name, text } from '../grammar/text.js';
import type { Asked } from './listener.js';

export class User {
  /** The name that was asked for. */
  name = '';
  /** Interfaces ask once, and again where one can leave and come back. */
  private mayJoin = true;
  private isLeaving = false;

  constructor(
    private readonly connection: Connection,
    private readonly asked: Asked,
    private readonly random: Random,
    /** What the listener was shown. */
    private readonly lines: () => readonly Line[],
    /** Texts that the protocol takes for something else, as its clauses say. */
    private readonly meansMore?: RegExp,
  ) {}

  join(): void {
    if (!this.mayJoin) return;
    this.mayJoin = false;
    const avatar = this.random.once(4) ? { name: 'me.png', contents: PICTURES.png } : undefined;
    // Interfaces take away what is around a name, and take none that is empty.
    const joining = (this.random.once(8) ? name(this.random) : goodName(this.random)).replace(/^[\s\0]*$/, 'x').trim();
    this.name = joining;
    const answered = this.connection.join(joining, avatar);
    if (this.connection.can.files) void answered.catch(() => undefined).then(() => (this.mayJoin = true));
    this.asked.add(answered);
  }

  act(): void {
    if (this.isLeaving) return;
    const { random, connection, asked } = this;
    random.way<void>([
      [8, () => asked.add(connection.say(this.text()))],
      [2, () => this.join()],
      [2, () => asked.add(connection.report())],
      [2, () => asked.add(connection.history(random.below(20)))],
      [3, () => asked.add(this.fetch(this.fileOf(random), random.below(4)))],
      [2, () => asked.add(this.share())],
      [1, () => this.leave()],
      [random.once(8) ? 1 : 0, () => connection.close()],
    ]);
  }

  /** Nothing is asked for behind a leaving before that is confirmed. */
  private leave(): void {
    this.isLeaving = true;
    const left = this.connection.leave();
    void left.catch(() => undefined).then(() => (this.isLeaving = false));
    this.asked.add(left);
  }

  private text(): string {
    const said = text(this.random);
    return this.meansMore?.test(said) ? 'Hi' : said;
  }

  /** Interfaces offer the files that they have shown. */
  private fileOf(random: Random): number {
    const files = this.lines().flatMap(({ sequence, file, avatar }) => (file || avatar ? [sequence] : []));
    return files.length > 0 ? random.pick(files) : 0;
  }

  private async fetch(sequence: number, offset: number): Promise<void> {
    let pieces = this.random.below(4);
    for await (const piece of this.connection.fetch(sequence, offset)) if (piece.length === 0 || pieces-- === 0) break;
  }

  private share(): Promise<void> {
    const { random } = this;
    const bytes = Buffer.from(text(random));
    const size = random.once(4) ? random.below(200) : bytes.length;
    const contents = (async function* (): AsyncGenerator<Uint8Array> {
      for (let start = 0; start < bytes.length; start += 10) yield bytes.subarray(start, start + 10);
    })();
    return this.connection.share({ name: random.pick(['a.txt', '', 'ä'.repeat(2000)]), size, contents });
  }
}
