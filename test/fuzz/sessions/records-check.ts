/** Whether a peer of the records protocol was sent what R5 to R10 say, decoded by a codec that is not ours. */
import { announcement, type Entry } from '../../../src/room/entry.js';
import { decode, FLAG, type WireRecord } from '../../support/records-peer.js';
import { check, shown } from '../engine/target.js';
import type { Expectation, Stay } from './plain-check.js';

const TO_CLIENT = [
  0,
  FLAG.REPORT_RESPONSE,
  FLAG.JOIN_REJECT,
  FLAG.JOIN_ACCEPT,
  FLAG.NEW_USER,
  FLAG.QUIT_ACCEPT,
  FLAG.ATTACHMENT,
  FLAG.FETCH_REQUEST,
  FLAG.NOTICE,
];
const MAY_GO_ON: readonly number[] = [FLAG.ATTACHMENT, FLAG.JOIN_ACCEPT, FLAG.FETCH_REQUEST];
const ENTRIES: readonly number[] = [0, FLAG.NEW_USER, FLAG.QUIT_ACCEPT, FLAG.ATTACHMENT];

export class RecordsCheck {
  private readonly stays: Stay[];
  private stay: Stay | undefined;
  /** Place of the entry that is to be shown next. */
  private next = 0;
  /** Payloads of what goes on in the next record: a history, a page, a file. */
  private history: Buffer[] = [];
  private page: Buffer[] = [];
  private file: Buffer[] = [];

  constructor(private readonly expectation: Omit<Expectation, 'told' | 'echoes'>) {
    this.stays = [...expectation.stays];
  }

  check(bytes: Buffer): void {
    const { records, rest } = decode(bytes);
    check(rest.length === 0, () => `A record is not all there: ${shown(rest)}`);
    for (const record of records) this.take(record);
    if (!this.expectation.isComplete) return;
    const last = this.stay ? this.entries.length : 0;
    check(!this.stay || this.next === last + 1, () => `It was shown ${this.next - 1} of ${last} entries.`);
    check(this.stays.length === 0, () => `It was not told of ${shown(this.stays)}`);
  }

  private get entries(): readonly Entry[] {
    return this.expectation.entriesOf(this.stay!.room);
  }

  private take(record: WireRecord): void {
    const kind = record.flags & ~FLAG.MORE;
    const isMore = record.flags !== kind;
    check(TO_CLIENT.includes(kind), () => `The server does not send this: ${shown(record)}`);
    check(!isMore || MAY_GO_ON.includes(kind), () => `MORE does not go with it: ${shown(record)}`);
    check(record.timestamp > 0, () => `It has no time: ${shown(record)}`);
    if (kind === FLAG.JOIN_ACCEPT) this.accept(record, isMore);
    else if (kind === FLAG.FETCH_REQUEST) this.takePage(record, isMore);
    else if (ENTRIES.includes(kind) && record.sequence >= this.next) this.show(record, isMore);
    else if (ENTRIES.includes(kind)) this.checkFetched(record);
  }

  private accept(record: WireRecord, isMore: boolean): void {
    this.history.push(record.payload);
    if (isMore) return;
    this.stay = this.stays.shift();
    check(this.stay !== undefined && this.stay.name === record.username, () => `Nobody joined: ${shown(record)}`);
    this.next = this.stay.joined;
    this.checkPast(this.history.splice(0), this.next - 1);
  }

  private takePage(record: WireRecord, isMore: boolean): void {
    this.page.push(record.payload);
    if (!isMore) this.checkPast(this.page.splice(0), undefined);
  }

  /** Entries of the past, one behind the other, the last of them at `last`. */
  private checkPast(payloads: readonly Buffer[], last: number | undefined): void {
    const { records, rest } = decode(Buffer.concat(payloads));
    check(rest.length === 0, () => 'A page is not cut between records.');
    const places = [...new Set(records.map(({ sequence }) => sequence))];
    const isWhole = places.every((place, index) => index === 0 || place === places[index - 1]! + 1);
    check(isWhole, () => `The page has these places: ${shown(places)}`);
    const isToTheEnd = last === undefined || places.length === 0 || places.at(-1) === last;
    check(isToTheEnd, () => `The page ends with ${places.at(-1)}, and not with ${last}.`);
    for (const record of records) this.checkEntry(record);
  }

  private show(record: WireRecord, isMore: boolean): void {
    check(this.stay !== undefined, () => `It is in no room: ${shown(record)}`);
    check(record.sequence === this.next, () => `${this.next} was to come, not ${shown(record)}`);
    this.checkEntry(record);
    this.file.push(record.payload);
    if (isMore) return;
    this.checkContents(record, Buffer.concat(this.file.splice(0)));
    this.next++;
    if (record.sequence === this.stay.left) this.stay = undefined;
  }

  private checkContents(record: WireRecord, contents: Buffer): void {
    if (record.flags !== FLAG.ATTACHMENT || contents.length === 0) return;
    check(contents.length === record.number, () => `Of ${record.number} bytes came ${contents.length}.`);
  }

  private checkFetched(record: WireRecord): void {
    if (record.sequence === 0) check(record.flags === FLAG.QUIT_ACCEPT, () => `It has no place: ${shown(record)}`);
    else if (record.flags & FLAG.ATTACHMENT) this.checkNamed(record);
    else check(false, () => `It was shown already: ${shown(record)}`);
  }

  /** A file, or an avatar, that was asked for. */
  private checkNamed({ sequence, username, filename, number }: WireRecord): void {
    const entry = this.stay && this.entries[sequence - 1];
    // What was asked for before the end of a stay may come after it.
    if (!entry) return;
    const file = entry.kind === 'file' ? entry.file : entry.kind === 'join' ? entry.avatar : undefined;
    const isSo = file !== undefined && entry.author === username && file.name === filename && file.size === number;
    check(isSo, () => `${shown(entry)} is not ${filename} of ${number} bytes by ${username}`);
  }

  private checkEntry(record: WireRecord): void {
    const entry = this.entries[record.sequence - 1];
    check(entry !== undefined, () => `There is no such entry: ${shown(record)}`);
    const { flags, username, timestamp, target, payload, number } = record;
    const isSame = username === entry.author && timestamp === entry.time && target === this.stay!.room;
    check(isSame && isOf(entry, flags & ~FLAG.MORE), () => `${shown(entry)} is not ${shown(record)}`);
    if (entry.kind === 'text')
      check(payload.equals(Buffer.from(entry.text)) && number === entry.id, () => 'Other words.');
    if (entry.kind === 'file') check(number === entry.file.size, () => `The file has ${entry.file.size} bytes.`);
    if (entry.kind === 'join' || entry.kind === 'leave') {
      check(payload.toString() === announcement(entry), () => `${shown(entry)} is not ${payload.toString()}`);
    }
  }
}

function isOf(entry: Entry, kind: number): boolean {
  const kinds = { text: 0, join: FLAG.NEW_USER, leave: FLAG.QUIT_ACCEPT, file: FLAG.ATTACHMENT };
  return kinds[entry.kind] === kind;
}
