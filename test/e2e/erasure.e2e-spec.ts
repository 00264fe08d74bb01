import { AppConfig } from '../../src/config/app-config';
import { openDatabase } from '../../src/database/open-database';
import { type Sighting, searchDatabase, searchRedis } from '../support/canary-search';
import { createKey } from '../support/create-key';
import { type DocumentInput, type Evergreen, eventually, type JobStatus } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { FakeOtlpReceiver } from '../support/fake-otlp-receiver';
import { makeTenant } from '../support/make-tenant';
import { type TestBackend, testBackend } from '../support/test-backend';
import { startWebServer, type WebServer } from '../support/web-server';

// The service is started four times.
jest.setTimeout(240_000);

/** In everything that a person could say or be called; nothing else holds it. */
const CANARY = 'xylocanary';
const USER = `anna.${CANARY}@example.org`;
const READER = `bert.${CANARY}@example.org`;
const CANTEEN = { collection: 'canteen' };
const FACTS = {
  staying: 'The canteen opens at half past eleven and closes at two.',
  erased: `The ${CANARY}text project ends in the month of October, says its manager.`,
};

describe('Erasure', () => {
  let backend: TestBackend;
  let model: FakeOpenAiServer;
  let web: WebServer;
  let traces: FakeOtlpReceiver;
  let operator: string;
  let admin: string;
  let reader: string;
  let service: Evergreen;
  const logs: string[] = [];
  const metrics: string[] = [];
  const documentIds: string[] = [];

  const call = <T = Record<string, unknown>>(key: string, method: string, path: string, body?: unknown) =>
    service.request<T>(method, path, body, { authorization: `Bearer ${key}` });
  const ended = (jobId: string) =>
    eventually(
      async () => {
        const { body } = await call<JobStatus>(admin, 'GET', `/admin/ingest/${jobId}`);
        return /^(completed|failed)/.test(body.status) ? body : undefined;
      },
      'the documents',
      60_000,
    );
  const send = async (body: unknown) => {
    const accepted = await call<{ job_id: string }>(admin, 'POST', '/admin/ingest', body);
    expect(accepted.status).toBe(202);
    return (await ended(accepted.body.job_id)).documents;
  };
  const ingest = (documents: (DocumentInput & { url?: string })[]) => send({ documents });
  const start = async () => {
    service = await backend.start({
      AUTH: 'api-key',
      LOG_LEVEL: 'debug',
      INGEST_URL_ALLOW_HOSTS: '127.0.0.0/8',
      OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: model.url,
      RETRIEVAL_SLOW_MS: '1',
    });
  };
  const stop = async () => {
    metrics.push((await service.request<string>('GET', '/metrics')).body);
    await service.stop();
    logs.push(service.log);
  };
  /** Everything that is kept; the service must not run. */
  const sightings = async (): Promise<Sighting[]> => {
    const database = await openDatabase(AppConfig.parse(backend.env));
    try {
      const found = await searchDatabase(database.url, CANARY);
      const { REDIS_CACHE_URL, REDIS_QUEUE_URL } = backend.env;
      for (const url of [REDIS_CACHE_URL, REDIS_QUEUE_URL])
        if (url) found.push(...(await searchRedis(url, CANARY)));
      return found;
    } finally {
      await database.close();
    }
  };
  const ask = async (query: string, user_id: string, more: object = {}) =>
    (
      await call<{ cache: { layer: string }; request_id: string; sources: string[] }>(
        reader,
        'POST',
        '/query',
        { query, user_id, ...more },
      )
    ).body;

  beforeAll(async () => {
    [backend, model, web, traces] = await Promise.all([
      testBackend(),
      FakeOpenAiServer.start(),
      startWebServer({
        [`/${CANARY}-page.html`]: (_, response) =>
          response
            .writeHead(200, { 'content-type': 'text/html', etag: `"${CANARY}"` })
            .end(`<title>${CANARY} page</title><p>The garden of ${CANARY}hall is open on Sundays.</p>`),
      }),
      FakeOtlpReceiver.start(),
    ]);
    operator = await createKey({ ...backend.env, AUTH: 'api-key' }, 'default', 'admin');
    await start();
    const makeKey = await makeTenant(service, operator, 'acme');
    admin = await makeKey(['query', 'ingest', 'admin']);
    reader = await makeKey(['query']);
  });
  afterAll(async () => {
    await backend.destroy();
    await Promise.all([model.close(), web.close(), traces.close()]);
  });

  it('begins with a canary in all that people send', async () => {
    const about = { title: `${CANARY} title`, metadata: { author: USER, [`${CANARY}key`]: 1 } };
    // A collection of its own: what is cached of it outlives the documents of the other.
    expect((await call(admin, 'POST', '/admin/collections', { name: 'canteen' })).status).toBe(201);
    await send({ collection: 'canteen', documents: [{ external_id: 'canteen.md', content: FACTS.staying }] });
    await ingest([
      {
        external_id: `plans/${CANARY}.md`,
        content: `${FACTS.erased} Soon.`,
        ...about,
        acl: [`user:${READER}`],
      },
      { external_id: `web/${CANARY}`, url: `${web.url}/${CANARY}-page.html` },
      { external_id: `empty-${CANARY}.html`, content: '<p> </p>', mime_type: 'text/html' },
    ]);
    // A second version, for others: what the first said of itself is not the document's any more.
    await ingest([
      { external_id: `plans/${CANARY}.md`, content: FACTS.erased, ...about, acl: [`user:${USER}`] },
    ]);
    const form = new FormData();
    form.append('files', new Blob([`# ${CANARY}\n\nA file about ${CANARY}things.`]), `${CANARY} file.md`);
    form.append('files', new Blob([Buffer.from(`%PDF-1.4 ${CANARY}`)]), `${CANARY} broken.pdf`);
    await send(form);
    const listed = await call<{ documents: { document_id: string; external_id: string }[] }>(
      admin,
      'GET',
      '/admin/documents',
    );
    const named = listed.body.documents.filter(({ external_id }) => external_id.includes(CANARY));
    expect(named).toHaveLength(5);
    documentIds.push(...named.map(({ document_id }) => document_id));

    const answered = await ask(`When does the ${CANARY}text project end, in which month?`, USER);
    expect(answered.sources).toContain(`plans/${CANARY}.md`);
    await ask(`In which month does the ${CANARY}text project end?`, USER);
    await ask(`Is it true, as ${CANARY} says, that the canteen opens at half past eleven?`, USER, CANTEEN);
    const again = await ask(
      `Is it true, as ${CANARY} says, that the canteen opens at half past eleven?`,
      'else',
      CANTEEN,
    );
    expect(again.cache.layer).toBe('exact');
    await ask('And when does it close?', USER, {
      ...CANTEEN,
      history: [
        { role: 'user', content: `When does the canteen of ${CANARY} open?` },
        { role: 'assistant', content: 'At half past eleven.' },
      ],
    });
    await call(admin, 'POST', '/admin/cache/feedback', { request_id: again.request_id });
    await ask(`Is it true, as ${CANARY} says, that the canteen opens at half past eleven?`, USER, CANTEEN);
    await call(reader, 'POST', '/search', {
      query: `${CANARY} garden`,
      user_id: USER,
      filters: { metadata: { author: USER } },
    });
    await call(reader, 'POST', '/v1/chat/completions', {
      model: 'canteen',
      user: USER,
      messages: [{ role: 'user', content: `When does the canteen close, asks ${CANARY}?` }],
    });
    await call(reader, 'POST', '/v1/embeddings', { model: 'use-lite', input: `${CANARY} vector` });
    await call(reader, 'GET', `/admin/documents?external_id=${CANARY}`);
    await stop();
    const found = await sightings();
    for (const place of [
      'document.metadata',
      'document_version.acl',
      'chunk.content',
      'recent_question.question',
    ])
      expect(found).toContain(place);
    if (backend.kind === 'real') expect(found.join()).toContain('redis {t:');
  });

  it('leaves nothing of it in any table, key, log, metric or trace', async () => {
    await start();
    for (const id of documentIds)
      expect((await call(admin, 'DELETE', `/admin/documents/${id}`)).status).toBe(202);
    const erased = await call(admin, 'DELETE', `/admin/users/${encodeURIComponent(USER)}/data`);
    expect(erased.status).toBe(200);
    if (backend.kind === 'real') expect(erased.body.cached_answers).toBeGreaterThan(0);
    expect((await call(admin, 'DELETE', `/admin/users/${encodeURIComponent(READER)}/data`)).status).toBe(200);
    await stop();
    // Who waited for an answer gets it out of Redis for five seconds after it was written.
    const isShared = (place: Sighting) => place.includes(':answer-flight:');
    const found = await eventually(
      async () => {
        const places = await sightings();
        return places.some(isShared) ? undefined : places;
      },
      'what was shared with those who waited',
      30_000,
    );
    expect(found).toEqual([]);
    expect(
      logs
        .join('\n')
        .split('\n')
        .filter((line) => line.includes(CANARY)),
    ).toEqual([]);
    expect(
      metrics
        .join('\n')
        .split('\n')
        .filter((line) => line.includes(CANARY)),
    ).toEqual([]);
    expect(traces.spans.length).toBeGreaterThan(50);
    expect(traces.spans.map((span) => JSON.stringify(span)).filter((span) => span.includes(CANARY))).toEqual(
      [],
    );
  });

  it('closes what only an erased user could read, and keeps all else', async () => {
    await start();
    const question = 'In which town is the secret office?';
    await ingest([
      {
        external_id: 'office.md',
        content: 'The secret office is in the town of Ulm.',
        acl: ['user:carl', 'user:dora'],
      },
    ]);
    expect((await ask(question, 'carl')).sources).toContain('office.md');
    expect((await ask(question, 'carl')).cache.layer).toBe('exact');
    const { body } = await call(admin, 'DELETE', '/admin/users/carl/data');
    expect(body).toMatchObject({ documents: 1, cached_answers: 1 });
    expect((await ask(question, 'carl')).sources).not.toContain('office.md');
    expect((await ask(question, 'dora')).sources).toContain('office.md');
    expect((await call(reader, 'DELETE', '/admin/users/dora/data')).status).toBe(403);
    expect((await call(operator, 'DELETE', '/admin/users/dora/data')).body).toMatchObject({ documents: 0 });
    expect((await ask(question, 'dora')).sources).toContain('office.md');
  });

  it('takes all that is cached of a removed tenant away', async () => {
    const { body } = await call<{ tenants: { id: string; name: string }[] }>(
      operator,
      'GET',
      '/admin/tenants',
    );
    const { id } = body.tenants.find(({ name }) => name === 'acme')!;
    const { REDIS_CACHE_URL } = backend.env;
    if (REDIS_CACHE_URL) expect((await searchRedis(REDIS_CACHE_URL, id)).join()).toContain(`{t:${id}}`);
    expect((await call(operator, 'DELETE', `/admin/tenants/${id}`)).status).toBe(204);
    if (REDIS_CACHE_URL)
      // The invalidations of all tenants are one stream of ids, which is trimmed.
      expect(
        (await searchRedis(REDIS_CACHE_URL, id)).filter((place) => !place.includes('invalidations')),
      ).toEqual([]);
    await stop();
    const database = await openDatabase(AppConfig.parse(backend.env));
    try {
      // The operator's log keeps that it was removed, for as long as it keeps anything.
      expect(await searchDatabase(database.url, id)).toEqual(['audit_event.target']);
    } finally {
      await database.close();
    }
  });
});
