/** How long a start takes: of the server in an empty folder, and of the client until its menu is there. */
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { pinned } from '../cores.js';
import { median } from '../statistics.js';
import type { Context, Curve } from './curve.js';
import { served, SMALL } from './curve.js';

const TIMES = 7;
const MENU = 'Your choice';
const PATIENCE_MS = 10_000;

export const starts: Curve = {
  name: 'starts',
  title: 'Starting',
  about:
    'snug serve until it listens, in an empty folder (with a history: above), and snug chat until its menu is there; medians.',
  across: '',
  sizes: [1],
  columns: ['snug serve ms', 'snug chat ms'],
  pictures: [],
  run: async (context, _sizes, tell) => {
    const serve: number[] = [];
    const chat: number[] = [];
    for (let i = 0; i < TIMES; i += 1) {
      await served(context, SMALL, async (server) => {
        serve.push(server.startMs);
        chat.push(await untilMenu(context, server.port));
      });
    }
    tell({ size: 1, values: { 'snug serve ms': median(serve), 'snug chat ms': median(chat) } });
  },
};

async function untilMenu({ tools, cores }: Context, port: number): Promise<number> {
  const url = `records://127.0.0.1:${port}`;
  const [command = '', ...args] = pinned(cores.server, [process.execPath, tools.snug, 'chat', url]);
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    return await new Promise<number>((resolve, reject) => {
      let said = '';
      child.on('error', reject);
      child.on('exit', () => reject(new Error(`snug chat ended; it said: ${said}`)));
      setTimeout(() => reject(new Error(`There was no menu; it said: ${said}`)), PATIENCE_MS).unref();
      child.stdout.on('data', (bytes: Buffer) => {
        said += bytes.toString();
        if (said.includes(MENU)) resolve(performance.now() - start);
      });
    });
  } finally {
    child.kill('SIGKILL');
  }
}
