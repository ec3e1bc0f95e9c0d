import { describe, expect, it } from '@jest/globals';
import type { Line } from '../../../src/client/connection.js';
import { namesIn, People } from '../../../src/client/web/model/people.js';

function line(kind: Line['kind'], author: string, more: Partial<Line> = {}): Line {
  return { kind, sequence: 1, time: new Date(0), author, text: '', ...more };
}

function joining(author: string, sequence: number, name?: string): Line {
  return line('joined', author, { sequence, ...(name && { avatar: { name, size: name.length } }) });
}

function reportOf(...names: string[]): { count: number; text: string } {
  const lines = names.map((name, index) => `${index + 1}. ${name} at IP: 192.168.1.5 and port: 54654.`);
  return { count: names.length, text: lines.join('\n') };
}

describe('the people in a room', () => {
  it('are those of the report, in its order', () => {
    const people = new People();
    people.arrived('Fire');
    people.reported(reportOf('Cool', 'Fun'));
    expect(people.names).toEqual(['Cool', 'Fun']);
  });

  it('come and go with the lines', () => {
    const people = new People();
    people.reported(reportOf('Cool', 'Fun'));
    people.heard(line('joined', 'Fire'));
    people.heard(line('left', 'Cool'));
    people.heard(line('joined', 'Cool'));
    expect(people.names).toEqual(['Fun', 'Fire', 'Cool']);
  });

  it('are those, too, of whom nothing but what they say is known', () => {
    const people = new People();
    people.heard(line('text', 'bob'));
    people.heard(line('text', 'bob'));
    expect(people.names).toEqual(['bob']);
  });

  it('are nobody after all is forgotten', () => {
    const people = new People();
    people.arrived('Cool');
    people.seen(joining('Cool', 1, 'a.png'));
    people.clear();
    expect(people.names).toEqual([]);
    expect(people.avatarOf('Cool')).toBeUndefined();
  });
});

describe('an avatar', () => {
  it('is that of the newest joining, in whatever order they are seen', () => {
    const people = new People();
    for (const seen of [joining('Cool', 5, 'b.png'), joining('Cool', 2, 'a.png'), joining('Cool', 4)]) {
      people.seen(seen);
    }
    expect(people.avatarOf('Cool')).toEqual({ name: 'b.png', size: 5, sequence: 5 });
  });

  it('is gone when its owner comes back without', () => {
    const people = new People();
    people.seen(joining('Cool', 2, 'a.png'));
    people.seen(joining('Cool', 5));
    expect(people.avatarOf('Cool')).toBeUndefined();
  });

  it('is had from one place, whoever joins with it and however often', () => {
    const people = new People();
    people.seen(joining('Cool', 2, 'a.png'));
    const source = people.avatarOf('Cool');
    people.seen(joining('Fun', 3, 'a.png'));
    people.seen(joining('Cool', 4, 'a.png'));
    expect(people.avatarOf('Fun')).toBe(source);
    expect(people.avatarOf('Cool')).toBe(source);
  });

  it('stays when its owner talks or leaves', () => {
    const people = new People();
    people.seen(joining('Cool', 2, 'a.png'));
    people.seen(line('text', 'Cool', { sequence: 3 }));
    people.seen(line('left', 'Cool', { sequence: 4 }));
    expect(people.avatarOf('Cool')).toMatchObject({ sequence: 2 });
  });
});

describe('the names in a report', () => {
  it('are read from its lines', () => {
    expect(namesIn(reportOf('Cool', 'Ju\u0308rg', 'a.b-c_d', '1'))).toEqual(['Cool', 'Ju\u0308rg', 'a.b-c_d', '1']);
  });

  it('are none where nobody is', () => {
    expect(namesIn({ count: 0, text: '' })).toEqual([]);
  });

  it('are not looked for in other words', () => {
    expect(namesIn({ count: 1, text: 'Somebody is here.' })).toEqual([]);
  });
});
