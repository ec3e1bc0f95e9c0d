/** What a workload is: what it needs of a server, and what it does to one and measures. It runs in the load's process. */
import type { Counts } from '../load/tally.js';
import type { Ports } from '../load/crowd.js';
import type { Peer, WorkloadName } from '../peers/peer.js';

/** What the load is told on its command line. */
export interface Job extends Ports {
  peer: string;
  workload: WorkloadName;
  /** Of the server. */
  pid: number;
  seconds: number;
}

/** What can be measured, each by the workloads that have it. */
export interface Figures {
  /** Processor time of the server for each copy that was delivered. */
  microsecondsPerCopy?: number;
  copiesPerSecond?: number;
  p50Ms?: number;
  p99Ms?: number;
  kilobytesPerConnection?: number;
  joinMs?: number;
  megabytesPerSecond?: number;
  peakMegabytes?: number;
  /** How much of its core the server, and the load, used: 1 is all of it. */
  serverShare?: number;
  loadShare?: number;
}

export interface Outcome {
  figures: Figures;
  counts: Counts;
}

export interface Workload {
  name: WorkloadName;
  title: string;
  /** What it measures, in a sentence for the document. */
  about: string;
  rooms: number;
  members: number;
  /** Beyond those of the members. */
  moreConnections?: number;
  run(peer: Peer, job: Job): Promise<Outcome>;
}
