const WIDTH = 30;
const REDRAW_MS = 100;

/** A bar on a terminal; nothing where there is none. */
export class ProgressBar {
  private drawnMs = 0;

  constructor(
    private readonly output: NodeJS.WritableStream,
    private readonly total: number,
    private readonly shown: boolean,
  ) {}

  update(done: number): void {
    const nowMs = performance.now();
    if (!this.shown || (done < this.total && nowMs - this.drawnMs < REDRAW_MS)) return;
    this.drawnMs = nowMs;
    const filled = this.total === 0 ? WIDTH : Math.floor((done / this.total) * WIDTH);
    this.output.write(`\r[${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${done}/${this.total}`);
  }

  /** Takes it off the terminal. */
  end(): void {
    if (this.shown) this.output.write('\r\u001b[K');
  }
}
