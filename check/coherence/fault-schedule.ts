import type { Deployment } from './deployment';
import { APIS } from './operation-plan';

/** Long enough for every cache call to time out. */
const SHORT_MS = 400;
const LONG_MS = 1_500;
/** Maximum of operations between two faults. */
const MOST_OPERATIONS_BETWEEN = 500;

/** Injects one fault after another, in a fixed order, spread over the operations of a run. */
export class FaultSchedule {
  private readonly counts: Record<string, number> = {};
  private readonly interval: number;
  private started = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly deployment: Deployment,
    operations: number,
  ) {
    // Each kind at least once, the first one early.
    this.interval = Math.min(MOST_OPERATIONS_BETWEEN, operations / (this.faults.length + 1));
  }

  /** Reports the number of finished operations. */
  reached(done: number): void {
    if (done < (this.started + 1) * this.interval) return;
    const index = this.started++;
    const [name, happen] = this.faults[index % this.faults.length];
    // One at a time.
    this.running = this.running.then(async () => {
      await happen(index);
      this.counts[name] = (this.counts[name] ?? 0) + 1;
    });
  }

  /** Waits for running faults. @returns the number of faults by kind */
  async end(): Promise<Record<string, number>> {
    await this.running;
    return this.counts;
  }

  private get faults(): [name: string, happen: (index: number) => Promise<void>][] {
    const { deployment } = this;
    return [
      ['redis restarted with its data', () => deployment.crashRedis('kept', SHORT_MS)],
      ['worker killed between commit and event', () => deployment.killWorkerAfterCommit()],
      ['invalidation paused', () => deployment.pauseInvalidation(LONG_MS)],
      ['API process frozen', (index) => deployment.freezeApi(index % APIS, LONG_MS)],
      ['redis restarted without its data', () => deployment.crashRedis('lost', SHORT_MS)],
    ];
  }
}
