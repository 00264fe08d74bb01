import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenStreams } from '../auth/open-streams';
import type { Principal } from '../auth/principal';
import { AppError } from '../common/app-error';
import { untilUnwanted } from '../common/cancellation';
import { errorBody } from '../common/error-body';
import { eventFrame, EventStream } from '../common/event-stream';
import { IngestJobStore } from '../corpus/ingest-job-store';
import { type IngestJobDto, isFinal, toIngestJobDto } from './ingest-job.dto';

const INTERVAL_MS = 500;
/** A job of very many documents takes a while to count: it is looked at less often, a tenth of the time at most. */
const INTERVAL_PER_LOOK = 10;
/** Documents in an event; of a larger job, its first. */
const DOCUMENTS = 1000;

/** The progress of an ingestion job as it happens. */
@Injectable()
export class JobEvents implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(
    private readonly jobs: IngestJobStore,
    private readonly streams: OpenStreams,
  ) {}

  /**
   * Sends events `progress`, the first at once and then one whenever something changed, and `done` when the job has
   * ended. A database that is unavailable for a while makes a pause; a process that stops ends the stream before `done`,
   * and the client asks another one.
   * @throws AppError `JOB_NOT_FOUND`, `RATE_LIMITED`, and whatever ends the stream, which is then its last event
   */
  async send(
    request: FastifyRequest,
    reply: FastifyReply,
    { tenantId, collections }: Principal,
    jobId: string,
  ): Promise<void> {
    const read = async () => {
      const startedMs = performance.now();
      const state = await this.jobs.get(tenantId, jobId, { limit: DOCUMENTS + 1, collections });
      const waitMs = Math.max(INTERVAL_MS, INTERVAL_PER_LOOK * (performance.now() - startedMs));
      return { job: toIngestJobDto(state, DOCUMENTS), waitMs };
    };
    let { job, waitMs } = await read();
    const unwanted = untilUnwanted(reply, null, this.streams.attach(request, reply));
    const signal = AbortSignal.any([unwanted, this.stopping.signal]);
    const stream = new EventStream(reply, {
      errorFrame: (error) => eventFrame(errorBody(error, request.id), 'error'),
    });
    let sent: IngestJobDto | undefined;
    for (;;) {
      const isDone = isFinal(job.status);
      if (isDone || JSON.stringify(job) !== JSON.stringify(sent))
        stream.send(eventFrame(job, isDone ? 'done' : 'progress'));
      if (isDone) break;
      sent = job;
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
      unwanted.throwIfAborted();
      if (this.stopping.signal.aborted) break;
      ({ job, waitMs } = await read().catch((error: unknown) => {
        if (error instanceof AppError && error.retryable) return { job, waitMs };
        throw error;
      }));
    }
    stream.end();
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }
}
