import { describe, expect, it } from '@jest/globals';
import type { Line } from '../../src/client/connection.js';
import { clipped } from '../../src/gateway/clipped.js';
import { Transcript } from '../../src/gateway/transcript.js';
import { decode, FLAG } from '../support/records-peer.js';
import { inWords } from './support.js';

const TIME = new Date('2026-05-01T12:00:00Z');

function line(kind: Line['kind'], author: string, text = ''): Line {
  return { kind, sequence: 0, time: TIME, author, text };
}

function recordsOf(transcript: Transcript): ReturnType<typeof decode>['records'] {
  return decode(Buffer.concat(transcript.since(0))).records;
}

describe('a transcript', () => {
  it('keeps lines as records, with places from 1 and the times of the lines', () => {
    const transcript = new Transcript();
    transcript.add(line('joined', 'bob'), 0);
    transcript.add(line('text', 'bob', 'Hi'), 7);
    transcript.add(line('left', 'bob'), 0);
    const records = recordsOf(transcript);
    expect(records.map(inWords)).toEqual(['bob joined the chatroom.', 'bob: Hi (7)', 'bob left the chatroom.']);
    expect(records.map(({ flags }) => flags)).toEqual([FLAG.NEW_USER, 0, FLAG.QUIT_ACCEPT]);
    expect(records.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(new Set(records.map(({ timestamp }) => timestamp))).toEqual(new Set([TIME.getTime()]));
    expect({ first: transcript.first, last: transcript.last }).toEqual({ first: 1, last: 3 });
  });

  it('is empty at first', () => {
    const transcript = new Transcript();
    expect(transcript).toMatchObject({ first: 1, last: 0 });
    expect(transcript.since(0)).toEqual([]);
    expect(transcript.after(0)).toBeUndefined();
  });

  it('gives what comes behind a place, or the oldest that is kept', () => {
    const transcript = new Transcript();
    for (let number = 0; number < 10_005; number++) transcript.add(line('text', 'bob', `${number}`), 0);
    expect(transcript.first).toBe(6);
    expect(transcript.after(0)?.sequence).toBe(6);
    expect(transcript.after(5)?.sequence).toBe(6);
    expect(transcript.after(6)?.sequence).toBe(7);
    expect(transcript.after(10_004)?.sequence).toBe(10_005);
    expect(transcript.after(10_005)).toBeUndefined();
    expect([0, 10_000, 10_005, 10_006].map((place) => transcript.since(place).length)).toEqual([10_000, 5, 0, 10_000]);
  });

  it('keeps a bounded number of bytes', () => {
    const transcript = new Transcript();
    for (let number = 0; number < 100; number++) transcript.add(line('text', 'bob', 'x'.repeat(200_000)), 0);
    const bytes = transcript.since(0).reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual(8_388_608);
    expect(bytes).toBeGreaterThan(8_000_000);
    expect(transcript.last).toBe(100);
  });

  it('cuts a name and a text that are too long for a record', () => {
    const transcript = new Transcript();
    transcript.add(line('text', 'é'.repeat(100), `${'€'.repeat(400_000)}`), 7);
    const records = recordsOf(transcript);
    expect(records.map(({ number }) => number)).toEqual([7, 0]);
    expect(records.map(({ payload }) => payload.toString()).join('')).toBe('€'.repeat(400_000));
    expect(records[0]!.username).toBe('é'.repeat(64));
  });
});

describe('a clipped text', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    ['ab€', 4, 'ab'],
    ['', 0, ''],
  ])('%j is, in %d bytes, %j', (text, most, expected) => {
    expect(clipped(text, most)).toBe(expected);
  });
});
