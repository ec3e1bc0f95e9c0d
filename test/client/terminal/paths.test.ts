import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { candidates, completePath, openFile, type Places, unquoted } from '../../../src/client/terminal/paths.js';
import { closeAll } from '../../support/cleanup.js';
import { temporaryFolder } from '../../support/folders.js';

describe('unquoted', () => {
  it.each([
    ['coolfile1.txt', 'coolfile1.txt'],
    ['  coolfile1.txt ', 'coolfile1.txt'],
    ['"my file.txt"', 'my file.txt'],
    ["'my file.txt' ", 'my file.txt'],
    ['"half', '"half'],
    ['"', '"'],
  ])('of %j is %j', (typed, expected) => {
    expect(unquoted(typed)).toBe(expected);
  });
});

describe('candidates', () => {
  it.each([
    ['attachments/a.txt', ['/given/a.txt', 'attachments/a.txt', '/given/attachments/a.txt']],
    ['a.txt', ['a.txt', '/given/a.txt']],
    ['~/a.txt', ['/home/cool/a.txt']],
    ['~a.txt', ['~a.txt', '/given/~a.txt']],
    ['/tmp/a.txt', ['/tmp/a.txt']],
    ['../a.txt', ['../a.txt', '/a.txt']],
  ])('of %s are %j', (typed, expected) => {
    expect(candidates(typed, { attachments: '/given', home: '/home/cool' })).toEqual(expected);
  });
});

describe('in a folder', () => {
  let places: Places;

  beforeAll(() => {
    const home = temporaryFolder('home');
    places = { attachments: join(home, 'given'), home };
    mkdirSync(join(home, 'given', 'deep'), { recursive: true });
    for (const name of ['coolfile1.txt', 'coolfile1.png', 'other.txt', '.hidden', 'bad\x1b.txt', 'deep/er.txt'])
      writeFileSync(join(home, 'given', name), 'text');
  });

  afterAll(closeAll);

  it.each(['attachments/other.txt', 'other.txt', 'attachments/deep/er.txt', '~/given/other.txt'])(
    'opens %s',
    async (path) => {
      const { handle, size } = await openFile(path, places);
      await handle.close();
      expect(size).toBe(4);
    },
  );

  it.each([
    ['attachments/no.txt', 'There is no file attachments/no.txt.'],
    ['other.txt/no', 'There is no file other.txt/no.'],
    ['attachments/deep', 'attachments/deep is a folder, not a file.'],
    ['/dev/null', '/dev/null is not a file.'],
    ['no\x1b[2J', 'There is no file no␛[2J.'],
    ['no\0', 'no␀ cannot be read: it is no proper path.'],
  ])('says why %j cannot be uploaded', async (path, sentence) => {
    await expect(openFile(path, places)).rejects.toThrow(sentence);
  });

  it.each([
    ['', ['attachments/']],
    ['att', ['attachments/']],
    ['attachments/cool', ['attachments/coolfile1.png', 'attachments/coolfile1.txt']],
    ['attachments/', ['coolfile1.png', 'coolfile1.txt', 'deep/', 'other.txt'].map((name) => `attachments/${name}`)],
    ['attachments/.', ['attachments/.hidden']],
    ['attachments/deep/', ['attachments/deep/er.txt']],
    ['ot', ['other.txt']],
    ['~/given/ot', ['~/given/other.txt']],
    ['nowhere/x', []],
  ])('completes %j to %j', async (typed, expected) => {
    expect(await completePath(typed, places)).toEqual({ word: typed, choices: expected });
  });
});
