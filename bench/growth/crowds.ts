/** More members of a room, more rooms, more connections. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuNs, residentBytes } from '../accounting.js';
import type { Plan } from '../load/crowd.js';
import { Crowd } from '../load/crowd.js';
import { ringFor } from '../load/tally.js';
import { snug } from '../peers/snug.js';
import { measured } from '../workloads/span.js';
import type { Context, Curve, Row, Started } from './curve.js';
import { served } from './curve.js';

const SECONDS = 1;
/** Texts under way of who speaks as fast as it goes: the same for few and for many, since what goes together costs less. */
const UNDER_WAY = 100;
const SETTLE_MS = 1500;
const SEATS = 3;

const speaking = async (context: Context, plan: Omit<Plan, 'ring'>, window: number): Promise<Row['values']> =>
  served(context, sizeOf(plan), async (server) => {
    const { crowd, values } = await joined(server, { ...plan, ring: ringFor(window) });
    const running = crowd.saturate(window);
    const { microsecondsPerCopy = NaN } = await measured(crowd, server.pid, SECONDS);
    running.stop();
    await crowd.drain();
    crowd.leave();
    const { lost, doubled, foreign } = crowd.counts;
    if (lost + doubled + foreign > 0) throw new Error(`${lost} lost, ${doubled} doubled, ${foreign} foreign`);
    return { ...values, 'µs a copy': microsecondsPerCopy };
  });

const sizeOf = ({ rooms, members }: Omit<Plan, 'ring'>): { rooms: number; capacity: number; connections: number } => ({
  rooms,
  capacity: Math.max(members, SEATS),
  connections: rooms * members,
});

/** Lets everyone in; tells what that took and left. */
async function joined(server: Started, plan: Plan): Promise<{ crowd: Crowd; values: Row['values'] }> {
  const crowd = new Crowd(snug, server, plan);
  const before = { cpu: cpuNs(server.pid), memory: residentBytes(server.pid), time: performance.now() };
  await crowd.join();
  const people = plan.rooms * plan.members;
  const values = {
    'CPU ms a join': (cpuNs(server.pid) - before.cpu) / 1e6 / people,
    'more memory MB': Math.max(residentBytes(server.pid) - before.memory, 0) / 1e6,
  };
  return { crowd, values };
}

const each =
  (measure: (context: Context, size: number) => Promise<Row['values']>): Curve['run'] =>
  async (context, sizes, tell) => {
    for (const size of sizes) tell({ size, values: await measure(context, size) });
  };

const PER_COPY = { title: 'Server CPU a copy', unit: 'µs', columns: ['µs a copy'] };

export const members: Curve = {
  name: 'members',
  title: 'The members of a room',
  about: 'One room, one of them speaks as fast as it goes, with 100 texts under way.',
  across: 'members',
  sizes: [3, 10, 30, 100, 300, 1000, 3000],
  columns: ['CPU ms a join', 'more memory MB', 'µs a copy'],
  pictures: [PER_COPY],
  run: each((context, size) => speaking(context, { rooms: 1, members: size, senders: 1 }, UNDER_WAY)),
};

export const rooms: Curve = {
  name: 'rooms',
  title: 'Rooms',
  about: 'One member in each, who says the next text as soon as he has seen the last one.',
  across: 'rooms',
  sizes: [1, 10, 100, 1000, 10_000],
  columns: ['CPU ms a join', 'more memory MB', 'µs a copy'],
  pictures: [PER_COPY],
  run: each((context, size) => speaking(context, { rooms: size, members: 1, senders: 1 }, 1)),
};

export const connections: Curve = {
  name: 'connections',
  title: 'Connections',
  about:
    'Members in rooms of 3 who say nothing: what their joining cost, the memory they take, and the time of the processor in a second.',
  across: 'connections',
  sizes: [1, 10, 100, 1000, 10_000],
  columns: ['CPU ms a join', 'more memory MB', 'idle CPU ms a second'],
  pictures: [{ title: 'Memory', unit: 'MB', columns: ['more memory MB'] }],
  run: each((context, size) => {
    const plan = { rooms: Math.ceil(size / SEATS), members: Math.min(size, SEATS), senders: 0, ring: 1 };
    return served(context, { ...sizeOf(plan), capacity: SEATS }, async (server) => {
      const { crowd, values } = await joined(server, plan);
      await sleep(SETTLE_MS);
      const before = cpuNs(server.pid);
      await sleep(SECONDS * 1000);
      const idle = (cpuNs(server.pid) - before) / 1e6 / SECONDS;
      crowd.check();
      crowd.leave();
      return { ...values, 'idle CPU ms a second': idle };
    });
  }),
};
