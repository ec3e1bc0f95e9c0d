/**
 * Text from others never drives a terminal or hides in a log: whatever would move the cursor, change the direction of
 * reading or take no room at all is shown as something that can be seen. The joiners U+200C and U+200D and the
 * variation selectors stay, because scripts and emoji need them.
 */

/** C0, DEL, C1, bidirectional controls, line separators, zero-width formats, fillers, tags and lone surrogates. */
const UNSEEN =
  '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f' +
  '\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e007f}\\p{Cs}]';
const HAS_UNSEEN = new RegExp(UNSEEN, 'u');
const EACH_UNSEEN = new RegExp(UNSEEN, 'gu');
const EACH_UNSEEN_BUT_NEWLINE = new RegExp(`(?!\\n)${UNSEEN}`, 'gu');

const TAB = '    ';
const CONTROL_PICTURES = 0x2400;
const PICTURE_OF_DEL = '\u2421';

/**
 * `text` with everything that cannot be seen turned into something that can: control pictures such as `␛` for the old
 * controls, `\u{202e}` for the rest, spaces for a tab. With `newlines`, line breaks stay, as `\n`.
 */
export function visible(text: string, options: { newlines?: boolean } = {}): string {
  if (!HAS_UNSEEN.test(text)) return text;
  if (!options.newlines) return text.replace(EACH_UNSEEN, seen);
  return text.replace(/\r\n?/g, '\n').replace(EACH_UNSEEN_BUT_NEWLINE, seen);
}

function seen(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\t') return TAB;
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
  if (code === 0x7f) return PICTURE_OF_DEL;
  return `\\u{${code.toString(16)}}`;
}
