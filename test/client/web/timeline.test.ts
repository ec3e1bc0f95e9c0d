import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Line } from '../../../src/client/connection.js';
import { type Pending, Timeline } from '../../../src/client/web/model/timeline.js';

const TIME = new Date('2024-01-02T20:32:40Z');

function line(sequence: number, more: Partial<Line> = {}): Line {
  return { kind: 'text', sequence, time: TIME, author: 'Cool', text: `line ${sequence}`, ...more };
}

function timelineOf(...sequences: number[]): Timeline {
  const timeline = new Timeline();
  for (const sequence of sequences) timeline.add(line(sequence));
  return timeline;
}

function placesOf(timeline: Timeline): number[] {
  return timeline.lines.map(({ sequence }) => sequence);
}

function pending(id: number, more: Partial<Pending> = {}): Pending {
  return { id, text: `text ${id}`, time: TIME, state: 'waiting', ...more };
}

describe('a timeline', () => {
  it('is empty to begin with', () => {
    const { lines, pending: texts, first, last, unbroken, files } = new Timeline();
    expect({ lines, texts, first, last, unbroken, files }).toEqual({
      lines: [],
      texts: [],
      first: 0,
      last: 0,
      unbroken: 0,
      files: [],
    });
  });

  it('has each line once, in the order of their places', () => {
    const timeline = timelineOf(3, 1, 3, 2, 5, 1);
    expect(placesOf(timeline)).toEqual([1, 2, 3, 5]);
    expect({ first: timeline.first, last: timeline.last }).toEqual({ first: 1, last: 5 });
  });

  it('says whether a line is new', () => {
    const timeline = timelineOf(2);
    expect([2, 1, 1, 3].map((sequence) => timeline.add(line(sequence)))).toEqual([false, true, false, true]);
  });

  it('keeps a line that it has', () => {
    const timeline = timelineOf(1);
    const [known] = timeline.lines;
    timeline.add(line(1, { text: 'other' }));
    timeline.addPage([line(1, { text: 'other' })]);
    expect(timeline.at(1)).toBe(known);
  });

  it('gives those lines of a page that are new', () => {
    const timeline = timelineOf(2, 5);
    const fresh = timeline.addPage([1, 2, 3, 4, 5, 6].map((sequence) => line(sequence)));
    expect(fresh.map(({ sequence }) => sequence)).toEqual([1, 3, 4, 6]);
    expect(placesOf(timeline)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('finds a line by its place', () => {
    const timeline = timelineOf(2, 4);
    expect(timeline.at(4)).toMatchObject({ sequence: 4 });
    expect([1, 3, 5].map((sequence) => timeline.at(sequence))).toEqual([undefined, undefined, undefined]);
    expect([1, 2, 3, 4, 5].map((sequence) => timeline.indexOf(sequence))).toEqual([0, 0, 1, 1, 2]);
  });

  it.each([
    { places: [1, 2, 3], unbroken: 3 },
    { places: [5], unbroken: 5 },
    { places: [1, 2, 3, 5, 6], unbroken: 3 },
    { places: [4, 6, 7, 9], unbroken: 4 },
    { places: [4, 5, 7, 9, 10], unbroken: 5 },
  ])('knows up to where $places is unbroken', ({ places, unbroken }) => {
    expect(timelineOf(...places).unbroken).toBe(unbroken);
  });

  it('gives the files that were shared', () => {
    const timeline = timelineOf(1, 3);
    timeline.add(line(2, { kind: 'file', text: '', file: { name: 'a.txt', size: 1 } }));
    expect(timeline.files.map(({ sequence }) => sequence)).toEqual([2]);
  });

  it.each([
    { from: 3, before: 5, places: [3, 4] },
    { from: 3, before: Infinity, places: [3, 4, 6] },
    { from: 5, before: Infinity, places: [6] },
    { from: Infinity, before: Infinity, places: [] },
    { from: 5, before: 2, places: [] },
  ])('keeps only what is from $from on and before $before', ({ from, before, places }) => {
    const timeline = timelineOf(1, 2, 3, 4, 6);
    timeline.keepOnly(from, before);
    expect(placesOf(timeline)).toEqual(places);
  });

  it.each([
    { what: 'the same line', other: {}, contradicts: false },
    { what: 'a line at an unknown place', other: { sequence: 2 }, contradicts: false },
    { what: 'another kind', other: { kind: 'left' as const }, contradicts: true },
    { what: 'another author', other: { author: 'Fun' }, contradicts: true },
    { what: 'another time', other: { time: new Date(TIME.getTime() + 1) }, contradicts: true },
    { what: 'another text', other: { text: 'other' }, contradicts: true },
  ])('is contradicted by another line at a known place: $what', ({ other, contradicts }) => {
    expect(timelineOf(1).contradicts(line(1, other))).toBe(contradicts);
  });
});

describe('texts on their way', () => {
  it('stay in the order in which they were said', () => {
    const timeline = new Timeline();
    for (const id of [7, 3, 5]) timeline.expect(pending(id));
    timeline.change(7, { state: 'sent' });
    timeline.forget(3);
    expect(timeline.pending.map(({ id, state }) => `${id} ${state}`)).toEqual(['7 sent', '5 waiting']);
  });

  it('are told from each other by their number, not by their words', () => {
    const timeline = new Timeline();
    timeline.expect(pending(1, { text: 'Hi' }));
    timeline.expect(pending(2, { text: 'Hi' }));
    timeline.forget(1);
    expect(timeline.pending.map(({ id }) => id)).toEqual([2]);
  });

  it('have a reason only while they are refused', () => {
    const timeline = new Timeline();
    timeline.expect(pending(1));
    timeline.change(1, { state: 'refused', reason: 'No.' });
    expect(timeline.pending[0]).toEqual(pending(1, { state: 'refused', reason: 'No.' }));
    timeline.change(1, { state: 'waiting' });
    expect(timeline.pending[0]).toEqual(pending(1));
  });

  it('cannot be changed when there is no such text', () => {
    const timeline = new Timeline();
    expect(timeline.change(1, { state: 'sent' })).toBe(false);
    expect(timeline.pending).toEqual([]);
  });

  it('are not lost with the lines of another history', () => {
    const timeline = timelineOf(1);
    timeline.expect(pending(1));
    timeline.keepOnly(Infinity, Infinity);
    expect(timeline.pending).toHaveLength(1);
  });
});

/** A line alone, or a page of them. */
type Arrival = { readonly one: number } | { readonly from: number; readonly to: number };

const place = fc.integer({ min: 1, max: 60 });
const arrival: fc.Arbitrary<Arrival> = fc.oneof(
  fc.record({ one: place }),
  fc.tuple(place, place).map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) })),
);

function placesIn(some: Arrival): number[] {
  if ('one' in some) return [some.one];
  return Array.from({ length: some.to - some.from + 1 }, (_, index) => some.from + index);
}

describe('lines that come in any order and any pieces', () => {
  it('stand once each, in the order of their places', () => {
    fc.assert(
      fc.property(fc.array(arrival), (arrivals) => {
        const timeline = new Timeline();
        const expected = new Set<number>();
        for (const some of arrivals) {
          const places = placesIn(some);
          const fresh = places.filter((sequence) => !expected.has(sequence));
          if ('one' in some) expect(timeline.add(line(some.one))).toBe(fresh.length === 1);
          else {
            const added = timeline.addPage(places.map((sequence) => line(sequence)));
            expect(added.map(({ sequence }) => sequence)).toEqual(fresh);
          }
          for (const sequence of places) expected.add(sequence);
          expect(placesOf(timeline)).toEqual([...expected].sort((one, other) => one - other));
        }
      }),
    );
  });

  it('are unbroken up to the first place that is missing', () => {
    fc.assert(
      fc.property(fc.uniqueArray(place, { minLength: 1 }), (places) => {
        let expected = Math.min(...places);
        while (places.includes(expected + 1)) expected++;
        expect(timelineOf(...places).unbroken).toBe(expected);
      }),
    );
  });
});
