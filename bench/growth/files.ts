/** Files that grow: one member shares one, another reads it. */
import { cpuNs } from '../accounting.js';
import { share } from '../load/share.js';
import { snug } from '../peers/snug.js';
import type { Curve } from './curve.js';
import { served, SMALL } from './curve.js';

export const files: Curve = {
  name: 'files',
  title: 'Files',
  about: 'From the first byte of its upload until somebody else has read the last one; and the most memory that took.',
  across: 'bytes',
  sizes: [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 2e9],
  columns: ['ms', 'MB/s', 'CPU ms', 'peak memory MB'],
  pictures: [{ title: 'Sharing a file', unit: 'ms', columns: ['ms', 'CPU ms'] }],
  run: async (context, sizes, tell) => {
    for (const size of sizes) {
      const values = await served(context, SMALL, async (server) => {
        const before = cpuNs(server.pid);
        const { figures, counts } = await share(snug, server, size, [true]);
        if (counts.foreign + counts.doubled > 0) throw new Error('What came is not what was sent.');
        const rate = figures.megabytesPerSecond ?? NaN;
        const cpu = (cpuNs(server.pid) - before) / 1e6;
        return { ms: size / 1e3 / rate, 'MB/s': rate, 'CPU ms': cpu, 'peak memory MB': figures.peakMegabytes ?? NaN };
      });
      tell({ size, values });
    }
  },
};
