import path from 'node:path';
import { UpgradeDeployment } from '../../../check/upgrade/upgrade-deployment';
import { UpgradeRun, type UpgradeRunOptions } from '../../../check/upgrade/upgrade-run';
import { CHECKOUT } from '../../support/services';

const SHORTENED = path.join(CHECKOUT, 'check', 'upgrade', 'preload', 'shortened-questions.cjs');

/** A short run of `npm run check:upgrade`. */
async function run(options: Partial<UpgradeRunOptions>, preloads: string[] = []) {
  const deployment = await UpgradeDeployment.start(preloads);
  try {
    return await new UpgradeRun(deployment, {
      chunks: 100,
      rate: 10,
      calmSeconds: 2,
      faults: true,
      ...options,
    }).run();
  } finally {
    await deployment.destroy();
  }
}

describe('an upgrade of the embedding space under load, two API processes and a worker', () => {
  jest.setTimeout(180_000);

  it('answers every question from one space, while the worker is killed in every stage', async () => {
    const result = await run({});
    expect(result.failures).toEqual([]);
    expect(result).toMatchObject({ failed: 0, mixed: 0, apiRestarts: 2, lockWaits: { readers: 0 } });
    expect(Object.keys(result.killedIn)).toEqual(['backfill', 'index', 'compare', 'answers', 'drop']);
    // A run that proves something: both spaces have answered, and somebody has looked.
    expect(result.answeredBy.old).toBeGreaterThan(0);
    expect(result.answeredBy.new).toBeGreaterThan(0);
    expect(result.lockWaits.samples).toBeGreaterThan(100);
  });

  it('is seen to mix where a question comes with a vector of another length: the check can fail', async () => {
    const result = await run({ chunks: 1, calmSeconds: 1, faults: false }, [SHORTENED]);
    expect(result.mixed).toBeGreaterThan(0);
  });
});
