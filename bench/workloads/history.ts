/** W5: joining a room with 1,000 texts of history, from asking to join on an open connection to the last of them. */
import { performance } from 'node:perf_hooks';
import { Member } from '../load/member.js';
import { noCounts } from '../load/tally.js';
import { text } from '../load/codes.js';
import type { HistoryWire } from '../peers/peer.js';
import { median } from '../statistics.js';
import type { Job, Workload } from './workload.js';

const TEXTS = 1000;
const JOINS = 60;
/** The first ones are not counted: a server's compiler is still at work. */
const UNCOUNTED = 20;
const ROOM = 1;

export const w5: Workload = {
  name: 'w5',
  title: 'W5',
  about: 'joining a room with 1,000 messages of history',
  rooms: 1,
  members: 3,
  run: async (peer, job) => {
    const { history } = peer;
    if (!history) throw new Error(`${peer.title} has no history.`);
    const texts = Array.from({ length: TEXTS }, (_, n) => text(0, n));
    const author = { room: ROOM, seat: 0, listens: true };
    const first = new Member(author, peer.wire(0), (error) => failed.push(error));
    const failed: Error[] = [];
    await first.join(job.port, history.fill(author, texts));
    const times: number[] = [];
    for (let i = 0; i < JOINS; i += 1) times.push(await timeToJoin(history, job, i + 1));
    if (failed[0]) throw failed[0];
    first.socket.destroy();
    return { figures: { joinMs: median(times.slice(UNCOUNTED)) }, counts: { ...noCounts(), copies: TEXTS * JOINS } };
  },
};

async function timeToJoin(history: HistoryWire, { port, peer }: Job, seat: number): Promise<number> {
  const who = { room: ROOM, seat, listens: true };
  const wire = { hello: () => [], say: () => Buffer.alloc(0), next: () => false };
  const member = new Member(who, wire, () => undefined);
  await member.join(port, history.hello(who));
  const start = performance.now();
  await member.follow([history.join(who, TEXTS)]);
  const ms = performance.now() - start;
  if (history.leave) {
    const gone = new Promise((resolve) => member.socket.once('close', resolve));
    member.socket.end(history.leave(who));
    await gone;
  }
  member.socket.destroy();
  if (!Number.isFinite(ms)) throw new Error(`${peer} did not answer.`);
  return ms;
}
