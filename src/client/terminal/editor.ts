import { createInterface, type Interface } from 'node:readline';
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Keyboard, Reader } from './keyboard.js';
import { Layout, unwrapped } from './layout.js';
import { ERASE_SCREEN, eraseFrom, Paper, type TerminalOutput } from './paper.js';
import type { Answer, Complete, RoomScreen } from './screen.js';
import { tokens, type Token } from './tokens.js';
import { fit, lastRows, rowsOf } from './width.js';

/** Printed texts remembered for painting the screen anew; more than any screen has rows. */
const REMEMBERED = 500;
const LONGEST_HISTORY = 500;

export interface EditorOptions {
  keyboard: Keyboard;
  output: TerminalOutput;
  complete: Complete;
  /** What was typed before, newest first. */
  history: readonly string[];
  /** Told when there is something new in it. */
  remember: (history: string[]) => void;
}

/**
 * The room on a terminal: the line that is being typed at the bottom, edited by `node:readline`, and everything else
 * printed above it. To print, the cursor goes up to where the typed line begins, all below is erased, the new lines are
 * written, and readline paints its line again.
 */
export class Editor implements RoomScreen, Reader {
  readonly live = true;
  private readonly paper: Paper;
  private readonly layout = new Layout();
  private readonly keys = new Readable({ read: () => undefined });
  private readonly decoder = new StringDecoder();
  private readonly readline: Interface;
  private tokens: Token[] = [];
  private completing = false;
  private unprinted: string[] = [];
  private printed: string[] = [];
  private closed = false;
  private painting: NodeJS.Immediate | undefined;
  private wanted = '';
  private shown = '';
  private answer: ((answer: Answer) => void) | undefined;

  constructor(private readonly options: EditorOptions) {
    this.paper = new Paper(options.output, (text) => this.layout.apply(text, this.typed, this.paper.columns));
    this.readline = createInterface({
      input: this.keys,
      output: this.paper,
      terminal: true,
      prompt: '',
      history: [...options.history],
      historySize: LONGEST_HISTORY,
      completer: this.completer,
    });
    // Until it has been read from once, a Readable hands over later; here the order with `readline.write` matters.
    this.keys.read(0);
    this.readline.on('line', this.readlineLine);
    this.readline.on('history', options.remember);
    options.output.on('resize', this.outputResize);
    options.keyboard.attach(this);
  }

  print(text: string): void {
    this.unprinted.push(text);
    this.paintSoon();
  }

  status(text: string): void {
    this.wanted = text;
    this.paintSoon();
  }

  read(question: string, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve) => {
      const signalAbort = () => this.answered({ kind: 'cancelled' });
      this.answer = (answer) => {
        signal.removeEventListener('abort', signalAbort);
        resolve(answer);
      };
      signal.addEventListener('abort', signalAbort);
      if (signal.aborted) return signalAbort();
      const prompt = question && `${question} `;
      // What was said before stands above what is typed next, also when that was typed ahead.
      if (prompt !== this.readline.getPrompt() || this.unprinted.length > 0) this.paint(prompt);
      this.options.keyboard.next();
    });
  }

  close(): void {
    this.options.keyboard.detach();
    this.options.output.off('resize', this.outputResize);
    this.wanted = '';
    this.paint();
    this.paper.write(eraseFrom(this.readline.getCursorPos().rows));
    this.closed = true;
    this.readline.close();
    this.layout.close();
  }

  get empty(): boolean {
    return this.readline.line === '' && this.tokens.length === 0;
  }

  take(bytes: Buffer): void {
    this.tokens.push(...tokens(this.decoder.write(bytes)));
    this.handTokens();
  }

  enter(): void {
    this.tokens.push({ kind: 'key', text: '\r' });
    this.handTokens();
  }

  end(): void {
    this.answered({ kind: 'end' });
  }

  suspend(): void {
    this.paper.write(this.erasing());
  }

  resume(): void {
    this.paper.together(() => this.writeBottom(this.readline.getCursorPos().rows));
  }

  private readonly readlineLine = (line: string): void => {
    this.printed.push(this.readline.getPrompt() + line);
    this.readline.setPrompt('');
    this.paintSoon();
    this.answered({ kind: 'line', text: line });
  };

  /** The typed line with its prompt, as it is on the screen. */
  private get typed(): string {
    return this.readline.getPrompt() + this.readline.line;
  }

  private answered(answer: Answer): void {
    const tell = this.answer;
    this.answer = undefined;
    tell?.(answer);
  }

  private handTokens(): void {
    for (let token = this.tokens[0]; token && !this.completing; token = this.tokens[0]) {
      this.tokens.shift();
      if (token.kind === 'text') this.readline.write(token.text);
      else {
        if (token.text === '\r') this.eraseStatus();
        this.keys.push(token.text);
      }
    }
  }

  private readonly completer = (typed: string, done: CompleterDone): void => {
    this.completing = true;
    void this.completed(typed).then((result) => {
      done(null, result);
      // After readline has put the completion in its place.
      setImmediate(() => {
        this.completing = false;
        this.handTokens();
      });
    });
  };

  /** Readline would show several choices below its line, where we paint: we print them above, it gets what they share. */
  private async completed(typed: string): Promise<[string[], string]> {
    const { word, choices } = await this.options.complete(typed);
    const shared = choices.length === 0 ? '' : choices.reduce(sharedBeginning);
    if (choices.length === 1 || shared.length > word.length) return [[shared], word];
    if (choices.length > 1) this.print(`* ${choices.map((choice) => choice.trim()).join('  ')}`);
    return [[], word];
  }

  private paintSoon(): void {
    if (!this.closed) this.painting ??= setImmediate(() => this.paint());
  }

  private paint(prompt?: string): void {
    if (this.painting) clearImmediate(this.painting);
    this.painting = undefined;
    const erasing = this.erasing();
    const { rows } = this.readline.getCursorPos();
    if (prompt !== undefined) this.readline.setPrompt(prompt);
    this.paper.together(() => {
      this.paper.write(erasing + this.unprinted.map((text) => `${text}\n`).join(''));
      this.writeBottom(rows);
    });
    if (this.unprinted.length === 0) return;
    this.printed = [...this.printed, ...this.unprinted.slice(-REMEMBERED)].slice(-REMEMBERED);
    this.unprinted = [];
  }

  private erasing(): string {
    return eraseFrom(this.readline.getCursorPos().rows + (this.shown ? 1 : 0));
  }

  /** The status and the typed line, from the cursor on. Readline goes up the `rows` it thinks its cursor is down. */
  private writeBottom(rows: number): void {
    this.shown = this.wanted;
    const status = this.shown ? `${unwrapped(fit(this.shown, this.paper.columns))}\n` : '';
    this.paper.write(status + '\n'.repeat(rows));
    this.readline.prompt(true);
  }

  /** A line that is entered stays on the screen; the status must not stay above it. */
  private eraseStatus(): void {
    if (!this.shown) return;
    const wanted = this.wanted;
    this.wanted = '';
    this.paint();
    this.wanted = wanted;
  }

  /**
   * Terminals differ in what they do to long lines when their width changes. As long as everything of ours is and stays
   * within one row each there is nothing to do; otherwise nobody knows where the cursor is, and all is painted anew.
   */
  private readonly outputResize = (): void => {
    const columns = this.options.output.columns ?? this.paper.columns;
    const narrower = Math.min(columns, this.paper.columns);
    if (columns === this.paper.columns) return;
    const typed = this.typed;
    const ambiguous = rowsOf(typed, narrower) > 1 || (this.shown !== '' && rowsOf(this.shown, narrower) > 1);
    const { rows } = this.readline.getCursorPos();
    this.paper.columns = columns;
    if (ambiguous) this.paintAll(rows, rowsOf(typed, columns) + (this.wanted ? 1 : 0));
  };

  private paintAll(rows: number, below: number): void {
    this.paper.together(() => {
      const above = lastRows(this.printed, this.paper.columns, (this.options.output.rows ?? 0) - below);
      this.paper.write(ERASE_SCREEN + above.map((text) => `${text}\n`).join(''));
      this.writeBottom(rows);
    });
  }
}

type CompleterDone = (error: null, result: [string[], string]) => void;

function sharedBeginning(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}
