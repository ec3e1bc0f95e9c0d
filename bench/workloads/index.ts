/** All workloads, in the order of the tables. */
import { w6, w6slow } from './file.js';
import { w2fix } from './fixed.js';
import { w5 } from './history.js';
import { w4 } from './idle.js';
import { w1, w2sat, w3 } from './saturated.js';
import type { Workload } from './workload.js';

export const WORKLOADS: readonly Workload[] = [w1, w2sat, w2fix, w3, w4, w5, w6, w6slow];
