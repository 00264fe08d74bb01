import { Logger } from '@nestjs/common';
import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { AppError } from '../common/app-error';
import type { VersionError, VersionRef } from '../corpus/document';
import type { VersionStore } from '../corpus/version-store';
import type { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { Metrics } from '../observability/metrics';
import type { IngestJob } from '../queue/ingest-job';
import { type Step, StepRunner } from './step-runner';

const REF: VersionRef = { tenantId: 't', documentId: 'd', version: 2 };

describe('StepRunner', () => {
  let failed: { ref: VersionRef; error: VersionError }[];
  let movedWith: (string | undefined)[];
  let metrics: Metrics;
  let runner: StepRunner;

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    failed = [];
    movedWith = [];
    metrics = new Metrics();
    const versions: Pick<VersionStore, 'fail'> = {
      fail: (ref, error) => {
        failed.push({ ref, error });
        return Promise.resolve(true);
      },
    };
    const spaces: Pick<EmbeddingSpaceService, 'writable'> = { writable: () => Promise.resolve([]) };
    runner = new StepRunner(versions as VersionStore, spaces as EmbeddingSpaceService, metrics);
  });

  function run(attemptsMade: number, step: Step): Promise<void> {
    const job: Pick<Job<IngestJob>, 'name' | 'data' | 'attemptsMade' | 'moveToWait'> = {
      name: 'chunk',
      data: REF,
      attemptsMade,
      moveToWait: (token) => {
        movedWith.push(token);
        return Promise.resolve(1);
      },
    };
    return runner.run(job as Job<IngestJob>, 'token', step);
  }
  const failing = (error: unknown) => () => Promise.reject(error as Error);

  it('hands the version over', async () => {
    const seen: VersionRef[] = [];
    await run(0, (ref) => {
      seen.push(ref);
      return Promise.resolve();
    });
    expect(seen).toEqual([REF]);
    expect(failed).toEqual([]);
  });

  it('gives a version up at once when another try cannot help', async () => {
    const error = new AppError('EMPTY_DOCUMENT', 'nothing in it');
    await expect(run(0, failing(error))).rejects.toThrow(UnrecoverableError);
    expect(failed).toEqual([{ ref: REF, error: { code: 'EMPTY_DOCUMENT', message: 'nothing in it' } }]);
    expect(await metrics.registry.metrics()).toContain('rag_ingest_documents_total{outcome="failed"} 1');
  });

  it('tries again while a model is away, and gives up in the end', async () => {
    const error = new AppError('EMBEDDING_UNAVAILABLE', 'away');
    await expect(run(18, failing(error))).rejects.toBe(error);
    expect(failed).toEqual([]);
    await expect(run(19, failing(error))).rejects.toThrow(UnrecoverableError);
    expect(failed[0].error.code).toBe('EMBEDDING_UNAVAILABLE');
  });

  it.each(['DATABASE_UNAVAILABLE', 'QUEUE_UNAVAILABLE'] as const)('never gives up for %s', async (code) => {
    const error = new AppError(code, 'away');
    await expect(run(500, failing(error))).rejects.toBe(error);
    expect(failed).toEqual([]);
  });

  it('tells nobody outside what an unforeseen error says', async () => {
    const error = new Error('SELECT secret FROM other_tenant');
    await expect(run(3, failing(error))).rejects.toBe(error);
    await expect(run(4, failing(error))).rejects.toThrow(UnrecoverableError);
    expect(failed[0].error).toEqual({ code: 'INTERNAL', message: expect.not.stringContaining('secret') });
  });

  it('gives a job back when the service stops, without counting it as a failure', async () => {
    const stopped = run(0, async (_ref, signal) => {
      runner.stop();
      await Promise.resolve();
      signal.throwIfAborted();
    });
    await expect(stopped).rejects.toThrow(WaitingError);
    expect(movedWith).toEqual(['token']);
    expect(failed).toEqual([]);
  });

  it('lets a step that is nearly done end when the service stops', async () => {
    runner.stop();
    await run(0, () => Promise.resolve());
    expect(movedWith).toEqual([]);
  });
});
