import { Logger } from '@nestjs/common';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { AppError } from '../common/app-error';
import type { VersionError, VersionRef } from '../corpus/document';
import type { DueVersions } from '../corpus/due-versions';
import type { VersionStore } from '../corpus/version-store';
import type { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { Metrics } from '../observability/metrics';
import type { IngestJob } from '../queue/ingest-job';
import {
  type FailedVersion,
  IngestJobProcessor,
  MAX_STALLS,
  MAX_STALLS_OF_BATCH,
  type Step,
} from './ingest-job-processor';

const REF: VersionRef = { tenantId: 't', documentId: 'd', version: 2 };
const OTHER: VersionRef = { tenantId: 't', documentId: 'e', version: 1 };
const NOW_MS = 1_000_000;

type Run = (versions: readonly VersionRef[], signal: AbortSignal) => Promise<FailedVersion[]>;

describe('IngestJobProcessor', () => {
  let failed: { ref: VersionRef; error: VersionError }[];
  let isolated: string[];
  let movedWith: (string | undefined)[];
  let delayedUntilMs: number[];
  let metrics: Metrics;
  let processor: IngestJobProcessor;

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    failed = [];
    isolated = [];
    movedWith = [];
    delayedUntilMs = [];
    metrics = new Metrics();
    const versions: Pick<VersionStore, 'fail'> = {
      fail: (ref, error) => {
        failed.push({ ref, error });
        return Promise.resolve(true);
      },
    };
    const due: Pick<DueVersions, 'isolate'> = {
      isolate: (refs) => {
        isolated.push(...idsOf(refs));
        return Promise.resolve();
      },
    };
    const spaces: Pick<EmbeddingSpaceService, 'tables'> = { tables: () => Promise.resolve([]) };
    processor = new IngestJobProcessor(
      versions as VersionStore,
      due as DueVersions,
      spaces as EmbeddingSpaceService,
      metrics,
      { nowMs: () => NOW_MS },
    );
  });

  function run(attemptsMade: number, work: Run, versions = [REF], stalledCounter = 0): Promise<void> {
    const job: Pick<
      Job<IngestJob>,
      'id' | 'data' | 'attemptsMade' | 'stalledCounter' | 'moveToWait' | 'moveToDelayed'
    > = {
      id: 'batch',
      data: { versions, bulk: false },
      attemptsMade,
      stalledCounter,
      moveToWait: (token) => {
        movedWith.push(token);
        return Promise.resolve(1);
      },
      moveToDelayed: (untilMs) => {
        delayedUntilMs.push(untilMs);
        return Promise.resolve();
      },
    };
    const step: Step = { name: 'chunk', run: (batch, signal) => work(batch.versions, signal) };
    return processor.process(job as Job<IngestJob>, 'token', step);
  }
  const failing = (error: unknown) => () => Promise.reject(error as Error);
  const idsOf = (refs: readonly VersionRef[]) => refs.map(({ documentId }) => documentId);

  it('hands the versions over', async () => {
    const seen: string[] = [];
    await run(
      0,
      (started) => {
        seen.push(...idsOf(started));
        return Promise.resolve([]);
      },
      [REF, OTHER],
    );
    expect(seen).toEqual(['d', 'e']);
    expect([failed, isolated]).toEqual([[], []]);
  });

  it('gives a version up at once when another try cannot help', async () => {
    const error = new AppError('EMPTY_DOCUMENT', 'nothing in it');
    await expect(run(0, failing(error))).rejects.toThrow(UnrecoverableError);
    expect(failed).toEqual([{ ref: REF, error: { code: 'EMPTY_DOCUMENT', message: 'nothing in it' } }]);
    expect(await metrics.registry.metrics()).toContain('rag_ingest_documents_total{outcome="failed"} 1');
  });

  it('gives up only those of a job that fail by themselves', async () => {
    const error = new AppError('EMPTY_DOCUMENT', 'nothing in it');
    await run(0, () => Promise.resolve([{ ref: OTHER, error }]), [REF, OTHER]);
    expect(failed.map(({ ref }) => ref)).toEqual([OTHER]);
  });

  it('isolates what fails in an unforeseen way in the midst of others', async () => {
    await run(0, () => Promise.resolve([{ ref: OTHER, error: new Error('odd') }]), [REF, OTHER]);
    expect(failed).toEqual([]);
    expect(isolated).toEqual(['e']);
  });

  it('isolates the versions of a batch that fails as a whole in an unforeseen way', async () => {
    await run(0, failing(new Error('odd')), [REF, OTHER]);
    expect(failed).toEqual([]);
    expect(isolated).toEqual(['d', 'e']);
  });

  it('tries a whole batch again while a model is unavailable', async () => {
    const error = new AppError('EMBEDDING_UNAVAILABLE', 'away');
    await expect(run(0, failing(error), [REF, OTHER])).rejects.toBe(error);
    expect(isolated).toEqual([]);
  });

  it('tries again while a model is unavailable, and gives up in the end', async () => {
    const error = new AppError('EMBEDDING_UNAVAILABLE', 'away');
    await expect(run(18, failing(error))).rejects.toBe(error);
    expect(failed).toEqual([]);
    await expect(run(19, failing(error))).rejects.toThrow(UnrecoverableError);
    expect(failed[0].error.code).toBe('EMBEDDING_UNAVAILABLE');
  });

  it('gives no batch up: in the end its versions are isolated', async () => {
    const error = new AppError('EMBEDDING_UNAVAILABLE', 'away');
    await run(19, failing(error), [REF, OTHER]);
    expect(failed).toEqual([]);
    expect(isolated).toEqual(['d', 'e']);
  });

  it.each(['DATABASE_UNAVAILABLE', 'QUEUE_UNAVAILABLE'] as const)('never gives up for %s', async (code) => {
    const error = new AppError(code, 'away');
    await expect(run(500, failing(error))).rejects.toBe(error);
    expect(failed).toEqual([]);
  });

  it('keeps from the owner what an unforeseen error says', async () => {
    const error = new Error('SELECT secret FROM other_tenant');
    await expect(run(3, failing(error))).rejects.toBe(error);
    await expect(run(4, failing(error))).rejects.toThrow(UnrecoverableError);
    expect(failed[0].error).toEqual({ code: 'INTERNAL', message: expect.not.stringContaining('secret') });
  });

  it('isolates the versions of a batch that workers died of repeatedly', async () => {
    const seen: string[] = [];
    const work: Run = (versions) => {
      seen.push(...idsOf(versions));
      return Promise.resolve([]);
    };
    await run(0, work, [REF, OTHER], MAX_STALLS_OF_BATCH - 1);
    expect([seen, isolated]).toEqual([['d', 'e'], []]);
    await run(0, work, [REF, OTHER], MAX_STALLS_OF_BATCH);
    expect([seen, isolated]).toEqual([
      ['d', 'e'],
      ['d', 'e'],
    ]);
    expect(failed).toEqual([]);
  });

  it('gives up a version that workers died of repeatedly', async () => {
    const never: Run = () => Promise.reject(new Error('not to be run'));
    await run(0, () => Promise.resolve([]), [OTHER], MAX_STALLS - 1);
    expect(failed).toEqual([]);
    await expect(run(0, never, [OTHER], MAX_STALLS)).rejects.toThrow(UnrecoverableError);
    expect(failed.map(({ ref, error }) => [ref, error.code])).toEqual([[OTHER, 'WORKER_CRASHED']]);
  });

  it('processes one at a time of what workers may have died of; the others are not active', async () => {
    let leave!: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    const first = run(0, () => left.then(() => []), [REF], 1);
    await expect(run(0, () => Promise.resolve([]), [OTHER], 1)).rejects.toThrow(DelayedError);
    expect(delayedUntilMs).toEqual([NOW_MS + 250]);
    // What nobody died of does not wait.
    await run(0, () => Promise.resolve([]), [OTHER]);
    leave();
    await first;
    await run(0, () => Promise.resolve([]), [OTHER], 1);
    expect([delayedUntilMs.length, failed]).toEqual([1, []]);
  });

  it('gives a job back when the service stops, without counting it as a failure', async () => {
    const stopped = run(0, async (_started, signal) => {
      processor.stop();
      await Promise.resolve();
      signal.throwIfAborted();
      return [];
    });
    await expect(stopped).rejects.toThrow(WaitingError);
    expect(movedWith).toEqual(['token']);
    expect(failed).toEqual([]);
  });

  it('lets a step that is nearly done end when the service stops', async () => {
    processor.stop();
    await run(0, () => Promise.resolve([]));
    expect(movedWith).toEqual([]);
  });
});
