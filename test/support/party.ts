import type { Link, LinkListener } from '../../src/transports/link.js';
import { atEnd } from './cleanup.js';
import { eventually } from './eventually.js';

/** One end of a connection and all it was told. */
export class Party implements LinkListener {
  readonly told: string[] = [];
  readonly chunks: Uint8Array[] = [];
  error: Error | undefined;
  onReceived: (bytes: Uint8Array) => void = () => undefined;

  constructor(readonly link: Link) {
    atEnd(() => link.destroy());
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }

  say(text: string): void {
    this.link.write(Buffer.from(text));
  }

  received(bytes: Uint8Array): void {
    if (this.told.at(-1) !== 'received') this.told.push('received');
    this.chunks.push(bytes);
    this.onReceived(bytes);
  }

  drained(): void {
    this.told.push('drained');
  }

  ended(): void {
    this.told.push('ended');
  }

  closed(error?: Error): void {
    this.told.push('closed');
    this.error = error;
  }

  until(what: string): Promise<boolean> {
    return eventually(() => this.told.includes(what), `"${what}"`, { show: () => this.told.join(', ') });
  }

  untilText(text: string): Promise<boolean> {
    return eventually(() => this.text === text, JSON.stringify(text), { show: () => this.text.slice(0, 200) });
  }
}
