import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FolderInUseError, lockFolder } from '../../src/history/lock.js';
import { closeAll } from '../support/cleanup.js';
import { temporaryFolder } from '../support/folders.js';

afterEach(closeAll);

describe('the lock of a data folder', () => {
  it('is had by one at a time, and free again when that one lets go', () => {
    const folder = temporaryFolder('data');
    const unlock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(FolderInUseError);
    expect(() => lockFolder(folder)).toThrow(folder);
    unlock();
    lockFolder(folder)();
  });

  it('stays with its holder when somebody else has tried', () => {
    const folder = temporaryFolder('data');
    const unlock = lockFolder(folder);
    for (let attempt = 0; attempt < 3; attempt++) expect(() => lockFolder(folder)).toThrow(FolderInUseError);
    unlock();
  });

  it('is one for each folder', () => {
    const unlock = [temporaryFolder('data'), temporaryFolder('data')].map(lockFolder);
    for (const free of unlock) free();
    expect(unlock).toHaveLength(2);
  });

  it('says something else when the folder is not there', () => {
    const folder = join(temporaryFolder('data'), 'nowhere');
    expect(() => lockFolder(folder)).toThrow(expect.not.objectContaining({ name: 'FolderInUseError' }));
    expect(existsSync(folder)).toBe(false);
  });
});
