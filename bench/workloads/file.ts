/**
 * W6: 100 MB from one member to the two others; once more with a third who stops reading. Where the server only passes on,
 * the file goes as messages of 64 KiB, of which at most a window has not been seen by those who read.
 */
import { MEGABYTE, share } from '../load/share.js';
import type { Workload } from './workload.js';

const SIZE = 100 * MEGABYTE;

const fileWire = (name: 'w6' | 'w6slow', title: string, about: string, readers: boolean[]): Workload => ({
  name,
  title,
  about,
  rooms: 1,
  members: 1 + readers.length,
  run: (peer, job) => share(peer, job, SIZE, readers),
});

export const w6 = fileWire('w6', 'W6', '100 MB from one member to the two others', [true, true]);
export const w6slow = fileWire('w6slow', 'W6, one stops', 'the same beside a third who stops reading', [
  true,
  true,
  false,
]);
