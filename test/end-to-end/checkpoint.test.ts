import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';

const MEBIBYTE = 1_048_576;

afterEach(closeAll);

describe('what was committed', () => {
  it('is moved from the log into the history while the server runs, and the log is gone when it has stopped', async () => {
    const server = await ServerProcess.start();
    const path = join(server.data, 'history.sqlite');
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    for (let number = 1; number <= 80; number++) {
      peer.say('x'.repeat(MEBIBYTE / 2), number);
      await peer.waitFor((record) => record.flags === 0 && record.number === number, `text ${number}`);
    }
    await eventually(() => statSync(path).size > 16 * MEBIBYTE, 'the history to grow');
    await server.stop();
    expect(statSync(path).size).toBeGreaterThan(40 * MEBIBYTE);
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })).toBeUndefined();
  });
});
