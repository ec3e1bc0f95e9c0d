import type { Entry } from './entry.js';
import { Numbered } from './numbered.js';
import type { Absence } from './ports.js';

/** Where someone joined from. */
export interface Origin {
  readonly address: string;
  readonly port: number;
}

export interface SeatHolder {
  /** Somebody else has the seat now: its owner, on another connection. */
  taken(): void;
}

/** What became of a seat that was put away. */
export type Outcome = 'back' | 'left';

/**
 * One person's place in a room, from joining to leaving, over all the connections in which they have it. The room hands
 * it out on joining; every other verb asks for it.
 */
export class Seat implements Origin {
  readonly address: string;
  readonly port: number;
  /** The texts of this stay that its owner has numbered. */
  readonly numbered = new Numbered();
  private holder: SeatHolder | undefined;
  private end: ((outcome: Outcome) => void) | undefined;

  constructor(
    readonly name: string,
    { address, port }: Origin,
    /** What its owner comes back with; nobody can guess it. */
    readonly token: string,
    /** The announcement of the joining, once it is durable. Rejects with RoomError when it could not be kept. */
    readonly joined: Promise<Entry>,
  ) {
    this.address = address;
    this.port = port;
  }

  /** Nobody has it at the moment, and it waits for its owner. */
  get isAway(): boolean {
    return this.end !== undefined;
  }

  /** Whoever has it now; whoever had it until now is told. */
  hold(holder: SeatHolder): void {
    const before = this.holder;
    this.holder = holder;
    before?.taken();
  }

  /**
   * Waits for its owner. Resolves with `back` when they are; when they are not waited for any longer, which is after
   * `absence.grace` milliseconds at the latest, calls `free` and resolves with `left`.
   */
  putAway(absence: Absence, free: () => void): Promise<Outcome> {
    this.holder = undefined;
    return new Promise((resolve) => {
      const preventing = absence.after(absence.grace, () => this.giveUp());
      this.end = (outcome) => {
        preventing();
        if (outcome === 'left') free();
        resolve(outcome);
      };
    });
  }

  /** Its owner, if away, is not waited for any longer. */
  giveUp(): void {
    this.stop('left');
  }

  /** Its owner is back, on another connection. */
  comeBack(): void {
    this.numbered.onCameBack();
    this.stop('back');
  }

  private stop(outcome: Outcome): void {
    const { end } = this;
    this.end = undefined;
    end?.(outcome);
  }
}
