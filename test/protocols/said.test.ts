import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Said } from '../../src/protocols/said.js';

let told: string[];
let said: Said;

beforeEach(() => {
  jest.useFakeTimers();
  told = [];
  said = new Said(({ messages, characters }) => told.push(`${messages} of ${characters}`));
});

afterEach(() => {
  said.stop();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function pass(milliseconds: number): void {
  jest.advanceTimersByTime(milliseconds);
}

describe('what somebody says', () => {
  it('is reported at once, together with all that came in the same moment', () => {
    said.add('Hi.');
    said.add('there');
    pass(1);
    expect(told).toEqual(['2 of 8']);
  });

  it('is reported every ten seconds while it goes on', () => {
    for (let second = 0; second < 25; second++) {
      said.add('Hi.');
      pass(1000);
    }
    expect(told).toEqual(['1 of 3', '9 of 27', '10 of 30']);
  });

  it('is reported at once again after a pause', () => {
    said.add('Hi.');
    pass(10_001);
    said.add('Hello');
    pass(1);
    expect(told).toEqual(['1 of 3', '1 of 5']);
  });

  it('is reported before what happens next', () => {
    said.add('Hi.');
    pass(1);
    said.add('Bye.');
    said.flush();
    expect(told).toEqual(['1 of 3', '1 of 4']);
  });
});
