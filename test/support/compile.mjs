import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Before the first end-to-end test: they run the program as it is compiled. */
export default function compile() {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../src/setup.mjs', import.meta.url)), '--only'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
