import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { codeOf } from '../../error-code.js';
import { visible } from '../../visible.js';
import type { Completion } from './screen.js';

/** Where typed paths lead. */
export interface Places {
  /** The folder that a client offers files from. */
  readonly attachments: string;
  readonly home: string;
}

/** A path that cannot be uploaded. The message is one sentence for the person. */
export class UnusableFileError extends Error {
  override readonly name = 'UnusableFileError';
}

/** As it is written in a path, whatever the folder is called (seed 002, 5.8c). */
const ATTACHMENTS = 'attachments/';

/** What was meant by a typed path: without the quotes that a terminal puts around a dropped file. */
export function unquoted(typed: string): string {
  const trimmed = typed.trim();
  return /^(["']).*\1$/s.test(trimmed) && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
}

/** The paths that `path` may mean, the likeliest first. */
export function candidates(path: string, places: Places): readonly string[] {
  const expanded = path.replace(/^~(?=\/|$)/, () => places.home);
  const attached = expanded.startsWith(ATTACHMENTS)
    ? [join(places.attachments, expanded.slice(ATTACHMENTS.length)), expanded]
    : [expanded];
  return isAbsolute(expanded) ? attached : [...attached, join(places.attachments, expanded)];
}

export interface OpenFile {
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
}

/** Opens the file that `path` means for reading. Throws UnusableFileError. */
export async function openFile(path: string, places: Places): Promise<OpenFile> {
  for (const candidate of candidates(path, places)) {
    const found = await stat(candidate).catch((error: unknown) => refuseUnlessMissing(path, error));
    if (!found) continue;
    if (found.isDirectory()) throw new UnusableFileError(`${visible(path)} is a folder, not a file.`);
    // A pipe or a device could make us wait for ever.
    if (!found.isFile()) throw new UnusableFileError(`${visible(path)} is not a file.`);
    const handle = await open(candidate).catch((error: unknown) => refuse(path, error));
    return { handle, size: found.size };
  }
  throw new UnusableFileError(`There is no file ${visible(path)}.`);
}

function refuseUnlessMissing(path: string, error: unknown): undefined {
  const code = codeOf(error);
  if (code !== 'ENOENT' && code !== 'ENOTDIR') refuse(path, error);
}

function refuse(path: string, error: unknown): never {
  const code = codeOf(error);
  const reason = REASONS.get(code) ?? code;
  throw new UnusableFileError(`${visible(path)} cannot be read: ${reason}.`, { cause: error });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'you have no permission'],
  ['EPERM', 'you have no permission'],
  ['ERR_INVALID_ARG_VALUE', 'it is no proper path'],
]);

/** What a path that begins with `typed` could become: names in the folder it leads to, or in the attachments folder. */
export async function completePath(typed: string, places: Places): Promise<Completion> {
  const word = typed.trimStart();
  const slash = word.lastIndexOf('/') + 1;
  const folder = word.slice(0, slash);
  const beginning = word.slice(slash);
  if (slash === 0) return { word, choices: await bareNames(beginning, places) };
  const names = await firstFolder(candidates(folder, places));
  return { word, choices: beginningWith(beginning, names).map((name) => folder + name) };
}

/** Without a folder the attachments are meant first of all, as in the seed's `attachments/coolfile1.txt`. */
async function bareNames(beginning: string, places: Places): Promise<readonly string[]> {
  const attached = (await namesIn(places.attachments)) ?? [];
  const prefix = ATTACHMENTS.startsWith(beginning) ? [ATTACHMENTS] : [];
  return beginning === '' ? prefix : [...prefix, ...beginningWith(beginning, attached)];
}

async function firstFolder(folders: readonly string[]): Promise<readonly string[]> {
  for (const folder of folders) {
    const names = await namesIn(folder);
    if (names) return names;
  }
  return [];
}

/** Names in a folder, other folders with a slash behind; `undefined` when it cannot be read. */
async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  } catch {
    return undefined;
  }
}

/** Hidden files are offered to who asks for them; names that could drive the terminal to nobody. */
function beginningWith(beginning: string, names: readonly string[]): readonly string[] {
  return names.filter(
    (name) => name.startsWith(beginning) && visible(name) === name && (beginning !== '' || !name.startsWith('.')),
  );
}

/** The name without its folders, as it is shown. */
export function shortName(path: string): string {
  return visible(basename(path) || dirname(path));
}
