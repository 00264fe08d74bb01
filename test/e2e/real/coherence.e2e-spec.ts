import path from 'node:path';
import { CoherenceRun, type CoherenceRunOptions } from '../../../check/coherence/coherence-run';
import { Deployment } from '../../../check/coherence/deployment';
import { CHECKOUT } from '../../support/services';

const preload = (name: string) => path.join(CHECKOUT, 'check', 'coherence', 'preload', `${name}.cjs`);
const WITHOUT_COHERENCE = preload('without-coherence');
const WITH_ALL_PRINCIPALS = preload('with-all-principals');
const WITH_LATE_ACLS = preload('with-late-acls');

/** A short run of `npm run check:coherence`. */
async function run(options: CoherenceRunOptions, preloads: string[] = []) {
  const deployment = await Deployment.start({ preloads });
  try {
    return await new CoherenceRun(deployment, options).run();
  } finally {
    await deployment.destroy();
  }
}

describe('coherence of cached answers, two API processes and a worker', () => {
  jest.setTimeout(120_000);

  it('serves nothing stale while documents change and servers and processes fail', async () => {
    const result = await run({ seed: 1, operations: 400, faults: true });
    expect(result.violations).toEqual([]);
    expect(result.operations).toBe(400);
    expect(Object.keys(result.faults)).toHaveLength(5);
    // A run that proves something: the cache was used, and refused what did not hold any more.
    expect(result.hits).toBeGreaterThan(100);
    expect(result.semanticHits).toBeGreaterThan(0);
    expect(result.stalePrevented).toBeGreaterThan(0);
    expect(result.aclChanges).toBeGreaterThan(0);
  });

  it('is seen to serve stale answers where entries are not checked: the check can fail', async () => {
    const result = await run({ seed: 1, operations: 100, faults: false }, [WITHOUT_COHERENCE]);
    // What a new document outranks is in no entry of that document: no event purges it.
    expect(result.violations.map(({ kind }) => kind)).toContain('incomplete');
  });

  it('is seen to show what is for another where the scope does not say all that decides what is found', async () => {
    const options = { seed: 1, operations: 100, faults: false, discloseShare: 0.5 };
    const result = await run(options, [WITH_ALL_PRINCIPALS]);
    expect(result.disclosures).toBeGreaterThan(0);
    expect(result.violations.map(({ kind }) => kind)).toContain('forbidden');
  });

  it('is seen to show what was restricted where an ACL is not yet in force when the service says so', async () => {
    const result = await run({ seed: 1, operations: 200, faults: false, discloseShare: 0 }, [WITH_LATE_ACLS]);
    expect(result.aclChanges).toBeGreaterThan(0);
    // One that is not in force yet, or one that still is.
    expect(result.violations.length).toBeGreaterThan(0);
  });
});
