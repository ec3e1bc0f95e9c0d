/** What a curve is: Snug at sizes that grow, and what it costs at each. */
import type { Cores } from '../cores.js';
import type { Ports } from '../load/crowd.js';
import { snug } from '../peers/snug.js';
import type { Needs, Tools } from '../peers/peer.js';
import type { Server } from '../server.js';
import { freePort, newFolder, removeFolder, startServer } from '../server.js';

export interface Row {
  size: number;
  /** By column; what could not be measured is left out. */
  values: Record<string, number>;
}

export interface Curve {
  name: string;
  title: string;
  about: string;
  /** What grows. */
  across: string;
  sizes: number[];
  /** In the order of the table. */
  columns: string[];
  /** The columns that go into a picture each, with others in the same unit. */
  pictures: { title: string; unit: string; columns: string[] }[];
  /** Measures at each of `sizes`, and tells each row as it comes. */
  run(context: Context, sizes: number[], tell: (row: Row) => void): Promise<void>;
}

export interface Context {
  tools: Tools;
  cores: Cores;
}

export interface Started extends Server, Ports {}

/** What differs from how Snug is served by default. */
export type Size = Pick<Needs, 'rooms' | 'capacity' | 'connections'>;

export const SMALL: Size = { rooms: 1, capacity: 3, connections: 3 };

/** Starts Snug in a folder. */
export async function serve({ tools, cores }: Context, size: Size, folder: string): Promise<Started> {
  const ports = { port: await freePort(), secondPort: 0 };
  const launch = snug.launch({ ...size, ...ports, workload: 'w1', folder, tools });
  return { ...ports, ...(await startServer(launch, folder, [ports.port], cores.server)) };
}

/** Starts Snug in an empty folder, and sees to its end. */
export async function served<T>(context: Context, size: Size, work: (server: Started) => Promise<T>): Promise<T> {
  const folder = newFolder();
  try {
    const server = await serve(context, size, folder);
    try {
      return await work(server);
    } finally {
      await server.stop();
    }
  } finally {
    removeFolder(folder);
  }
}
