/** A terminal of which one can ask how it is set, and what was asked of it. */
import { Terminal as Emulator } from '@xterm/headless';
import { CLI } from './program.js';
import { Terminal } from './terminal.js';

/** Wide enough for every line of a test in one row. */
const SIZE = { cols: 400, rows: 50 };

/** ANSI modes and private ones that a terminal can be asked about (DECRQM). */
const MODES = [2, 4, 12, 20];
const PRIVATE_MODES = [
  1, 3, 5, 6, 7, 8, 9, 12, 25, 45, 47, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1048, 1049, 2004, 2026,
];
/** Settings that it can be asked about (DECRQSS): cursor style, scroll region, colours, protection. */
const SETTINGS = [' q', 'r', 'm', '"q', '"p'];
/** The commands to the operating system, with the titles, the palette, links and the clipboard. */
const OSC_NUMBERS = [
  0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 22, 50, 52, 66, 99, 104, 105, 110, 111, 112, 113,
  114, 115, 116, 117, 118, 119, 133, 633, 777, 1337,
];

/** Asks where the cursor is. */
const WHERE = '\x1b[6n';

export interface TerminalState {
  /** Questions it answered, commands to the operating system, titles, bells. */
  readonly asked: readonly string[];
  /** Its modes, settings, tab stops, character sets, saved cursor and buffer. */
  readonly set: readonly string[];
}

export class WatchedTerminal extends Terminal {
  /** Everything the program wrote, as it is. */
  raw = '';
  /** What the terminal sent by itself, as an answer to the program. */
  readonly answers: string[] = [];

  constructor(command: readonly [string, ...string[]], cwd?: string) {
    super(command, { ...SIZE, ...(cwd !== undefined && { cwd }) });
    this.pty.onData((data) => (this.raw += data));
    this.emulator.onData((answer) => this.answers.push(answer));
  }
}

export function snugWatched(args: readonly string[], cwd?: string): WatchedTerminal {
  return new WatchedTerminal([process.execPath, CLI, ...args], cwd);
}

/** How a new terminal is set once it was written `raw`. */
export async function stateAfter(raw: string): Promise<TerminalState> {
  const emulator = new Emulator({ ...SIZE, allowProposedApi: true, logLevel: 'off' });
  try {
    const asked: string[] = [];
    watch(emulator, (what) => asked.push(what));
    await write(emulator, raw);
    const before = [...asked];
    return { asked: before, set: await settings(emulator) };
  } finally {
    emulator.dispose();
  }
}

function watch(emulator: Emulator, tell: (what: string) => void): void {
  emulator.onData((answer) => tell(`answered ${JSON.stringify(answer)}`));
  emulator.onTitleChange((title) => tell(`title ${title}`));
  emulator.onBell(() => tell('bell'));
  for (const number of OSC_NUMBERS) {
    emulator.parser.registerOscHandler(number, (data) => {
      tell(`OSC ${number} ${data}`);
      return false;
    });
  }
}

async function settings(emulator: Emulator): Promise<string[]> {
  const answers: string[] = [];
  const listening = emulator.onData((answer) => answers.push(JSON.stringify(answer)));
  const { type } = emulator.buffer.active;
  const questions = [
    ...MODES.map((mode) => `\x1b[${mode}$p`),
    ...PRIVATE_MODES.map((mode) => `\x1b[?${mode}$p`),
    ...SETTINGS.map((setting) => `\x1bP$q${setting}\x1b\\`),
    // Where it was saved, and where the tabs lead.
    `\x1b8${WHERE}\r`,
    ...Array.from({ length: SIZE.cols / 8 }, () => `\t${WHERE}`),
  ];
  // Letters look different in another character set; the line is free for them. What was still waiting for its end
  // swallows the first question, which is a difference too.
  await write(emulator, `${questions.join('')}\r\x1b[2Klqqk\x0elqqk\x0f`);
  listening.dispose();
  const { active } = emulator.buffer;
  const letters = active.getLine(active.baseY + active.cursorY)?.translateToString(true);
  return [`buffer ${type}`, `letters ${letters}`, ...withoutRows(answers)];
}

/** Places of the cursor by their column: the row depends on how much was written. */
function withoutRows(answers: readonly string[]): string[] {
  return answers.map((answer) => answer.replace(/\[\d+;(\d+)R/, 'column $1'));
}

function write(emulator: Emulator, text: string): Promise<void> {
  return new Promise((resolve) => emulator.write(text, resolve));
}
