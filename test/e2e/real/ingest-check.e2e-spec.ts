import path from 'node:path';
import { Deployment } from '../../../check/coherence/deployment';
import { IngestRun, type IngestRunOptions } from '../../../check/ingest/ingest-run';
import { CHECKOUT } from '../../support/services';

const CARELESS = path.join(CHECKOUT, 'check', 'ingest', 'preload', 'careless.cjs');

/** A short run of `npm run check:ingest`. */
async function run(options: IngestRunOptions, preloads: string[] = []) {
  const deployment = await Deployment.start({ workers: 2, ownPostgres: options.faults, preloads });
  try {
    return await new IngestRun(deployment, options).run();
  } finally {
    await deployment.destroy();
  }
}

describe('ingestion by two API processes and two workers', () => {
  jest.setTimeout(240_000);

  it('loses and repeats nothing while workers, Redis and Postgres are killed and frozen', async () => {
    const result = await run({ seed: 1, documents: 100, faults: true });
    expect(result).toMatchObject({ lost: 0, duplicated: 0, orphans: 0, embeddedTwice: 0 });
    expect(result.accepted).toBeGreaterThan(80);
    expect(result.searchable).toBe(result.accepted);
    expect(Object.keys(result.faults)).toHaveLength(6);
  });

  it('is seen to lose documents and to leave vectors where it is careless: the check can fail', async () => {
    const result = await run({ seed: 1, documents: 100, faults: false, settleMs: 8000 }, [CARELESS]);
    expect(result.lost).toBeGreaterThan(0);
    expect(result.orphans).toBeGreaterThan(0);
  });
});
