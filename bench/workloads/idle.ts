/** W4: what a connection costs that is there and says nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes } from '../accounting.js';
import { Crowd } from '../load/crowd.js';
import type { Workload } from './workload.js';

const MEMBERS = 3;
const ROOMS = Math.ceil(5000 / MEMBERS);
/** Until what the joining itself took has been given back, as far as a server does that. */
const SETTLE_MS = 1500;

export const w4: Workload = {
  name: 'w4',
  title: 'W4',
  about: 'resident memory for each idle joined connection, at 5,000 in rooms of 3',
  rooms: ROOMS,
  members: MEMBERS,
  run: async (peer, job) => {
    const crowd = new Crowd(peer, job, { rooms: ROOMS, members: MEMBERS, senders: 0, ring: 1 });
    const before = residentBytes(job.pid);
    await crowd.join();
    await sleep(SETTLE_MS);
    const bytes = residentBytes(job.pid) - before;
    crowd.check();
    crowd.leave();
    return { figures: { kilobytesPerConnection: bytes / 1024 / crowd.members.length }, counts: crowd.counts };
  },
};
