/**
 * The load, in a process of its own: does one workload to one server, and writes what came of it to stdout.
 *
 *     node load.mjs JOB        the job as JSON: see workloads/workload.ts
 */
import { peerNamed } from './peers/index.js';
import { WORKLOADS } from './workloads/index.js';
import type { Job } from './workloads/workload.js';

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const workload = WORKLOADS.find((one) => one.name === job.workload);
if (!workload) throw new Error(`There is no workload ${job.workload}.`);
const outcome = await workload.run(peerNamed(job.peer), job);
process.stdout.write(JSON.stringify(outcome), () => process.exit(0));
