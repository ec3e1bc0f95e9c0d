/** A room whose history grows. It is filled through the front door: by a member who speaks as fast as the server takes it. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuNs, residentBytes } from '../accounting.js';
import { Crowd } from '../load/crowd.js';
import { Member } from '../load/member.js';
import { ringFor } from '../load/tally.js';
import type { Step } from '../peers/peer.js';
import { joining, page, quit, recordsWire } from '../peers/records.js';
import { snug } from '../peers/snug.js';
import { newFolder, removeFolder } from '../server.js';
import { median } from '../statistics.js';
import type { Context, Curve, Row, Started } from './curve.js';
import { serve, SMALL } from './curve.js';

const WINDOW = 600;
/** How many of a sort are measured, of which the median is taken. */
const TIMES = 15;
const READER = { room: 0, seat: 1, listens: true };
const POLL_MS = 5;

export const history: Curve = {
  name: 'history',
  title: 'The history of a room',
  about:
    'What a restart, joining (the newest 8 MiB come with it), saying a text, and a page of 256 KiB from the middle cost. Memory is that of the server after its start.',
  across: 'entries',
  sizes: [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000],
  columns: ['start ms', 'memory MB', 'join ms', 'append µs', 'page ms'],
  pictures: [
    { title: 'Starting, joining, paging', unit: 'ms', columns: ['start ms', 'join ms', 'page ms'] },
    { title: 'Server CPU to append a text', unit: 'µs', columns: ['append µs'] },
  ],
  run: async (context, sizes, tell) => {
    const folder = newFolder();
    let have = 0;
    try {
      for (const size of sizes) {
        const append = await withServer(context, folder, (server) => fill(server, size - have));
        have = size;
        const values = await withServer(context, folder, (server) => measure(server, size));
        tell({ size, values: { ...values, 'append µs': append } });
      }
    } finally {
      removeFolder(folder);
    }
  },
};

async function withServer<T>(context: Context, folder: string, work: (server: Started) => Promise<T>): Promise<T> {
  const server = await serve(context, SMALL, folder);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** Says `count` texts; tells the server's processor time for each, in microseconds. */
async function fill(server: Started, count: number): Promise<number> {
  const crowd = new Crowd(snug, server, { rooms: 1, members: 1, senders: 1, ring: ringFor(WINDOW) });
  await crowd.join();
  const [sender] = crowd.senders;
  if (!sender) throw new Error('Nobody joined.');
  sender.most = count;
  const before = cpuNs(server.pid);
  crowd.saturate(WINDOW);
  while (sender.seen < count) {
    await sleep(POLL_MS);
    crowd.check();
  }
  const us = (cpuNs(server.pid) - before) / 1000 / count;
  if (crowd.counts.lost + crowd.counts.doubled + crowd.counts.foreign > 0)
    throw new Error('Texts were lost or doubled.');
  crowd.leave();
  return us;
}

async function measure(server: Started, size: number): Promise<Row['values']> {
  const memory = residentBytes(server.pid) / 1e6;
  const joins: number[] = [];
  for (let i = 0; i < TIMES; i += 1) {
    const member = await connected(server);
    joins.push(await timed(member, joining(READER)));
    await left(member);
  }
  const member = await connected(server);
  await member.follow([joining(READER)]);
  const pages: number[] = [];
  for (let i = 0; i < TIMES; i += 1) pages.push(await timed(member, page(Math.ceil(size / 2) + 1 + i)));
  await left(member);
  return { 'start ms': server.startMs, 'memory MB': memory, 'join ms': median(joins), 'page ms': median(pages) };
}

async function connected(server: Started): Promise<Member> {
  const member = new Member(READER, recordsWire(), () => undefined);
  await member.join(server.port, []);
  return member;
}

async function timed(member: Member, step: Step): Promise<number> {
  const start = performance.now();
  await member.follow([step]);
  return performance.now() - start;
}

async function left(member: Member): Promise<void> {
  const gone = new Promise((resolve) => member.socket.once('close', resolve));
  member.socket.end(quit());
  await gone;
}
