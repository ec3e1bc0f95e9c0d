import { type Connection, type Line, RefusedError, type SharedFile, UnreachableError } from '../connection.js';
import type { Inbox } from '../inbox.js';
import { excerpt, readableText, typeText } from './contents.js';
import { entryText, type Ink, noticeText } from './lines.js';
import { openFile, type Places, shortName, unquoted, UnusableFileError } from './paths.js';
import type { Gauge, Progress } from './progress.js';
import { sizeText } from '../sizes.js';

/** Larger files are fetched only by who asks for them. */
export const LARGEST_FETCHED_BYTES = 256 * 1024 * 1024;

export interface FilesOptions {
  readonly inbox: Inbox;
  readonly places: Places;
  readonly progress: Progress;
  readonly ink: Ink;
  /** Aborted when the room is over. */
  readonly over: AbortSignal;
  /** Prints a sentence of ours in its turn. */
  tell(text: string): void;
  /** Takes over what goes on beside everything else. */
  background(work: Promise<void>): void;
}

/** The files of the room: shown and saved as they come, fetched when they are large, and ours shared. */
export class Files {
  private readonly seen = new Map<number, Line & { file: SharedFile }>();
  private readonly fetching = new Set<number>();
  private readonly uploads = new Map<AbortController, string>();
  private fetches = Promise.resolve();

  constructor(
    private readonly options: FilesOptions,
    private readonly connection: Connection,
    /** The name we have in the room. */
    private readonly me: string,
  ) {}

  /** What to print for a shared file. What came along with its contents is saved first. */
  arrived(line: Line & { file: SharedFile }, past: boolean): string | Promise<string> {
    const { contents, ...announced } = line.file;
    if (line.sequence > 0) this.seen.set(line.sequence, { ...line, file: announced });
    if (contents) return this.saved(line, contents);
    if (line.sequence === 0) return this.entry(line, described(line.file));
    const wanted = !past && line.author !== this.me && line.file.size <= LARGEST_FETCHED_BYTES;
    if (wanted) this.fetchInTurn(line.sequence, line.file);
    const number = wanted ? `number ${line.sequence}` : `/get ${line.sequence} saves it`;
    return this.entry(line, `${described(line.file)}; ${number}`);
  }

  /** The files seen so far, in words. */
  list(): string {
    if (this.seen.size === 0) return 'No files have been shared here yet.';
    const files = [...this.seen].sort(([one], [other]) => one - other);
    const rows = files.map(([number, { author, file }]) => `${number}  ${author} ${described(file)}`);
    return [...rows, '/get and the number in front saves a file.'].join('\n');
  }

  /** Saves the file with the number `typed`, and says so. */
  async get(typed: string): Promise<void> {
    const number = /^\d{1,15}$/.test(typed) ? Number(typed) : 0;
    const found = this.seen.get(number);
    if (!found) return this.options.tell('There is no file with that number; /files lists those there are.');
    if (this.fetching.has(number)) return this.options.tell(`${shortName(found.file.name)} is already on its way.`);
    await this.fetch(number, found.file);
  }

  /** Uploads the file that was `typed`. Resolves when it is sent, or when it was said why not. */
  async share(typed: string): Promise<void> {
    const path = unquoted(typed);
    const upload = new AbortController();
    this.uploads.set(upload, shortName(path));
    try {
      await this.upload(path, upload.signal);
    } catch (error) {
      if (!upload.signal.aborted) this.options.tell(refusal(error, `${shortName(path)} was not uploaded`));
    } finally {
      this.uploads.delete(upload);
    }
  }

  /** Stops what is being uploaded, and says so. */
  stopUploads(): void {
    for (const [upload, name] of this.uploads) {
      upload.abort();
      this.options.tell(`The upload of ${name} was stopped.`);
    }
  }

  private async upload(path: string, signal: AbortSignal): Promise<void> {
    const { handle, size } = await openFile(path, this.options.places);
    const gauge = this.options.progress.start(`Uploading ${shortName(path)}`, size);
    try {
      // No more than was announced, should the file be growing.
      const contents = size === 0 ? nothing() : handle.createReadStream({ end: size - 1, autoClose: false });
      await this.connection.share({ name: path, size, contents, sent: (bytes) => gauge.moved(bytes), signal });
    } finally {
      gauge.end();
      await handle.close();
    }
  }

  private async saved(line: Line & { file: SharedFile }, contents: Uint8Array): Promise<string> {
    const { name } = line.file;
    const text = readableText(name, contents);
    try {
      const { path } = await this.options.inbox.save(name, only(contents));
      if (text !== undefined) return this.textEntry(line, text, `all of it is in ${path}`);
      return this.entry(line, `${described(line.file)}, saved as ${path}`);
    } catch (error) {
      const problem = refusal(error, `${shortName(name)} was not saved`);
      const shown = text !== undefined ? this.textEntry(line, text, 'none of it was saved') : undefined;
      return `${shown ?? this.entry(line, described(line.file))}\n${noticeText(problem)}`;
    }
  }

  private textEntry(line: Line & { file: SharedFile }, text: string, where: string): string {
    const { shown, lines, characters } = excerpt(text);
    const entry = this.entry(line, shown);
    if (characters === 0) return entry;
    const more = `${lines > 0 ? `${lines} more lines, ` : ''}${characters} more characters`;
    return `${entry}\n${noticeText(`${shortName(line.file.name)}: ${more}; ${where}.`)}`;
  }

  private entry(line: Line, text: string): string {
    return entryText(line.time, line.author, text, this.options.ink);
  }

  /** One after another, so that several large files do not starve the conversation. */
  private fetchInTurn(number: number, file: SharedFile): void {
    this.fetches = this.fetches.then(() => this.fetch(number, file));
    this.options.background(this.fetches);
  }

  private async fetch(number: number, file: SharedFile): Promise<void> {
    if (this.options.over.aborted) return;
    this.fetching.add(number);
    const gauge = this.options.progress.start(`Fetching ${shortName(file.name)}`, file.size);
    try {
      const contents = counted(this.connection.fetch(number, 0), file.size, gauge, this.options.over);
      const { path, size } = await this.options.inbox.save(file.name, contents);
      this.options.tell(`Saved ${shortName(file.name)} as ${path} (${sizeText(size)}).`);
    } catch (error) {
      if (!this.options.over.aborted) this.options.tell(refusal(error, `${shortName(file.name)} was not saved`));
    } finally {
      gauge.end();
      this.fetching.delete(number);
    }
  }
}

function described(file: SharedFile): string {
  return `shared ${shortName(file.name)} (${typeText(file.name)}, ${sizeText(file.size)})`;
}

/** Why something was not done, as a sentence: the server's own, or ours around the cause. */
function refusal(error: unknown, what: string): string {
  if (error instanceof RefusedError || error instanceof UnusableFileError) return error.message;
  if (error instanceof UnreachableError) return `${what}: the connection ended.`;
  const cause = (error as Error).message;
  return `${what}: ${cause.replace(/\.$/, '')}.`;
}

async function* counted(
  contents: AsyncIterable<Uint8Array>,
  size: number,
  gauge: Gauge,
  over: AbortSignal,
): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const part of contents) {
    over.throwIfAborted();
    bytes += part.length;
    gauge.moved(bytes);
    yield part;
  }
  if (bytes < size) throw new Error(`only ${sizeText(bytes)} of ${sizeText(size)} came`);
}

async function* only(contents: Uint8Array): AsyncIterable<Uint8Array> {
  yield contents;
}

async function* nothing(): AsyncIterable<Uint8Array> {
  // A file without a single byte.
}
