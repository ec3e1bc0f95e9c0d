import { Readable } from 'node:stream';
import inquirer from 'inquirer';
import type { Keyboard, Reader } from './keyboard.js';
import { Paper, type TerminalOutput } from './paper.js';
import type { Answer } from './screen.js';

/**
 * Inquirer's input prompt without its decorations. It joins the parts that are defined with a space, so that the prefix
 * has to be undefined, which its types do not foresee, for the question to begin at column 0.
 */
const PLAIN_THEME = {
  prefix: { idle: undefined, done: undefined } as unknown as string,
  style: { message: (text: string) => text, answer: (text: string) => text },
};

/** One question of the menu, asked by inquirer. */
export class Question implements Reader {
  private readonly keys = new Readable({ read: () => undefined });
  private readonly aborter = new AbortController();
  private typed = '';
  private outcome: Answer = { kind: 'cancelled' };

  constructor(
    private readonly keyboard: Keyboard,
    private readonly output: TerminalOutput,
    private readonly text: string,
    /** What is typed is shown as asterisks. */
    private readonly isHidden = false,
  ) {}

  async ask(signal: AbortSignal): Promise<Answer> {
    const signalAbort = () => this.aborter.abort();
    signal.addEventListener('abort', signalAbort);
    if (signal.aborted) signalAbort();
    this.keyboard.attach(this);
    const answering = this.prompt();
    this.keyboard.next();
    try {
      return { kind: 'line', text: await answering };
    } catch (error) {
      if (this.aborter.signal.aborted) return this.outcome;
      throw error;
    } finally {
      signal.removeEventListener('abort', signalAbort);
      this.keyboard.detach();
    }
  }

  get empty(): boolean {
    return this.typed === '' && this.keys.readableLength === 0;
  }

  take(bytes: Buffer): void {
    this.keys.push(bytes);
  }

  enter(): void {
    this.keys.push('\r');
  }

  end(): void {
    this.outcome = { kind: 'end' };
    this.aborter.abort();
  }

  suspend(): void {
    this.output.write('\n');
  }

  resume(): void {
    this.output.write(`${this.text} ${this.shown}`);
  }

  private async prompt(): Promise<string> {
    const ask = inquirer.createPromptModule({
      input: this.keys,
      output: new Paper(this.output),
      signal: this.aborter.signal,
    });
    const { answer } = await ask<{ answer: string }>([
      { type: 'input', name: 'answer', message: this.text, theme: PLAIN_THEME, transformer: this.transformer },
    ]);
    return answer;
  }

  /** Inquirer tells what is typed so far in no other way. */
  private readonly transformer = (typed: string): string => {
    this.typed = typed;
    return this.shown;
  };

  private get shown(): string {
    return this.isHidden ? '*'.repeat([...this.typed].length) : this.typed;
  }
}
