import { AppConfig } from '../config/app-config';
import type { DueVersions, VersionBatch } from '../corpus/due-versions';
import type { IngestBatch, IngestStep } from '../queue/ingest-job';
import type { IngestQueue } from '../queue/ingest-queue';
import { IngestDispatcher } from './ingest-dispatcher';

const batch = (id: string, step: IngestStep = 'chunk'): VersionBatch => ({
  id,
  step,
  versions: [{ tenantId: 't', documentId: id, version: 1 }],
});

function dispatcherOf({ waiting = [] as VersionBatch[], idle = [] as VersionBatch[], depth = 0 }) {
  const added: [IngestStep, string[]][] = [];
  const due: Pick<DueVersions, 'takeBatch' | 'takeIdle'> = {
    takeBatch: () => Promise.resolve(waiting.shift() ?? null),
    takeIdle: (idleMs) => Promise.resolve(idleMs === 15_000 ? idle : []),
  };
  const queue: Pick<IngestQueue, 'add' | 'depth'> = {
    depth: () => Promise.resolve({ waiting: depth, active: 0, delayed: 0 }),
    add: (step, batches: readonly IngestBatch[]) => {
      if (batches.length > 0) added.push([step, batches.map(({ id }) => id)]);
      return Promise.resolve();
    },
  };
  const config = AppConfig.parse({ CHUNK_CONCURRENCY: '2', EMBED_CONCURRENCY: '1' });
  return {
    added,
    waiting,
    dispatcher: new IngestDispatcher(due as DueVersions, queue as IngestQueue, config),
  };
}

describe('IngestDispatcher', () => {
  it('gives the workers what they need to go on, and the rest when they have done that', async () => {
    const { added, waiting, dispatcher } = dispatcherOf({
      waiting: ['a', 'b', 'c', 'd', 'e'].map((id) => batch(id)),
    });
    await dispatcher.dispatch();
    expect(added.flatMap(([, ids]) => ids)).toEqual(['a', 'b', 'c']);
    expect(waiting).toHaveLength(2);
  });

  it('takes nothing while enough jobs wait', async () => {
    const { added, dispatcher } = dispatcherOf({ waiting: [batch('a')], depth: 2 });
    await dispatcher.dispatch();
    expect(added).toEqual([]);
  });

  it('gives what is isolated between the steps to the second one', async () => {
    const { added, dispatcher } = dispatcherOf({ waiting: [batch('a', 'embed')] });
    await dispatcher.dispatch();
    expect(added).toEqual([['embed', ['a']]]);
  });

  it('adds jobs that may be lost again, by the ids that they had', async () => {
    const { added, dispatcher } = dispatcherOf({ idle: [batch('a'), batch('b', 'embed'), batch('c')] });
    await dispatcher.recover(15_000);
    expect(added).toEqual([
      ['chunk', ['a', 'c']],
      ['embed', ['b']],
    ]);
  });
});
