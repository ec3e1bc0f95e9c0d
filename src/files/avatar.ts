/** The picture that somebody joins with (docs/protocols.md, R14): what may be one, and how it is kept. */
import { createHash } from 'node:crypto';
import { imageKind } from '../image-kind.js';
import type { StoredFile } from '../room/entry.js';
import { RoomError } from '../room/errors.js';
import type { FileStore, KeepAvatar } from '../room/ports.js';

/** Enough for a picture that stands beside a name, and little to everyone who has to fetch those of a whole room. */
export const MAX_AVATAR_BYTES = 65_536;

/** Pixels each way: a few bytes can stand for a huge picture, and this one takes 4 MiB wherever it is shown. */
export const MAX_AVATAR_SIDE = 1024;

/** Hexadecimal digits of the SHA-256 that are the name: so many that nobody can make two pictures of one name. */
const DIGITS = 32;

/** An avatar that came with a wish to join. */
export interface OfferedAvatar {
  /** Never rejects: a picture keeps nobody out, and whoever has a seat by then joins without it. */
  readonly keep: KeepAvatar;
  /** Why it was not kept, once `keep` has tried and failed. */
  readonly refusal: RoomError | undefined;
}

/** The avatar in `bytes`, to be put into `store`; undefined when there are none. */
export function offeredAvatar(bytes: Uint8Array, store: FileStore): OfferedAvatar | undefined {
  return bytes.length === 0 ? undefined : new Offered(bytes, store);
}

class Offered implements OfferedAvatar {
  refusal: RoomError | undefined;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly store: FileStore,
  ) {}

  readonly keep = async (): Promise<StoredFile | undefined> => {
    try {
      return await put(this.bytes, await nameOf(this.bytes), this.store);
    } catch (cause) {
      this.refusal = cause instanceof RoomError ? cause : refused('the server could not store it', cause);
      return undefined;
    }
  };
}

/** The name of the picture, made from its bytes: the same name is the same picture. Throws RoomError `file-refused`. */
async function nameOf(bytes: Uint8Array): Promise<string> {
  if (bytes.length > MAX_AVATAR_BYTES) throw refused(`it has more than ${MAX_AVATAR_BYTES} bytes`);
  // The library guesses among twenty kinds; behind one of these beginnings it can take a picture for nothing else, so
  // that what a stranger sent meets four parsers and not the other sixteen.
  const kind = imageKind(bytes);
  const size = kind && (await sizeOf(bytes));
  if (!size) throw refused('it is not a PNG, JPEG, GIF or WebP image');
  if (size.width > MAX_AVATAR_SIDE || size.height > MAX_AVATAR_SIDE) {
    throw refused(`it has more than ${MAX_AVATAR_SIDE} x ${MAX_AVATAR_SIDE} pixels`);
  }
  return createHash('sha256').update(bytes).digest('hex').slice(0, DIGITS) + `.${kind}`;
}

/** Pixels; undefined when the bytes do not say, or say that there are none. */
async function sizeOf(bytes: Uint8Array): Promise<{ width: number; height: number } | undefined> {
  // Loaded with the first avatar: every start would wait for it.
  const { imageSize } = await import('image-size');
  try {
    // A copy, since it reads on beyond the end of a part of something larger.
    const { width, height } = imageSize(Uint8Array.from(bytes));
    return width > 0 && height > 0 ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

async function put(bytes: Uint8Array, name: string, store: FileStore): Promise<StoredFile> {
  const incoming = await store.receive(name);
  try {
    await incoming.write(bytes);
    return await incoming.keep();
  } catch (error) {
    await incoming.discard();
    throw error;
  }
}

function refused(reason: string, cause?: unknown): RoomError {
  return new RoomError('file-refused', `Your avatar was not kept: ${reason}.`, { cause });
}
