import { Logger } from '@nestjs/common';
import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { AppError } from '../common/app-error';
import type { VersionError, VersionRef } from '../corpus/document';
import type { VersionStore } from '../corpus/version-store';
import type { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { Metrics } from '../observability/metrics';
import { type IngestJob, MAX_CRASHES, MAX_CRASHES_TOGETHER } from '../queue/ingest-job';
import type { IngestQueue } from '../queue/ingest-queue';
import { OpenTries } from './open-tries';
import { type FailedVersion, type Step, StepRunner } from './step-runner';

const REF: VersionRef = { tenantId: 't', documentId: 'd', version: 2 };
const OTHER: VersionRef = { tenantId: 't', documentId: 'e', version: 1 };

type Run = (started: readonly VersionRef[], signal: AbortSignal) => Promise<FailedVersion[]>;

describe('StepRunner', () => {
  let failed: { ref: VersionRef; error: VersionError }[];
  let ended: VersionRef[];
  let asked: string[][];
  let movedWith: (string | undefined)[];
  let crashes: Map<string, number>;
  let next: VersionRef[];
  let metrics: Metrics;
  let runner: StepRunner;

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    failed = [];
    ended = [];
    asked = [];
    movedWith = [];
    next = [];
    crashes = new Map();
    metrics = new Metrics();
    const versions: Pick<VersionStore, 'fail' | 'endTry'> = {
      fail: (ref, error) => {
        failed.push({ ref, error });
        return Promise.resolve(true);
      },
      endTry: (refs) => {
        ended.push(...refs);
        return Promise.resolve();
      },
    };
    const spaces: Pick<EmbeddingSpaceService, 'tables'> = { tables: () => Promise.resolve([]) };
    const queue: Pick<IngestQueue, 'enqueue'> = {
      enqueue: (_step, jobs) => {
        for (const job of jobs) asked.push(job.versions.map(({ documentId }) => documentId));
        return Promise.resolve();
      },
    };
    runner = new StepRunner(
      versions as VersionStore,
      spaces as EmbeddingSpaceService,
      queue as IngestQueue,
      new OpenTries(versions as VersionStore),
      metrics,
    );
  });

  function run(attemptsMade: number, work: Run, versions = [REF]): Promise<void> {
    const job: Pick<Job<IngestJob>, 'data' | 'attemptsMade' | 'moveToWait'> = {
      data: { versions, bulk: false },
      attemptsMade,
      moveToWait: (token) => {
        movedWith.push(token);
        return Promise.resolve(1);
      },
    };
    const step: Step = {
      name: 'chunk',
      start: (refs) =>
        Promise.resolve(refs.map((ref) => ({ ...ref, crashes: crashes.get(ref.documentId) ?? 0 }))),
      run: work,
      next: (refs) => {
        next.push(...refs);
        return Promise.resolve();
      },
    };
    return runner.run(job as Job<IngestJob>, 'token', step);
  }
  const failing = (error: unknown) => () => Promise.reject(error as Error);
  const idsOf = (refs: readonly VersionRef[]) => refs.map(({ documentId }) => documentId);

  it('hands the versions over, and to the next step', async () => {
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
    expect(idsOf(next)).toEqual(['d', 'e']);
    expect([failed, ended]).toEqual([[], []]);
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
    expect(idsOf(next)).toEqual(['d', 'e']);
  });

  it('tries again, by itself, what fails in a way nobody foresaw in the midst of others', async () => {
    await run(0, () => Promise.resolve([{ ref: OTHER, error: new Error('odd') }]), [REF, OTHER]);
    expect(failed).toEqual([]);
    expect(idsOf(ended)).toEqual(['e']);
    expect(asked).toEqual([['e']]);
  });

  it('takes a job apart that fails as a whole in a way nobody foresaw', async () => {
    await run(0, failing(new Error('odd')), [REF, OTHER]);
    expect(failed).toEqual([]);
    expect(idsOf(ended)).toEqual(['d', 'e']);
    expect(asked).toEqual([['d'], ['e']]);
  });

  it('tries a whole job again while a model is away', async () => {
    const error = new AppError('EMBEDDING_UNAVAILABLE', 'away');
    await expect(run(0, failing(error), [REF, OTHER])).rejects.toBe(error);
    expect(idsOf(ended)).toEqual(['d', 'e']);
    expect(asked).toEqual([]);
  });

  it('tries again while a model is away, and gives up in the end', async () => {
    const error = new AppError('EMBEDDING_UNAVAILABLE', 'away');
    await expect(run(18, failing(error))).rejects.toBe(error);
    expect(failed).toEqual([]);
    await expect(run(19, failing(error))).rejects.toThrow(UnrecoverableError);
    expect(failed[0].error.code).toBe('EMBEDDING_UNAVAILABLE');
  });

  it('gives nothing up together: in the end each gets a job of its own', async () => {
    const error = new AppError('EMBEDDING_UNAVAILABLE', 'away');
    await run(19, failing(error), [REF, OTHER]);
    expect(failed).toEqual([]);
    expect(asked).toEqual([['d'], ['e']]);
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

  it('works alone on what workers died of repeatedly, and gives it up in the end', async () => {
    crashes.set('e', MAX_CRASHES_TOGETHER);
    const seen: string[] = [];
    const work: Run = (started) => {
      seen.push(...idsOf(started));
      return Promise.resolve([]);
    };
    await run(0, work, [REF, OTHER]);
    // First both, which wait for their turn.
    expect([seen, asked, idsOf(ended)]).toEqual([['d'], [['e']], ['d', 'e', 'e']]);

    crashes.set('e', MAX_CRASHES - 1);
    await run(0, work, [OTHER]);
    expect(seen).toEqual(['d', 'e']);
    crashes.set('e', MAX_CRASHES);
    await run(0, work, [OTHER]);
    expect(seen).toEqual(['d', 'e']);
    expect(failed).toEqual([{ ref: expect.objectContaining(OTHER), error: expect.anything() }]);
    expect(failed[0].error.code).toBe('WORKER_CRASHED');
  });

  it('gives a job of several one more try as a whole after its worker died', async () => {
    crashes.set('d', 1).set('e', 1);
    const seen: string[] = [];
    const work: Run = (started) => {
      seen.push(...idsOf(started));
      return Promise.resolve([]);
    };
    await run(0, work, [REF, OTHER]);
    expect([seen, asked]).toEqual([['d', 'e'], []]);
  });

  it('works on one at a time of what workers may have died of; those that wait have not begun', async () => {
    crashes.set('d', 1).set('e', 1);
    let leave!: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    const seen: string[] = [];
    const both = [REF, OTHER].map((ref) =>
      run(
        0,
        async ([started]) => {
          seen.push(started.documentId);
          await left;
          return [];
        },
        [ref],
      ),
    );
    await new Promise(setImmediate);
    expect([seen, idsOf(ended)]).toEqual([['d'], ['d', 'e']]);
    leave();
    await Promise.all(both);
    expect(seen).toEqual(['d', 'e']);
  });

  it('gives back what waits for its turn when the service stops', async () => {
    crashes.set('d', 1).set('e', 1);
    const first = run(0, async (_started, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('stopped');
    });
    const second = run(0, () => Promise.resolve([]), [OTHER]);
    await new Promise(setImmediate);
    runner.stop();
    await expect(first).rejects.toThrow(WaitingError);
    await expect(second).rejects.toThrow(WaitingError);
    expect(movedWith).toEqual(['token', 'token']);
    expect(failed).toEqual([]);
  });

  it('gives a job back when the service stops, without counting it as a failure', async () => {
    const stopped = run(0, async (_started, signal) => {
      runner.stop();
      await Promise.resolve();
      signal.throwIfAborted();
      return [];
    });
    await expect(stopped).rejects.toThrow(WaitingError);
    expect(movedWith).toEqual(['token']);
    expect(idsOf(ended)).toEqual(['d']);
    expect(failed).toEqual([]);
  });

  it('lets a step that is nearly done end when the service stops', async () => {
    runner.stop();
    await run(0, () => Promise.resolve([]));
    expect(movedWith).toEqual([]);
  });
});

describe('OpenTries', () => {
  it('tells the database later what it could not be told', async () => {
    let away = true;
    const told: string[] = [];
    const versions: Pick<VersionStore, 'endTry'> = {
      endTry: (refs) => {
        if (away) return Promise.reject(new AppError('DATABASE_UNAVAILABLE', 'away'));
        told.push(...refs.map(({ documentId }) => documentId));
        return Promise.resolve();
      },
    };
    const tries = new OpenTries(versions as VersionStore);
    await tries.end([REF]);
    await tries.end([{ ...OTHER, tenantId: 'u' }]);
    away = false;
    await tries.settle();
    await tries.settle();
    expect(told).toEqual(['d', 'e']);
  });
});
