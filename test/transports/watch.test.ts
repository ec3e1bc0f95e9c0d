import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WebSocket } from 'ws';
import { LOOK_TIME, watch } from '../../src/transports/watch.js';

/** A WebSocket whose other end is the test. */
class FakeSocket extends EventEmitter {
  isPaused = false;
  bufferedAmount = 0;
  pings = 0;
  isTerminated = false;
  readonly stream = new EventEmitter();

  constructor() {
    super();
    watch(this as unknown as WebSocket, this.stream as unknown as Duplex);
  }

  ping(): void {
    this.pings++;
  }

  terminate(): void {
    this.isTerminated = true;
    this.emit('close');
  }
}

let socket: FakeSocket;

beforeEach(() => {
  jest.useFakeTimers();
  socket = new FakeSocket();
});

afterEach(() => {
  socket.emit('close');
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const look = (): unknown => jest.advanceTimersByTime(LOOK_TIME);

describe('a watched WebSocket', () => {
  it('is asked, and closed when nothing comes by the next look, which is within a minute', () => {
    look();
    expect(socket).toMatchObject({ pings: 1, isTerminated: false });
    look();
    expect(socket.isTerminated).toBe(true);
    expect(2 * LOOK_TIME).toBeLessThan(60_000);
  });

  it('stays as long as something comes', () => {
    for (let count = 0; count < 10; count++) {
      look();
      socket.stream.emit('data', Buffer.of(0x8a, 0));
    }
    expect(socket).toMatchObject({ pings: 10, isTerminated: false });
  });

  it.each([{ isPaused: true }, { bufferedAmount: 1 }])('is not judged with %p: that is slowness', (state) => {
    look();
    Object.assign(socket, state);
    for (let count = 0; count < 10; count++) look();
    expect(socket).toMatchObject({ pings: 1, isTerminated: false });
    Object.assign(socket, { isPaused: false, bufferedAmount: 0 });
    look();
    expect(socket).toMatchObject({ pings: 2, isTerminated: false });
  });
});
