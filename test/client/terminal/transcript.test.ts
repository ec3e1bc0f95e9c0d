import { describe, expect, it } from '@jest/globals';
import { Transcript } from '../../../src/client/terminal/transcript.js';

describe('Transcript', () => {
  it('prints at once what needs no waiting', () => {
    const printed: string[] = [];
    const transcript = new Transcript((text) => printed.push(text));
    transcript.add(() => 'one');
    expect(printed).toEqual(['one']);
  });

  it('keeps the order of arrival when something takes a while', async () => {
    const printed: string[] = [];
    const transcript = new Transcript((text) => printed.push(text));
    let saved = (_text: string): void => undefined;
    transcript.add(() => new Promise((resolve) => (saved = resolve)));
    transcript.add(() => 'two');
    transcript.add(() => Promise.resolve('three'));
    await Promise.resolve();
    expect(printed).toEqual([]);
    saved('one');
    await transcript.settled();
    transcript.add(() => 'four');
    expect(printed).toEqual(['one', 'two', 'three', 'four']);
  });

  it('prints what something causes after it', () => {
    const printed: string[] = [];
    const transcript = new Transcript((text) => printed.push(text));
    transcript.add(() => {
      transcript.add(() => 'effect');
      return 'cause';
    });
    expect(printed).toEqual(['cause', 'effect']);
  });
});
