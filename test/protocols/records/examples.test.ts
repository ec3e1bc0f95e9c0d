/** The byte examples of docs/protocols.md are what the codec reads and writes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  type ChatRecord,
  Decoder,
  encodeAll,
  Flag,
  makeRecord,
  TEXT,
  utf8,
} from '../../../src/protocols/records/codec.js';
import { nameOf, PICTURES } from '../../support/pictures.js';

const T = Date.UTC(2025, 10, 20, 20, 32, 40);

const cool = makeRecord(Flag.NEW_USER, {
  username: 'Cool',
  timestamp: T,
  sequence: 1,
  payload: utf8('Cool joined the chatroom.'),
});
const hi = makeRecord(TEXT, { number: 7, username: 'Cool', timestamp: T + 5000, sequence: 2, payload: utf8('Hi') });
const TOKEN = Buffer.from('0123456789abcdef').toString('base64url');
const sent = { number: 5, filename: 'attachments/hi.txt' };

const RECORDS: Readonly<Record<string, readonly ChatRecord[]>> = {
  'join-request': [makeRecord(Flag.JOIN_REQUEST, { username: 'Cool' })],
  'join-request-passphrase': [makeRecord(Flag.JOIN_REQUEST, { username: 'Cool', filename: 'green tea' })],
  'join-reject': [
    makeRecord(Flag.JOIN_REJECT, {
      timestamp: T,
      payload: utf8('The server rejects the join request. The chatroom has reached its maximum capacity.'),
    }),
  ],
  'new-user': [cool],
  'text-to-server': [makeRecord(TEXT, { number: 7, payload: utf8('Hi') })],
  'text-to-client': [hi],
  'join-accept': [
    makeRecord(Flag.JOIN_ACCEPT, { username: 'Fun', timestamp: T + 33_000, payload: encodeAll([cool, hi]) }),
  ],
  'join-accept-token': [makeRecord(Flag.JOIN_ACCEPT, { username: 'Fun', timestamp: T + 33_000, filename: TOKEN })],
  'join-request-token': [makeRecord(Flag.JOIN_REQUEST, { username: 'Fun', sequence: 2, filename: TOKEN })],
  'sign-of-life': [makeRecord(Flag.NOTICE, { number: 50_000 })],
  'join-request-avatar': [makeRecord(Flag.JOIN_REQUEST, { username: 'Fun', payload: PICTURES.gif })],
  'new-user-avatar': [
    makeRecord(Flag.NEW_USER, {
      number: 35,
      username: 'Fun',
      timestamp: T + 33_000,
      sequence: 3,
      filename: nameOf(PICTURES.gif, 'gif'),
      payload: utf8('Fun joined the chatroom.'),
    }),
  ],
  'attachment-to-server': [makeRecord(Flag.ATTACHMENT, { ...sent, payload: utf8('hello') })],
  'attachment-in-two': [
    makeRecord(Flag.ATTACHMENT | Flag.MORE, { ...sent, payload: utf8('hel') }),
    makeRecord(Flag.ATTACHMENT, { ...sent, payload: utf8('lo') }),
  ],
  'attachment-to-client': [
    makeRecord(Flag.ATTACHMENT, {
      number: 5,
      username: 'Fun',
      timestamp: T + 60_000,
      sequence: 4,
      filename: 'hi.txt',
      payload: utf8('hello'),
    }),
  ],
  'attachment-announced': [
    makeRecord(Flag.ATTACHMENT, {
      number: 200_000_000,
      username: 'Fun',
      timestamp: T + 70_000,
      sequence: 5,
      filename: 'film.mp4',
    }),
  ],
  'fetch-request': [makeRecord(Flag.FETCH_REQUEST, { number: 1_000_000, sequence: 5 })],
  'report-request': [makeRecord(Flag.REPORT_REQUEST, { target: 'Tea' })],
  'report-response': [makeRecord(Flag.REPORT_RESPONSE, { target: 'Tea', timestamp: T })],
  'fetch-older': [makeRecord(Flag.FETCH_REQUEST, { number: 300 })],
  notice: [makeRecord(Flag.NOTICE, { number: 300, timestamp: T, payload: utf8('Join the chatroom first.') })],
  'quit-request': [makeRecord(Flag.QUIT_REQUEST)],
  'quit-accept': [
    makeRecord(Flag.QUIT_ACCEPT, {
      username: 'Fire',
      timestamp: T + 300_000,
      sequence: 9,
      payload: utf8('Fire left the chatroom.'),
    }),
  ],
};

const examples = new Map(
  [...section('Records').matchAll(/```hex (\S+)\n([^`]*)```/g)].map(
    ([, name, hex]) => [name!, Buffer.from(hex!.replace(/\s/g, ''), 'hex')] as const,
  ),
);

describe('the examples in docs/protocols.md', () => {
  it('are all there', () => {
    expect([...examples.keys()]).toEqual(Object.keys(RECORDS));
  });

  it.each(Object.entries(RECORDS))('%s is what its records are as bytes', (name, records) => {
    expect(Buffer.from(encodeAll(records)).toString('hex')).toBe(examples.get(name)?.toString('hex'));
  });

  it.each(Object.entries(RECORDS))('%s is read as its records', (name, records) => {
    const decoder = new Decoder();
    decoder.append(examples.get(name)!);
    for (const record of records) expect(normal(decoder.next())).toEqual(normal(record));
    expect(decoder.next()).toBeUndefined();
    expect(decoder.unfinished).toBe(0);
  });
});

function section(title: string): string {
  return readFileSync('docs/protocols.md', 'utf8').split(`\n## ${title}\n`)[1]!.split('\n## ')[0]!;
}

/** With the payload as plain bytes, whichever class holds them. */
function normal(record: ChatRecord | undefined): object | undefined {
  return record && { ...record, payload: [...record.payload] };
}
