import { Client } from 'pg';
import { Evergreen, eventually, type JobStatus, temporaryFolder } from '../../support/evergreen';
import { startRedis, type TestServer } from '../../support/services';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

const text = (name: string, sections: number) =>
  Array.from(
    { length: sections },
    (_, i) =>
      `## ${name} ${i}\n\nThe ${name} of number ${i} is ${i * 17} metres wide and was built by ${name} makers.\n`,
  ).join('\n');

describe.each(['redis', 'postgres'])('ingestion with its jobs on %s', (queueBackend) => {
  jest.setTimeout(180_000);
  const folder = temporaryFolder();
  let database: TestDatabase;
  let redisQueue: TestServer | null = null;
  let sql: Client;
  let env: Record<string, string>;
  let api: Evergreen;
  const workers: Evergreen[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    env = {
      DATABASE_URL: database.url,
      QUEUE_BACKEND: queueBackend,
      AUTH: 'disabled',
      DATA_DIR: folder.path,
      SWEEP_INTERVAL_SECONDS: '1',
      JOB_LOCK_SECONDS: '2',
    };
    if (queueBackend === 'redis') {
      redisQueue = await startRedis({ role: 'queue' });
      env.REDIS_QUEUE_URL = redisQueue.url;
      // The service is to start without it.
      await redisQueue.stop();
    }
    api = await Evergreen.start({ ...env, ROLE: 'api' });
    sql = new Client({ connectionString: database.url });
    await sql.connect();
  });
  afterAll(async () => {
    await Promise.all([api?.kill(), ...workers.map((worker) => worker.kill())]);
    await sql?.end();
    await database?.drop();
    await redisQueue?.destroy();
    folder.remove();
  });

  const startWorker = async () => {
    const worker = await Evergreen.start({ ...env, ROLE: 'worker' });
    workers.push(worker);
    return worker;
  };
  const post = async (...documents: { external_id: string; content: string }[]) => {
    const { status, body } = await api.request<{ job_id: string; documents: { document_id: string }[] }>(
      'POST',
      '/admin/ingest',
      { documents },
    );
    expect(status).toBe(202);
    return body;
  };
  const jobOf = async (jobId: string) => (await api.request<JobStatus>('GET', `/admin/ingest/${jobId}`)).body;
  /** Text that nobody has embedded before keeps a worker busy for seconds. */
  const inTheMiddle = (jobId: string) =>
    eventually(async () => {
      const [{ status }] = (await jobOf(jobId)).documents;
      expect(status).not.toBe('searchable');
      return status === 'queued' ? undefined : true;
    }, 'a worker to be in the middle of the document');

  async function expectNothingLeftOver(): Promise<void> {
    const { rows } = await sql.query<Record<string, number>>(
      `SELECT (SELECT count(*)::integer FROM staged_chunk) AS staged,
              (SELECT count(*)::integer FROM chunk_embedding_1 e
               WHERE NOT EXISTS (SELECT 1 FROM chunk c WHERE c.id = e.chunk_id)) AS vectors_without_chunk,
              (SELECT count(*)::integer FROM chunk c
               WHERE NOT EXISTS (SELECT 1 FROM chunk_embedding_1 e WHERE e.chunk_id = c.id)) AS chunks_without_vector`,
    );
    expect(rows[0]).toEqual({ staged: 0, vectors_without_chunk: 0, chunks_without_vector: 0 });
  }

  it('accepts documents before any worker or job server runs, and makes them searchable then', async () => {
    const { job_id } = await post(
      { external_id: 'a.md', content: 'The first bridge is red.' },
      { external_id: 'b.md', content: 'The second bridge is blue.' },
    );
    expect((await jobOf(job_id)).status).toBe('queued');
    await startWorker();
    await redisQueue?.start();
    expect((await api.finishedJob(job_id)).status).toBe('completed');
    await expectNothingLeftOver();
  });

  it('answers in time while the job server is frozen', async () => {
    if (redisQueue === null) return;
    redisQueue.freeze();
    const startedMs = Date.now();
    const { job_id } = await post({ external_id: 'c.md', content: 'The third bridge is green.' });
    expect(Date.now() - startedMs).toBeLessThan(10_000);
    redisQueue.thaw();
    expect((await api.finishedJob(job_id)).status).toBe('completed');
  });

  it('hands the job over when its worker is told to stop', async () => {
    const { job_id } = await post({
      external_id: 'long.md',
      content: text(`tunnel of ${queueBackend}`, 400),
    });
    await inTheMiddle(job_id);
    const [code] = await Promise.all([workers[0].stop(), startWorker()]);
    expect(code).toBe(0);
    const job = await api.finishedJob(job_id);
    expect(job.documents[0]).toMatchObject({ status: 'searchable', version: 1 });
    expect(job.documents[0].chunks_done).toBe(job.documents[0].chunks_total);
    await expectNothingLeftOver();
  });

  it('lets a newer version overtake an older one that is on its way', async () => {
    const older = await post({ external_id: 'race.md', content: text(`older ${queueBackend}`, 400) });
    await inTheMiddle(older.job_id);
    const newer = await post({ external_id: 'race.md', content: text('newer', 5) });
    const [olderJob, newerJob] = await Promise.all([
      api.finishedJob(older.job_id),
      api.finishedJob(newer.job_id),
    ]);
    expect(olderJob.documents[0]).toMatchObject({ version: 1, status: 'superseded' });
    expect(newerJob.documents[0]).toMatchObject({ version: 2, status: 'searchable' });
    const { rows } = await sql.query(`SELECT content FROM chunk WHERE document_id = $1`, [
      newer.documents[0].document_id,
    ]);
    expect(rows.length).toBe(newerJob.documents[0].chunks_total);
    for (const { content } of rows as { content: string }[]) expect(content).toContain('newer');
    await expectNothingLeftOver();
  });

  it('lets a deletion win over the worker that is at it', async () => {
    const { job_id, documents } = await post({
      external_id: 'doomed.md',
      content: text(`doomed ${queueBackend}`, 400),
    });
    await inTheMiddle(job_id);
    const deleted = await api.request('DELETE', `/admin/documents/${documents[0].document_id}`);
    expect(deleted.status).toBe(202);
    expect((await jobOf(job_id)).documents[0].status).toBe('deleted');
    await eventually(
      async () => ((await api.metric('rag_queue_depth', { state: 'active' })) === 0 ? true : undefined),
      'the worker to notice',
    );
    expect((await jobOf(job_id)).documents[0].status).toBe('deleted');
    await expectNothingLeftOver();
  });

  it('finds documents whose job was lost', async () => {
    const { job_id } = await post({ external_id: 'lost.md', content: 'The lost bridge is grey.' });
    await api.finishedJob(job_id);
    // As if the process had died between commit and enqueue.
    await sql.query(
      `UPDATE document_version SET status = 'queued', enqueued_at = now() - interval '1 minute'
       WHERE external_id = 'lost.md'`,
    );
    expect((await jobOf(job_id)).status).toBe('queued');
    expect((await api.finishedJob(job_id)).documents[0].status).toBe('searchable');
  });

  it.each(['freeze', 'kill'] as const)('stops in time when the job server is away (%s)', async (how) => {
    if (redisQueue === null) return;
    const worker = await startWorker();
    expect((await worker.request('GET', '/health/ready')).status).toBe(200);
    await redisQueue[how]();
    try {
      const startedMs = Date.now();
      expect(await worker.stop()).toBe(0);
      expect(Date.now() - startedMs).toBeLessThan(30_000);
    } finally {
      if (how === 'freeze') redisQueue.thaw();
      else await redisQueue.start();
    }
    const { job_id } = await post({
      external_id: `after-${how}.md`,
      content: `The bridge after ${how} is new.`,
    });
    expect((await api.finishedJob(job_id)).status).toBe('completed');
  });
});
