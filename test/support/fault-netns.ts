/** A network of its own for one client (Linux, as root, with iproute2): a cable whose other end can be pulled. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './cleanup.js';
import { eventually } from './eventually.js';
import { temporaryFolder } from './folders.js';

/** Names of interfaces have at most 15 characters. */
const NAME = `snug${process.pid % 100_000}`;
/** Out of the range that is set aside for tests between networks (RFC 2544). */
const [HERE, THERE] = ['198.18.77.1', '198.18.77.2'];

/** Why there can be none here, or nothing. */
export function whyNoNetworks(): string {
  if (process.platform !== 'linux') return 'not on Linux';
  try {
    ip('netns', 'add', `${NAME}probe`);
    ip('netns', 'del', `${NAME}probe`);
    return '';
  } catch {
    return 'no network namespaces: it takes root and iproute2';
  }
}

export class Cable {
  /** Address of this machine, as the other end sees it. */
  readonly host = HERE;

  static lay(): Cable {
    atEnd(() => ip('netns', 'del', NAME));
    ip('netns', 'add', NAME);
    ip('link', 'add', `${NAME}a`, 'type', 'veth', 'peer', 'name', `${NAME}b`, 'netns', NAME);
    ip('addr', 'add', `${HERE}/30`, 'dev', `${NAME}a`);
    ip('link', 'set', `${NAME}a`, 'up');
    ip('-n', NAME, 'addr', 'add', `${THERE}/30`, 'dev', `${NAME}b`);
    ip('-n', NAME, 'link', 'set', `${NAME}b`, 'up');
    return new Cable();
  }

  /** What is sent is lost from now on, on both ways; nobody is told. */
  pull(): void {
    ip('link', 'set', `${NAME}a`, 'down');
  }

  plug(): void {
    ip('link', 'set', `${NAME}a`, 'up');
  }

  /** A program in the other network, which passes on to this port here what comes to the path that it gives. */
  async relay(port: number): Promise<{ path: string }> {
    const path = join(temporaryFolder('cable'), 'relay');
    const args = ['netns', 'exec', NAME, process.execPath, '-e', RELAY, path, HERE, String(port)];
    const child = spawn('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const over = once(child, 'close');
    atEnd(async () => {
      child.kill('SIGKILL');
      await over;
    });
    await eventually(() => existsSync(path), 'the program in the other network');
    return { path };
  }
}

/** Paths are the same in both networks. */
const RELAY = `
  const net = require('node:net');
  const [path, host, port] = process.argv.slice(1);
  net.createServer({ allowHalfOpen: true }, (near) => {
    const far = net.connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    near.pipe(far);
    far.pipe(near);
    for (const [one, other] of [[near, far], [far, near]]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }).listen(path);
`;

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
