import { StringDecoder } from 'node:string_decoder';

/** Lines of a pipe, read only as fast as they are asked for. */
export class LineSource {
  private readonly decoder = new StringDecoder();
  private rest = '';
  private lines: string[] = [];
  private ended = false;
  private arrived: (() => void) | undefined;

  constructor(private readonly input: NodeJS.ReadableStream & { unref?(): void }) {
    input.on('data', this.inputData);
    input.on('end', this.inputEnd);
    input.on('error', this.inputEnd);
    input.pause();
  }

  /** The next line without its end, `undefined` at the end of input or when `signal` is aborted. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    while (this.lines.length === 0 && !this.ended && !signal.aborted) await this.more(signal);
    return signal.aborted ? undefined : this.lines.shift();
  }

  close(): void {
    this.input.off('data', this.inputData);
    this.input.off('end', this.inputEnd);
    this.input.pause();
    // Paused as it handed over a line, a pipe reads ahead all the same, and would keep the program from ending.
    this.input.unref?.();
  }

  private more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const arrived = () => {
        signal.removeEventListener('abort', arrived);
        this.input.pause();
        resolve();
      };
      this.arrived = arrived;
      signal.addEventListener('abort', arrived);
      this.input.resume();
    });
  }

  private readonly inputData = (chunk: Buffer | string): void => {
    const parts = (this.rest + this.decoder.write(Buffer.from(chunk))).split('\n');
    this.rest = parts.pop() ?? '';
    this.lines.push(...parts.map((line) => line.replace(/\r$/, '')));
    if (this.lines.length > 0) this.arrived?.();
  };

  private readonly inputEnd = (): void => {
    if (!this.ended && this.rest !== '') this.lines.push(this.rest);
    this.ended = true;
    this.arrived?.();
  };
}
