import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import type { AppConfig } from '../config/app-config';
import type { CollectionStore } from '../corpus/collection-store';
import { Metrics } from '../observability/metrics';
import type { Retrieval } from '../retrieval/passage';
import type { CacheEntry } from '../semantic-cache/cache-entry';
import type { Coherence } from './coherence';
import { HitAuditor } from './hit-auditor';
import type { QuestionContext } from './question-context';

describe('HitAuditor', () => {
  const entry = {
    id: 'entry',
    evidence: ['a', 'b', 'c'],
    citations: [{ contentHash: 'a' }, { contentHash: 'b' }],
  } as CacheEntry;
  const contextAt = (epoch: string | null) =>
    ({ collection: 'default', search: { tenantId: 't', collectionId: 'c', epoch } }) as QuestionContext;

  /** @param found content hashes, best first; null: it cannot be told */
  async function staleAfterAudit(
    found: string[] | null,
    epochNow = '7',
    more: { epoch?: string | null; sample?: number; collectionId?: string } = {},
  ) {
    const metrics = new Metrics(new Registry());
    const retrieval = found && ({ passages: found.map((contentHash) => ({ contentHash })) } as Retrieval);
    const auditor = new HitAuditor(
      { retrieveAgain: () => Promise.resolve(retrieval) } as unknown as Coherence,
      {
        epochAndReadablePrincipals: () =>
          Promise.resolve({ epoch: epochNow, collectionId: more.collectionId ?? 'c' }),
      } as unknown as CollectionStore,
      metrics,
      { semanticCache: { auditSample: more.sample ?? 1 } } as AppConfig,
      () => 0.5,
    );
    auditor.offer(entry, contextAt(more.epoch === undefined ? '7' : more.epoch));
    await auditor.idle();
    return (await metrics.staleResponses.get()).values[0].value;
  }

  beforeAll(() => Logger.overrideLogger(false));

  it.each([
    ['the same', ['a', 'b', 'c']],
    ['the same but for the end of the list', ['b', 'a', 'd']],
  ])('is content with an answer whose evidence is %s', async (_name, found) => {
    expect(await staleAfterAudit(found)).toBe(0);
  });

  it.each([
    ['changed', ['a', 'b2', 'c']],
    ['outranked', ['d', 'a', 'b']],
    ['gone', []],
  ])('counts an answer whose evidence is %s', async (_name, found) => {
    expect(await staleAfterAudit(found)).toBe(1);
  });

  it('says nothing of an answer after which something changed, or that cannot be looked at', async () => {
    expect(await staleAfterAudit(['d'], '8')).toBe(0);
    expect(await staleAfterAudit(['d'], '7', { collectionId: 'another of the same name' })).toBe(0);
    expect(await staleAfterAudit(null)).toBe(0);
    expect(await staleAfterAudit(['d'], '7', { epoch: null })).toBe(0);
  });

  it('looks at a share of the answers only', async () => {
    expect(await staleAfterAudit(['d'], '7', { sample: 0.5 })).toBe(0);
    expect(await staleAfterAudit(['d'], '7', { sample: 0.6 })).toBe(1);
  });
});
