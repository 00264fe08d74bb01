import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { JobsOptions, Queue } from 'bullmq';
import { within } from '../common/timers';
import { QueueConnection } from '../queue/queue-connection';

/** Name of the queue of work on embedding spaces. */
export const UPGRADE_QUEUE = 'evergreen-space-upgrade';

/** Payload of a job. Postgres holds the stage, so a job only names the space. */
export interface UpgradeJob {
  spaceId: number;
}

const TIMEOUT_MS = 2000;
/** When the attempts are used up, the next sweep enqueues the space again. */
const OPTIONS = {
  attempts: 20,
  backoff: { type: 'capped' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
} as const satisfies JobsOptions;

/** Enqueues work on a space. Never call it inside a database transaction. */
@Injectable()
export class UpgradeQueue {
  private readonly logger = new Logger('SpaceUpgrade');

  constructor(
    @InjectQueue(UPGRADE_QUEUE) private readonly queue: Queue<UpgradeJob>,
    private readonly connection: QueueConnection,
  ) {
    queue.on('error', (error) => connection.failed(error));
  }

  /** Adds a job unless one exists. Never throws: the next sweep repeats what failed. */
  async enqueue(spaceId: number): Promise<void> {
    if (!this.connection.ready) return;
    const added = this.queue.add('upgrade', { spaceId }, { ...OPTIONS, jobId: `space_${spaceId}` });
    try {
      await within(TIMEOUT_MS, added);
    } catch (error) {
      this.connection.failed(error);
      this.logger.warn(
        `the work on embedding space ${spaceId} could not be enqueued; the next sweep retries`,
      );
    }
  }
}
