/** What the browser remembers of a person for the next time: a name, and a picture cut to the size of an avatar. */
import type { Avatar } from '../../connection.js';
import type { SeatMemory } from '../model/seat-memory.js';

const NAME = 'snug-name';
const AVATAR = 'snug-avatar';
const PASSPHRASE = 'snug-passphrase';
const SEAT = 'snug-seat';

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

/** For as long as the page is open: what opens a room is not left lying about. */
export function keptPassphrase(): string {
  return read(PASSPHRASE, 'sessionStorage') ?? '';
}

export function keepPassphrase(passphrase: string): void {
  write(PASSPHRASE, passphrase, 'sessionStorage');
}

/** One's seat in a room: a page that is loaded again comes back to it, another page is another person. */
export class SeatCard implements SeatMemory {
  constructor(private readonly room: string) {}

  recall(name: string): string {
    const [owner, token = ''] = (read(this.key, 'sessionStorage') ?? '').split(' ');
    return owner === name ? token : '';
  }

  keep(name: string, token: string): void {
    write(this.key, `${name} ${token}`, 'sessionStorage');
  }

  private get key(): string {
    return `${SEAT}-${this.room}`;
  }
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

/** How long the browser remembers: from visit to visit, or as long as the page is open. */
type Memory = 'localStorage' | 'sessionStorage';

/** A browser may forbid a page to remember anything; then it is asked for anew each time. */
function read(key: string, memory: Memory = 'localStorage'): string | undefined {
  try {
    return window[memory].getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, value: string | undefined, memory: Memory = 'localStorage'): void {
  try {
    if (value === undefined) window[memory].removeItem(key);
    else window[memory].setItem(key, value);
  } catch {
    // As above.
  }
}
