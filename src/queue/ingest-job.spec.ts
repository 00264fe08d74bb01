import { ingestJobId, retryDelayMs } from './ingest-job';

describe('ingestJobId', () => {
  it('names document and version, without the colon that BullMQ refuses', () => {
    const job = { tenantId: 't', documentId: '0198c0de-0000-7000-8000-000000000001', version: 3 };
    expect(ingestJobId(job)).toBe('0198c0de-0000-7000-8000-000000000001_3');
    expect(ingestJobId(job)).not.toContain(':');
  });
});

describe('retryDelayMs', () => {
  it('doubles from one second to one minute', () => {
    const delays = [1, 2, 3, 7, 8, 20].map((attempt) => retryDelayMs(attempt, 0));
    expect(delays).toEqual([1000, 2000, 4000, 60_000, 60_000, 60_000]);
  });

  it('takes off at most half at random', () => {
    expect(retryDelayMs(3, 0.5)).toBe(3000);
    expect(retryDelayMs(3, 0.999)).toBeGreaterThanOrEqual(2000);
  });
});
