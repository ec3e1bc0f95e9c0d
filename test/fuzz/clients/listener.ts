/** Hears what a connection tells, and holds it to what `ConnectionListener` promises (src/client/connection.ts). */
import { type ConnectionListener, type Line, RefusedError, UnreachableError } from '../../../src/client/connection.js';
import { check, shown } from '../engine/target.js';

export class StrictListener implements ConnectionListener {
  readonly lines: Line[] = [];
  readonly past: boolean[] = [];
  names: string[] = [];
  isClosed = false;

  joined(name: string): void {
    this.checkOpen('joined');
    check(typeof name === 'string', () => `The name is ${shown(name)}`);
    this.names.push(name);
  }

  line(line: Line, past: boolean): void {
    this.checkOpen('line');
    const fault = faultOf(line);
    check(fault === undefined, () => `${fault}: ${shown(line)}`);
    this.lines.push(line);
    this.past.push(past);
  }

  notice(text: string, about?: number): void {
    this.checkOpen('notice');
    const isNumber = about === undefined || (Number.isSafeInteger(about) && about >= 0);
    check(typeof text === 'string' && isNumber, () => `The notice is ${shown([text, about])}`);
  }

  closed(reason: string): void {
    this.checkOpen('closed');
    check(reason !== '', () => 'There is no reason for the end.');
    this.isClosed = true;
  }

  private checkOpen(what: string): void {
    check(!this.isClosed, () => `After the end it was told: ${what}`);
  }
}

function faultOf({ kind, sequence, time, author, text, file, id, avatar }: Line): string | undefined {
  if (!['text', 'joined', 'left', 'file'].includes(kind)) return 'There is no such line';
  if (!Number.isSafeInteger(sequence) || sequence < 0) return 'The place is none';
  if (!(time instanceof Date)) return 'The time is none';
  if (typeof author !== 'string' || typeof text !== 'string') return 'Something is no text';
  if (id !== undefined && (!Number.isSafeInteger(id) || id < 0)) return 'The number is none';
  if ((kind === 'file') !== (file !== undefined)) return 'A file is one, and nothing else is';
  for (const one of [file, avatar]) {
    if (!one) continue;
    if (typeof one.name !== 'string' || !Number.isSafeInteger(one.size) || one.size < 0) return 'The file is none';
    if (one.contents && one.contents.length !== one.size) return 'The file is not all there';
  }
  return undefined;
}

/** What was asked of a connection: each has to be answered in the end, or refused in words. */
export class Asked {
  private waiting = 0;
  private fault: Error | undefined;

  add(what: Promise<unknown>): void {
    this.waiting++;
    what
      .catch((error: unknown) => {
        if (!(error instanceof RefusedError) && !(error instanceof UnreachableError)) this.fault ??= error as Error;
      })
      .finally(() => this.waiting--);
  }

  check(): void {
    if (this.fault !== undefined) throw this.fault;
  }

  checkAnswered(): void {
    this.check();
    check(this.waiting === 0, () => `${this.waiting} requests were never answered.`);
  }
}
