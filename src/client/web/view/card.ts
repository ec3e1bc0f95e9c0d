/** What the browser remembers of a person for the next time: a name, and a picture cut to the size of an avatar. */
import type { Avatar } from '../../connection.js';

const NAME = 'snug-name';
const AVATAR = 'snug-avatar';

/** Pixels of an avatar's sides: as large as it is ever shown, on a fine screen. */
const SIDE = 144;

/** Bytes that the server takes (docs/protocols.md, R6). */
const MOST_BYTES = 65_536;

export function keptName(): string {
  return read(NAME) ?? '';
}

export function keepName(name: string): void {
  write(NAME, name);
}

export function keptAvatar(): Avatar | undefined {
  const kept = read(AVATAR);
  return kept === undefined ? undefined : avatarOf(Uint8Array.from(atob(kept), (byte) => byte.charCodeAt(0)));
}

export function keepAvatar(avatar: Avatar): Avatar {
  write(AVATAR, btoa(String.fromCharCode(...avatar.contents)));
  return avatar;
}

export function forgetAvatar(): void {
  write(AVATAR, undefined);
}

/** The middle of a picture as an avatar; `undefined` when the browser cannot read the file as one. */
export async function madeAvatar(file: Blob): Promise<Avatar | undefined> {
  try {
    const picture = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(SIDE, SIDE);
    const side = Math.min(picture.width, picture.height);
    const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
    canvas.getContext('2d')!.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
    const png = await canvas.convertToBlob({ type: 'image/png' });
    const blob = png.size <= MOST_BYTES ? png : await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
    return avatarOf(new Uint8Array(await blob.arrayBuffer()));
  } catch {
    return undefined;
  }
}

function avatarOf(contents: Uint8Array): Avatar {
  return { name: 'avatar', contents };
}

/** A browser may forbid a page to remember anything; then it is asked for anew each time. */
function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}
