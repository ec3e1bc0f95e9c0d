/** The server's side of the records protocol (seed 002): docs/protocols.md, "Records". */
import { offeredAvatar } from '../../files/avatar.js';
import { announcement, type StoredFile } from '../../room/entry.js';
import { RoomError } from '../../room/errors.js';
import { foldName } from '../../room/names.js';
import type { Member } from '../../room/member.js';
import type { Batch } from '../../room/ports.js';
import type { Room } from '../../room/room.js';
import type { Conversation } from '../conversation.js';
import type { ProtocolError } from '../errors.js';
import type { Session } from '../protocol.js';
import { type ChatRecord, encode, Flag, hasMore, kindOf, makeRecord, TEXT, utf8 } from './codec.js';
import { Downloads } from './downloads.js';
import { fileFields, splitPayload } from './entries.js';
import { DecoderInParts, retained } from './in-parts.js';
import { decodeText, NOT_UTF8 } from './text.js';
import { Upload } from './upload.js';

/** Longest page of older history in one answer, in bytes of records. */
const PAGE_BYTES = 262_144;

const NOTHING = new Uint8Array(0);

const ONLY_SERVER = 'Only the server sends records of this kind.';

export class RecordsSession implements Session<ChatRecord> {
  readonly decoder = new DecoderInParts();
  readonly retain = retained;
  /** Once one was sent. */
  private upload: Upload | undefined;
  /** Once one was asked for. */
  private downloads: Downloads | undefined;

  constructor(private readonly conversation: Conversation) {}

  handle(record: ChatRecord): void | Promise<void> {
    switch (kindOf(record)) {
      case TEXT:
        return this.say(record);
      case Flag.REPORT_REQUEST:
        return this.report(record);
      case Flag.JOIN_REQUEST:
        return this.join(retained(record));
      case Flag.QUIT_REQUEST:
        return this.quit(record);
      case Flag.ATTACHMENT:
        return this.attach(record);
      case Flag.FETCH_REQUEST:
        return this.fetch(record);
      case Flag.NOTICE:
        return this.signOfLife(record);
      default:
        throw new RoomError('not-possible', ONLY_SERVER);
    }
  }

  /** A file may come faster than the disk takes it. */
  whenRoom(): Promise<void> | undefined {
    return this.upload?.room;
  }

  /** R4: a refusal carries the NUMBER and SEQUENCE of what it refuses, and the FILENAME, where that is no secret. */
  refuse(error: RoomError, record = makeRecord(TEXT, {})): void {
    const { number, sequence } = record;
    const filename = kindOf(record) === Flag.ATTACHMENT ? record.filename : '';
    this.notice(error.message, { number, sequence, filename });
  }

  /** S10: of a file that comes in pieces, the last one counts. */
  counts(record: ChatRecord): boolean {
    return kindOf(record) !== Flag.ATTACHMENT || !hasMore(record);
  }

  decline(error: RoomError): void {
    this.notice(`${error.message} The connection is closed.`);
  }

  complain(error: ProtocolError): void {
    this.notice(`${error.message} The connection is closed.`);
  }

  farewell(): void {
    this.notice('The server is shutting down.');
  }

  replaced(): void {
    this.notice('You have come back on another connection; this one is closed.');
  }

  deliver({ records }: Batch): boolean {
    return this.conversation.outbox.send(records);
  }

  async settled(): Promise<void> {
    await this.downloads?.settled();
  }

  hurry(): void {
    this.downloads?.stop();
  }

  async closed(): Promise<void> {
    await this.upload?.cancel();
  }

  private async report(record: ChatRecord): Promise<void> {
    const room = await this.conversation.house.rooms.find(record.target);
    const seats = room?.report() ?? [];
    const lines = seats.map(
      ({ name, address, port, isAway }, index) =>
        `${index + 1}. ${name} at IP: ${address} and port: ${port}.${isAway ? ' (away)' : ''}`,
    );
    this.conversation.tell('reported', { count: seats.length });
    this.send(Flag.REPORT_RESPONSE, {
      number: seats.length,
      target: room?.name ?? record.target,
      payload: utf8(this.mayKnowNames(record) ? lines.join('\n') : ''),
    });
  }

  private async join(record: ChatRecord): Promise<void> {
    try {
      const { target, filename, username } = record;
      const back = filename === '' ? undefined : await this.conversation.comeBack(target, filename, username);
      if (back) return await this.admit(back, record, back.room.log.last + 1);
      if (!this.conversation.isSeated) this.checkPassphrase(record);
      await this.joinAnew(record);
    } catch (error) {
      this.rejectJoin(error, record.username);
    }
  }

  /** R17. Throws RoomError `not-admitted`. */
  private checkPassphrase({ filename }: ChatRecord): void {
    this.conversation.house.passphrase?.check(filename, this.conversation.origin.address);
  }

  private mayKnowNames(record: ChatRecord): boolean {
    try {
      if (!this.conversation.isSeated) this.checkPassphrase(record);
      return true;
    } catch {
      return false;
    }
  }

  private async joinAnew(record: ChatRecord): Promise<void> {
    const avatar = offeredAvatar(record.payload, this.conversation.house.avatars);
    const member = await this.conversation.join(record.target, record.username, avatar?.keep);
    await this.admit(member, record, member.joined.sequence, avatar?.refusal);
  }

  /** R7, R15: shows the history before entry `next`, as much of it as was asked for, and from there on what happens. */
  private async admit(member: Member, record: ChatRecord, next: number, refusal?: RoomError): Promise<void> {
    const older = await this.replay(member, record.sequence, next - 1);
    if (this.conversation.isOver) return;
    if (older > 0) this.noticeOlder(older);
    if (refusal) this.conversation.refuse(refusal, record);
    member.follow(next);
  }

  /** R6. Joining twice is not a join that failed: whoever does it keeps the seat, and is told by a NOTICE. */
  private rejectJoin(error: unknown, name: string): void {
    if (!(error instanceof RoomError) || error.code === 'already-joined') throw error;
    this.conversation.tell('rejected', { name, reason: error.message });
    this.send(Flag.JOIN_REJECT, { payload: utf8(`The server rejects the join request. ${error.message}`) });
  }

  /**
   * R7: the history up to entry `to`: what comes behind `after`, or, when that is none of its entries, the newest of it
   * that fits. Gives how many entries are older still.
   */
  private async replay(member: Member, after: number, to: number): Promise<number> {
    const { room, joined, seat } = member;
    const { replay } = this.conversation.house.limits;
    const isKnown = after > 0 && after <= to;
    const from = isKnown ? after + 1 : await room.log.tail(to, replay, room.inlineFile);
    for await (const { payload, last } of this.pages(room, from, to)) {
      this.send(last ? Flag.JOIN_ACCEPT : Flag.JOIN_ACCEPT | Flag.MORE, {
        username: seat.name,
        target: room.name,
        filename: seat.token,
        timestamp: joined.time,
        payload,
      });
      await this.conversation.outbox.drained();
      if (this.conversation.isOver) break;
    }
    return isKnown ? 0 : Math.max(0, from - room.log.first);
  }

  /** The records of entries `from` to `to`, as payloads; at least one, which may be empty. */
  private async *pages(room: Room, from: number, to: number): AsyncGenerator<{ payload: Uint8Array; last: boolean }> {
    let next = from;
    do {
      const page = next > to ? undefined : await room.read({ from: next, to });
      next = (page?.last ?? to) + 1;
      const payloads = splitPayload(page?.records ?? NOTHING);
      for (const [index, payload] of payloads.entries()) {
        yield { payload, last: next > to && index === payloads.length - 1 };
      }
    } while (next <= to);
  }

  /** R16. */
  private signOfLife({ number, sequence, username, filename, payload }: ChatRecord): void {
    const isOne = number > 0 && sequence === 0 && username === '' && filename === '' && payload.length === 0;
    if (!isOne) throw new RoomError('not-possible', ONLY_SERVER);
    this.conversation.expectWithin(number);
    this.notice('', { number });
  }

  private say(record: ChatRecord): void {
    const { member } = this.conversation;
    this.checkTarget(record, member.room);
    const text = decodeText(record.payload);
    if (text === undefined) throw new RoomError('text-invalid', NOT_UTF8);
    this.conversation.say(text, record.number, record);
  }

  private attach(record: ChatRecord): void | Promise<void> {
    const upload = (this.upload ??= new Upload(this.conversation.house.files));
    const file = upload.take(record, () => this.checkTarget(record, this.conversation.member.room));
    return file?.then((file) => file && this.share(file));
  }

  private async share(file: StoredFile): Promise<void> {
    await this.conversation.member.share(file);
    this.conversation.tell('shared', { file: file.name, stored: file.stored, bytes: file.size });
  }

  private async quit(record: ChatRecord): Promise<void> {
    this.checkTarget(record, this.conversation.member.room);
    this.downloads?.stop();
    await this.upload?.cancel();
    const { seat, room } = this.conversation.member;
    try {
      await this.conversation.leave();
    } catch (error) {
      // The seat is free all the same, and whoever quits has to learn it.
      this.conversation.refuse(error, undefined);
      const payload = utf8(announcement({ kind: 'leave', author: seat.name }));
      this.send(Flag.QUIT_ACCEPT, { username: seat.name, target: room.name, payload });
    }
  }

  private async fetch(record: ChatRecord): Promise<void> {
    const { member } = this.conversation;
    this.checkTarget(record, member.room);
    if (record.sequence === 0) return this.fetchOlder(member.room, record.number);
    const { entry, file } = await member.room.fileAt(record.sequence);
    if (record.number > file.size) throw new RoomError('no-such-file', `${file.name} has only ${file.size} bytes.`);
    const { files, avatars } = this.conversation.house;
    const store = entry.kind === 'join' ? avatars : files;
    (this.downloads ??= new Downloads(this.conversation)).add({
      file,
      store,
      request: record,
      fields: fileFields(entry, file, member.room.name),
    });
    this.conversation.tell('fetched', { file: file.name, bytes: file.size - record.number });
  }

  /** R10: one page of the entries before `before`; 0 stands for the end of the history. */
  private async fetchOlder(room: Room, before: number): Promise<void> {
    const to = before === 0 ? room.log.last : Math.min(before - 1, room.log.last);
    const from = await room.log.tail(to, PAGE_BYTES, room.inlineFile);
    // An entry larger than a page is a page of its own.
    const first = Math.max(room.log.first, Math.min(from, to));
    const fields = { target: room.name, number: first - room.log.first };
    for await (const { payload, last } of this.pages(room, first, to)) {
      this.send(last ? Flag.FETCH_REQUEST : Flag.FETCH_REQUEST | Flag.MORE, { ...fields, payload });
      await this.conversation.outbox.drained();
    }
  }

  private checkTarget({ target }: ChatRecord, room: Room): void {
    if (target === '' || foldName(target) === foldName(room.name)) return;
    if (target.startsWith('@')) {
      throw new RoomError('not-possible', 'Messages to one person are not possible here: everything is for the room.');
    }
    throw new RoomError('not-here', `You are not in the room ${target}.`);
  }

  private noticeOlder(count: number): void {
    const entries = count === 1 ? 'is 1 older entry' : `are ${count} older entries`;
    this.notice(`There ${entries} of this history; FETCH_REQUEST pages back to it.`, { number: count });
  }

  private notice(text: string, fields: Partial<ChatRecord> = {}): void {
    this.send(Flag.NOTICE, { ...fields, payload: utf8(text) });
  }

  private send(flags: number, fields: Partial<ChatRecord>): void {
    const timestamp = this.conversation.house.clock();
    this.conversation.outbox.send(encode(makeRecord(flags, { timestamp, ...fields })));
  }
}
