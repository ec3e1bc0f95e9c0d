import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { type Request } from '../../../src/protocols/pull/codec.js';
import { Turns } from '../../../src/protocols/pull/turns.js';

const sent: string[] = [];
const unanswered: string[] = [];
let turns: Turns;

beforeEach(() => {
  jest.useFakeTimers();
  sent.length = 0;
  unanswered.length = 0;
  turns = new Turns(
    (request: Request) => sent.push(request.kind === 'put' ? request.text : request.kind),
    (asking) => unanswered.push(asking),
  );
});

afterEach(() => {
  turns.stop();
  jest.useRealTimers();
});

const wait = (milliseconds: number): Promise<void> => jest.advanceTimersByTimeAsync(milliseconds);

it('asks for messages and users in turn, each once a second', async () => {
  turns.start();
  for (let half = 0; half < 4; half++) {
    turns.answered();
    await wait(500);
  }
  expect(sent).toEqual(['get', 'users', 'get', 'users', 'get']);
});

it('never has two requests under way', async () => {
  turns.start();
  await wait(1900);
  expect(sent).toEqual(['get']);
  turns.answered();
  expect(sent).toEqual(['get', 'users']);
  turns.answered();
  expect(sent).toEqual(['get', 'users', 'get']);
});

it('lets what is said wait for the answer that is under way', async () => {
  turns.start();
  turns.say('Hi');
  await wait(100);
  expect(sent).toEqual(['get']);
  turns.answered();
  expect(sent).toEqual(['get', 'Hi']);
});

it('sends texts one after another with time in between, then looks for them', async () => {
  turns.say('one');
  turns.say('two');
  expect(sent).toEqual(['one']);
  await wait(20);
  expect(sent).toEqual(['one', 'two']);
  await wait(120);
  expect(sent).toEqual(['one', 'two', 'get']);
});

it('goes on when an answer does not come', async () => {
  turns.start();
  await wait(2000);
  expect(unanswered).toEqual(['get']);
  expect(sent).toEqual(['get', 'users']);
});

it('tells when everything said has been sent', async () => {
  const done: string[] = [];
  turns.start();
  turns.say('Hi');
  void turns.sent().then(() => done.push('sent'));
  await wait(100);
  expect(done).toEqual([]);
  turns.answered();
  await wait(0);
  expect(done).toEqual(['sent']);
});

it('is settled when the echo of what was said last has been looked for', async () => {
  const done: string[] = [];
  turns.say('Hi');
  void turns.settled(700).then(() => done.push('settled'));
  await wait(150);
  expect(sent).toEqual(['Hi', 'get']);
  expect(done).toEqual([]);
  turns.answered();
  await wait(0);
  expect(done).toEqual(['settled']);
});

it('is settled after a while in any case, and then hurries', async () => {
  const done: string[] = [];
  turns.start();
  turns.say('Hi');
  void turns.settled(700).then(() => done.push('settled'));
  await wait(700);
  expect(done).toEqual(['settled']);
  expect(sent).toEqual(['get']);
  turns.hurry();
  expect(sent).toEqual(['get', 'Hi']);
});

it('asks nothing once it is stopped', async () => {
  turns.start();
  turns.stop();
  await wait(5000);
  expect(sent).toEqual(['get']);
  expect(jest.getTimerCount()).toBe(0);
});
