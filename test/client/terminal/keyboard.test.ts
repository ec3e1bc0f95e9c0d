import { describe, expect, it, jest } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Keyboard, keys, type Reader } from '../../../src/client/terminal/keyboard.js';

const seen = (chunk: string | Buffer): string[] =>
  keys(Buffer.from(chunk)).map((key) => (key.kind === 'bytes' ? key.bytes.toString('latin1') : `<${key.kind}>`));

describe('keys', () => {
  it.each([
    ['text', 'abc', ['abc']],
    ['a line', 'abc\r', ['abc', '<enter>']],
    ['two lines', '2\rFire\r', ['2', '<enter>', 'Fire', '<enter>']],
    ['lines that end in \\n', 'a\nb\n', ['a', '<enter>', 'b', '<enter>']],
    ['lines that end in \\r\\n', 'a\r\nb', ['a', '<enter>', 'b']],
    ['empty lines', '\r\r\n\n', ['<enter>', '<enter>', '<enter>']],
    ['an arrow', '\x1b[D', ['\x1b[D']],
    ['keys for the program', 'a\x03b\x04\x1a', ['a', '<interrupt>', 'b', '<end>', '<suspend>']],
    ['nothing', '', []],
  ])('cuts %s', (_what, chunk, expected) => {
    expect(seen(chunk)).toEqual(expected);
  });

  it('never cuts a character', () => {
    const text = 'č漢👋'.repeat(50);
    expect(keys(Buffer.from(text))).toEqual([{ kind: 'bytes', bytes: Buffer.from(text) }]);
  });
});

class RecordingReader implements Reader {
  readonly told: string[] = [];
  private bytes = Buffer.alloc(0);

  get empty(): boolean {
    return this.bytes.length === 0;
  }

  take(bytes: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }

  enter(): void {
    this.told.push(this.bytes.toString());
    this.bytes = Buffer.alloc(0);
  }

  end(): void {
    this.told.push('<end>');
  }

  suspend(): void {
    this.told.push('<suspend>');
  }

  resume(): void {
    this.told.push('<resume>');
  }
}

function setUp(): { input: PassThrough; keyboard: Keyboard; raw: jest.Mock; interrupt: jest.Mock<() => void> } {
  const raw = jest.fn();
  const interrupt = jest.fn<() => void>();
  const input = new PassThrough();
  const keyboard = new Keyboard(Object.assign(input, { setRawMode: raw }), {
    interrupt,
    suspend: () => setImmediate(),
  });
  keyboard.start();
  return { input, keyboard, raw, interrupt };
}

describe('Keyboard', () => {
  it('hands over one line at a time and keeps the rest for whoever reads next', async () => {
    const { input, keyboard } = setUp();
    const [menu, room] = [new RecordingReader(), new RecordingReader()];
    input.write('2\rFire\rHey guys!\rhalf');
    keyboard.attach(menu);
    keyboard.next();
    await setImmediate();
    expect(menu.told).toEqual(['2']);
    keyboard.next();
    expect(menu.told).toEqual(['2', 'Fire']);
    keyboard.attach(room);
    expect(room.told).toEqual([]);
    keyboard.next();
    keyboard.next();
    input.write(' typed\r');
    await setImmediate();
    expect(room.told).toEqual(['Hey guys!', 'half typed']);
  });

  it('puts characters together that arrive in pieces, and line ends too', async () => {
    const { input, keyboard } = setUp();
    const reader = new RecordingReader();
    keyboard.attach(reader);
    const [first, ...rest] = Buffer.from('漢\r\n字\r\n');
    for (const byte of [first ?? 0, ...rest]) {
      keyboard.next();
      input.write(Buffer.of(byte));
      await setImmediate();
    }
    expect(reader.told).toEqual(['漢', '字']);
  });

  it('interrupts at any moment and forgets what was typed ahead', async () => {
    const { input, keyboard, interrupt } = setUp();
    const reader = new RecordingReader();
    input.write('typed ahead\r\x03new\r');
    await setImmediate();
    expect(interrupt).toHaveBeenCalledTimes(1);
    keyboard.attach(reader);
    keyboard.next();
    expect(reader.told).toEqual(['new']);
  });

  it('takes Ctrl-D for the end on an empty line only', async () => {
    const { input, keyboard } = setUp();
    const reader = new RecordingReader();
    keyboard.attach(reader);
    keyboard.next();
    input.write('a\x04\r');
    await setImmediate();
    keyboard.next();
    input.write('\x04');
    await setImmediate();
    expect(reader.told).toEqual(['a\x04', '<end>']);
  });

  it('tells every reader when there is no input any more', async () => {
    const { input, keyboard } = setUp();
    const reader = new RecordingReader();
    input.end('last\r');
    await setImmediate();
    keyboard.attach(reader);
    keyboard.next();
    keyboard.next();
    keyboard.next();
    expect(reader.told).toEqual(['last', '<end>', '<end>']);
  });

  it('gives the terminal back while the program is stopped, and at the end', async () => {
    const { input, keyboard, raw } = setUp();
    const reader = new RecordingReader();
    keyboard.attach(reader);
    input.write('\x1a');
    await setImmediate();
    await setImmediate();
    expect(reader.told).toEqual(['<suspend>', '<resume>']);
    keyboard.stop();
    expect(raw.mock.calls).toEqual([[true], [false], [true], [false]]);
  });
});
