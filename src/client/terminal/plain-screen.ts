import { visible } from '../../visible.js';
import { LineSource } from './line-source.js';
import type { Answer, RoomScreen, Screen } from './screen.js';

/** Pipes: everything is printed once, line by line, and each line read is dealt with before the next. */
export class PlainScreen implements Screen {
  readonly live = false;
  private readonly source: LineSource;
  /** A question stands at the end of the output, without a newline. */
  private asking = false;

  /** `echoed` says that what is typed can be seen already, because `input` alone is a terminal. */
  constructor(
    input: NodeJS.ReadableStream,
    private readonly output: NodeJS.WritableStream,
    private readonly echoed: boolean,
  ) {
    this.source = new LineSource(input);
  }

  print(text: string): void {
    this.finishQuestion('');
    this.output.write(`${text}\n`);
  }

  room(): RoomScreen {
    return {
      live: false,
      print: (text) => this.print(text),
      // Nothing passing can be shown where nothing can be erased.
      status: () => undefined,
      read: (question, signal) => this.ask(question, signal),
      close: () => this.finishQuestion(''),
    };
  }

  async ask(question: string, signal: AbortSignal): Promise<Answer> {
    if (question) {
      this.output.write(`${question} `);
      this.asking = true;
    }
    const text = await this.source.next(signal);
    this.finishQuestion(this.echoed ? '' : visible(text ?? ''));
    if (text !== undefined) return { kind: 'line', text };
    return { kind: signal.aborted ? 'cancelled' : 'end' };
  }

  close(): void {
    this.finishQuestion('');
    this.source.close();
  }

  private finishQuestion(answer: string): void {
    if (this.asking) this.output.write(`${answer}\n`);
    this.asking = false;
  }
}
