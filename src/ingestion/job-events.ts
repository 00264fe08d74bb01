import { Injectable, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import { finalize, Observable, Subject, takeUntil } from 'rxjs';
import type { OpenStream } from '../auth/open-streams';
import { AppError } from '../common/app-error';
import { errorBody } from '../common/error-body';
import { currentRequest } from '../observability/request-context';
import { IngestJobStore } from '../corpus/ingest-job-store';
import { isFinal, toIngestJobDto } from './ingest-job.dto';

const INTERVAL_MS = 500;
/** A job of very many documents takes a while to count: it is looked at less often, a tenth of the time at most. */
const INTERVAL_PER_LOOK = 10;
/** Documents in an event; of a larger job, its first. */
const DOCUMENTS = 1000;

/** The progress of an ingestion job as it happens. */
@Injectable()
export class JobEvents implements OnModuleDestroy {
  private readonly stopping = new Subject<void>();

  constructor(private readonly jobs: IngestJobStore) {}

  /**
   * Events `progress`, the first at once and then one whenever something changed, and `done` when the job has ended.
   * A database that is away for a while makes a pause; a process that stops ends the stream before `done`, and the
   * client asks another one. A stream whose signal ends tells why in an event `error`.
   * @param collections names of those that the job's is to be among; null: any
   * @param open is called once it is known that there is something to be streamed
   * @throws AppError `JOB_NOT_FOUND`; what `open` throws
   */
  async of(
    tenantId: string,
    jobId: string,
    collections: readonly string[] | null,
    open: () => OpenStream,
  ): Promise<Observable<MessageEvent>> {
    let intervalMs = INTERVAL_MS;
    const read = async () => {
      const startedMs = performance.now();
      const state = await this.jobs.get(tenantId, jobId, { limit: DOCUMENTS + 1, collections });
      intervalMs = Math.max(INTERVAL_MS, INTERVAL_PER_LOOK * (performance.now() - startedMs));
      return toIngestJobDto(state, DOCUMENTS);
    };
    let job = await read();
    const { signal, close } = open();
    const requestId = currentRequest()?.requestId ?? '';
    return new Observable<MessageEvent>((subscriber) => {
      let timer: NodeJS.Timeout | undefined;
      let sent = '';
      const send = () => {
        const final = isFinal(job.status);
        const data = JSON.stringify(job);
        if (data !== sent || final) subscriber.next({ type: final ? 'done' : 'progress', data });
        sent = data;
        if (final) subscriber.complete();
        else timer = setTimeout(() => void look(), intervalMs);
      };
      const look = async () => {
        try {
          job = await read();
        } catch (error) {
          if (!(error instanceof AppError && error.retryable)) {
            subscriber.error(error);
            return;
          }
        }
        if (!subscriber.closed) send();
      };
      const giveUp = () => {
        subscriber.next({
          type: 'error',
          data: JSON.stringify(errorBody(signal.reason as AppError, requestId)),
        });
        subscriber.complete();
      };
      signal.addEventListener('abort', giveUp);
      send();
      return () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      };
    }).pipe(takeUntil(this.stopping), finalize(close));
  }

  onModuleDestroy(): void {
    this.stopping.next();
  }
}
