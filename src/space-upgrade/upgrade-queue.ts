import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { JobsOptions, Queue } from 'bullmq';
import { QueueConnection } from '../queue/queue-connection';

/** Queue of the work on embedding spaces. */
export const UPGRADE_QUEUE = 'evergreen-space-upgrade';

/** Payload: which space. What is to be done stands in Postgres. */
export interface UpgradeJob {
  spaceId: number;
}

const TIMEOUT_MS = 2000;
/** The sweeper asks again when they are used up. */
const OPTIONS = {
  attempts: 20,
  backoff: { type: 'capped' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
} as const satisfies JobsOptions;

/** Asks a worker to go on with a space. Never call it inside a database transaction. */
@Injectable()
export class UpgradeQueue {
  private readonly logger = new Logger('SpaceUpgrade');

  constructor(
    @InjectQueue(UPGRADE_QUEUE) private readonly queue: Queue<UpgradeJob>,
    private readonly connection: QueueConnection,
  ) {
    queue.on('error', (error) => connection.failed(error));
  }

  /** Adds a job, except where one lives already. Never throws: the sweeper asks again for what was not heard. */
  async enqueue(spaceId: number): Promise<void> {
    if (!this.connection.ready) return;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    });
    const added = this.queue.add('upgrade', { spaceId }, { ...OPTIONS, jobId: `space_${spaceId}` });
    try {
      await Promise.race([added, deadline]);
    } catch (error) {
      this.connection.failed(error);
      this.logger.warn(`no worker could be asked for the space ${spaceId} now; one will be`);
    } finally {
      clearTimeout(timer);
    }
  }
}
