import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ONE_A_SEGMENT, Outbox, type Pacing, UNPACED } from '../../src/protocols/outbox.js';
import { FakeLink } from '../support/fake-link.js';
import { settle } from '../support/settle.js';

const FULL = 1_048_576;
const KIBIBYTE = 1024;

let link: FakeLink;
let rooms: number;

function outboxWith(pacing: Pacing): Outbox {
  const outbox = new Outbox(link, pacing, () => rooms++);
  link.attach({
    received: () => undefined,
    drained: () => outbox.onLinkDrained(),
    ended: () => undefined,
    closed: () => outbox.onLinkClosed(),
  });
  return outbox;
}

const bytes = (length: number): Uint8Array => new Uint8Array(length);
const texts = (): string[] => link.written.map((written) => Buffer.from(written).toString());

/** Whether a promise has resolved by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await settle(2);
  return done;
}

beforeEach(() => {
  link = new FakeLink();
  rooms = 0;
});

describe('an outbox', () => {
  it('hands over at once, and says when it is enough', () => {
    const outbox = outboxWith(UNPACED);
    link.stopReading();
    expect(outbox.send(bytes(FULL - 1))).toBe(true);
    expect(outbox.isFull).toBe(false);
    expect(outbox.send(bytes(1))).toBe(false);
    expect(outbox.isFull).toBe(true);
    expect(link.bytes).toHaveLength(FULL);
  });

  it('tells once that there is room again', () => {
    const outbox = outboxWith(UNPACED);
    link.stopReading();
    outbox.send(bytes(FULL));
    expect(rooms).toBe(0);
    link.read();
    link.readOnce();
    expect(rooms).toBe(1);
    expect(outbox.send(bytes(1))).toBe(true);
  });

  it('tells of no room that nobody waits for', () => {
    const outbox = outboxWith(UNPACED);
    link.stopReading();
    outbox.send(bytes(FULL - 1));
    link.readOnce();
    expect(rooms).toBe(0);
  });

  it('does not forget that somebody waits for room when something is sent while the peer has read a part', () => {
    const outbox = outboxWith(UNPACED);
    link.stopReading();
    expect(outbox.send(bytes(FULL))).toBe(false);
    link.pending = FULL / 2;
    outbox.send(bytes(1));
    link.read();
    expect(rooms).toBe(1);
  });

  it('lets those wait who can, until it has drained', async () => {
    const outbox = outboxWith(UNPACED);
    link.stopReading();
    expect(await isDone(outbox.sendWhenIdle(bytes(15 * KIBIBYTE)))).toBe(true);
    const waiting = [outbox.sendWhenIdle(bytes(300 * KIBIBYTE)), outbox.drained()];
    expect(await Promise.all(waiting.map(isDone))).toEqual([false, false]);
    link.readOnce();
    expect(await Promise.all(waiting.map(isDone))).toEqual([true, true]);
  });

  it('lets whoever uses their bytes again wait until these have left', async () => {
    const outbox = outboxWith(UNPACED);
    link.stopReading();
    const sent = outbox.sendWhenIdle(bytes(100 * KIBIBYTE));
    expect([await isDone(sent), await isDone(outbox.drained())]).toEqual([false, true]);
    link.readOnce();
    expect(await isDone(sent)).toBe(true);
  });

  it('lets nobody wait when the link is gone', async () => {
    const outbox = outboxWith(UNPACED);
    link.stopReading();
    const waiting = outbox.sendWhenIdle(bytes(FULL));
    link.reset();
    expect(await isDone(waiting)).toBe(true);
    expect(await isDone(outbox.drained())).toBe(true);
    expect(outbox.isFull).toBe(false);
  });
});

describe('a paced outbox', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] }));

  afterEach(() => void jest.useRealTimers());

  function sendAll(outbox: Outbox, ...messages: readonly string[]): void {
    for (const message of messages) outbox.send(Buffer.from(message));
  }

  it('gets no further ahead of a peer that does not read than it may, and goes on where it stopped', () => {
    const outbox = outboxWith(ONE_A_SEGMENT);
    link.stopReading();
    for (let nth = 0; nth < 200; nth++) outbox.send(bytes(KIBIBYTE));
    jest.advanceTimersByTime(200 * ONE_A_SEGMENT.gap);
    expect(link.mostPending).toBe(64 * KIBIBYTE);
    expect(outbox.isFull).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
    link.read();
    jest.advanceTimersByTime(200 * ONE_A_SEGMENT.gap);
    expect(link.written).toHaveLength(200);
    expect(rooms).toBe(1);
  });

  it('ends also with a peer that does not read', async () => {
    const outbox = outboxWith(ONE_A_SEGMENT);
    link.stopReading();
    for (let nth = 0; nth < 100; nth++) outbox.send(bytes(KIBIBYTE));
    await jest.advanceTimersByTimeAsync(100 * ONE_A_SEGMENT.gap);
    const ended = outbox.end();
    await jest.advanceTimersByTimeAsync(100 * ONE_A_SEGMENT.gap + ONE_A_SEGMENT.linger);
    await ended;
    expect(link.isEnded).toBe(true);
    expect(link.written).toHaveLength(100);
  });

  it('writes one message, and the next after the gap', () => {
    sendAll(outboxWith(ONE_A_SEGMENT), 'a', 'b', 'c');
    expect(texts()).toEqual(['a']);
    jest.advanceTimersByTime(ONE_A_SEGMENT.gap - 1);
    expect(texts()).toEqual(['a']);
    jest.advanceTimersByTime(1);
    expect(texts()).toEqual(['a', 'b']);
    jest.advanceTimersByTime(ONE_A_SEGMENT.gap);
    expect(texts()).toEqual(['a', 'b', 'c']);
  });

  it('keeps the gap after the last message, and writes at once after that', () => {
    const outbox = outboxWith(ONE_A_SEGMENT);
    sendAll(outbox, 'a');
    jest.advanceTimersByTime(ONE_A_SEGMENT.gap / 2);
    sendAll(outbox, 'b');
    expect(texts()).toEqual(['a']);
    jest.advanceTimersByTime(ONE_A_SEGMENT.gap);
    expect(texts()).toEqual(['a', 'b']);
    jest.advanceTimersByTime(10 * ONE_A_SEGMENT.gap);
    sendAll(outbox, 'c');
    expect(texts()).toEqual(['a', 'b', 'c']);
  });

  it('writes what waits in one go from a number of messages on, where the protocol has framing', () => {
    sendAll(outboxWith({ gap: 20, linger: 0, joinFrom: 3 }), 'a', 'b', 'c', 'd');
    jest.advanceTimersByTime(20);
    expect(texts()).toEqual(['a', 'bcd']);
  });

  it('is full when much is waiting, and lets those wait who can until it is not', async () => {
    const outbox = outboxWith(ONE_A_SEGMENT);
    let sent = 0;
    while (outbox.send(bytes(KIBIBYTE))) sent++;
    expect(sent).toBeLessThan(100);
    expect(outbox.isFull).toBe(true);
    const waiting = outbox.drained();
    expect(await isDone(waiting)).toBe(false);
    jest.advanceTimersByTime((sent + 1) * ONE_A_SEGMENT.gap);
    expect(await isDone(waiting)).toBe(true);
    expect(rooms).toBe(1);
    expect(outbox.isFull).toBe(false);
  });

  it('ends the link when everything has gone out and there was time to read it', async () => {
    const outbox = outboxWith(ONE_A_SEGMENT);
    sendAll(outbox, 'a', 'b');
    const ended = outbox.end();
    await jest.advanceTimersByTimeAsync(ONE_A_SEGMENT.gap);
    expect(texts()).toEqual(['a', 'b']);
    await jest.advanceTimersByTimeAsync(ONE_A_SEGMENT.linger - 1);
    expect(link.isEnded).toBe(false);
    await jest.advanceTimersByTimeAsync(2 * ONE_A_SEGMENT.gap);
    await ended;
    expect(link.isEnded).toBe(true);
  });

  it('forgets what is waiting when it is told to, so that a farewell is next', async () => {
    const outbox = outboxWith(ONE_A_SEGMENT);
    sendAll(outbox, 'a', 'b', 'c');
    outbox.clear();
    sendAll(outbox, 'bye');
    await jest.advanceTimersByTimeAsync(ONE_A_SEGMENT.gap);
    expect(texts()).toEqual(['a', 'bye']);
  });

  it('leaves no timer behind when the link is gone', () => {
    const outbox = outboxWith(ONE_A_SEGMENT);
    sendAll(outbox, 'a', 'b');
    link.reset();
    expect(jest.getTimerCount()).toBe(0);
    expect(outbox.isFull).toBe(false);
  });
});
