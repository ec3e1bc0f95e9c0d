/**
 * Files in one folder, for people to find under the names they were shared by. A file is written under a temporary name
 * and put in its place when it is complete; the same bytes under the same name are kept once, other bytes get
 * `coolfile1 (2).txt`; nothing is ever overwritten. Several servers and clients may share one folder.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import fs from 'fs-extra';
import { codeOf } from '../error-code.js';
import type { StoredFile } from '../room/entry.js';
import { RoomError } from '../room/errors.js';
import type { Clock, FileStore, IncomingFile } from '../room/ports.js';
import { type Placed, Places, sha256Of } from './places.js';
import { safeName } from './safe-name.js';

/** Bytes read from a file at a time. */
const READ_BYTES = 524_288;
const TEMPORARY = /^\.snug-(\d+)-[0-9a-f]+\.part$/;

export class FolderStore implements FileStore {
  private readonly places: Places;
  /** When a file was given to somebody who wanted to share it, last. */
  private readonly given = new Map<string, number>();

  private constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {
    this.places = new Places(folder);
  }

  /** Makes the folder if need be and clears away what a process that is gone left half-written. */
  static async open(folder: string, clock: Clock = Date.now): Promise<FolderStore> {
    await fs.ensureDir(folder);
    const abandoned = (await fs.readdir(folder)).filter(isAbandoned);
    await Promise.all(abandoned.map((name) => fs.remove(join(folder, name))));
    return new FolderStore(folder, clock);
  }

  pathOf(file: StoredFile): string {
    return join(this.folder, file.stored);
  }

  async receive(name: string): Promise<IncomingFile> {
    const path = join(this.folder, `.snug-${process.pid}-${randomBytes(8).toString('hex')}.part`);
    return new Incoming((file) => this.keep(file), safeName(name), path, await open(path, 'wx'));
  }

  /** Each piece stands in the same memory: it is overwritten when the next one is asked for. */
  async *read(file: StoredFile, offset: number): AsyncGenerator<Uint8Array> {
    const handle = await this.openStored(file);
    try {
      const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, Math.max(0, file.size - offset)));
      for (let position = offset; position < file.size; position += buffer.length) {
        const piece = buffer.subarray(0, file.size - position);
        await fill(piece, handle, position, file);
        yield piece;
      }
    } finally {
      await handle.close();
    }
  }

  async contents(file: StoredFile): Promise<Uint8Array> {
    const handle = await this.openStored(file);
    try {
      return await fill(Buffer.allocUnsafeSlow(file.size), handle, 0, file);
    } finally {
      await handle.close();
    }
  }

  async remove(file: StoredFile, shared: number): Promise<boolean> {
    if ((this.given.get(file.stored) ?? 0) > shared) return false;
    this.given.delete(file.stored);
    if (await this.isAsShared(file)) await fs.unlink(this.pathOf(file));
    return true;
  }

  private async keep(file: Placed): Promise<StoredFile> {
    const { name, size, sha256 } = file;
    const stored = await this.places.place(file);
    this.given.set(stored, this.clock());
    return { name, stored, size, sha256 };
  }

  /** Of a file whose hash was not kept the size has to do, as when it is read. */
  private async isAsShared(file: StoredFile): Promise<boolean> {
    const there = await fs.lstat(this.pathOf(file)).catch(() => undefined);
    if (!there?.isFile() || there.size !== file.size) return false;
    return file.sha256 === undefined || (await sha256Of(this.pathOf(file))) === file.sha256;
  }

  private async openStored(file: StoredFile): Promise<FileHandle> {
    if (file.gone) throw fileGone(file);
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
  private readonly hash = createHash('sha256');

  constructor(
    private readonly place: (file: Placed) => Promise<StoredFile>,
    private readonly name: string,
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    const written = this.handle.writeFile(bytes);
    this.hash.update(bytes);
    this.size += bytes.length;
    await written;
  }

  async keep(): Promise<StoredFile> {
    await this.handle.close();
    const { path, name, size } = this;
    try {
      return await this.place({ path, name, size, sha256: this.hash.digest('hex') });
    } finally {
      await fs.remove(this.path);
    }
  }

  async discard(): Promise<void> {
    await this.handle.close();
    await fs.remove(this.path);
  }
}

/** Reads as many bytes as there is room for. Throws RoomError `file-gone` when there are fewer. */
async function fill(buffer: Buffer, handle: FileHandle, position: number, file: StoredFile): Promise<Buffer> {
  for (let filled = 0; filled < buffer.length;) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) throw fileGone(file);
    filled += bytesRead;
  }
  return buffer;
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
