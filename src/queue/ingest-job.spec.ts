import { ingestJobId, jobsOf, retryDelayMs, versionsOf } from './ingest-job';

const version = (documentId: string, rawBytes = 10, collectionId = 'c') => ({
  tenantId: 't',
  documentId,
  version: 3,
  rawBytes,
  collectionId,
});

describe('ingestJobId', () => {
  it('names document and version, without the colon that BullMQ refuses', () => {
    const versions = [version('0198c0de-0000-7000-8000-000000000001')];
    expect(ingestJobId({ versions })).toBe('0198c0de-0000-7000-8000-000000000001_3');
  });

  it('is the same for the same versions only', () => {
    const id = ingestJobId({ versions: [version('a'), version('b')] });
    expect(ingestJobId({ versions: [version('a'), version('b')] })).toBe(id);
    expect(ingestJobId({ versions: [version('a'), version('c')] })).not.toBe(id);
    expect(id).not.toContain(':');
  });
});

describe('jobsOf', () => {
  const sizesOf = (versions: ReturnType<typeof version>[]) =>
    jobsOf(versions, true).map((job) => job.versions.length);

  it('puts few documents, and not too much, into one job', () => {
    expect(sizesOf(Array.from({ length: 70 }, (_, i) => version(`d${i}`)))).toEqual([32, 32, 6]);
    expect(sizesOf([version('a', 200_000), version('b', 60_000), version('c', 60_000)])).toEqual([2, 1]);
    expect(sizesOf([version('a'), version('huge', 9_000_000), version('b')])).toEqual([1, 1, 1]);
  });

  it('keeps collections apart, because each is published by itself', () => {
    expect(sizesOf([version('a'), version('b'), version('c', 1, 'other')])).toEqual([2, 1]);
  });
});

it('understands jobs of the version before', () => {
  const old = { tenantId: 't', documentId: 'd', version: 1 };
  expect(versionsOf(old)).toEqual([old]);
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
