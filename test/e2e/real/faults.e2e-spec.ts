import { Evergreen, eventually, type JobStatus, temporaryFolder } from '../../support/evergreen';
import { startPostgres, startRedis, type TestServer } from '../../support/services';
import { createTestDatabase } from '../../support/test-database';

const RIVERS = Array.from({ length: 400 }, (_, i) => {
  const length = 300 + ((i * 7919) % 900);
  return `## River ${i}\n\nRiver number ${i} rises in the hills of district ${i % 37} and is ${length} kilometres long. It is crossed by ${i % 11} bridges, and its water turns ${i % 5} mills before it reaches the lake of sector ${i % 23}.\n`;
}).join('\n');

describe('faults of the real servers', () => {
  jest.setTimeout(180_000);
  let postgres: TestServer;
  let redisCache: TestServer;
  let redisQueue: TestServer;
  let api: Evergreen;
  let worker: Evergreen;
  let env: Record<string, string>;
  const folder = temporaryFolder();

  const ask = (query: string) =>
    api.request<{ response: string; cache_hit: boolean; error?: { code: string } }>('POST', '/query', {
      query,
      user_id: 'alice',
    });

  beforeAll(async () => {
    [postgres, redisCache, redisQueue] = await Promise.all([
      startPostgres(),
      startRedis({ role: 'cache' }),
      startRedis({ role: 'queue' }),
    ]);
    const database = await createTestDatabase({ serverUrl: postgres.url });
    env = {
      DATABASE_URL: database.url,
      REDIS_CACHE_URL: redisCache.url,
      REDIS_QUEUE_URL: redisQueue.url,
      AUTH: 'disabled',
      DATA_DIR: folder.path,
      SWEEP_INTERVAL_SECONDS: '1',
      JOB_LOCK_SECONDS: '3',
      // A restart takes longer where other suites want the processors too.
      DATABASE_WAIT_MS: '8000',
    };
    [api, worker] = await Promise.all([
      Evergreen.start({ ...env, ROLE: 'api' }),
      Evergreen.start({ ...env, ROLE: 'worker' }),
    ]);
    await api.ingest([{ external_id: 'moon.md', content: 'The moon base opened in the year 2031.' }]);
  });

  afterAll(async () => {
    await Promise.all([api?.kill(), worker?.kill()]);
    await Promise.all([postgres?.destroy(), redisCache?.destroy(), redisQueue?.destroy()]);
    folder.remove();
  });

  it('runs API and workers as separate processes', async () => {
    expect((await ask('In which year did the moon base open?')).body.response).toContain('2031');
    expect((await ask('In which year did the moon base open?')).body.cache_hit).toBe(true);
    expect((await worker.request('POST', '/query', { query: 'x', user_id: 'a' })).status).toBe(404);
    expect((await api.request('GET', '/console')).status).toBe(200);
    expect((await worker.request('GET', '/console')).status).toBe(404);
    expect((await worker.request('GET', '/health/ready')).status).toBe(200);
  });

  it('answers without caches while Redis is stopped, and uses them again afterwards', async () => {
    await redisCache.kill();
    for (let i = 0; i < 5; i++) {
      const { status, body } = await ask('In which year did the moon base open?');
      expect([status, body.cache_hit]).toEqual([200, false]);
      expect(body.response).toContain('2031');
    }
    expect(await api.metric('rag_degraded', { dependency: 'redis_cache' })).toBe(1);
    await redisCache.start();
    await eventually(
      async () => ((await ask('In which year did the moon base open?')).body.cache_hit ? true : undefined),
      'the cache to be used again',
    );
    expect(await api.metric('rag_degraded', { dependency: 'redis_cache' })).toBe(0);
  });

  it('answers while Redis is frozen', async () => {
    redisCache.freeze();
    try {
      const startedMs = Date.now();
      for (let i = 0; i < 5; i++)
        expect((await ask('In which year did the moon base open?')).status).toBe(200);
      expect(Date.now() - startedMs).toBeLessThan(10_000);
    } finally {
      redisCache.thaw();
    }
  });

  it('accepts documents while the queue is stopped, and catches up later', async () => {
    await redisQueue.kill();
    const { status, body } = await api.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [{ external_id: 'mars.md', content: 'The mars base opened in the year 2044.' }],
    });
    expect(status).toBe(202);
    expect((await ask('In which year did the moon base open?')).status).toBe(200);
    await redisQueue.start();
    expect((await api.finishedJob(body.job_id)).status).toBe('completed');
    expect((await ask('In which year did the mars base open?')).body.response).toContain('2044');
  });

  it('answers 503 with Retry-After while Postgres is stopped, and recovers without a restart', async () => {
    await postgres.kill();
    const { status, body, headers } = await ask('In which year did the moon base open?');
    expect([status, body.error?.code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    const refused = await api.request<{ error: { code: string } }>('POST', '/admin/ingest', {
      documents: [{ external_id: 'venus.md', content: 'No base on Venus.' }],
    });
    expect([refused.status, refused.body.error.code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
    expect((await api.request('GET', '/health/ready')).status).toBe(503);
    expect((await api.request('GET', '/health/live')).status).toBe(200);
    await postgres.start();
    await eventually(
      async () => ((await ask('In which year did the moon base open?')).status === 200 ? true : undefined),
      'the service to recover',
    );
    const job = await api.ingest([{ external_id: 'venus.md', content: 'There is no base on Venus.' }]);
    expect(job.status).toBe('completed');
  });

  it('fails no question while Postgres restarts', async () => {
    const statuses: number[] = [];
    let stop = false;
    const client = async (first: number) => {
      for (let n = first; !stop; n += 4) {
        // Every other question is a new one, which needs more than the epoch.
        const { status } = await ask(
          n % 2 ? 'In which year did the moon base open?' : `Did moon base ${n} open in 2031?`,
        );
        statuses.push(status);
      }
    };
    const clients = [0, 1, 2, 3].map(client);
    await eventually(async () => (statuses.length > 20 ? true : undefined), 'the clients to begin');
    await postgres.restart();
    const before = statuses.length;
    await eventually(async () => (statuses.length > before + 20 ? true : undefined), 'questions afterwards');
    stop = true;
    await Promise.all(clients);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  it('makes a document searchable once and complete when its worker is killed in the middle', async () => {
    const { body } = await api.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [{ external_id: 'rivers.md', content: RIVERS, mime_type: 'text/markdown' }],
    });
    await eventually(async () => {
      const { body: job } = await api.request<JobStatus>('GET', `/admin/ingest/${body.job_id}`);
      const [document] = job.documents;
      expect(document.status).not.toBe('searchable');
      return document.status !== 'queued' ? true : undefined;
    }, 'the worker to be at work on the document');
    await worker.kill();
    worker = await Evergreen.start({ ...env, ROLE: 'worker' });
    const job = await api.finishedJob(body.job_id, 120_000);
    expect(job.documents[0]).toMatchObject({ status: 'searchable', version: 1 });

    const chunks: { start: number; end: number; content: string; ordinal: number }[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { body: { chunks: typeof chunks; next_cursor: string | null } } = await api.request(
        'GET',
        `/admin/documents/${job.documents[0].document_id}/chunks?limit=100${cursor && `&cursor=${cursor}`}`,
      );
      chunks.push(...page.body.chunks);
      cursor = page.body.next_cursor;
    }
    expect(chunks).toHaveLength(job.documents[0].chunks_total!);
    expect(chunks.map(({ ordinal }) => ordinal)).toEqual(chunks.map((_, i) => i));
    for (let i = 0; i < 400; i++)
      expect(chunks.filter(({ content }) => content.includes(`River number ${i} rises`))).toHaveLength(1);
    expect((await ask('How long is river number 123?')).body.response).toContain('River number 123');
  });
});
