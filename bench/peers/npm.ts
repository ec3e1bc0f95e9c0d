/** Servers that come with the bench and use a package from npm. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Peer, Tools } from './peer.js';

export function fromNpm(name: string, script: string): Pick<Peer, 'missing' | 'version' | 'launch'> {
  const manifest = ({ baselines }: Tools): string => path.join(baselines, 'node_modules', name, 'package.json');
  return {
    missing: (tools) => (existsSync(manifest(tools)) ? undefined : 'npm ci in bench/baselines'),
    version: (tools) => (JSON.parse(readFileSync(manifest(tools), 'utf8')) as { version: string }).version,
    launch: ({ tools, port }) => ({
      command: [process.execPath, path.join(tools.baselines, script), String(port)],
    }),
  };
}
