/** The one place where a file name that a peer sent is made safe to put into a path and to show. */
import filenamify from 'filenamify';

/** File systems allow 255 bytes; this leaves room for ` (2)` and the like. */
const MAX_NAME_BYTES = 240;
const NAMELESS = 'unnamed';

/** Letters of Hangul that stand for none and show as nothing; filenamify takes them for letters like others. */
const FILLERS = /[\u115f\u1160\u3164\uffa0]/g;

/** The base name of what was typed, without anything that a file system or a terminal could take amiss. */
export function safeName(typed: string): string {
  const base = typed.split(/[/\\]/).at(-1)!;
  if (/^[. ]*$/.test(base)) return NAMELESS;
  const name = filenamify(base.replace(FILLERS, '_'), { replacement: '_', maxLength: Infinity });
  // Our own temporary files start like this, and are cleared away.
  return shorten(name.replace(/^\.snug-/, '_snug-'));
}

/** `coolfile1.txt` becomes `coolfile1 (2).txt`. */
export function numbered(name: string, number: number): string {
  if (number === 1) return name;
  const { stem, extension } = splitName(name);
  return `${stem} (${number})${extension}`;
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const { stem, extension } = splitName(name);
  const kept = extension.length <= 32 ? extension : '';
  const room = MAX_NAME_BYTES - Buffer.byteLength(kept);
  // Cut between characters: a decoder that streams keeps back the half of one at the end.
  const cut = new TextDecoder().decode(Buffer.from(kept ? stem : name).subarray(0, room), { stream: true });
  return cut.trimEnd() + kept;
}

function splitName(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension: name.slice(dot) };
}
