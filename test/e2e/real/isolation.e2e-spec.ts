import { runIsolation } from '../../../check/isolation/check-isolation';

/** A short run of `npm run check:isolation`. */
describe('isolation of tenants, users and keys, two API processes and a worker', () => {
  jest.setTimeout(180_000);

  it('shows nobody what is not theirs, by no route, cache, count, error or revoked key', async () => {
    const { leaks, steps, did } = await runIsolation({ seed: 1, steps: 300 });
    expect(leaks).toEqual([]);
    expect(steps).toBe(300);
    // A run that proves something: what its callers may read was shown, and all kinds of changes took place.
    for (const what of [
      'shown: search',
      'shown: answer',
      'shown: cached-answer',
      'shown: chat',
      'shown to users with tokens',
      'questions with filters',
      'follow-ups',
      'versions',
      'failing versions',
      'acls replaced',
      'documents deleted',
      'keys rotated',
      'keys revoked',
      'requests with keys long revoked',
      'users erased',
      'tenants removed',
    ])
      expect([what, did[what] > 0]).toEqual([what, true]);
    expect(did["others' ids followed"]).toBeGreaterThan(20);
  });

  it('is seen to leak where users are believed, ids suffice and keys are not revoked: the check can fail', async () => {
    const { byKind } = await runIsolation({ seed: 1, steps: 200, plant: 'leak' });
    expect(Object.keys(byKind)).toEqual(
      expect.arrayContaining(['answer', 'foreign-id', 'foreign-user', 'revoked-key']),
    );
  });

  it('is seen to leak where an ACL is narrowed only once the version that narrows it is published', async () => {
    const { leaks } = await runIsolation({ seed: 1, steps: 200, plant: 'narrowing' });
    expect(leaks.length).toBeGreaterThan(0);
  });
});
