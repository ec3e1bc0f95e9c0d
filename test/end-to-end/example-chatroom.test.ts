import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const EXAMPLE = fileURLToPath(new URL('../../docs/example-chatroom.mjs', import.meta.url));

/** A port that nobody uses at this moment. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the example of the library', () => {
  it('runs, and ends by itself', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [EXAMPLE, `${await freePort()}`]);
    expect(stderr).toBe('');
    expect(stdout.split('\n').sort()).toEqual(
      [
        'User Ethan joined',
        'Cindy: Hi Ethan!',
        'Ethan: Hi Cindy! There are 2 of us.',
        'The server is shutting down.',
        'The server is shutting down.',
        '',
      ].sort(),
    );
  });
});
