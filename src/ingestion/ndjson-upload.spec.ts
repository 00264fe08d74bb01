import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { AppError } from '../common/app-error';
import { AppConfig } from '../config/app-config';
import type { CollectionStore } from '../corpus/collection-store';
import type { IngestJobStore, Rejection } from '../corpus/ingest-job-store';
import { IngestRequestReader } from './ingest-request-reader';
import type { IngestionService } from './ingestion.service';
import { NdjsonUpload } from './ndjson-upload';
import type { IngestBackpressure } from './ingest-backpressure';

describe('NdjsonUpload', () => {
  let stored: string[];
  let rejections: Rejection[];
  let closed: boolean[];
  /** Of the next documents. */
  let refusal: AppError | null;
  let upload: NdjsonUpload;

  beforeEach(() => {
    stored = [];
    rejections = [];
    closed = [];
    refusal = null;
    const collections = { find: () => Promise.resolve({ id: 'c' }) };
    const jobs: Pick<IngestJobStore, 'open' | 'close' | 'keepOpen'> = {
      open: () => Promise.resolve('job'),
      keepOpen: () => Promise.resolve(),
      close: (_tenant, _job, complete) => {
        closed.push(complete);
        return Promise.resolve();
      },
    };
    const ingestion: Pick<IngestionService, 'append'> = {
      append: (_job, documents, refused) => {
        const error = refusal;
        refusal = null;
        if (error !== null) return Promise.reject(error);
        rejections.push(...refused);
        stored.push(...documents.map(({ externalId }) => externalId));
        const version = {
          version: 1,
          status: 'queued',
          unchanged: false,
          narrowed: false,
          batchId: null,
        } as const;
        return Promise.resolve(
          documents.map(({ externalId }) => ({ documentId: externalId, externalId, ...version })),
        );
      },
    };
    const backpressure: Pick<IngestBackpressure, 'check'> = { check: () => Promise.resolve() };
    const config = AppConfig.parse({});
    upload = new NdjsonUpload(
      collections as unknown as CollectionStore,
      jobs as IngestJobStore,
      ingestion as IngestionService,
      new IngestRequestReader(config),
      backpressure as IngestBackpressure,
    );
  });

  const read = (lines: string[]) =>
    upload.read('t', 'default', Readable.from([Buffer.from(lines.join('\n'))]) as IncomingMessage);
  const line = (name: string) => JSON.stringify({ external_id: name, content: 'text' });

  it('ends where documents cannot be taken in, and passes none of them over', async () => {
    refusal = new AppError('CONFLICT', 'The documents are being deleted at the same time; try again.');
    const lines = Array.from({ length: 600 }, (_, i) => line(`d${i}`));
    await expect(read(lines)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { job_id: 'job', accepted: 0 },
    });
    expect(closed).toEqual([false]);
  });

  it('rejects a line alone, whatever its message would quote', async () => {
    const lines = ['{"content": \0}', '{"\\ud800": 1, "external_id": "b", "content": "text"}', line('c')];
    expect(await read(lines)).toMatchObject({ accepted: 1, rejected: 2 });
    expect(stored).toEqual(['c']);
    expect(rejections.map(({ line: number }) => number)).toEqual([1, 2]);
    for (const { message } of rejections) expect(message).not.toMatch(/[\0\p{Cs}]/u);
  });

  it('keeps short what it says of a line', async () => {
    await read([`{"${'x'.repeat(100_000)}": 1, "external_id": "b", "content": "text"}`]);
    expect(rejections[0].message.length).toBeLessThan(1100);
  });
});
