/**
 * The server's decoder: gives a record of a file before it is complete, as several with MORE that have its bytes as they
 * come, which by R8 mean the same. So of a file nothing has to be held until more comes, and bytes may be lent.
 */
import { copyOf } from '../byte-queue.js';
import { type ChatRecord, Decoder, Flag, type ParsedHead } from './codec.js';

export class DecoderInParts extends Decoder {
  /** The first part of a record that is not complete, and how many bytes of it were given. */
  private begun: ChatRecord | undefined;
  private given = 0;

  override append(bytes: Uint8Array, isLent = false): void {
    this.queue.append(bytes, isLent);
  }

  retain(): void {
    this.queue.retain();
  }

  override get unfinished(): number {
    return this.given + super.unfinished;
  }

  get isAmid(): boolean {
    return this.begun !== undefined;
  }

  override next(): ChatRecord | undefined {
    const record = super.next();
    if (!record) return this.head && this.nextPart(this.head);
    const { begun } = this;
    if (!begun) return record;
    this.begun = undefined;
    this.given = 0;
    return { ...begun, flags: record.flags, payload: record.payload };
  }

  /** What has come of a record that is not complete, if it is one of a file. */
  private nextPart(head: ParsedHead): ChatRecord | undefined {
    const names = head.rest - head.payload;
    const payload = this.queue.length - names;
    if (payload <= 0 || (head.flags & Flag.ATTACHMENT) === 0) return undefined;
    const record = this.read({ ...head, flags: head.flags | Flag.MORE, payload, rest: names + payload });
    const left = head.payload - payload;
    this.head = { ...head, username: 0, target: 0, filename: 0, payload: left, rest: left };
    this.given += names + payload;
    return (this.begun = { ...(this.begun ?? record), payload: record.payload });
  }
}

/** The record with its bytes in memory of their own, which those that were lent are not. */
export function retained(record: ChatRecord): ChatRecord {
  return { ...record, payload: copyOf(record.payload) };
}
