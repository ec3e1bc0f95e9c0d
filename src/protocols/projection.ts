/**
 * Entries for protocols that know nothing but lines of text: docs/protocols.md, "What a protocol cannot say". Their
 * readers are often bare terminals, so nothing goes out that could drive one.
 */
import type { Entry, FileEntry } from '../room/entry.js';
import { visible } from '../visible.js';

/** What is said of a file where its bytes cannot go. */
export function fileLine({ file }: FileEntry): string {
  return `shared ${file.name} (${file.size} ${file.size === 1 ? 'byte' : 'bytes'})`;
}

/**
 * A text or a file as lines, each complete in itself and of at most `maxBytes` in UTF-8: a text with line breaks goes as
 * several, and so does one that is too long.
 */
export function linesOf(entry: Extract<Entry, { kind: 'text' | 'file' }>, maxBytes: number): string[] {
  return cutLines(entry.kind === 'text' ? entry.text : fileLine(entry), maxBytes);
}

/** The same for a text on its way to a server. */
export function cutLines(text: string, maxBytes: number): string[] {
  return visible(text, { newlines: true })
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => cut(line, maxBytes));
}

/** Who joined or left, where the text is the announcement of it in this server's words (room/entry.ts). */
export function announcedIn(text: string): { kind: 'joined' | 'left'; name: string } | undefined {
  const [, name, verb] = /^(\S+) (joined|left) the chatroom\.$/.exec(text) ?? [];
  return name === undefined ? undefined : { kind: verb === 'left' ? 'left' : 'joined', name };
}

/** Cuts between characters, after a space where there is one near the end. */
function cut(line: string, maxBytes: number): string[] {
  const bytes = Buffer.from(line);
  const pieces: string[] = [];
  let start = 0;
  while (start + maxBytes < bytes.length) {
    const piece = firstPiece(bytes.subarray(start, start + maxBytes));
    start += Buffer.byteLength(piece);
    if (piece.trim() !== '') pieces.push(piece.trimEnd());
  }
  const rest = bytes.toString('utf8', start);
  return rest.trim() === '' ? pieces : [...pieces, rest];
}

function firstPiece(bytes: Uint8Array): string {
  // A decoder that streams keeps back the half of a character at the end.
  const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
  const space = whole.lastIndexOf(' ');
  return space > whole.length / 2 ? whole.slice(0, space + 1) : whole;
}
