/**
 * W1, W2sat and W3: some speak as fast as they can. Each has at most a window of messages under way that not everyone in
 * his room has seen. Without one, the faster side would fill the buffers of the slower one, and servers that hang up on
 * slow readers (Redis, NATS, IRC) would lose messages where others only took longer.
 */
import { Crowd } from '../load/crowd.js';
import { ringFor } from '../load/tally.js';
import { measured } from './span.js';
import type { Workload } from './workload.js';

/**
 * What is under way of one sender alone is, in every protocol here, less than 64 KiB, the most that InspIRCd takes at once:
 * it hears no more of somebody who has filled its buffer. And it is more than the 512 texts that chat10 (C2) waits for.
 */
const ALONE = 600;
/** Everyone says the next one as soon as the room has seen the last one. */
const EACH_OF_900 = 1;
/** 32,000 copies under way. */
const TO_500 = 64;

interface Saturated extends Omit<Workload, 'run'> {
  senders: number;
  window: number;
}

const saturated = ({ senders, window, ...workload }: Saturated): Workload => ({
  ...workload,
  run: async (peer, job) => {
    const { rooms, members } = workload;
    const crowd = new Crowd(peer, job, { rooms, members, senders, ring: ringFor(window) });
    await crowd.join();
    const running = crowd.saturate(window);
    const figures = await measured(crowd, job.pid, job.seconds);
    running.stop();
    await crowd.drain();
    crowd.leave();
    return { figures, counts: crowd.counts };
  },
});

export const w1 = saturated({
  name: 'w1',
  title: 'W1',
  about: 'one room of 3, one sender as fast as it goes, texts of 64 bytes',
  rooms: 1,
  members: 3,
  senders: 1,
  window: ALONE,
});

export const w2sat = saturated({
  name: 'w2sat',
  title: 'W2sat',
  about: '300 rooms of 3, all 900 sending, saturated',
  rooms: 300,
  members: 3,
  senders: 3,
  window: EACH_OF_900,
});

export const w3 = saturated({
  name: 'w3',
  title: 'W3',
  about: 'one room of 500, one sender as fast as it goes',
  rooms: 1,
  members: 500,
  senders: 1,
  window: TO_500,
});
