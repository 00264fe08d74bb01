import { writeFileSync } from 'node:fs';
import { Client } from 'pg';
import { Evergreen, eventually, type JobStatus, temporaryFolder } from '../../support/evergreen';
import { FakeOpenAiServer } from '../../support/fake-openai-server';
import { startRedis, type TestServer } from '../../support/services';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

const OTHER_TENANT = '11111111-1111-4111-8111-111111111111';
const NDJSON = { 'content-type': 'application/x-ndjson' };

describe.each(['redis', 'postgres'])('the queue of documents, jobs on %s', (queueBackend) => {
  jest.setTimeout(180_000);
  const folder = temporaryFolder();
  let database: TestDatabase;
  let redisQueue: TestServer | null = null;
  let model: FakeOpenAiServer;
  let sql: Client;
  let env: Record<string, string>;
  let api: Evergreen;
  let worker: Evergreen | null = null;

  beforeAll(async () => {
    model = await FakeOpenAiServer.start({ dimensions: 64 });
    database = await createTestDatabase({ template: 'template0' });
    env = {
      DATABASE_URL: database.url,
      QUEUE_BACKEND: queueBackend,
      AUTH: 'disabled',
      DATA_DIR: folder.path,
      LOG_LEVEL: 'warn',
      SWEEP_INTERVAL_SECONDS: '1',
      JOB_LOCK_SECONDS: '1',
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'none',
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: 'word-hash',
      EMBEDDING_DIMENSIONS: '64',
    };
    if (queueBackend === 'redis') {
      redisQueue = await startRedis({ role: 'queue' });
      env.REDIS_QUEUE_URL = redisQueue.url;
    }
    api = await Evergreen.start({ ...env, ROLE: 'api', MAX_QUEUED_DOCUMENTS: '1000' });
    sql = new Client({ connectionString: database.url });
    await sql.connect();
  });
  afterAll(async () => {
    await Promise.all([api?.kill(), worker?.kill()]);
    await sql?.end();
    await database?.drop();
    await redisQueue?.destroy();
    await model?.close();
    folder.remove();
  });

  const document = (i: number) => ({ external_id: `d-${i}.txt`, content: `Stone ${i} weighs ${i} grams.` });
  const ndjson = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => JSON.stringify(document(from + i))).join('\n');

  it('refuses more than is allowed and says when to come again; an upload waits for room', async () => {
    const upload = api.request<{ accepted: number }>('POST', '/admin/ingest', ndjson(0, 1100), NDJSON);
    await eventually(async () => {
      const { rows } = await sql.query<{ n: number }>(`SELECT count(*)::integer AS n FROM document`);
      return rows[0].n >= 500 ? true : undefined;
    }, 'the upload to fill its share');
    // A small request still finds room, until that is used up too.
    const small = (from: number) =>
      api.request<{ error?: { code: string } }>('POST', '/admin/ingest', {
        documents: Array.from({ length: 100 }, (_, i) => document(from + i)),
      });
    const answers = [];
    for (let from = 10_000; from < 11_000; from += 100) answers.push(await small(from));
    expect(answers[0].status).toBe(202);
    const last = answers.at(-1)!;
    expect([last.status, last.body.error?.code]).toEqual([429, 'QUEUE_FULL']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);

    worker = await Evergreen.start({ ...env, ROLE: 'worker' });
    expect((await upload).body).toMatchObject({ accepted: 1100 });
    await eventually(
      async () => {
        const { rows } = await sql.query<{ n: number }>(
          `SELECT count(*)::integer AS n FROM document WHERE searchable_version IS NULL`,
        );
        return rows[0].n === 0 ? true : undefined;
      },
      'all to be searchable',
      90_000,
    );
  });

  it('lets small requests and other tenants pass a bulk', async () => {
    await worker?.stop();
    const bulk = await api.request<{ job_id: string }>(
      'POST',
      '/admin/ingest',
      ndjson(20_000, 20_600),
      NDJSON,
    );
    // As if another tenant had come later with some hundred.
    await sql.query(`INSERT INTO tenant (id, name) VALUES ($1, 'other') ON CONFLICT DO NOTHING`, [
      OTHER_TENANT,
    ]);
    const collection = '22222222-2222-4222-8222-222222222222';
    await sql.query(`INSERT INTO collection (id, tenant_id, name) VALUES ($1, $2, 'c')`, [
      collection,
      OTHER_TENANT,
    ]);
    await sql.query(
      `WITH made AS (
         INSERT INTO document (id, tenant_id, collection_id, external_id, latest_version)
         SELECT gen_random_uuid(), $1, $2, 'o-' || i, 1 FROM generate_series(1, 100) AS i
         RETURNING id, external_id)
       INSERT INTO document_version (document_id, version, tenant_id, collection_id, external_id, content_hash, raw,
                                     mime_type, status, enqueued_at)
       SELECT id, 1, $1, $2, external_id, external_id, convert_to('Shell ' || external_id, 'UTF8'), 'text/plain',
              'queued', '-infinity'
       FROM made`,
      [OTHER_TENANT, collection],
    );
    worker = await Evergreen.start({ ...env, ROLE: 'worker' });
    const left = async () => {
      const { rows } = await sql.query<{ bulk: number; other: number }>(
        `SELECT (count(*) FILTER (WHERE tenant_id <> $1))::integer AS bulk,
                (count(*) FILTER (WHERE tenant_id = $1))::integer AS other
         FROM document WHERE searchable_version IS NULL`,
        [OTHER_TENANT],
      );
      return rows[0];
    };
    const small = await api.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [document(99_999)],
    });
    await api.finishedJob(small.body.job_id);
    expect((await left()).bulk).toBeGreaterThan(300);
    await eventually(
      async () => ((await left()).other === 0 ? true : undefined),
      'the other tenant to be done',
    );
    expect((await left()).bulk).toBeGreaterThan(200);
    await api.finishedJob(bulk.body.job_id);
  });

  it('gives up a document that kills each worker, and nothing beside it', async () => {
    await worker?.stop();
    const lethal = `${folder.path}/lethal.cjs`;
    writeFileSync(lethal, LETHAL);
    const { body } = await api.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [
        { external_id: 'good.txt', content: 'A harmless text.' },
        { external_id: 'lethal.txt', content: 'A text that is LETHAL.' },
      ],
    });
    const more = { NODE_OPTIONS: `--require=${lethal}`, ROLE: 'worker' };
    const job = await eventually(
      async () => {
        if (worker === null || worker.process.exitCode !== null || worker.process.signalCode !== null)
          worker = await Evergreen.start({ ...env, ...more });
        const { body: state } = await api.request<JobStatus>('GET', `/admin/ingest/${body.job_id}`);
        return /^(completed|failed)/.test(state.status) ? state : undefined;
      },
      'the document to be given up',
      150_000,
    );
    expect(job.documents.map(({ status, error }) => [status, error?.code])).toEqual([
      ['searchable', undefined],
      ['failed', 'WORKER_CRASHED'],
    ]);
    expect(worker?.process.signalCode).toBeNull();
  });
});

/** The process dies when it is to cut a text that says so. */
const LETHAL = `
const { isMainThread } = require('node:worker_threads');
if (isMainThread) {
  require(process.cwd() + '/node_modules/reflect-metadata');
  const { ChunkingService } = require(process.cwd() + '/dist/src/chunking/chunking.service.js');
  const chunk = ChunkingService.prototype.chunk;
  ChunkingService.prototype.chunk = function (text, ...rest) {
    if (text.includes('LETHAL')) process.kill(process.pid, 'SIGKILL');
    return chunk.call(this, text, ...rest);
  };
}
`;
