import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './cleanup.js';

/** The file that everyone uploads in the seed's test plan. */
export const COOL_FILE = 'coolfile1.txt';
export const COOL_TEXT =
  'I am on a light diet: I eat in daylight, I eat in moonlight, and sometimes, I eat in refrigerator light!';

/** A new empty folder, removed by `closeAll`. */
export function temporaryFolder(name = 'folder'): string {
  const folder = mkdtempSync(join(tmpdir(), `snug-${name}-`));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where a person who runs a client keeps things: what to share, and what was received, nothing at first. */
export interface Home {
  readonly folder: string;
  readonly attachments: string;
  readonly downloads: string;
}

export function home(name: string): Home {
  const folder = temporaryFolder(name);
  const [attachments, downloads] = [join(folder, 'attachments'), join(folder, 'downloads')];
  mkdirSync(attachments);
  mkdirSync(downloads);
  writeFileSync(join(attachments, COOL_FILE), COOL_TEXT);
  return { folder, attachments, downloads };
}

/** Names of the files in a folder, without those that are still being written; none when there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}
