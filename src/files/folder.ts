/**
 * Files in one folder, for people to find under the names they were shared by. A file is written under a temporary name
 * and put in its place when it is complete; the same bytes under the same name are kept once, other bytes get
 * `coolfile1 (2).txt`; nothing is ever overwritten. Several servers and clients may share one folder.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import fs from 'fs-extra';
import { codeOf } from '../error-code.js';
import type { StoredFile } from '../room/entry.js';
import { RoomError } from '../room/errors.js';
import type { FileStore, IncomingFile } from '../room/ports.js';
import { numbered, safeName } from './safe-name.js';

/** Bytes read from a file at a time. */
const READ_BYTES = 262_144;
const TEMPORARY = /^\.snug-(\d+)-[0-9a-f]+\.part$/;

export class FolderStore implements FileStore {
  private constructor(private readonly folder: string) {}

  /** Makes the folder if need be and clears away what a process that is gone left half-written. */
  static async open(folder: string): Promise<FolderStore> {
    await fs.ensureDir(folder);
    const abandoned = (await fs.readdir(folder)).filter(isAbandoned);
    await Promise.all(abandoned.map((name) => fs.remove(join(folder, name))));
    return new FolderStore(folder);
  }

  pathOf(file: StoredFile): string {
    return join(this.folder, file.stored);
  }

  async receive(name: string): Promise<IncomingFile> {
    const path = join(this.folder, `.snug-${process.pid}-${randomBytes(8).toString('hex')}.part`);
    return new Incoming(this.folder, safeName(name), path, await open(path, 'wx'));
  }

  async *read(file: StoredFile, offset: number): AsyncGenerator<Uint8Array> {
    const handle = await this.openStored(file);
    try {
      for (let position = offset; position < file.size;) {
        const length = Math.min(READ_BYTES, file.size - position);
        const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(length), position });
        if (bytesRead === 0) throw fileGone(file);
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  async contents(file: StoredFile): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.read(file, 0)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  private async openStored(file: StoredFile): Promise<FileHandle> {
    const handle = await open(this.pathOf(file), 'r').catch(() => {
      throw fileGone(file);
    });
    const { size } = await handle.stat();
    if (size === file.size) return handle;
    await handle.close();
    throw fileGone(file);
  }
}

class Incoming implements IncomingFile {
  private size = 0;

  constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    await this.handle.writeFile(bytes);
    this.size += bytes.length;
  }

  async keep(): Promise<StoredFile> {
    await this.handle.close();
    try {
      return { name: this.name, stored: await this.place(), size: this.size };
    } finally {
      await fs.remove(this.path);
    }
  }

  async discard(): Promise<void> {
    await this.handle.close();
    await fs.remove(this.path);
  }

  /** Links the file to the first name that is free or holds the same bytes already. */
  private async place(): Promise<string> {
    for (let number = 1; ; number++) {
      const candidate = numbered(this.name, number);
      const target = join(this.folder, candidate);
      if ((await linkNew(this.path, target)) || (await haveSameBytes(this.path, target))) return candidate;
    }
  }
}

/** False when there is something of that name already. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(codeOf(error))) throw error;
    return copyNew(from, to);
  }
}

/** For file systems without hard links. */
async function copyNew(from: string, to: string): Promise<boolean> {
  try {
    await fs.copyFile(from, to, fs.constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function haveSameBytes(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([fs.stat(one), fs.stat(other).catch(() => undefined)]);
  if (!b?.isFile() || a.size !== b.size) return false;
  const [first, second] = await Promise.all([open(one, 'r'), open(other, 'r')]);
  try {
    return await readEqually(first, second);
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
}

async function readEqually(first: FileHandle, second: FileHandle): Promise<boolean> {
  const [a, b] = [Buffer.allocUnsafe(READ_BYTES), Buffer.allocUnsafe(READ_BYTES)];
  for (let position = 0; ;) {
    const [{ bytesRead }, other] = await Promise.all([
      first.read({ buffer: a, position }),
      second.read({ buffer: b, position }),
    ]);
    if (bytesRead !== other.bytesRead || !a.subarray(0, bytesRead).equals(b.subarray(0, bytesRead))) return false;
    if (bytesRead === 0) return true;
    position += bytesRead;
  }
}

function isAbandoned(name: string): boolean {
  const pid = TEMPORARY.exec(name)?.[1];
  return pid !== undefined && Number(pid) !== process.pid && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function fileGone({ name }: StoredFile): RoomError {
  return new RoomError('file-gone', `${name} is no longer here as it was shared.`);
}
