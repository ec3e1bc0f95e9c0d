import { sizeText } from '../sizes.js';

/** Smaller files are over before anyone wonders. */
export const WORTH_SHOWING = 1024 * 1024;
/** Milliseconds between two changes of the status. */
const CALM = 100;
/** Where nothing can be updated in place: parts of the whole after which a line is printed. */
const QUARTERS = 4;

export interface Gauge {
  /** `bytes` of the whole are through so far. */
  moved(bytes: number): void;
  end(): void;
}

/** Where progress is shown: as a passing status on a live screen, as a few lines anywhere else. */
export interface ProgressScreen {
  readonly live: boolean;
  status(text: string): void;
}

/** How far the transfers are. */
export class Progress {
  private readonly parts = new Map<Gauge, string>();
  private paintedAt = 0;

  /** `clock` gives milliseconds; `tell` prints a line that stays. */
  constructor(
    private readonly screen: ProgressScreen,
    private readonly tell: (text: string) => void,
    private readonly clock: () => number,
  ) {}

  /** Begins to show a transfer, `what` being for example `Uploading song.mp3`. */
  start(what: string, size: number): Gauge {
    if (size <= WORTH_SHOWING) return { moved: () => undefined, end: () => undefined };
    return this.screen.live ? this.startLive(what, size) : this.startPlain(what, size);
  }

  private startLive(what: string, size: number): Gauge {
    const gauge: Gauge = {
      moved: (bytes) => this.update(gauge, `${what}: ${percent(bytes, size)} % of ${sizeText(size)}`),
      end: () => {
        this.parts.delete(gauge);
        this.paint();
      },
    };
    gauge.moved(0);
    return gauge;
  }

  private startPlain(what: string, size: number): Gauge {
    let quarter = 0;
    this.tell(`${what} (${sizeText(size)}).`);
    return {
      moved: (bytes) => {
        const reached = Math.floor((bytes / size) * QUARTERS);
        if (reached > quarter) this.tell(`${what}: ${percent(reached, QUARTERS)} %.`);
        quarter = Math.max(quarter, reached);
      },
      end: () => undefined,
    };
  }

  private update(gauge: Gauge, text: string): void {
    this.parts.set(gauge, text);
    if (this.clock() - this.paintedAt >= CALM) this.paint();
  }

  private paint(): void {
    this.paintedAt = this.clock();
    this.screen.status([...this.parts.values()].join('   '));
  }
}

function percent(part: number, whole: number): number {
  return Math.floor((Math.min(part, whole) / whole) * 100);
}
