import { AppConfig } from '../config/app-config';
import type { IdleVersion, VersionFeed } from '../corpus/version-feed';
import type { IngestJob, IngestStep } from '../queue/ingest-job';
import type { IngestQueue } from '../queue/ingest-queue';
import { Sweeper } from './sweeper';

describe('Sweeper', () => {
  const idle: IdleVersion[] = (['queued', 'chunking', 'embedding'] as const).map((status, version) => ({
    tenantId: 't',
    documentId: `d-${status}`,
    version,
    status,
  }));

  function started(withJob: readonly string[]) {
    const asked: [IngestStep, string[]][] = [];
    const feed: Pick<VersionFeed, 'takeIdle'> = {
      takeIdle: (idleMs) => Promise.resolve(idleMs === 15_000 ? idle : []),
    };
    const queue: Pick<IngestQueue, 'enqueue' | 'versionsWithJob'> = {
      versionsWithJob: () => Promise.resolve(({ documentId }) => withJob.includes(documentId)),
      enqueue: (step, jobs: readonly IngestJob[]) => {
        asked.push([step, jobs.flatMap(({ versions }) => versions.map(({ documentId }) => documentId))]);
        return Promise.resolve();
      },
    };
    return { asked, sweeper: new Sweeper(feed as VersionFeed, queue as IngestQueue, AppConfig.parse({})) };
  }

  it('asks for the step that each idle version stands before', async () => {
    const { asked, sweeper } = started([]);
    expect(await sweeper.sweep(15_000)).toBe(3);
    expect(asked).toEqual([
      ['chunk', ['d-queued', 'd-chunking']],
      ['embed', ['d-embedding']],
    ]);
    expect(await sweeper.sweep(60_000)).toBe(0);
  });

  it('leaves alone what some job is about', async () => {
    const { asked, sweeper } = started(['d-queued', 'd-embedding']);
    expect(await sweeper.sweep(15_000)).toBe(1);
    expect(asked.flatMap(([, documents]) => documents)).toEqual(['d-chunking']);
  });
});
