import type { VersionStatus } from '../corpus/document';
import { isFinal, jobStatus } from './ingest-job.dto';

const statusOf = (...statuses: VersionStatus[]) => jobStatus(statuses.map((status) => ({ status })));

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
});
