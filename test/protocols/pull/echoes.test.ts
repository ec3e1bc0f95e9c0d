import { describe, expect, it } from '@jest/globals';
import { Echoes } from '../../../src/protocols/pull/echoes.js';

const NOTHING_LOST: readonly number[] = [];

describe('echoes of what was said', () => {
  it('are of the texts in their order', () => {
    const echoes = new Echoes();
    echoes.said(['Hi'], 1);
    echoes.said(['Hi'], 2);
    expect(echoes.heard('Hi')).toEqual({ id: 1, lost: NOTHING_LOST });
    expect(echoes.heard('Hi')).toEqual({ id: 2, lost: NOTHING_LOST });
    expect(echoes.heard('Hi')).toEqual({ id: 0, lost: NOTHING_LOST });
  });

  it('name a text of several lines once, by the first that comes', () => {
    const echoes = new Echoes();
    echoes.said(['one', 'two', 'three'], 1);
    echoes.said(['four'], 2);
    expect(echoes.heard('two')).toEqual({ id: 1, lost: NOTHING_LOST });
    expect(echoes.heard('three')).toEqual({ id: 0, lost: NOTHING_LOST });
    expect(echoes.heard('four')).toEqual({ id: 2, lost: NOTHING_LOST });
  });

  it('are known though the server trims them or makes them harmless', () => {
    const echoes = new Echoes();
    echoes.said(['first'], 1);
    echoes.said(['  say <b>  twice '], 2);
    expect(echoes.heard('say ‹b> twice')).toEqual({ id: 2, lost: [1] });
  });

  it('are the oldest that is missing when their words are others', () => {
    const echoes = new Echoes();
    echoes.said(['darn'], 1);
    echoes.said(['fine'], 2);
    expect(echoes.heard('****')).toEqual({ id: 1, lost: NOTHING_LOST });
    expect(echoes.heard('fine')).toEqual({ id: 2, lost: NOTHING_LOST });
  });

  it('tell of texts that did not come back, once each', () => {
    const echoes = new Echoes();
    echoes.said(['one', 'two'], 1);
    echoes.said(['nobody asks'], 0);
    echoes.said(['three', 'four'], 2);
    echoes.said(['five'], 3);
    expect(echoes.heard('one')).toEqual({ id: 1, lost: NOTHING_LOST });
    expect(echoes.heard('five')).toEqual({ id: 3, lost: [2] });
    expect(echoes.heard('four')).toEqual({ id: 0, lost: NOTHING_LOST });
  });

  it('are waited for in a bounded number', () => {
    const echoes = new Echoes();
    for (let id = 1; id <= 1500; id++) echoes.said([`${id}`], id);
    expect(echoes.heard('1500').lost).toHaveLength(999);
  });
});
