import { Editor } from './editor.js';
import { Keyboard, type KeyboardOptions, type TerminalInput } from './keyboard.js';
import type { TerminalOutput } from './paper.js';
import { Question } from './question.js';
import type { Answer, Complete, RoomScreen, Screen } from './screen.js';

/** A real terminal: the menu asked by inquirer, the room in an `Editor`, one `Keyboard` under both. */
export class TerminalScreen implements Screen {
  readonly live = true;
  private readonly keyboard: Keyboard;
  private typedBefore: readonly string[] = [];

  constructor(
    input: TerminalInput,
    private readonly output: TerminalOutput,
    options: KeyboardOptions,
  ) {
    this.keyboard = new Keyboard(input, options);
    this.keyboard.start();
  }

  print(text: string): void {
    this.output.write(`${text}\n`);
  }

  ask(question: string, signal: AbortSignal): Promise<Answer> {
    return new Question(this.keyboard, this.output, question).ask(signal);
  }

  askHidden(question: string, signal: AbortSignal): Promise<Answer> {
    return new Question(this.keyboard, this.output, question, true).ask(signal);
  }

  room(complete: Complete): RoomScreen {
    return new Editor({
      keyboard: this.keyboard,
      output: this.output,
      complete,
      history: this.typedBefore,
      remember: (history) => (this.typedBefore = history),
    });
  }

  close(): void {
    this.keyboard.stop();
  }
}
