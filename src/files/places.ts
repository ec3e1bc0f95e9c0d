/**
 * Where files of one name go in a folder: `a.txt`, `a (2).txt`, ... The same bytes are kept once, and nothing is ever
 * overwritten: a place is taken by making a link, which fails where something is already. What lies at the places that
 * were seen is remembered by its SHA-256, so that a further file of that name costs the same however many there are.
 * That memory is only a hint: others may use the folder too, so what it says is looked at again before it counts.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import fs from 'fs-extra';
import { codeOf } from '../error-code.js';
import { numbered } from './safe-name.js';

/** Bytes compared at a time. */
const READ_BYTES = 262_144;

/** Names remembered; more of them and the memory starts anew, at the cost of looking at the places again. */
const MOST_NAMES = 10_000;

/** A complete file that is to be put in its place. */
export interface Placed {
  readonly path: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

export class Places {
  private readonly names = new Map<string, Numbers>();

  constructor(private readonly folder: string) {}

  /** Gives the name under which the folder has the file now. */
  async place(file: Placed): Promise<string> {
    const number = await this.of(file.name).place(file);
    return numbered(file.name, number);
  }

  private of(name: string): Numbers {
    let numbers = this.names.get(name);
    if (!numbers) {
      if (this.names.size >= MOST_NAMES) this.names.clear();
      this.names.set(name, (numbers = new Numbers((number) => join(this.folder, numbered(name, number)))));
    }
    return numbers;
  }
}

/** The places of one name. */
class Numbers {
  /** The first one that was not looked at. */
  private next = 1;
  /** Numbers of files that are known by their size alone. */
  private readonly unread = new Map<number, number[]>();
  private readonly known = new Map<string, number>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly pathOf: (number: number) => string) {}

  /** One after the other, so that two of the same bytes find each other. */
  place(file: Placed): Promise<number> {
    const placed = this.turn.then(() => this.find(file));
    this.turn = placed.catch(() => {});
    return placed;
  }

  private async find(file: Placed): Promise<number> {
    // Whoever tidies up the folder expects the plain name to be free then.
    if (await this.take(1, file)) return 1;
    for (;;) {
      await this.readThoseOf(file.size);
      const known = this.known.get(file.sha256);
      if (known !== undefined) {
        if ((await this.take(known, file)) || (await haveSameBytes(file.path, this.pathOf(known)))) return known;
        this.known.delete(file.sha256);
      } else if (await this.take(this.next, file)) return this.next++;
      else await this.look(this.next++);
    }
  }

  /** True when the place was free, and is the file's now. */
  private async take(number: number, { path, sha256 }: Placed): Promise<boolean> {
    const taken = await linkNew(path, this.pathOf(number));
    if (taken) this.known.set(sha256, number);
    return taken;
  }

  private async look(number: number): Promise<void> {
    const there = await fs.stat(this.pathOf(number)).catch(() => undefined);
    if (there?.isFile()) this.unread.set(there.size, [...(this.unread.get(there.size) ?? []), number]);
  }

  private async readThoseOf(size: number): Promise<void> {
    for (const number of this.unread.get(size) ?? []) {
      const sha256 = await sha256Of(this.pathOf(number)).catch(() => undefined);
      if (sha256 !== undefined && !this.known.has(sha256)) this.known.set(sha256, number);
    }
    this.unread.delete(size);
  }
}

/** SHA-256 of a file's bytes, as hexadecimal digits. Throws the error of the system when it cannot be read. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
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
