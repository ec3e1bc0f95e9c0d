import { expect, it } from '@jest/globals';
import { Roster } from '../../../src/protocols/pull/roster.js';

it('tells nobody who was there already', () => {
  const roster = new Roster();
  expect(roster.changes()).toEqual([]);
  roster.heard(['cindy', 'ethan']);
  expect(roster.changes()).toEqual([]);
});

it('tells who came and went, once', () => {
  const roster = new Roster();
  roster.heard(['cindy', 'ethan']);
  roster.heard(['cindy', 'bob']);
  expect(roster.changes()).toEqual([
    { kind: 'joined', name: 'bob' },
    { kind: 'left', name: 'ethan' },
  ]);
  expect(roster.changes()).toEqual([]);
});

it('says nothing where the server does', () => {
  const roster = new Roster();
  roster.heard(['cindy']);
  roster.heard(['cindy', 'bob']);
  roster.announced();
  expect(roster.changes()).toEqual([]);
  roster.heard(['cindy']);
  expect(roster.changes()).toEqual([]);
});
