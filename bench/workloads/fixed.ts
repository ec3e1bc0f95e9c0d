/** W2fix: the rooms of W2sat at a rate that none of the servers finds hard; here the time until a text is seen is measured. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd } from '../load/crowd.js';
import type { Sender } from '../load/sender.js';
import { percentile } from '../statistics.js';
import { measured, WARM_UP } from './span.js';
import type { Workload } from './workload.js';

const PER_SECOND = 3000;
const ROOMS = 300;
const MEMBERS = 3;
/** Counters come round after so many texts of one sender, which is 20 seconds. */
const RING = 64;
const MS = 1000;

export const w2fix: Workload = {
  name: 'w2fix',
  title: 'W2fix',
  about: 'the same at 3,000 messages a second in all',
  rooms: ROOMS,
  members: MEMBERS,
  run: async (peer, job) => {
    const crowd = new Crowd(peer, job, { rooms: ROOMS, members: MEMBERS, senders: MEMBERS, ring: RING });
    const sentAt = new Float64Array(ROOMS * MEMBERS * RING);
    const place = (room: number, sender: number, n: number): number => (room * MEMBERS + sender) * RING + (n % RING);
    const latencies: number[] = [];
    let from = Infinity;
    await crowd.join((room, sender, n) => {
      const sent = sentAt[place(room, sender, n)]!;
      if (sent > from) latencies.push(performance.now() - sent);
    });

    const start = performance.now();
    from = start + job.seconds * WARM_UP * MS;
    // One of each room after the other, so that those who speak at the same time do so in different rooms.
    const turns = Array.from({ length: ROOMS * MEMBERS }, (_, i) => ({ room: i % ROOMS, seat: Math.floor(i / ROOMS) }));
    let said = 0;
    const beat = setInterval(() => {
      const due = ((performance.now() - start) / MS) * PER_SECOND;
      for (; said < due; said += 1) {
        const { room, seat } = turns[said % turns.length]!;
        const sender: Sender = crowd.rooms[room]!.senders[seat]!;
        sentAt[place(room, seat, sender.sent)] = performance.now();
        sender.say(1);
      }
    }, 1);
    const figures = await measured(crowd, job.pid, job.seconds);
    clearInterval(beat);
    await sleep(0);
    await crowd.drain();
    crowd.leave();
    latencies.sort((one, other) => one - other);
    return {
      figures: { ...figures, p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) },
      counts: crowd.counts,
    };
  },
};
