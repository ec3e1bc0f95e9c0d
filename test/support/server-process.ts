import { join } from 'node:path';
import { eventually } from './eventually.js';
import { temporaryFolder } from './folders.js';
import { PipedProcess } from './process.js';
import type { Exit } from './program.js';

/** One line of the structured report. */
export interface ReportLine {
  readonly event: string;
  readonly name?: string;
  readonly address?: string;
  readonly port?: number;
  readonly [field: string]: unknown;
}

interface Settings {
  readonly data: string;
  readonly downloads: string;
  readonly args: readonly string[];
  /** With the page for browsers beside. */
  readonly page: boolean;
  readonly env: Readonly<Record<string, string>>;
}

/** A real server process on a port of its own, with its own folders, reporting structured lines. */
export class ServerProcess {
  private constructor(
    private readonly process: PipedProcess,
    private readonly settings: Settings,
    readonly port: number,
    /** Of the page; 0 when there is none. */
    readonly pagePort: number,
  ) {}

  static async start(options: Partial<Settings> = {}, port = 0, pagePort = 0): Promise<ServerProcess> {
    const folder = options.data && options.downloads ? '' : temporaryFolder('server');
    const { data = join(folder, 'data'), downloads = join(folder, 'downloads') } = options;
    const { args = [], env = {}, page = false } = options;
    const served = [`records=${port}`, ...(page ? [`web=${pagePort}`] : [])];
    const process = new PipedProcess(['serve', ...served, '--data', data, '--downloads', downloads, ...args], { env });
    const own = await portOf(process, 'records');
    const ofPage = page ? await portOf(process, 'web') : 0;
    return new ServerProcess(process, { data, downloads, args, page, env }, own, ofPage);
  }

  get url(): string {
    return `records://127.0.0.1:${this.port}`;
  }

  /** Address of the page. */
  get pageUrl(): string {
    return `http://127.0.0.1:${this.pagePort}/`;
  }

  get data(): string {
    return this.settings.data;
  }

  get downloads(): string {
    return this.settings.downloads;
  }

  get pid(): number {
    return this.process.pid;
  }

  get report(): ReportLine[] {
    return this.process.lines.map(parse).filter((line) => line !== undefined);
  }

  output(): string {
    return this.process.show();
  }

  /** Waits for a line of the report with these values in it. */
  async waitForReport(wanted: Partial<ReportLine>): Promise<ReportLine> {
    const matches = (line: ReportLine): boolean => Object.entries(wanted).every(([key, value]) => line[key] === value);
    return eventually(() => this.report.find(matches), `a report of ${JSON.stringify(wanted)}`, {
      show: () => this.output(),
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.process.signal(signal);
  }

  async waitForExit(): Promise<Exit> {
    return this.process.waitForExit();
  }

  /** Asks it to stop and waits for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.signal(signal);
    return this.waitForExit();
  }

  /** Ends it without a chance to do anything. */
  async kill9(): Promise<void> {
    await this.process.kill();
  }

  /** Another process on the same port and folders, once this one has ended. */
  async restart(): Promise<ServerProcess> {
    await this.process.exited;
    return ServerProcess.start(this.settings, this.port, this.pagePort);
  }
}

async function portOf(process: PipedProcess, protocol: string): Promise<number> {
  const line = await process.waitForLine(new RegExp(`"event":"listening","protocol":"${protocol}"`));
  return Number(parse(line)?.port);
}

function parse(line: string): ReportLine | undefined {
  try {
    return JSON.parse(line) as ReportLine;
  } catch {
    return undefined;
  }
}
