/** A member shares a file, and others read it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { peakBytes } from '../accounting.js';
import { Member } from './member.js';
import type { Sink } from './member.js';
import type { Counts } from './tally.js';
import { noCounts } from './tally.js';
import type { Peer, Who } from '../peers/peer.js';
import type { Job, Outcome } from '../workloads/workload.js';

export type Sharing = Pick<Job, 'port' | 'pid'>;

export const MEGABYTE = 1_000_000;
const PIECE = 65_536;
/** 4 MiB: half of what the strictest server keeps for a connection that is a little behind. */
const WINDOW = 64;
/** A file repeats itself after a prime number of bytes, so that a piece too few or too many is seen in the next one. */
const PERIOD = 65_521;
const LONGEST = 1 << 20;
/** What does not go on for so long does not go on. */
const PATIENCE_MS = 15_000;

const period = randomBytes(PERIOD);
const pattern = Buffer.concat(Array<Buffer>(Math.ceil(LONGEST / PERIOD) + 1).fill(period));

/** Compares what comes with what was sent. */
class Received implements Sink {
  got = 0;
  readonly #counts: Counts;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  run(_bytes: Buffer, at: number): number {
    return at;
  }

  take(bytes: Buffer, _at: number, _length: number, from: number, to: number): void {
    const start = this.got % PERIOD;
    if (bytes.compare(pattern, start, start + to - from, from, to) !== 0) this.#counts.foreign += 1;
    this.#counts.copies += 1;
    this.got += to - from;
  }
}

export async function share(peer: Peer, job: Sharing, size: number, readers: boolean[]): Promise<Outcome> {
  const wire = peer.fileWire;
  if (!wire) throw new Error(`${peer.title} carries no files.`);
  const counts = noCounts();
  let failure: Error | undefined;
  let news = (): void => undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    news();
  };
  const admit = async (who: Who, listener = fail): Promise<Member> => {
    const member = new Member(who, wire, listener);
    await member.join(job.port, wire.hello(who));
    return member;
  };
  const author = await admit({ room: 0, seat: 0, listens: false });
  const all = [];
  for (const [i, reads] of readers.entries()) {
    const who = { room: 0, seat: i + 1, listens: true };
    // Who has stopped reading may be hung up on.
    const member = await admit(who, reads ? fail : () => undefined);
    const received = new Received(counts);
    member.sink = received;
    all.push({ member, received, reads });
    if (!reads) member.onNews = () => void (member.stalled = received.got > 0);
  }

  const active = all.filter((one) => one.reads).map((one) => one.received);
  const least = (): number => Math.min(...active.map((one) => one.got));
  all.filter((one) => one.reads).forEach(({ member }) => (member.onNews = () => news()));
  const reached = async (bytes: number): Promise<void> => {
    while (least() < bytes) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve, reject) => {
        news = resolve;
        timer = setTimeout(() => reject(new Error(`Only ${least()} bytes of the file came.`)), PATIENCE_MS);
      });
      clearTimeout(timer);
      if (failure) throw failure;
    }
  };

  const start = performance.now();
  const own = process.cpuUsage();
  const { socket, who } = author;
  if (wire.opening) socket.write(wire.opening(who, size));
  for (let at = 0; at < size; at += PIECE) {
    if (!wire.stored) await reached(at - WINDOW * PIECE);
    const payload = pattern.subarray(at % PERIOD, (at % PERIOD) + Math.min(PIECE, size - at));
    if (!socket.write(wire.say(who, payload, at + PIECE >= size))) await once(socket, 'drain');
  }
  await reached(size);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(own);
  for (const { got } of active) if (got > size) counts.doubled += 1;
  const peak = peakBytes(job.pid);
  for (const { member } of [{ member: author }, ...all]) member.socket.destroy();
  return {
    figures: {
      megabytesPerSecond: (active.length * size) / MEGABYTE / (ms / 1000),
      peakMegabytes: peak / MEGABYTE,
      loadShare: (user + system) / 1000 / ms,
    },
    counts,
  };
}
