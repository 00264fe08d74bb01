const WIDTH = 30;
const REDRAW_MS = 100;

/** A progress bar; shown on a terminal only. */
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

  /** Removes the bar. */
  end(): void {
    if (this.shown) this.output.write('\r\u001b[K');
  }
}
