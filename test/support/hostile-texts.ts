/**
 * Texts that drive a terminal, change the direction of reading, or hide something, if they are written as they come.
 * Those with line breaks stand apart, so that each of the others can be one message of any protocol.
 */

const ESC = '\x1b';
const CSI = `${ESC}[`;
const OSC = `${ESC}]`;
const ST = `${ESC}\\`;
const BEL = '\x07';

export interface HostileText {
  readonly what: string;
  readonly text: string;
}

function items(texts: Readonly<Record<string, string>>): readonly HostileText[] {
  return Object.entries(texts).map(([what, text]) => ({ what, text }));
}

/** What reaches beyond the terminal: the clipboard, the title, links, colours of everything, questions it answers. */
const REACHING_OUT = items({
  'OSC 52, into the clipboard': `${OSC}52;c;cm0gLXJmIH4=${BEL}`,
  'OSC 52, out of the clipboard': `${OSC}52;c;?${ST}`,
  'OSC 8, a link': `${OSC}8;;http://evil.example/${ST}click${OSC}8;;${ST}`,
  'OSC 8, a link that never ends': `${OSC}8;id=1;file:///etc/passwd${ST}click`,
  'OSC 0, the title': `${OSC}0;owned${BEL}`,
  'OSC 2, the title': `${OSC}2;owned${ST}`,
  'OSC 4, the palette': `${OSC}4;1;rgb:00/00/00${ST}`,
  'OSC 10 and 11, the colours': `${OSC}10;#000000${BEL}${OSC}11;#000000${BEL}`,
  'OSC 11, a question': `${OSC}11;?${BEL}`,
  'OSC 1337, a file': `${OSC}1337;File=name=eA==;inline=0:AAAA${BEL}`,
  'OSC 9, a notification': `${OSC}9;owned${BEL}`,
  'OSC 777, a notification': `${OSC}777;notify;owned;owned${BEL}`,
  'OSC 133, a prompt': `${OSC}133;A${ST}`,
  'OSC 7, the folder': `${OSC}7;file:///tmp${ST}`,
  'CSI 6n, where is the cursor': `${CSI}6n`,
  'CSI 5n, how are you': `${CSI}5n`,
  'CSI c, who are you': `${CSI}c${CSI}>c${CSI}=c`,
  'CSI 21t, the title as an answer': `${CSI}21t${CSI}18t`,
  'DECRQSS, a setting as an answer': `${ESC}P$qm${ST}`,
  'XTGETTCAP, a capability as an answer': `${ESC}P+q544e${ST}`,
  'DECRQM, a mode as an answer': `${CSI}?2004$p`,
  'ENQ, the answerback': '\x05',
  BEL: BEL,
});

/** What changes how all that follows is shown. */
const STICKING = items({
  'RIS, everything anew': `${ESC}c`,
  'DECSTR, a soft reset': `${CSI}!p${CSI}4h`,
  'SGR, colours that stay': `${CSI}31;47;1;5;7m`,
  'SGR, concealed': `${CSI}8m`,
  'DECSCUSR, the cursor': `${CSI}5 q`,
  'DECTCEM, no cursor': `${CSI}?25l`,
  'the alternate screen': `${CSI}?1049h`,
  'the alternate screen, the old way': `${CSI}?47h`,
  'mouse reports': `${CSI}?1000h${CSI}?1003h${CSI}?1006h`,
  'focus reports': `${CSI}?1004h`,
  'bracketed paste': `${CSI}?2004h`,
  'application cursor keys': `${CSI}?1h${ESC}=`,
  'insert mode': `${CSI}4h`,
  'newline mode': `${CSI}20h`,
  'no wrapping': `${CSI}?7l`,
  'reverse wrapping': `${CSI}?45h`,
  'origin mode': `${CSI}?6h`,
  'synchronized output': `${CSI}?2026h`,
  'DECSTBM, the scroll region': `${CSI}3;5r`,
  'tab stops away': `${CSI}3g`,
  'a tab stop': `${ESC}H`,
  'line drawing in G0': `${ESC}(0`,
  'line drawing in G1': `${ESC})0\x0e`,
  SO: '\x0e',
  'the cursor saved': `${CSI}10C${ESC}7`,
  'the cursor saved, another way': `${CSI}10C${CSI}s`,
});

/** What moves about on the screen, or hides there. */
const MOVING = items({
  'the cursor home, all erased': `${CSI}H${CSI}2J${CSI}3J`,
  backspaces: `\b\b\b\b\b\b\b\bServer: `,
  'VT and FF': '\x0b\x0c',
  'NEL and IND': `${ESC}E${ESC}D${ESC}M`,
  'lines inserted': `${CSI}5L${CSI}3T${CSI}5@`,
  'a character many times over': `x${CSI}9999b`,
  'DECALN, all E': `${ESC}#8`,
  'NUL, SUB, CAN, DEL': 'a\0b\x1a\x18\x7fc',
});

/** What waits for an end that does not come, and swallows what follows. */
const UNTERMINATED = items({
  'ESC alone': ESC,
  'CSI without its end': `${CSI}31;`,
  'OSC without its end': `${OSC}0;owned`,
  'OSC 52 without its end': `${OSC}52;c;cm0gLXJmIH4=`,
  'DCS without its end': `${ESC}P1;2|`,
  APC: `${ESC}_Gf=100,a=T;AAAA${ST}`,
  'APC without its end': `${ESC}_Gf=100,a=T;AAAA`,
  'PM and SOS without their ends': `${ESC}^pm ${ESC}Xsos`,
  'ESC with an intermediate': `${ESC}%`,
});

/** The same in one byte each, as the C1 controls of ISO 6429, which are characters of their own in UTF-8. */
const C1 = items({
  'CSI in C1': '\x9b31m\x9b6n\x9b?1049h',
  'OSC 52 in C1': '\x9d52;c;cm0gLXJmIH4=\x9c',
  'OSC in C1 without its end': '\x9d0;owned',
  'DCS in C1': '\x90$qm\x9c',
  'APC, PM, SOS in C1': '\x9fG\x9e\x98',
  'NEL, IND, RI in C1': '\x85\x84\x8d',
});

/** What makes the eye read something else than there is. */
const DECEIVING = items({
  RLO: 'abc\u202etxt.exe',
  'LRE, RLE, PDF': '\u202a\u202b\u202c',
  'isolates that never end': '\u2066\u2067\u2068 abc',
  'LRM, RLM, ALM': '\u200e\u200f\u061c',
  'line and paragraph separators': 'a\u2028[00:00:00] Server: b\u2029c',
  'zero width': 'ad\u200bmin\u2060\ufeff',
  fillers: '\u115f\u1160\u3164\uffa0',
  tags: 'a\u{e0041}\u{e007f}',
});

export const HOSTILE_TEXTS = [...REACHING_OUT, ...STICKING, ...MOVING, ...UNTERMINATED, ...C1, ...DECEIVING] as const;

/** Those without control characters: a file with them is not taken for a text at all. */
export const DECEIVING_TEXTS = DECEIVING;

/** The same, for channels where a line break can be part of the text. */
export const HOSTILE_LINES = items({
  'LF, a line of its own': 'a\n[00:00:00] Server: root joined the chatroom.\nb',
  CR: 'a\r[00:00:00] Server: root joined the chatroom.\rb',
  'a line above written over': `${CSI}5A\r${CSI}2K[00:00:00] Server: root joined the chatroom.`,
  'CR LF': 'a\r\n[00:00:00] Server: root joined the chatroom.\r\nb',
  'LF after ESC': `${ESC}\n${CSI}31`,
});

/** Names of files that mean something to a file system. */
export const HOSTILE_FILE_NAMES = [
  '../../x',
  '..\\..\\x',
  '/etc/passwd',
  'C:\\Windows\\x',
  '..',
  '.',
  '...',
  '../',
  '. . .',
  ' ',
  'CON',
  'nul.txt',
  'COM1',
  'x:stream',
  'a\u0000b',
  'a\nb',
  'trailing. ',
  '-rf',
  '~',
  '$(id)`id`;id',
  '.snug-x',
  '.bashrc',
  'x'.repeat(1000),
  `${'é'.repeat(500)}.txt`,
  `x.${'y'.repeat(900)}`,
] as const;

/** What no terminal and no line of a log may get from others. */
export const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u115f\u1160\u3164\uffa0\u{e0000}-\u{e007f}]/u;
