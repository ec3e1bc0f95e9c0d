import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { Checkpoints } from '../../src/history/checkpoint.js';
import { SqliteHistory } from '../../src/history/sqlite.js';
import { say } from '../contracts/history-contract.js';
import { closeAll } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder } from '../support/folders.js';

afterEach(closeAll);

describe('a history whose log nobody moves', () => {
  it('says so once, and can be closed', async () => {
    let failures = 0;
    const checkpoints = new Checkpoints(join(temporaryFolder('checkpoint'), 'no', 'history.sqlite'), () => failures++);
    checkpoints.committed(40_000_000, 100);
    await eventually(() => failures > 0, 'the failure');
    checkpoints.committed(40_000_000, 100);
    await checkpoints.stop();
    expect(failures).toBe(1);
  });

  it('keeps all that it is given, and has it in its file when it is closed', async () => {
    const path = join(temporaryFolder('checkpoint'), 'history.sqlite');
    const history = new SqliteHistory(path, Date.now);
    const log = await history.open('');
    for (let count = 0; count < 80; count++) await log.append([say('Cool', 'x'.repeat(500_000))]);
    await history.close();
    const database = new Database(path, { readonly: true });
    expect(database.prepare('SELECT max(last) FROM batch').pluck().get()).toBe(80);
    database.close();
  });
});
