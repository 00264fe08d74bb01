import { VERSION_STATUSES, type VersionStatus } from '../corpus/document';
import { isFinal, jobStatus } from './ingest-job.dto';

const countsOf = (statuses: readonly VersionStatus[]) =>
  Object.fromEntries(
    VERSION_STATUSES.map((status) => [status, statuses.filter((each) => each === status).length]),
  ) as Record<VersionStatus, number>;
const statusOf = (...statuses: VersionStatus[]) =>
  jobStatus({ receiving: false, rejected: 0, counts: countsOf(statuses) });

describe('jobStatus', () => {
  it.each<[string, VersionStatus[]]>([
    ['queued', ['queued', 'queued']],
    ['processing', ['queued', 'searchable']],
    ['processing', ['chunking']],
    ['processing', ['embedding', 'failed']],
    ['completed', ['searchable', 'superseded', 'deleted']],
    ['completed_with_errors', ['searchable', 'failed']],
    ['failed', ['failed', 'failed']],
  ])('is %s for %j', (expected, statuses) => {
    expect(statusOf(...statuses)).toBe(expected);
  });

  it('is never final while a document is on its way', () => {
    for (const status of ['queued', 'chunking', 'embedding'] as const)
      for (const other of ['searchable', 'failed', 'deleted', 'superseded'] as const)
        expect(isFinal(statusOf(status, other))).toBe(false);
  });

  it('is never final while documents may still come', () => {
    const counts = countsOf(['searchable']);
    expect(jobStatus({ receiving: true, rejected: 0, counts })).toBe('processing');
    expect(jobStatus({ receiving: true, rejected: 0, counts: countsOf([]) })).toBe('queued');
  });

  it('tells lines that could not be taken in', () => {
    expect(jobStatus({ receiving: false, rejected: 1, counts: countsOf([]) })).toBe('failed');
    expect(jobStatus({ receiving: false, rejected: 1, counts: countsOf(['searchable']) })).toBe(
      'completed_with_errors',
    );
    expect(jobStatus({ receiving: false, rejected: 0, counts: countsOf([]) })).toBe('completed');
  });
});
