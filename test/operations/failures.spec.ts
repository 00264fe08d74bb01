import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { type Evergreen, eventually, type Reply, temporaryFolder } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { CHECKOUT, startRedis, type TestServer } from '../support/services';
import { type TestBackend, testBackend } from '../support/test-backend';

const QUESTION = 'Within how many days may customers return an item?';
const refunds = (days: number) => ({
  external_id: 'refunds.md',
  content: `Customers may return an item within ${days} days of delivery.`,
});

/** The known failures of docs/operations.md: each test causes one, detects it by the page's check, and ends it by the page's action. */
describe('a known failure', () => {
  let backend: TestBackend;
  let provider: FakeOpenAiServer;
  let sql: Client;
  let cache: TestServer;
  let queue: TestServer;
  let service: Evergreen;

  const ask = (query: string, more: object = {}): Promise<Reply> =>
    service.request('POST', '/query', { query, user_id: 'alice', ...more });
  /** Waits until a gauge or counter fulfils a condition. */
  const sees = (name: string, labels: Record<string, string>, holds: (value: number) => boolean) =>
    eventually(
      async () => (holds(await service.metric(name, labels)) ? true : undefined),
      `${name} ${JSON.stringify(labels)}`,
    );
  const degraded = (dependency: string, value: 0 | 1) =>
    sees('rag_degraded', { dependency }, (shown) => shown === value);

  beforeAll(async () => {
    [backend, provider, cache, queue] = await Promise.all([
      testBackend(),
      FakeOpenAiServer.start(),
      startRedis({ role: 'cache' }),
      startRedis({ role: 'queue' }),
    ]);
    Object.assign(backend.env, { REDIS_CACHE_URL: cache.url, REDIS_QUEUE_URL: queue.url });
    sql = new Client({ connectionString: backend.env.DATABASE_URL });
    await sql.connect();
    service = await backend.start({
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: provider.url,
      LLM_DEADLINE_MS: '3000',
      DATABASE_POOL_SIZE: '2',
    });
    await service.ingest([refunds(30)]);
  }, 120_000);
  beforeEach(() => provider.reset());
  afterAll(async () => {
    await sql.end();
    await backend.destroy();
    await Promise.all([provider.close(), cache.destroy(), queue.destroy()]);
  });

  it('Redis out of memory: questions are answered without the cache until it has more memory', async () => {
    const redis = new Redis(cache.url);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'maxmemory', '1mb');
    expect((await ask('What may customers return?')).status).toBe(200);
    await degraded('redis_cache', 1);
    await sees('rag_redis_memory_ratio', { server: 'cache' }, (ratio) => ratio > 0.9);
    expect(service.log).toMatch(/takes no writes/);
    expect((await ask('When may customers return an item?')).status).toBe(200);

    await redis.config('SET', 'maxmemory', '256mb');
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await degraded('redis_cache', 0);
    redis.disconnect();
  });

  it('the queue’s Redis is full: documents are accepted and wait until it has more memory', async () => {
    const redis = new Redis(queue.url);
    await redis.config('SET', 'maxmemory', '1mb');
    const { status, body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [{ external_id: 'waits.md', content: 'It waits.' }],
    });
    expect(status).toBe(202);
    await sees('rag_redis_memory_ratio', { server: 'queue' }, (ratio) => ratio > 0.9);
    const { body: job } = await service.request<{ status: string }>('GET', `/admin/ingest/${body.job_id}`);
    expect(job.status).not.toBe('completed');

    await redis.config('SET', 'maxmemory', '0');
    expect((await service.finishedJob(body.job_id)).status).toBe('completed');
    redis.disconnect();
  });

  it('stale answers: the auditor detects an answer that coherence would have prevented; a purge ends it', async () => {
    const preload = path.join(CHECKOUT, 'check/coherence/preload/without-coherence.cjs');
    const broken = await backend.start({
      ROLE: 'api',
      NODE_OPTIONS: `--require=${preload}`,
      SEMANTIC_CACHE_AUDIT_SAMPLE: '1',
    });
    const askBroken = () =>
      broken.request<{ cache: { layer: string } }>('POST', '/query', { query: QUESTION, user_id: 'alice' });
    await askBroken();
    // New evidence for the same question; what the cached answer cites has not changed.
    await service.ingest([
      { external_id: 'new.md', content: 'Customers may return an item within 90 days from now on.' },
    ]);
    const stale = () => broken.metric('rag_cache_stale_responses_total');
    expect((await askBroken()).body.cache.layer).toBe('exact');
    await eventually(async () => ((await stale()) > 0 ? true : undefined), 'the auditor');

    expect((await broken.request('DELETE', '/admin/cache')).status).toBe(200);
    const before = await stale();
    expect((await askBroken()).body.cache.layer).toBe('none');
    expect(await stale()).toBe(before);
    await broken.stop();
  });

  it('a blocked index build: the blocking transaction is found; ending it lets the build continue', async () => {
    const { rows } = await sql.query<{ name: string; table: string }>(
      `SELECT x.relname AS name, i.indrelid::regclass AS table FROM pg_index i
       JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam WHERE a.amname = 'hnsw'`,
    );
    const [{ name, table }] = rows;
    const blocker = new Client({
      connectionString: backend.env.DATABASE_URL,
      application_name: 'forgotten',
    });
    blocker.on('error', () => undefined);
    await blocker.connect();
    // What a transaction that wrote a vector and was never ended holds.
    await blocker.query(`BEGIN; LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`);
    const builder = new Client({ connectionString: backend.env.DATABASE_URL });
    await builder.connect();
    const build = builder.query(`REINDEX INDEX CONCURRENTLY ${name}`);
    const phase = await eventually(async () => {
      const { rows: progress } = await sql.query<{ phase: string }>(
        'SELECT phase FROM pg_stat_progress_create_index WHERE lockers_total > lockers_done',
      );
      return progress[0]?.phase;
    }, 'the build to wait');
    expect(phase).toMatch(/^waiting for/);
    const { rows: oldest } = await sql.query<{ pid: number; application_name: string }>(
      `SELECT a.pid, a.application_name
       FROM pg_stat_progress_create_index p JOIN pg_stat_activity a ON a.pid = p.current_locker_pid`,
    );
    expect(oldest[0].application_name).toBe('forgotten');

    await sql.query('SELECT pg_terminate_backend($1)', [oldest[0].pid]);
    await build;
    await builder.end();
  });

  it('an interrupted index build: the service logs the statement that repairs it', async () => {
    const { rows } = await sql.query<{ name: string; statement: string }>(
      `SELECT x.relname AS name, pg_get_indexdef(x.oid) AS statement FROM pg_index i
       JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam WHERE a.amname = 'hnsw'`,
    );
    await sql.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::regclass`, [rows[0].name]);
    await service.request('GET', '/health/ready');
    await degraded('hnsw_index', 1);
    expect((await ask('What is said of returns?')).status).toBe(200);

    await sql.query(`REINDEX INDEX CONCURRENTLY ${rows[0].name}`);
    await service.request('GET', '/health/ready');
    await degraded('hnsw_index', 0);
  });

  it('a 429 storm: cached answers are served, others get Retry-After, and the service recovers by itself', async () => {
    await ask(QUESTION);
    provider.always('chat', { kind: 'status', status: 429, headers: { 'retry-after': '1' } });
    const refused = await Promise.all(
      ['Who', 'What', 'Where', 'Why', 'How'].map((word) =>
        ask(`${word} may return an item?`, { cache: 'bypass' }),
      ),
    );
    for (const { status, headers } of refused) {
      expect([429, 503]).toContain(status);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await sees('rag_llm_errors_total', { kind: 'rate_limit' }, (errors) => errors > 0);
    expect((await ask(QUESTION)).body).toMatchObject({ cache_hit: true });

    provider.reset();
    await eventually(
      async () => ((await ask('Which item?', { cache: 'bypass' })).status === 200 ? true : undefined),
      'the breaker to close',
    );
  });

  it('an exhausted pool: waiting statements are visible; ending the blocking process frees them', async () => {
    const blocker = new Client({ connectionString: backend.env.DATABASE_URL, application_name: 'forgotten' });
    blocker.on('error', () => undefined);
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE collection IN ACCESS EXCLUSIVE MODE');
    const asked = Array.from({ length: 6 }, (_, i) =>
      service.request('POST', '/search', { query: `question ${i}` }),
    );
    await sees('rag_database_connections', { state: 'waiting' }, (waiting) => waiting > 0);
    const { rows } = await sql.query<{ pid: number; application_name: string }>(
      `SELECT pid, application_name FROM pg_stat_activity
       WHERE pid IN (SELECT unnest(pg_blocking_pids(pid)) FROM pg_stat_activity WHERE wait_event_type = 'Lock')`,
    );
    expect(rows[0].application_name).toBe('forgotten');

    await sql.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    await Promise.all(asked);
    await sees('rag_database_connections', { state: 'waiting' }, (waiting) => waiting === 0);
    expect((await ask('And now?')).status).toBe(200);
  });

  it('no workers: documents wait, are counted, and are ingested once a worker starts', async () => {
    await service.stop();
    service = await backend.start({ ROLE: 'api' });
    const { body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [{ external_id: 'later.md', content: 'It comes later.' }],
    });
    await sees('rag_queue_depth', {}, (depth) => depth > 0);
    const worker = await backend.start({ ROLE: 'worker' });
    expect((await service.finishedJob(body.job_id)).status).toBe('completed');
    await worker.stop();
  });

  it('growing memory: a running process writes a heap snapshot', async () => {
    const folder = temporaryFolder();
    const suspect = await backend.start({
      ROLE: 'api',
      NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${folder.path}`,
    });
    suspect.process.kill('SIGUSR2');
    await eventually(
      () =>
        Promise.resolve(readdirSync(folder.path).some((file) => file.endsWith('.heapsnapshot')) || undefined),
      'a heap snapshot',
    );
    expect((await suspect.request('GET', '/health/live')).status).toBe(200);
    await suspect.stop();
    folder.remove();
  });
});
