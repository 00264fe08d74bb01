import { request } from 'node:http';
import { type Evergreen, eventually, type JobStatus } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Upload {
  job_id: string;
  accepted: number;
  unchanged: number;
  rejected: number;
  rejections: { line: number; code: string; message: string }[];
}
interface Job extends JobStatus {
  receiving: boolean;
  complete: boolean;
  counts: Record<string, number>;
  next_cursor: string | null;
}

const NDJSON = { 'content-type': 'application/x-ndjson' };
const line = (i: number) =>
  JSON.stringify({ external_id: `lake-${i}.txt`, content: `Lake number ${i} is ${i * 3} metres deep.` });
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => line(from + i)).join('\n');

describe('bulk ingestion', () => {
  jest.setTimeout(120_000);
  let backend: TestBackend;
  let service: Evergreen;

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start();
  });
  afterAll(() => backend.destroy());

  const upload = (body: string, query = '') =>
    service.request<Upload>('POST', `/admin/ingest${query}`, body, NDJSON);
  const jobOf = async (jobId: string, query = '') =>
    (await service.request<Job>('GET', `/admin/ingest/${jobId}${query}`)).body;

  it('deletes as many documents at once as are asked for, beside an upload', async () => {
    const { body: gone } = await upload(lines(5000, 5120));
    await service.finishedJob(gone.job_id);
    const { documents } = await jobOf(gone.job_id, '?limit=200');
    const { body: beside } = await upload(lines(6000, 6060));
    const replies = await Promise.all(
      documents.map(({ document_id }) => service.request('DELETE', `/admin/documents/${document_id}`)),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array(120).fill(202));
    await service.finishedJob(beside.job_id);
    const { body } = await service.request<{ documents: unknown[] }>('GET', '/admin/documents?limit=200');
    expect(body.documents).toHaveLength(60);
  });

  it('takes in good lines, tells bad ones by their number, and lists documents by pages', async () => {
    const body = [
      lines(0, 60),
      'not JSON',
      '',
      JSON.stringify({ external_id: 'nothing.txt', content: '   ' }),
      JSON.stringify({ external_id: 'odd.txt', content: 'x', colour: 'red' }),
      line(0),
      line(60),
    ].join('\r\n');
    const { status, body: answer } = await upload(body);
    expect(status).toBe(202);
    expect(answer).toMatchObject({ accepted: 61, unchanged: 1, rejected: 3 });
    expect(answer.rejections.map(({ line: number, code }) => [number, code])).toEqual([
      [61, 'BAD_REQUEST'],
      [63, 'EMPTY_DOCUMENT'],
      [64, 'VALIDATION_FAILED'],
    ]);
    expect(answer.rejections[2].message).toMatch(/ colour: /);
    await service.finishedJob(answer.job_id);
    const job = await jobOf(answer.job_id);
    expect(job).toMatchObject({
      status: 'completed_with_errors',
      receiving: false,
      complete: true,
      counts: { total: 62, searchable: 62, unchanged: 1, rejected: 3 },
      next_cursor: null,
    });
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Job = await jobOf(answer.job_id, `?limit=25${cursor ? `&cursor=${cursor}` : ''}`);
      paged.push(...page.documents.map(({ external_id }) => external_id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(paged).toEqual(job.documents.map(({ external_id }) => external_id));
    expect(paged).toHaveLength(62);

    const first = await service.request<{ rejections: { line: number }[]; next_cursor: string }>(
      'GET',
      `/admin/ingest/${answer.job_id}/rejections?limit=2`,
    );
    expect(first.body.rejections.map(({ line: number }) => number)).toEqual([61, 63]);
    const rest = await service.request<{ rejections: { line: number }[] }>(
      'GET',
      `/admin/ingest/${answer.job_id}/rejections?cursor=${first.body.next_cursor}`,
    );
    expect(rest.body.rejections.map(({ line: number }) => number)).toEqual([64]);
  });

  it('puts documents where the query string says, and recognises what it has', async () => {
    await service.request('POST', '/admin/collections', { name: 'lakes' });
    const { body } = await upload(lines(0, 5), '?collection=lakes');
    expect(body).toMatchObject({ accepted: 5, rejected: 0 });
    expect((await upload(lines(0, 6), '?collection=lakes')).body).toMatchObject({
      accepted: 1,
      unchanged: 5,
    });
    const unknown = await upload(lines(0, 5), '?collection=nowhere');
    expect(unknown.status).toBe(404);
  });

  it('lets the later of two lines about one document win', async () => {
    const { body } = await upload(
      ['first', 'second']
        .map((word) => JSON.stringify({ external_id: 'twice.txt', content: `The ${word} text.` }))
        .join('\n'),
    );
    const job = await service.finishedJob(body.job_id);
    expect(job.documents.map(({ version, status }) => [version, status])).toEqual([
      [1, 'superseded'],
      [2, 'searchable'],
    ]);
  });

  it('keeps and shows what came before an upload broke off', async () => {
    const url = new URL(`${service.url}/admin/ingest`);
    await new Promise<void>((resolve) => {
      const call = request(url, { method: 'POST', headers: NDJSON });
      call.on('error', () => resolve());
      call.on('close', () => resolve());
      call.write(`${lines(100, 650)}\n${line(650).slice(0, 20)}`);
      setTimeout(() => call.destroy(), 1500);
    });
    const job = await eventually(async () => {
      const { body } = await service.request<{ jobs: { job_id: string }[] }>('GET', '/admin/ingest?limit=1');
      const newest = await jobOf(body.jobs[0].job_id);
      return newest.receiving ? undefined : newest;
    }, 'the upload to be given up');
    expect(job).toMatchObject({ complete: false, counts: { total: 550, rejected: 0 } });
    await service.finishedJob(job.job_id, 100_000);
    expect((await jobOf(job.job_id)).counts).toMatchObject({ searchable: 550 });
  });

  it('lists what failed for good, and tries it again', async () => {
    const empty = (name: string) => ({
      external_id: name,
      content: '<script>only()</script>',
      mime_type: 'text/html',
    });
    // One after the other, as their order is that of their creation.
    for (const name of ['e1.html', 'e2.html']) await service.ingest([empty(name)]);
    await service.ingest([empty('e3.html')], 'lakes');
    type Failed = {
      documents: { document_id: string; external_id: string; error: { code: string } }[];
      next_cursor: string | null;
    };
    const failed = async (query = '') =>
      (await service.request<Failed>('GET', `/admin/ingest/failed${query}`)).body;
    const all = await failed();
    expect(all.documents.map(({ external_id, error }) => [external_id, error.code])).toEqual([
      ['e1.html', 'EMPTY_DOCUMENT'],
      ['e2.html', 'EMPTY_DOCUMENT'],
      ['e3.html', 'EMPTY_DOCUMENT'],
    ]);
    const page = await failed('?limit=2');
    expect((await failed(`?cursor=${page.next_cursor}`)).documents).toEqual(all.documents.slice(2));
    expect((await failed('?collection=lakes')).documents).toEqual(all.documents.slice(2));
    expect((await failed('?code=WORKER_CRASHED')).documents).toEqual([]);

    const retry = (body: object) =>
      service.request<{ retried: number }>('POST', '/admin/ingest/failed/retry', body);
    expect((await retry({})).status).toBe(400);
    expect((await retry({ document_ids: [all.documents[0].document_id] })).body).toEqual({ retried: 1 });
    await eventually(
      async () => ((await failed()).documents.length === 3 ? true : undefined),
      'the document to fail again',
    );
    // A newer version takes the place of the failed one.
    await service.ingest([{ external_id: 'e1.html', content: '<p>Text.</p>', mime_type: 'text/html' }]);
    expect((await retry({ all: true })).body).toEqual({ retried: 2 });
  });
});
