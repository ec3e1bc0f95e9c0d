/** Functions that read text from strangers: what is shown, stored, dialled, or taken for a name or a picture. */
import { MemoryStore } from '../../../src/files/memory.js';
import { offeredAvatar } from '../../../src/files/avatar.js';
import { numbered, safeName } from '../../../src/files/safe-name.js';
import { parseTarget } from '../../../src/client/url.js';
import { imageKind } from '../../../src/image-kind.js';
import { announcedIn, cutLines } from '../../../src/protocols/projection.js';
import { RoomError } from '../../../src/room/errors.js';
import { foldName, parseRoomName, parseUsername } from '../../../src/room/names.js';
import { visible } from '../../../src/visible.js';
import { gif, LOSSLESS_WEBP, PICTURES, png } from '../../support/pictures.js';
import type { Random } from '../engine/random.js';
import { mutated } from '../engine/mutate.js';
import { check, shown, type Target } from '../engine/target.js';
import { name, text } from '../grammar/text.js';

function textTarget(target: string, make: (random: Random) => string, run: (text: string) => void): Target {
  return {
    name: target,
    kind: 'decoder',
    isGuided: true,
    make: (random) => Buffer.from(make(random)),
    // Half of what arrives has lone surrogates, which no UTF-8 can bring: some come from JSON, and from a keyboard.
    run: (input) =>
      run(input.length % 2 === 0 ? Buffer.from(input).toString() : Buffer.from(input).toString('utf16le')),
  };
}

/** What could drive a terminal or hide: control characters, halves of characters, and what turns the direction. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/u;

function checkVisible(typed: string): void {
  const line = visible(typed);
  check(!UNSEEN.test(line), () => `Something unseen is left: ${shown(line)}`);
  check(visible(line) === line, () => `It is not the same made visible twice: ${shown(line)}`);
  const lines = visible(typed, { newlines: true });
  check(!UNSEEN.test(lines.replaceAll('\n', '')), () => `Something unseen is left: ${shown(lines)}`);
}

function checkCut(typed: string): void {
  const most = 8 + (typed.length % 60);
  const lines = cutLines(typed, most);
  for (const line of lines) {
    check(Buffer.byteLength(line) <= most, () => `A line has more than ${most} bytes: ${shown(line)}`);
    check(line.trim() !== '' && !line.includes('\n'), () => `A line is blank, or two: ${shown(line)}`);
    void announcedIn(line);
  }
  const kept = (of: string): string => of.replace(/\s/g, '');
  check(kept(lines.join('')) === kept(visible(typed, { newlines: true })), () => `Something is lost: ${shown(lines)}`);
}

function checkSafeName(typed: string): void {
  const safe = safeName(typed);
  check(safe !== '' && safe !== '.' && safe !== '..', () => `The name is ${shown(safe)}`);
  check(!/[/\\<>:"|?*]/.test(safe) && !/\p{Cc}/u.test(safe), () => `The name is not safe: ${shown(safe)}`);
  check(!/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(safe), () => `It turns the direction: ${shown(safe)}`);
  check(!/[\u115f\u1160\u3164\uffa0]/.test(safe), () => `It has letters that show as nothing: ${shown(safe)}`);
  check(
    Buffer.byteLength(safe) <= 240 && !safe.startsWith('.snug-'),
    () => `The name is too long, or ours: ${shown(safe)}`,
  );
  check(Buffer.byteLength(numbered(safe, 1000)) <= 255, () => `Numbered it is too long: ${shown(safe)}`);
}

function checkTarget(typed: string): void {
  const target = parseTarget(typed);
  if (!target) return;
  const { scheme, host, port, room } = target;
  check(/^[a-z][a-z0-9+.-]*$/.test(scheme) && host !== '', () => `The address is ${shown(target)}`);
  check(port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535), () => `The port is ${port}`);
  check(typeof room === 'string', () => `The room is ${shown(room)}`);
}

function checkName(typed: string): void {
  for (const parse of [parseUsername, parseRoomName]) {
    const parsed = orRefused(() => parse(typed));
    if (parsed === undefined) continue;
    check(/^[\p{L}\p{N}\p{M}_.-]+$/u.test(parsed) && [...parsed].length <= 32, () => `${shown(parsed)} is legal`);
    check(parsed === parsed.normalize('NFC') && parse(parsed) === parsed, () => `${shown(parsed)} is not settled`);
    check(foldName(foldName(parsed)) === foldName(parsed), () => `${shown(parsed)} has two folded forms`);
    check(parse !== parseUsername || foldName(parsed) !== 'server', () => `${shown(parsed)} is the server`);
  }
}

function orRefused(parse: () => string): string | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RoomError) return undefined;
    throw error;
  }
}

function picture(random: Random): Uint8Array {
  const good = random.pick([...Object.values(PICTURES), LOSSLESS_WEBP, gif(3, 3), png(1024, 1024), png(1025, 1)]);
  return random.once(4) ? good : mutated(good, random.pick(Object.values(PICTURES)), random);
}

async function checkAvatar(input: Uint8Array): Promise<void> {
  const kind = imageKind(input);
  const store = new MemoryStore();
  const offered = offeredAvatar(input, store);
  if (!offered) return check(input.length === 0, () => 'A picture was not looked at.');
  const kept = await offered.keep();
  check((kept === undefined) === (offered.refusal !== undefined), () => 'It was neither kept nor refused.');
  if (!kept) return;
  check(kind !== undefined && new RegExp(`^[0-9a-f]{32}\\.${kind}$`).test(kept.name), () => `It is ${shown(kept)}`);
  check(kept.size === input.length && store.files.size === 1, () => `It was kept as ${shown(kept)}`);
}

const URLS = [
  'records://localhost:18000/Tea',
  'ws://[::1]:80/%20a',
  'chat10://a.b',
  'raw://x:99999',
  'chat://u@h:1/?q#f',
];
const PATHS = ['a.txt', '../../etc/passwd', 'C:\\x\\con', '.', '..', '.snug-1', 'aux.txt', '~', 'x'.repeat(300)];

export const TEXTS: readonly Target[] = [
  textTarget('visible', text, checkVisible),
  textTarget('cut-lines', text, checkCut),
  textTarget('safe-name', (random) => random.pick(PATHS) + (random.once(2) ? text(random) : ''), checkSafeName),
  textTarget('address', (random) => random.pick(URLS) + (random.once(2) ? text(random) : ''), checkTarget),
  textTarget('names', name, checkName),
  { name: 'avatar', kind: 'decoder', isGuided: true, make: picture, run: checkAvatar },
];
