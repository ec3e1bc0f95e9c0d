/**
 * Texts of ours on their way to the room. They go out as soon as there is a connection, in the order in which they were
 * said; those that a lost connection leaves in doubt, and that the gap did not show, are said again with the next.
 */
import { type Connection, RefusedError } from '../../connection.js';
import type { Changes } from './changes.js';
import type { Timeline } from './timeline.js';

/**
 * Numbers of texts are from the upper half, so that they are not taken for those of anything else, and go on from a place
 * in it at random, so that those of an earlier visit are not taken for ours.
 */
const FIRST_ID = 0x8000_0000;

export interface TextsOptions {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly clock: () => number;
  /** A number from 0 up to 1, as Math.random. */
  readonly random: () => number;
}

export class Texts {
  private connection: Connection | undefined;
  private count: number;

  constructor(
    private readonly timeline: Timeline,
    private readonly changes: Changes,
    private readonly options: TextsOptions,
  ) {
    this.count = Math.floor(options.random() * FIRST_ID);
  }

  say(text: string): void {
    const id = FIRST_ID + (this.count++ % FIRST_ID);
    this.timeline.expect({ id, text, time: new Date(this.options.clock()), state: 'waiting' });
    this.send();
  }

  /** Says a refused text again. */
  sayAgain(id: number): void {
    this.timeline.change(id, { state: 'waiting' });
    this.send();
  }

  /** Gives up a text that was refused, or waits. */
  forget(id: number): void {
    this.timeline.forget(id);
    this.changes.changed();
  }

  clear(): void {
    for (const { id } of this.timeline.pending) this.forget(id);
  }

  /** There is a connection, and what was said without us has been shown, or (`undefined`) there is none any more. */
  connected(connection: Connection | undefined): void {
    this.connection = connection;
    for (const { id, state } of this.timeline.pending) {
      if (state === 'sent') this.timeline.change(id, { state: 'waiting' });
    }
    this.send();
  }

  /** The server refuses a text of ours. False when none of ours is meant. */
  refused(id: number, reason: string): boolean {
    const isOurs = this.timeline.change(id, { state: 'refused', reason });
    this.changes.changed();
    return isOurs;
  }

  private send(): void {
    for (const { id, text, state } of this.connection ? this.timeline.pending : []) {
      if (state !== 'waiting') continue;
      this.timeline.change(id, { state: 'sent' });
      this.connection?.say(text, id).catch((error: unknown) => this.onFailed(id, error));
    }
    this.changes.changed();
  }

  private onFailed(id: number, error: unknown): void {
    if (error instanceof RefusedError) this.refused(id, error.message);
  }
}
