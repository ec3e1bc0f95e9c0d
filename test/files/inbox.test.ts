import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FolderInbox } from '../../src/files/inbox.js';
import { closeAll } from '../support/cleanup.js';
import { temporaryFolder } from '../support/folders.js';

let folder = '';
let inbox: FolderInbox;

beforeEach(() => {
  folder = join(temporaryFolder('inbox'), 'downloads');
  inbox = new FolderInbox(folder);
});

afterEach(closeAll);

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('The server closed the connection.');
}

describe('the folder where a client keeps what it receives', () => {
  it('is made when the first file comes', async () => {
    expect(existsSync(folder)).toBe(false);
    await inbox.save('hi.txt', pieces('Hello'));
    expect(readdirSync(folder)).toEqual(['hi.txt']);
  });

  it('keeps a file under a safe name and says where', async () => {
    const saved = await inbox.save('../../hi.txt', pieces('Hel', 'lo'));
    expect(saved).toEqual({ path: join(folder, 'hi.txt'), name: 'hi.txt', size: 5 });
    expect(readFileSync(saved.path, 'utf8')).toBe('Hello');
  });

  it('overwrites nothing, and keeps the same bytes under the same name once', async () => {
    const saved = [];
    for (const text of ['one', 'two', 'one']) saved.push(await inbox.save('hi.txt', pieces(text)));
    expect(saved.map(({ name }) => name)).toEqual(['hi.txt', 'hi (2).txt', 'hi.txt']);
    expect(readFileSync(join(folder, 'hi.txt'), 'utf8')).toBe('one');
  });

  it('keeps nothing of a file that did not come whole, and throws why', async () => {
    await expect(inbox.save('hi.txt', broken())).rejects.toThrow('The server closed the connection.');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tries again when the folder could not be made the first time', async () => {
    writeFileSync(folder, 'in the way');
    await expect(inbox.save('hi.txt', pieces('Hello'))).rejects.toHaveProperty('code', 'EEXIST');
    rmSync(folder);
    await expect(inbox.save('hi.txt', pieces('Hello'))).resolves.toMatchObject({ name: 'hi.txt' });
  });
});
