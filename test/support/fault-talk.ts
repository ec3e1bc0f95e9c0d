/** Prompt people: two who talk with one another, whatever else goes on. */
import { FLAG } from './records-peer.js';
import type { Ledger } from './fault-ledger.js';
import { FaultPeer } from './fault-peer.js';

export class Talk {
  rounds = 0;

  private constructor(
    private readonly ann: FaultPeer,
    private readonly ben: FaultPeer,
  ) {}

  static async start(server: { port: number }, ledger: Ledger): Promise<Talk> {
    const [ann, ben] = ['ann', 'ben'].map((name) => new FaultPeer(name, server, ledger));
    return new Talk(await ann!.join(), await ben!.join());
  }

  /** Says something and waits until both were shown it, so many times over, and has a report each time. */
  async go(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      const before = Math.max(this.ann.tally.last, this.ben.tally.last);
      const told = this.ben.told.length;
      this.ann.say(`round ${(this.rounds += 1)}`, this.rounds);
      this.ben.send({ flags: FLAG.REPORT_REQUEST });
      await Promise.all([this.ann.reaches(before + 1), this.ben.reaches(before + 1)]);
      await this.ben.isTold(told);
    }
  }
}
